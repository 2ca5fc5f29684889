"""Any service that can send JSON."""
