"""Figures over all that the other slices hold: what became of a cohort."""
