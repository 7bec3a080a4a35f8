"""Work side by side: both backends."""
