"""Where letters come in: the mail server hands them over, or a mailbox is read."""
