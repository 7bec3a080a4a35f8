"""Placement rounds, from the frozen problem to the approved result."""
