"""Solutions of one problem side by side: totals, breakdowns, and who moved for the sake of what."""
