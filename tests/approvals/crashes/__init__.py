"""SIGKILL at random moments: what is half done is undone, what is done is done once."""
