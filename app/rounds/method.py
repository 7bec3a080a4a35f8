"""How a round is placed: as well as possible or, in a what-if copy, wishes first."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

from pydantic import BaseModel, Field

from optimizer import Limits, Progress, read_problem, solve
from optimizer.outcome import nothing_found
from optimizer.problem import Problem
from optimizer.wishes.mechanism import Wishes, nearest, wishes_first
from optimizer.wishes.plan import PlanNotFound
from optimizer.wishes.rules import NOT

Method = Literal["best", "wishes"]
BEST: Final = "best"


class WishesOut(BaseModel):
    """What is promised where wishes came first."""

    strategy_proof: bool = Field(description="Whether nobody can gain by hiding the truth about wishes and refusals.")
    changed: int | None = Field(
        description="Placements changed afterwards so that every rule holds; null where it was lawful at once."
    )
    groups: int = Field(description="Groups that applied jointly; with any, theory promises less.")
    blocking: int = Field(description="Groups that would still be taken at a place they like better.")
    not_promised: list[str] = Field(description="Codes of the hard rules that wishes first cannot promise to hold.")


@dataclass(frozen=True, slots=True)
class Answer:
    """A solution document and, where wishes came first, what is promised (fields of WishesOut)."""

    solution: dict[str, Any]
    wishes: dict[str, Any] | None = None


def place(
    document: dict[str, Any],
    *,
    method: str,
    work: float,
    seed: int,
    progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Answer:
    """Return the placement of a frozen problem, deterministic for its work limit and seed."""
    problem, limits = read_problem(document), Limits(work=work)
    if method == BEST:
        found = solve(problem, limits=limits, seed=seed, progress=progress, cancelled=cancelled)
        return Answer(found.document())
    began = time.monotonic()
    answer = _by_wishes(problem, limits, seed, cancelled)
    answer.solution["seconds"] = round(time.monotonic() - began, 3)
    return answer


def _by_wishes(problem: Problem, limits: Limits, seed: int, cancelled: Callable[[], bool] | None) -> Answer:
    try:
        own = wishes_first(problem, seed=seed, limits=limits, cancelled=cancelled)
    except PlanNotFound:
        return Answer(nothing_found(problem, seed))
    lawful = own if own.lawful else nearest(own, limits, cancelled)
    if lawful is None:
        return Answer(nothing_found(problem, seed))
    return Answer(lawful.solution, _promises(lawful))


def _promises(found: Wishes) -> dict[str, Any]:
    return WishesOut(
        strategy_proof=found.strategy_proof,
        changed=found.changed,
        groups=len(found.teams),
        blocking=len(found.blocking),
        not_promised=sorted(name for name, how in found.rules.how.items() if how == NOT or name in found.rules.half),
    ).model_dump()
