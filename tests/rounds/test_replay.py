"""An archived round gives the identical result again, and a changed one does not pass for it."""

import gzip
import json
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from app.cli import cli
from app.core.database import Database
from app.rounds.models import Result, Round
from tests.rounds.test_round import proposed
from tests.world import World


@pytest.fixture
def shell(database_url: str, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("GOTONG_DATABASE_URL", database_url)
    return CliRunner()


def test_a_stored_round_replays_to_the_identical_result(
    log_in: Callable[..., TestClient], work: Callable[[], int], world: World, shell: CliRunner
) -> None:
    round_id = proposed(log_in("manager", "rina"), work, world)
    assert round_id in shell.invoke(cli, ["round", "list"]).output
    answer = shell.invoke(cli, ["round", "replay", round_id])
    assert (answer.exit_code, answer.output) == (0, "result 1: 3 placements, identical\n")


def test_a_result_that_somebody_changed_is_found(
    log_in: Callable[..., TestClient], work: Callable[[], int], world: World, shell: CliRunner, database: Database
) -> None:
    round_id = proposed(log_in("manager", "rina"), work, world)
    with database.transaction() as session:
        result = session.get_one(Result, session.get_one(Round, round_id).result_id)
        document = json.loads(gzip.decompress(result.document))
        document["placements"][0]["volunteer"] = "dedi"
        result.document = gzip.compress(json.dumps(document).encode())
    answer = shell.invoke(cli, ["round", "replay", round_id])
    assert answer.exit_code == 1
    assert "DIFFERENT" in answer.output


def test_an_unknown_round_is_told_with_what_to_do(shell: CliRunner) -> None:
    answer = shell.invoke(cli, ["round", "replay", "nothing"])
    assert answer.exit_code == 2
    assert "gotong round list" in answer.output
