"""The bot's commands about groups, and what it answers. Web forms are made from the same table."""
