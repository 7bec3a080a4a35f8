"""Who is told by mail what becomes of a round and of its offers: each once, in the own language, and only what concerns them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from fastapi.testclient import TestClient
from sqlalchemy import select, update

from app.applicants.models import Applicant
from app.core import clock
from app.core.database import Database
from app.identity.models import User
from app.jobs.models import Job
from app.notifications.models import Message
from app.notifications.rendering import Mail, render_mail
from app.offers import reminding, reporting
from app.offers.models import Offer
from app.rounds.models import Placement
from tests.rounds.test_round import proposed
from tests.world import World

LogIn = Callable[..., TestClient]
Work = Callable[[], int]


def news(database: Database) -> dict[str, list[Mail]]:
    """Return the mails written since the last look, by the local part of the address, and forget them."""
    found: dict[str, list[Mail]] = {}
    with database.transaction() as session:
        for one in session.scalars(select(Message).where(Message.error.is_(None)).order_by(Message.id)):
            mail = render_mail(one.template, one.facts, one.language, "https://gotong.example")
            found.setdefault(one.recipient.partition("@")[0], []).append(mail)
            one.error = "seen"
    return found


def subjects(database: Database) -> dict[str, list[str]]:
    return {person: [mail.subject for mail in mails] for person, mails in news(database).items()}


def speaks_english(database: Database, name: str) -> None:
    with database.transaction() as session:
        session.execute(update(User).where(User.email == f"{name}@log-in.example").values(language="en"))


def answer(client: TestClient, decision: str) -> None:
    (offer,) = client.get("/api/v1/offers").json()["items"]
    body = {"reason": "Saya diterima kuliah lagi."} if decision == "decline" else None
    assert client.post(f"/api/v1/offers/{offer['id']}/{decision}", json=body).status_code == 200


def test_every_step_of_a_round_is_told_to_those_it_waits_for(
    log_in: LogIn, work: Work, world: World, database: Database
) -> None:
    rina, bayu, oni = log_in("manager", "rina"), log_in("manager", "bayu"), log_in("officer", "oni", "53")
    for role, name, region in (("officer", "eli", "31"), ("sponsor", "agro", None), ("auditor", "sri", None)):
        log_in(role, name, region)
    for name in ("bayu", "oni", "agro"):
        speaks_english(database, name)
    here = f"/api/v1/rounds/{proposed(rina, work, world)}"
    told = news(database)
    assert {person: [mail.subject for mail in mails] for person, mails in told.items()} == {
        "rina": ["Putaran penempatan selesai dihitung: Putaran 1"],
        "bayu": ["A placement round waits for a second person: Putaran 1"],
        "oni": ["A placement round waits for your region: Putaran 1"],
    }
    assert "proposes 1 person for schools of your region" in told["oni"][0].text
    assert "3 seats of 4" in told["bayu"][0].text
    assert here.removeprefix("/api/v1") in told["rina"][0].text

    assert oni.post(f"{here}/refuse", json={"reason": "Guru itu sudah pindah."}).status_code == 200
    (refused,) = news(database).pop("rina")
    assert refused.subject == "Putaran penempatan ditolak: Putaran 1"
    assert "Oni menolak bagian untuk Nusa Tenggara Timur" in refused.text
    assert "Guru itu sudah pindah." in refused.text
    assert oni.post(f"{here}/approve", json={}).status_code == 200
    assert news(database) == {}
    assert bayu.post(f"{here}/approve", json={}).status_code == 200
    assert subjects(database) == {"rina": ["Putaran penempatan disetujui: Putaran 1"]}

    assert rina.post(f"{here}/publish").status_code == 200
    told = news(database)
    assert told.keys() == {"oni", "agro", "ayu", "budi", "citra"}
    assert "offered to 1 person" in told["oni"][0].text
    assert told["agro"][0].subject == "The placement round is published: Putaran 1"
    assert [mail.subject for mail in told["ayu"]] == ["Tempat untuk Anda"]


def test_a_result_that_is_sent_back_is_told_with_the_reason(
    log_in: LogIn, work: Work, world: World, database: Database
) -> None:
    rina, bayu = log_in("manager", "rina"), log_in("manager", "bayu")
    here = f"/api/v1/rounds/{proposed(rina, work, world)}"
    news(database)
    bayu.post(f"{here}/refuse", json={"reason": "Asmat terlalu\nsedikit."})
    told = news(database)
    assert told.keys() == {"rina"}
    assert "Bayu mengembalikan hasilnya. Alasannya:\n\nAsmat terlalu sedikit." in told["rina"][0].text


def test_a_what_if_copy_is_told_to_nobody_but_its_maker(
    log_in: LogIn, work: Work, world: World, database: Database
) -> None:
    rina, _, _ = log_in("manager", "rina"), log_in("manager", "bayu"), log_in("officer", "oni", "53")
    origin = proposed(rina, work, world)
    news(database)
    body = {"name": "Tanpa aturan Sumba", "overrides": {"policies": {"sumba-first": {"active": False}}}}
    made = rina.post(f"/api/v1/rounds/{origin}/scenarios", json=body)
    assert made.status_code == 201, made.text
    rina.post(f"/api/v1/rounds/{made.json()['id']}/freeze")
    rina.post(f"/api/v1/rounds/{made.json()['id']}/solve")
    work()
    assert subjects(database) == {"rina": ["Putaran penempatan selesai dihitung: Tanpa aturan Sumba"]}


def test_answers_are_reported_once_an_hour_to_each_their_part(
    log_in: LogIn, work: Work, world: World, database: Database
) -> None:
    rina, bayu, oni = log_in("manager", "rina"), log_in("manager", "bayu"), log_in("officer", "oni", "93")
    log_in("officer", "eli", "31")
    log_in("sponsor", "agro")
    round_id = proposed(rina, work, world)
    bayu.post(f"/api/v1/rounds/{round_id}/approve", json={})
    rina.post(f"/api/v1/rounds/{round_id}/publish")
    people = {name: log_in("applicant", name) for name in ("ayu", "budi", "citra")}
    with database.reading() as session:
        at_moa = session.scalars(
            select(Applicant.code)
            .join(Placement)
            .where(Placement.need_id == world.needs["moa"])
            .order_by(Applicant.code)
        ).all()
    elsewhere = (people.keys() - set(at_moa)).pop()
    news(database)
    answer(people[at_moa[0]], "accept")
    answer(people[elsewhere], "decline")
    assert subjects(database) == {at_moa[0]: ["Anda menerima tempat Anda"]}

    for name in ("oni", "agro"):
        speaks_english(database, name)
    with database.transaction() as session:
        queued = session.scalars(select(Job).where(Job.kind == reporting.KIND)).all()
        assert len(queued) in {1, 2}  # two where the full hour struck between the answers
        assert reporting.report_due(session, round_id) == 2
    told = news(database)
    assert told.keys() == {"rina", "bayu", "oni", "agro"}
    assert "Diterima: 1. Ditolak: 1." in told["rina"][0].text
    assert f"{at_moa[0].title()} Contoh: SD Moa, Asmat" in told["oni"][0].text
    assert "1 place that your money pays was accepted." in told["agro"][0].text
    assert "Contoh" not in told["agro"][0].text.replace("(contoh)", "")
    with database.transaction() as session:
        assert reporting.report_due(session, round_id) == 0
    assert news(database) == {}
    assert oni.get("/api/v1/deployments").json()["items"][0]["name"] == f"{at_moa[0].title()} Contoh"


def test_who_has_not_answered_is_reminded_once(log_in: LogIn, work: Work, world: World, database: Database) -> None:
    rina, bayu = log_in("manager", "rina"), log_in("manager", "bayu")
    round_id = proposed(rina, work, world)
    bayu.post(f"/api/v1/rounds/{round_id}/approve", json={})
    rina.post(f"/api/v1/rounds/{round_id}/publish")
    answer(log_in("applicant", "ayu"), "accept")
    news(database)
    with database.reading() as session:
        deadline = session.scalars(select(Offer.deadline)).first()
        job = session.scalars(select(Job).where(Job.kind == reminding.KIND)).one()
    assert deadline is not None
    assert deadline - reminding.BEFORE <= job.run_after <= deadline - reminding.BEFORE + dt.timedelta(hours=1)
    with database.transaction() as session:
        assert reminding.remind_due(session, round_id) == 0  # not yet
    with clock.frozen_at(job.run_after), database.transaction() as session:
        assert reminding.remind_due(session, round_id) == 2
        assert reminding.remind_due(session, round_id) == 0
    assert subjects(database) == {name: ["Tawaran Anda masih menunggu jawaban"] for name in ("budi", "citra")}
