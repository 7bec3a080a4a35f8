"""The API keeps to its own description: whatever is sent, the answer is one that the description names, in the form that it names.

Schemathesis makes the requests from the OpenAPI document, right and wrong ones; half of their ids are those of things that exist.
The examples are drawn in the same way in every run. `make test-contract` tries many more.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, assume, given, strategies
from hypothesis import settings as within
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from app.core.database import Database
from app.settings import Settings
from tests.access.programme import Programme, make_programme
from tests.conftest import PASSWORD

DEEP = "GOTONG_TEST_CONTRACT" in os.environ
EXAMPLES = int(os.environ.get("GOTONG_TEST_CONTRACT", "3"))
ROLES = (
    ["manager", "admin", "officer", "sponsor", "partner", "applicant", "reviewer", "auditor"] if DEEP else ["manager"]
)
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
# What can end the log-in with which all the others are tried.
LEFT_OUT = {"log_out", "edit_user", "set_user_password", "revoke_token"}


@pytest.fixture
def programme(database: Database, settings: Settings) -> Programme:
    with database.transaction() as session:
        return make_programme(session, settings)


def attempt(operation: Any, programme: Programme, headers: dict[str, str], answers: Counter[int]) -> Callable[[], None]:
    """Return a test of one operation, with requests as the description wants them and with others that break it."""
    cases = strategies.one_of(operation.as_strategy(generation_mode=mode) for mode in GenerationMode)

    @within(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases, pick=strategies.integers(0, 30))
    def one(case: Any, pick: int) -> None:
        # An empty object vanishes from an address, so what was to be wrong is not sent.
        assume({} not in (case.query or {}).values())
        for name in case.path_parameters or {}:
            known = programme.things.get(name)
            if known and pick % 2:
                case.path_parameters[name] = known[pick % len(known)][1]
        answers[case.call_and_validate(headers=headers, checks=CHECKS).status_code] += 1

    return one


@pytest.mark.parametrize("role", ROLES)
def test_every_answer_is_one_that_the_description_names(web: FastAPI, programme: Programme, role: str) -> None:
    answers: Counter[int] = Counter()
    faults = []
    with TestClient(web) as visitor:
        login = visitor.post("/api/v1/login", json={"email": programme.users[role].email, "password": PASSWORD})
        headers = {"Authorization": f"Bearer {login.json()['token']}"}
        for found in schemathesis.openapi.from_asgi("/openapi.json", web).get_all_operations():
            operation = found.ok()
            if operation.definition.raw["operationId"] in LEFT_OUT:
                continue
            try:
                attempt(operation, programme, headers, answers)()
            except FailureGroup as failure:
                faults += [f"{operation.label}: {type(one).__name__}: {one}" for one in failure.exceptions]
        assert visitor.get("/api/v1/me", headers=headers).status_code == 200, "the log-in has ended on the way"
    assert not faults, f"{len(faults)} faults:\n" + "\n\n".join(faults)
    # Not everything was refused at the door.
    assert answers[200] > EXAMPLES * 10, answers
    assert answers[422] > EXAMPLES * 10, answers


def test_every_operation_has_a_name_of_its_own(web: FastAPI) -> None:
    operations = [one for path in web.openapi()["paths"].values() for one in path.values()]
    names = Counter(one["operationId"] for one in operations)
    assert [name for name, number in names.items() if number > 1] == []
    assert all(name.isidentifier() and "api_v1" not in name for name in names)
