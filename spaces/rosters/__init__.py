"""Where people come from: one file for each kind of directory, all of the same shape (`entries.Source`)."""
