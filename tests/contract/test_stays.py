"""What integrators were promised stays."""

from __future__ import annotations

import datetime as dt
from typing import Any

from fastapi import FastAPI

from tests.contract.stays import PROMISED, broken

DAY = dt.date(2027, 6, 1)
LISTS = "GET /api/v1/things list_things"


def described(**operation: Any) -> dict[str, Any]:
    return {"paths": {"/api/v1/things": {"get": {"operationId": "list_things", **operation}}}}


def test_every_operation_that_was_promised_is_there_under_its_name(web: FastAPI) -> None:
    promised = PROMISED.read_text(encoding="utf-8").splitlines()
    assert len(promised) > 200
    assert broken(web.openapi(), promised, dt.datetime.now(dt.UTC).date()) == []


def test_what_goes_or_is_renamed_breaks_a_promise() -> None:
    assert broken({"paths": {}}, [LISTS], DAY) == [f"{LISTS} is gone or has another name"]
    assert broken(described(operationId="all_things"), [LISTS], DAY) == [f"{LISTS} is gone or has another name"]


def test_what_is_deprecated_says_from_when_it_may_go_and_stays_promised_until_then() -> None:
    assert broken(described(deprecated=True), [LISTS], DAY) == [
        f"{LISTS} is deprecated, but does not say from when it may go"
    ]
    told = described(deprecated=True, description="Use the other one. May go from 2028-01-01.")
    assert broken(told, [LISTS], DAY) == []
    assert broken(told, [], DAY) == [f"{LISTS} may not go before 2028-01-01, but is not promised any more"]
    assert broken(told, [], dt.date(2028, 1, 1)) == []
