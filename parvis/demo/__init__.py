"""A living sample organization on a homeserver of its own."""
