"""What a worker does for offers and for the money behind them."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.jobs.registry import JobContext, JobEnd, handler
from app.offers import checking, expiry


@handler(expiry.KIND)
def expire_offers(context: JobContext) -> None:
    """Let the offers of a round that nobody answered in time run out; see `app.offers.expiry`."""
    with context.finishing() as session:
        expiry.expire_due(session, context.payload["round_id"])


def check_given_up(session: Session, end: JobEnd) -> None:
    """Queue the next night's check where this one was cancelled or given up."""
    del end
    checking.schedule(session)


@handler(checking.KIND, ended=check_given_up)
def check_books(context: JobContext) -> None:
    """Prove that the money adds up, or raise an alarm; see `app.offers.checking`."""
    with context.database.reading() as session:
        checked = checking.check(session)
    with context.finishing(checked.facts()) as session:
        if checked.findings:
            checking.raise_alarm(session, context.job_id, checked)
        checking.schedule(session)
