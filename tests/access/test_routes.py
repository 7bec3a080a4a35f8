"""Every route as every role, from the route table itself: a route that nobody thought of fails here."""

import os
import re
from collections.abc import Callable

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.identity.actor import ROLES
from app.identity.permissions import RULES, MarkedRoute, marked_routes

# Who gets in is said by rules, and not by the database: on PostgreSQL, without the long run, only who gets in nearly everywhere.
EACH_ROLE = [("sqlite", role) for role in ROLES] + [
    ("postgresql", role) for role in ROLES if "GOTONG_LONG" in os.environ or role in {"admin", "manager"}
]
UNKNOWN = "01990000-0000-7000-8000-000000000000"


def address(route: MarkedRoute) -> str:
    return re.sub(r"\{[^}]+\}", UNKNOWN, route.path)


def guarded(web: FastAPI) -> list[tuple[str, MarkedRoute]]:
    return [
        (method, route)
        for route in marked_routes(web)
        for method in sorted(route.methods - {"HEAD", "OPTIONS"})
        if route.permission is not None
    ]


def test_a_stranger_gets_in_nowhere(web: FastAPI, client: TestClient) -> None:
    routes = guarded(web)
    assert routes
    for method, route in routes:
        answer = client.request(method, address(route))
        if route.path.startswith("/api/"):
            assert answer.status_code == 401, (method, route.path, answer.status_code)
            assert answer.headers["content-type"] == "application/problem+json"
        else:
            assert answer.status_code in {303, 401}, (method, route.path, answer.status_code)


@pytest.mark.parametrize(("database_url", "role"), EACH_ROLE, indirect=["database_url"])
def test_each_role_gets_in_only_where_a_rule_lets_it(
    web: FastAPI, as_role: Callable[[str], TestClient], role: str
) -> None:
    visitor = as_role(role)
    for method, route in guarded(web):
        # A log-out would end the token that this test goes on with.
        if route.path.endswith("/logout"):
            continue
        answer = visitor.request(method, address(route))
        assert answer.status_code < 500, (method, route.path, answer.text)
        assert route.permission is not None
        if role not in RULES[route.permission].roles:
            assert answer.status_code == 403, (method, route.path, answer.status_code)
        elif "{" in route.path and method in {"GET", "DELETE"}:
            assert answer.status_code in {404, 422}, (method, route.path, answer.status_code)


def test_every_public_route_says_why_it_is_public(web: FastAPI) -> None:
    for route in marked_routes(web):
        if route.permission is None:
            assert route.markers[0].reason, route.path
