"""The record of who did what, when and why, chained by hash so that a changed or removed row is found."""
