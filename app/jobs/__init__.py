"""Work that outlives a request: a queue in the database with leases, and its progress."""
