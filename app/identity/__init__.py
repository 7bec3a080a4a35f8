"""Who is asking, and what they may do: accounts, log-in, sessions, tokens, permissions."""
