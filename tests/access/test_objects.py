"""Every route × every role × own, other's and unknown object: what one may not see is not there, for reading and for writing."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.core.database import Database
from app.identity.permissions import RULES, MarkedRoute, marked_routes
from app.settings import Settings
from tests.access.programme import EVERYBODY, Programme, make_programme, note_entries
from tests.conftest import PASSWORD
from tests.documents.files import png

LONG = "GOTONG_LONG" in os.environ
UNKNOWN = "01990000-0000-7000-8000-000000000000"
# A body that is accepted as such, by the last word of the path; what has none of its own gets an empty object.
BODIES = {
    "accept": {"suitability": 50},
    "decline": {"reason": "Tidak jadi"},
    "password": {"password": "another-long-password"},
    "reject": {"reason": "Tidak lengkap"},
    "refuse": {"reason": "Tidak cocok"},
    "reopen": {"reason": "Salah data"},
    "cancel": {"reason": "Salah buat"},
    "close": {"reason": "Selesai"},
    "end": {"reason": "Selesai"},
    "checklist": {"item": "training"},
    "attendance": {"month": "2027-08"},
    "check-ins": {"month": "2027-08", "note": "Baik"},
    "incidents": {"happened_on": "2026-01-01", "severity": "note", "text": "Uji saja"},
    "take": {"option": 1},
    "resolve": {"resolution": "Selesai"},
    "handover": {"text": "Kunci ada pada kepala sekolah"},
    "explanations": {"fund": "agro"},
    "lottery": {"source": "drand, round 1"},
    "draw": {"public": "drand 1 8f2c"},
    "choices": {"kind": "pin", "applicant_id": UNKNOWN, "need_id": UNKNOWN, "reason": "Lanjut"},
    "scenarios": {"name": "Andai-andai"},
    "apply": {"mode": "whole"},
    "score": {"scores": {"motivation": 4}},
    "release": {"reason": "Kenal orangnya"},
    "settle": {"done": True, "answer": "Sudah dibetulkan"},
    "erase": {"reason": "Diminta dengan surat"},
    "rubric": {
        "criteria": [{"code": "motivation", "name_id": "Motivasi", "name_en": "Motivation", "weight": 1}],
        "allowed_difference": 20,
    },
}
# Where the last word of the path alone does not tell.
OTHERWISE = {("screening-rules", "end"): {"valid_until": "2030-01-01", "reason": "Selesai"}}
# What wants a question in its address, which is asked for only where the object is visible.
ASKS = ("/explanations",)
WITHOUT_BODY = {
    ("rounds", "close"), ("offers", "accept"), ("jobs", "cancel"), ("needs", "close"),
}  # fmt: skip


@pytest.fixture
def programme(database: Database, settings: Settings) -> Programme:
    with database.transaction() as session:
        made = make_programme(session, settings)
    with database.reading() as session:
        note_entries(session, made)
    return made


@pytest.fixture
def visitors(web: FastAPI, programme: Programme) -> Iterator[dict[str, TestClient]]:
    opened = {}
    for role, user in programme.users.items():
        visitor = TestClient(web, follow_redirects=False)
        answer = visitor.post("/api/v1/login", json={"email": user.email, "password": PASSWORD})
        assert answer.status_code in {200, 201}, answer.text
        visitor.headers.update({"Authorization": f"Bearer {answer.json()['token']}", "If-Match": "*"})
        opened[role] = visitor
    yield opened
    for visitor in opened.values():
        visitor.close()


def routes_with_objects(web: FastAPI) -> list[tuple[str, MarkedRoute, str]]:
    """Return (method, route, its one parameter) of every guarded route of the API that names an object."""
    found = []
    for route in marked_routes(web):
        names = re.findall(r"\{([^}:]+)", route.path)
        if route.permission is None or not names or not route.path.startswith("/api/"):
            continue
        found += [(method, route, names[0]) for method in sorted(route.methods - {"HEAD", "OPTIONS"})]
    return found


def pages_with_objects(web: FastAPI) -> list[tuple[MarkedRoute, str]]:
    """Return (route, its one parameter) of every page that shows an object; steps of a form are no objects."""
    found = []
    for route in marked_routes(web):
        names = re.findall(r"\{([^}:]+)", route.path)
        if route.permission is not None and names and "GET" in route.methods and not route.path.startswith("/api/"):
            found.append((route, names[0]))
    return [(route, name) for route, name in found if name != "step"]


def asked(visitor: TestClient, method: str, path: str) -> int:
    parts = path.strip("/").split("/")
    if method == "POST" and parts[-1] == "documents":
        sent = {"file": ("uji.png", png(), "image/png")}
        return visitor.post(path, data={"kind": "other"}, files=sent).status_code
    place = (parts[2], parts[-1])
    body = None if place in WITHOUT_BODY else OTHERWISE.get(place) or BODIES.get(parts[-1], {})
    return visitor.request(method, path, json=None if method in {"GET", "DELETE"} else body).status_code


def test_no_role_reaches_what_is_not_for_it(
    web: FastAPI, programme: Programme, visitors: dict[str, TestClient]
) -> None:
    routes = routes_with_objects(web)
    # Own tokens are made per person; tests of accounts try them.
    unknown = {parameter for _, _, parameter in routes} - programme.things.keys() - {"token_id"}
    assert not unknown, f"tests/access/programme.py has no object for: {sorted(unknown)}"
    tried: Counter[str] = Counter()
    leaks = []
    for method, route, parameter in routes:
        allowed = RULES[route.permission or ""].roles
        things = [*programme.things.get(parameter, []), ("an unknown one", UNKNOWN, frozenset())]
        for role, visitor in visitors.items():
            # Whom the rule keeps out is refused before any object is looked for: one of them tells, all in the long run.
            for name, key, seen_by in things if role in allowed or LONG else things[:1]:
                if role in seen_by and role in allowed and method != "GET":
                    continue  # a write that may succeed: the slices' own tests say what it does
                status = asked(visitor, method, re.sub(r"\{[^}]+\}", key, route.path, count=1))
                there = {422} if route.path.endswith(ASKS) else {200, 409}
                expected = {403} if role not in allowed else there if role in seen_by else {404}
                tried["of " + ("own" if role in seen_by else "others")] += 1
                if status not in expected:
                    leaks.append(f"{role} {method} {route.path} ({name}): {status}, not {sorted(expected)}")
    assert not leaks, "\n".join(leaks)
    assert len(visitors) == len(EVERYBODY)
    assert min(tried.values()) > 100, tried


def test_no_page_shows_what_is_not_for_its_reader(
    web: FastAPI, programme: Programme, visitors: dict[str, TestClient]
) -> None:
    leaks = []
    pages = pages_with_objects(web)
    assert len(pages) > 3
    for route, parameter in pages:
        allowed = RULES[route.permission or ""].roles
        things = [*programme.things.get(parameter, []), ("an unknown one", UNKNOWN, frozenset())]
        for role, visitor in visitors.items():
            for name, key, seen_by in things:
                answer = visitor.get(re.sub(r"\{[^}]+\}", key, route.path, count=1))
                expected = {403} if role not in allowed else {200, 303, 409} if role in seen_by else {404}
                if answer.status_code not in expected:
                    leaks.append(f"{role} GET {route.path} ({name}): {answer.status_code}, not {sorted(expected)}")
    assert not leaks, "\n".join(leaks)
