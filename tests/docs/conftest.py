"""The real server of the journeys, for documents that talk to it."""

from tests.journeys.conftest import environment, site

__all__ = ["environment", "site"]
