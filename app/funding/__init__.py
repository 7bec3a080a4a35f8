"""Funds, agreements and the ledger."""
