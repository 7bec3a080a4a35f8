"""The programme of `tests.world` with a round published by its service: Ayu, Budi and Citra hold offers; Eka waits in the pool."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.applicants.models import Applicant
from app.core.database import Database
from app.offers.models import Offer
from app.rounds.models import Placement
from tests.offers.published import publish_world
from tests.rounds.conftest import log_in, work, world
from tests.world import World

__all__ = ["log_in", "work", "world"]
LogIn = Callable[..., TestClient]


@pytest.fixture
def published(database: Database, world: World) -> str:
    """The id of a published round, without a solve: ayu → moa, budi → waijelu, citra → moa."""
    with database.transaction() as session:
        return publish_world(session, world, {"ayu": "moa", "budi": "waijelu", "citra": "moa"})


def offer_of(session: Session, name: str) -> Offer:
    """Return the latest offer to a person."""
    mine = (
        select(Offer)
        .join(Placement, Placement.id == Offer.placement_id)
        .join(Applicant, Applicant.id == Placement.applicant_id)
        .where(Applicant.code == name)
        .order_by(Offer.sent_at.desc(), Offer.id.desc())
    )
    found = session.scalars(mine).first()
    assert found is not None
    return found


def let_pass(session: Session, *names: str) -> None:
    """Put the deadline of people's offers a day into the past."""
    for name in names:
        offer = offer_of(session, name)
        offer.sent_at -= dt.timedelta(days=30)
        offer.deadline = offer.sent_at + dt.timedelta(days=14)
