"""The rules of rounds, in words and as data."""
