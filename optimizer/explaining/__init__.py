"""Answers about one solution: what stands in the way, what another placement would cost, and the words for it."""
