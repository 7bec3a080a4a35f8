"""What a worker does for offers and for the money behind them."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.jobs.registry import JobContext, JobEnd, handler
from app.offers import checking, expiry, reminding, replacing, reporting
from app.offers.models import Offer, Replacement
from app.rounds.models import Placement
from app.rounds.replacing import Search, propose
from app.rounds.vacancy import round_of_placement, snapshot_document, vacancy_of


@handler(expiry.KIND)
def expire_offers(context: JobContext) -> None:
    """Let the offers of a round that nobody answered in time run out, and look for others where they are few."""
    with context.finishing() as session:
        ended = expiry.expire_due(session, context.payload["round_id"])
        if len(ended) <= replacing.FEW:
            replacing.ask_by_itself(session, ended)


@handler(reminding.KIND)
def remind_of_offers(context: JobContext) -> None:
    """Remind those who have not answered of the deadline."""
    with context.finishing() as session:
        reminding.remind_due(session, context.payload["round_id"])


@handler(reporting.KIND)
def report_answers(context: JobContext) -> None:
    """Tell managers, officers and sponsors what came of a round's offers in the last hour."""
    with context.finishing() as session:
        reporting.report_due(session, context.payload["round_id"])


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


@handler(replacing.KIND, ended=replacing.give_up)
def find_replacement(context: JobContext) -> None:
    """Look for who can take a free seat, everybody else pinned; see `app.rounds.replacing`."""
    with context.database.reading() as session:
        row = session.get_one(Replacement, context.payload["replacement_id"])
        left = session.get_one(Placement, session.get_one(Offer, row.offer_id).placement_id)
        round_ = round_of_placement(session, left)
        snapshot = snapshot_document(session, round_)
        vacancy = vacancy_of(session, round_, left)
        search = Search(
            seed=round_.seed,
            work=float(round_.time_limit_seconds),
            step=lambda number: context.progress({"phase": "solving", "tier": number + 1, "tiers": 3}),
            cancelled=context.cancelled,
        )
    proposal = propose(snapshot, vacancy, search)
    if context.cancelled():
        return
    with context.finishing({"options": len(proposal.options)}) as session:
        replacing.store(session, row.id, proposal)
