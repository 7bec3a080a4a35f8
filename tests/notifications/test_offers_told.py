"""Who hears of offers: the person by mail, the programs of those who pay by webhook, and nobody else."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from sqlalchemy import select, update

from app.applicants.models import Applicant
from app.core import clock
from app.core.access import SYSTEM
from app.core.database import Database
from app.identity import service as identity
from app.identity.sessions import actor_of
from app.jobs.models import Job
from app.notifications.models import Message, Webhook
from app.notifications.outbox import notify_all
from app.offers import expiry, service
from app.offers.schemas import DeclineIn
from tests.notifications.conftest import Postman
from tests.notifications.servers import MailServer, Receiver
from tests.offers.conftest import let_pass, offer_of
from tests.offers.published import publish_world
from tests.world import World, make_world


@pytest.fixture
def round_id(database: Database, listener: Receiver) -> str:
    """A published round that one company pays; its program listens, and so does the government's, which pays nothing."""
    with database.transaction() as session:
        world: World = make_world(session)
        for organisation, path in ((world.company, "company"), (world.government, "government")):
            session.add(
                Webhook(
                    organisation_id=organisation,
                    url=f"http://127.0.0.1:{listener.port}/{path}",
                    events=["rounds.published", "offers.*"],
                    created_at=clock.now(),
                )
            )
        session.flush()
        return publish_world(session, world, {"ayu": "moa", "budi": "waijelu"})


def heard(listener: Receiver) -> list[str]:
    """Return which events came, in the order of their names."""
    return sorted(json.loads(body)["type"] for _, body in listener.calls)


def test_who_is_offered_a_place_hears_of_it_and_so_does_who_pays(
    database: Database, postman: Postman, server: MailServer, listener: Receiver, round_id: str
) -> None:
    with database.reading() as session:
        people = {offer_of(session, name).id: name for name in ("ayu", "budi")}
    assert set(postman.round()) == {"done"}
    assert [mail["Subject"] for mail in server.mails] == ["Tempat untuk Anda"] * 2
    assert all("https://gotong.contoh.example/offer" in mail.get_content() for mail in server.mails)
    assert heard(listener) == ["offers.sent"] * 2 + ["rounds.published"] * 2
    told = [json.loads(body)["data"] for _, body in listener.calls if b"offers.sent" in body]
    assert {one["offer_id"] for one in told} == people.keys()
    assert not any(name.encode() in body.lower() for _, body in listener.calls for name in people.values())


def test_answers_and_silence_are_told_too(
    database: Database, postman: Postman, server: MailServer, listener: Receiver, round_id: str
) -> None:
    postman.round()
    listener.calls.clear()
    server.received.clear()
    with database.transaction() as session:
        user = identity.create_user(session, SYSTEM, email="ayu@log-in.example", name="Ayu", role="applicant")
        session.scalars(select(Applicant).where(Applicant.code == "ayu")).one().user_id = user.id
        session.flush()
        body = DeclineIn(reason="Saya diterima kuliah lagi.")
        service.decline(session, actor_of(user), offer_of(session, "ayu").id, body)
        let_pass(session, "budi")
        expiry.expire_due(session, round_id)
        # Who takes the free seats is the optimizer's matter, and not this test's.
        later = clock.now() + dt.timedelta(days=1)
        session.execute(update(Job).where(Job.kind.not_like("notifications.%")).values(run_after=later))
    assert set(postman.round()) == {"done"}
    assert heard(listener) == ["offers.declined", "offers.expired"]
    assert [(mail["To"], mail["Subject"]) for mail in server.mails] == [
        ("budi@contoh.example", "Tawaran Anda telah berakhir")
    ]


def test_an_address_that_is_none_stops_no_publication(database: Database) -> None:
    people = [(address, {}, "id") for address in ("ani@contoh.example", "erased@invalid", "", "no address")]
    with database.transaction() as session:
        assert notify_all(session, "identity/no_account", people) == 1
        assert notify_all(session, "identity/no_account", []) == 0
        assert session.scalars(select(Message.recipient)).all() == ["ani@contoh.example"]
        (job,) = session.scalars(select(Job))
        assert session.scalars(select(Message.job_id)).all() == [job.id]
