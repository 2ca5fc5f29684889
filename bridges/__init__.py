"""Business apps become cards in rooms; one folder for each app."""
