"""Blind reviews: a rubric, two reviewers (a third where they differ), and the suitability that follows from their scores."""
