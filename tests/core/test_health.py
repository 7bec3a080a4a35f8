"""What the service says of itself when a part of it is ill."""

import shutil
from collections import namedtuple

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.core.database import Database
from app.jobs import presence

Usage = namedtuple("Usage", "total used free")


def test_it_is_ready_with_a_worker_and_degraded_without(client: TestClient, database: Database) -> None:
    alone = client.get("/readyz")
    assert (alone.status_code, alone.json()["state"]) == (200, "degraded")
    assert "gotong worker" in alone.json()["worker"]
    with database.transaction() as session:
        presence.register(session, "01990000-0000-7000-8000-000000000001")
    assert client.get("/readyz").json()["state"] == "ready"


def test_it_is_ill_while_the_database_is_away_and_well_again_without_a_restart(
    web: FastAPI, client: TestClient, tmp_path: object
) -> None:
    present = web.state.database
    with Database("postgresql+psycopg://nobody@127.0.0.1:9/nowhere") as gone:
        web.state.database = gone
        answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["database"]) == (503, "does not answer")
    web.state.database = present
    assert client.get("/readyz").status_code == 200
    assert client.get("/livez").status_code == 200


def test_an_embedded_database_without_room_is_ill(
    client: TestClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10, 9, 1))
    answer = client.get("/readyz")
    assert answer.status_code == (503 if database.dialect == "sqlite" else 200)
