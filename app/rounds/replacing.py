"""The best people for a seat that fell free, everybody else staying where they are, and what each of them costs the others.

The vacant seat is solved (see `app.rounds.vacancy`), then solved again without who was found, up to three options. Each answer
passes the independent verifier before anybody sees it. Nobody is moved, so what an option costs others is what it takes away
from them: the money, named by fund, and the other free seats of the round that can then not be filled by anybody who is left
(the difference of two solves, one with the person in the seat and one with nobody in it).
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from app.rounds.summary import lines_paid
from app.rounds.vacancy import OURS, Document, Vacancy, placed_of, problem_of
from optimizer import Limits, Report, read_problem, solve, verify, violations

MOST: Final = 3
USABLE: Final = frozenset({"optimal", "feasible"})
Step = Callable[[int], None]
Cancelled = Callable[[], bool]


class FoundFaulty(RuntimeError):  # noqa: N818 - what happened
    """The verifier found something wrong with an answer; our fault, so the job is tried again and then given up."""

    def __init__(self, report: Report) -> None:
        super().__init__("; ".join(f"{one.pointer}: {one.message}" for one in report.findings[:5]))


@dataclass(frozen=True, slots=True)
class Option:
    """Somebody who can take the seat.

    Attributes:
        volunteer: Code of the person.
        agreement: Code of the agreement.
        cost, fit, preference: Figures of the placement, in rupiah and points.
        lines: [line, fund, rupiah] of every cost line.
        broken: Codes of rules that are broken by more than they are today, soft ones included.
        empty_elsewhere: Other free seats of the round that nobody is left for, once this person has the seat.
        digest: SHA-256 of the problem that was solved.
    """

    volunteer: str
    agreement: str
    cost: int
    fit: int
    preference: int
    lines: list[list[Any]]
    broken: list[str]
    empty_elsewhere: int
    digest: str


@dataclass(slots=True)
class Proposal:
    """The options, best first, with every problem and solution behind them; no option means that nobody can take the seat."""

    options: list[Option] = field(default_factory=list)
    documents: list[dict[str, Document]] = field(default_factory=list)
    why: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Search:
    """How to look: the round's seed, the work limit of one solve, and who is told or asked meanwhile."""

    seed: int
    work: float
    step: Step
    cancelled: Cancelled

    def solved(self, problem: Document) -> Document:
        """Return the solution of a problem, which the verifier has found right.

        Raises:
            FoundFaulty: Where it has not.
        """
        answer = solve(
            read_problem(problem), limits=Limits(work=self.work), seed=self.seed, cancelled=self.cancelled
        ).document()
        report = verify(problem, answer)
        if not report.ok:
            raise FoundFaulty(report)
        return answer


def propose(snapshot: Document, vacancy: Vacancy, search: Search) -> Proposal:
    """Return the best options for a vacant seat; stops early, with what was found so far, where `cancelled` says so."""
    base = problem_of(snapshot, vacancy)
    made = Proposal()
    today = violations(base, {"placements": placed_of(vacancy)})
    most = _fillable(base, vacancy, None, search)
    for number in range(MOST):
        if search.cancelled():
            break
        search.step(number)
        problem = _without(base, [one.volunteer for one in made.options], vacancy.post)
        answer = search.solved(problem)
        found = _newcomer(answer, vacancy) if answer["status"] in USABLE else None
        if found is None:
            if not made.options:
                made.documents.append({"problem": problem, "solution": answer})
                made.why = [why for one in answer["unfilled"] if one["post"] == vacancy.post for why in one["why"]]
            break
        made.documents.append({"problem": problem, "solution": answer})
        lost = most - _fillable(base, vacancy, found, search)
        made.options.append(_option(problem, answer, found, today, lost))
    return made


def _without(base: Document, volunteers: list[str], post: str) -> Document:
    if not volunteers:
        return base
    others = {"kind": "forbid", "volunteers": {"ids": sorted(volunteers)}, "posts": {"ids": [post]}}
    return {**base, "policies": [*base["policies"], {"id": f"{OURS}-found-before", **others}]}


def _newcomer(answer: Document, vacancy: Vacancy) -> Document | None:
    known = {one.volunteer for one in vacancy.standing}
    return next((one for one in answer["placements"] if one["volunteer"] not in known), None)


def _fillable(base: Document, vacancy: Vacancy, taken: Document | None, search: Search) -> int:
    """Return how many other free seats of the round can be filled at once, with `taken` in the vacant seat or nobody in it."""
    if not vacancy.elsewhere:
        return 0
    problem = copy.deepcopy(base)
    for post in problem["posts"]:
        if post["id"] == vacancy.post and taken is None:
            post["seats"] -= 1
        post["seats"] += vacancy.elsewhere.get(post["id"], 0)
    if taken is not None:
        kept = {name: taken[name] for name in ("volunteer", "post", "agreement")}
        problem["policies"].append({"id": f"{OURS}-takes-it", "kind": "pin", **kept})
    problem["objective"] = [{"placed": 1}]
    answer = search.solved(problem)
    return max(0, len(answer["placements"]) - len(vacancy.standing) - (taken is not None))


def _option(problem: Document, answer: Document, found: Document, today: dict[str, int], lost: int) -> Option:
    lines = next(paid for one, paid in lines_paid(problem, answer) if one["volunteer"] == found["volunteer"])
    now = violations(problem, answer)
    return Option(
        volunteer=found["volunteer"],
        agreement=found["agreement"],
        cost=found["cost"],
        fit=found["fit"],
        preference=found["preference"],
        lines=[[one.line, one.fund, one.amount] for one in lines],
        broken=sorted(one for one, units in now.items() if units > today.get(one, 0)),
        empty_elsewhere=max(0, lost),
        digest=answer["problem"],
    )
