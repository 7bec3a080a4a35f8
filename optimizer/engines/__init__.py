"""Engines: each solves a formulation for one expression at a time, and says what it supports."""
