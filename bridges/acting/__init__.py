"""The way back: what people say and want in a card's thread is carried out at its source."""
