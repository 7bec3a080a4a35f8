"""Schools and their needs."""
