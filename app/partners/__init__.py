"""What partners do where, and what they lend."""
