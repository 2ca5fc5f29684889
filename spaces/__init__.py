"""Groups become spaces and rooms, and stay as declared."""
