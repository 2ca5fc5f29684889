"""What people say to the bot, and how it answers."""
