"""What a worker does for offers."""

from __future__ import annotations

from app.jobs.registry import JobContext, handler
from app.offers import expiry


@handler(expiry.KIND)
def expire_offers(context: JobContext) -> None:
    """Let the offers of a round that nobody answered in time run out; see `app.offers.expiry`."""
    with context.finishing() as session:
        expiry.expire_due(session, context.payload["round_id"])
