"""Realistic rounds of any size, and the measurement of engines on them."""
