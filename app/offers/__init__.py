"""Offers to placed applicants."""
