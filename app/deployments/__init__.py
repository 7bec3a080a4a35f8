"""People in service."""
