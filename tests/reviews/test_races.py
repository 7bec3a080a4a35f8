"""Two who press at the same moment: one third reader and no lost score, whoever comes first."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy import event

from app.core.database import Database
from tests.reviews.test_reviews import HIGH, LOW, MIDDLE, Readers, assign_all, judgement, reviews_of, score


def together(*acts: Callable[[], Any]) -> list[Any]:
    """Do all of them at once, each in a thread of its own, and return what came of them."""
    start = Barrier(len(acts))

    def act(one: Callable[[], Any]) -> Any:
        start.wait(timeout=30)
        return one()

    with ThreadPoolExecutor(len(acts)) as pool:
        return [done.result() for done in [pool.submit(act, one) for one in acts]]


def test_two_who_differ_at_the_same_moment_bring_in_one_third_reader(
    rina: TestClient, readers: Readers, rubric: dict[str, Any], cohort: str, six: list[str]
) -> None:
    assign_all(rina, cohort, seed=7)
    for key in six:
        first, second = reviews_of(rina, key)
        answers = together(lambda: score(readers, first, HIGH), lambda: score(readers, second, LOW))  # noqa: B023
        assert [answer.status_code for answer in answers] == [200, 200]
        shown = judgement(rina, key)
        assert (shown["verdict"], shown["done"], len(shown["reviews"])) == ("differing", 2, 3)


def test_a_rubric_and_a_score_at_the_same_moment_do_not_miss_each_other(
    rina: TestClient, readers: Readers, rubric: dict[str, Any], cohort: str, sent: str
) -> None:
    assign_all(rina, cohort)
    review = reviews_of(rina, sent)[0]
    other = {**rubric["criteria"][0], "code": "charm"}
    body = {"criteria": [other], "allowed_difference": 10}
    scored, defined = together(
        lambda: score(readers, review, MIDDLE), lambda: rina.post(f"/api/v1/cohorts/{cohort}/rubric", json=body)
    )
    # Either the score came first and the rubric stays, or the rubric came first and the score does not fit it.
    assert (scored.status_code, defined.status_code) in {(200, 409), (422, 201)}


def test_the_manager_takes_back_what_is_scored_at_the_same_moment(
    rina: TestClient, readers: Readers, rubric: dict[str, Any], cohort: str, sent: str
) -> None:
    assign_all(rina, cohort)
    review = reviews_of(rina, sent)[0]
    back = {"reason": "It lies too long."}
    answers = together(
        lambda: score(readers, review, MIDDLE),
        lambda: rina.post(f"/api/v1/reviews/{review['id']}/release", json=back),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]


def test_the_number_of_queries_does_not_grow_with_what_there_is_to_read(
    rina: TestClient, readers: Readers, rubric: dict[str, Any], cohort: str, six: list[str], database: Database
) -> None:
    assign_all(rina, cohort)
    statements: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))

    def asked(client: TestClient, address: str, **params: Any) -> int:
        statements.clear()
        assert client.get(address, params=params).status_code == 200
        return len(statements)

    reader = next(iter(readers.values()))
    for client in (rina, reader):
        assert asked(client, "/api/v1/reviews", limit=1) == asked(client, "/api/v1/reviews", limit=50)
    raters = f"/api/v1/cohorts/{cohort}/raters"
    before = asked(rina, raters)
    for key in six[:3]:
        for one in reviews_of(rina, key):
            assert score(readers, one, MIDDLE).status_code == 200
    assert asked(rina, raters) == before
