"""The demo: an invented cohort at real Indonesian places, loaded, placed, checked and shown."""
