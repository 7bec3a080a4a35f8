"""Whoever answers for people's data sees what waits, what is late, and who has opened documents."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from fastapi.testclient import TestClient

from app.core import clock
from tests.applicants.conftest import JANUARY, _in_january, agree
from tests.applicants.test_pages import Browser, browser
from tests.documents.files import jpeg

__all__ = ["_in_january", "browser"]
Log = Callable[..., TestClient]
NONE = {
    "corrections_waiting": 0, "corrections_overdue": 0, "breaches_open": 0, "breaches_overdue": 0, "consents_held": 0,
    "consents_withdrawn": 0, "erased": 0, "due": 0, "next_night": None, "documents": 0, "reads": 0,
}  # fmt: skip


def overview(admin: TestClient) -> dict[str, Any]:
    shown: dict[str, Any] = admin.get("/api/v1/privacy/overview").json()
    return shown


def test_what_waits_and_what_is_late(
    yuliana: TestClient, rina: TestClient, as_role: Log, draft: dict[str, Any]
) -> None:
    admin = as_role("admin")
    assert overview(admin) == NONE
    key: str = draft["id"]
    agree(yuliana)
    sent = yuliana.post(
        f"/api/v1/applicants/{key}/documents",
        data={"kind": "identity"},
        files={"file": ("ktp.jpg", jpeg(), "image/jpeg")},
    )
    for reader in (yuliana, rina, rina):
        assert reader.get(f"/api/v1/documents/{sent.json()['id']}/content").status_code == 200
    yuliana.post("/api/v1/privacy/corrections", json={"wish": "My name is wrong."})
    found = {"what": "A list was lost.", "data_kinds": ["names"], "people": 3, "found_at": JANUARY.isoformat()}
    assert admin.post("/api/v1/privacy/breaches", json=found).status_code == 201
    said = {"consents_held": 1, "documents": 1, "reads": 2, "corrections_waiting": 1, "breaches_open": 1}
    assert overview(admin) == {**NONE, **said}
    yuliana.post(f"/api/v1/applicants/{key}/withdraw", json={})
    night = overview(admin)["next_night"]
    assert night is not None
    with clock.frozen_at(JANUARY + dt.timedelta(days=4)):
        late = overview(admin)
        assert (late["corrections_overdue"], late["breaches_overdue"], late["due"]) == (1, 1, 0)
    with clock.frozen_at(JANUARY + dt.timedelta(days=366)):
        # A year later the tokens of January have run out.
        admin, rina = as_role("admin"), as_role("manager")
        assert overview(admin)["due"] == 1
        assert overview(admin)["reads"] == 0
        gone = rina.post(f"/api/v1/applicants/{key}/erase", json={"reason": "Asked for it."})
        assert gone.status_code == 200
        after = overview(admin)
        assert (after["due"], after["erased"], after["documents"]) == (0, 1, 0)
    for role in ("manager", "reviewer", "applicant", "sponsor", "officer", "partner"):
        assert as_role(role).get("/api/v1/privacy/overview").status_code == 403


def test_who_opened_what_on_a_page(
    browser: Callable[..., Browser], yuliana: TestClient, rina: TestClient, draft: dict[str, Any]
) -> None:
    desk = browser("admin")
    assert "Nobody has opened a document." in desk.open("/data-protection")
    sent = yuliana.post(
        f"/api/v1/applicants/{draft['id']}/documents",
        data={"kind": "diploma"},
        files={"file": ("Ijazah Yuliana.jpg", jpeg(), "image/jpeg")},
    )
    for _ in range(51):
        rina.get(f"/api/v1/documents/{sent.json()['id']}/content")
    page = desk.open("/data-protection")
    code = yuliana.get(f"/api/v1/applicants/{draft['id']}").json()["code"]
    assert page.count(f"<td>{code}</td>") == 50
    for word in ("Rina", "Diploma and transcript", "Programme manager"):
        assert word in page
    assert "Yuliana" not in page
    earlier = page.split('href="/data-protection?before=')[1].split('"')[0]
    assert desk.open(f"/data-protection?before={earlier}").count(f"<td>{code}</td>") == 1


def test_the_home_page_says_what_waits(
    browser: Callable[..., Browser], yuliana: TestClient, as_role: Log, draft: dict[str, Any]
) -> None:
    desk, admin = browser("manager"), browser("admin")
    assert "Waits for you" not in desk.open("/home") + admin.open("/home")
    yuliana.post("/api/v1/privacy/corrections", json={"wish": "My name is wrong."})
    found = {"what": "A list was lost.", "data_kinds": ["names"], "people": 3, "found_at": JANUARY.isoformat()}
    assert as_role("admin").post("/api/v1/privacy/breaches", json=found).status_code == 201
    assert '<span class="figure">1</span>corrections to settle' in desk.open("/home")
    page = admin.open("/home")
    assert '<span class="figure">1</span>breaches to close' in page
    assert "corrections to settle" not in page, "what stands in an application is the manager's"
