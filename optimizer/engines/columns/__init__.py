"""Column generation for rounds of any size: prices for rows, exact bounds over all pairs, and integer solutions on a core of columns."""
