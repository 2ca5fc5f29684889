"""What an admin writes so that calls of any form are understood."""
