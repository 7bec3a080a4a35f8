"""Gotong: the service. Slices by subject; `core` knows no word of the domain."""
