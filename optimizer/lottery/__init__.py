"""Fair chances: a lottery over the solutions that are equally good, with every chance known before the draw."""
