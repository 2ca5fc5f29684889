"""Sources that call nobody, so they are asked: feeds, timelines."""
