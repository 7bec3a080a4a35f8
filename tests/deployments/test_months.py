"""Check-ins month by month: drafts are kept, what was sent stays, what is late is said."""

from __future__ import annotations

import datetime as dt

from fastapi.testclient import TestClient

from app.deployments import months
from app.deployments.models import CheckIn, Deployment
from tests.deployments.conftest import Travel

AUGUST = dt.date(2027, 8, 1)


def a_year(**more: dt.date) -> Deployment:
    return Deployment(starts_on=dt.date(2027, 7, 1), ends_on=dt.date(2028, 6, 30), **more)


def test_a_year_has_twelve_months_and_none_is_served_before_the_arrival() -> None:
    assert len(months.planned(a_year())) == 12
    assert months.served(a_year(), dt.date(2027, 12, 31)) == []


def test_months_count_from_the_arrival_until_the_end() -> None:
    arrived = a_year(arrived_on=dt.date(2027, 8, 15), ended_on=dt.date(2027, 10, 1))
    assert months.served(arrived, dt.date(2028, 3, 1)) == [dt.date(2027, month, 1) for month in (8, 9, 10)]
    early = a_year(arrived_on=dt.date(2027, 6, 20))
    assert months.served(early, dt.date(2027, 7, 1)) == [dt.date(2027, 7, 1)]


def test_a_check_in_is_late_a_week_after_its_month() -> None:
    deployment = a_year(arrived_on=dt.date(2027, 8, 1))
    assert months.late(deployment, [], dt.date(2027, 9, 7)) == []
    assert months.late(deployment, [], dt.date(2027, 9, 8)) == [AUGUST]
    draft = CheckIn(month=AUGUST, note="Belum selesai")
    assert months.late(deployment, [draft], dt.date(2027, 9, 8)) == [AUGUST]
    draft.written_at = dt.datetime(2027, 9, 9, tzinfo=dt.UTC)
    assert months.late(deployment, [draft], dt.date(2027, 9, 10)) == []


def test_a_draft_is_kept_for_the_volunteer_alone_until_it_is_sent(
    rina: TestClient, ayu: TestClient, here: str, travel: Travel
) -> None:
    travel("2027-07-03")
    rina.post(f"{here}/start", json={})
    travel("2027-08-10")
    ayu.post(f"{here}/check-ins", json={"month": "2027-07", "note": "Murid kelas 3 mulai"})
    mine, hers = (visitor.get(f"{here}/check-ins").json()["items"] for visitor in (ayu, rina))
    assert [(one["month"], one["note"], one["late"]) for one in mine] == [
        ("2027-07", "Murid kelas 3 mulai", True),
        ("2027-08", None, False),
    ]
    assert [one["note"] for one in hers] == [None, None]
    assert rina.get(here).json()["late"] == ["2027-07"]

    sent = {"month": "2027-07", "note": "Murid kelas 3 mulai membaca.", "send": True}
    ayu.post(f"{here}/check-ins", json=sent)
    assert rina.get(f"{here}/check-ins").json()["items"][0]["note"] == sent["note"]
    assert rina.get(here).json()["late"] == []
    again = ayu.post(f"{here}/check-ins", json=sent)
    assert (again.status_code, again.json()["code"]) == (409, "deployments.check_in_sent")


def test_nothing_is_written_about_a_month_to_come(rina: TestClient, ayu: TestClient, here: str, travel: Travel) -> None:
    travel("2027-07-03")
    rina.post(f"{here}/start", json={})
    answer = ayu.post(f"{here}/check-ins", json={"month": "2027-08", "note": "Besok"})
    assert (answer.status_code, answer.json()["code"]) == (409, "deployments.no_such_month")


def test_an_empty_text_is_not_sent(rina: TestClient, ayu: TestClient, here: str, travel: Travel) -> None:
    travel("2027-07-03")
    rina.post(f"{here}/start", json={})
    ayu.post(f"{here}/check-ins", json={"month": "2027-07", "note": "  ", "send": True})
    assert ayu.get(f"{here}/check-ins").json()["items"][0]["sent_at"] is None
