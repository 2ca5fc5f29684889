"""E-mail: letters to a group."""
