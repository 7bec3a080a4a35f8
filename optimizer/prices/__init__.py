"""What the next rupiah, a wider earmark and the next unit of a rule are worth: dual prices with their range, confirmed by solving again."""
