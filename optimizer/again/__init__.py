"""Again and again: a published round in which somebody drops out is filled up, and everybody else keeps the place they were told of."""
