"""The app to copy."""
