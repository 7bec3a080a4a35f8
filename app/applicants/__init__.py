"""Cohorts and the people who apply."""
