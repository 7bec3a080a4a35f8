"""Wishes first: a strategy-proof mechanism beside the optimum, and what it can and cannot promise."""
