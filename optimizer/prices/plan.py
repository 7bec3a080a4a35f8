"""What more would be worth: prices of budgets, earmarks and rules in each tier, confirmed by solving again, and what each rule costs.

A price is the dual of the tier's linear relaxation, with the earlier tiers held at what the solution reached: what one more unit brings if
placements could be divided. What whole placements gain is another figure, and is found by solving again with the change made.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from optimizer.again.table import Triple
from optimizer.engines.columns.clock import Clock
from optimizer.engines.columns.engine import ColumnEngine
from optimizer.errors import DocumentError, DocumentRefused
from optimizer.explaining.standing import Standing, stand
from optimizer.formulation.arrays import Arrays
from optimizer.prices.approach import Approach
from optimizer.prices.changes import Change, changes_of
from optimizer.prices.clauses import Clauses
from optimizer.prices.costs import PolicyCost, costs_of
from optimizer.prices.solving import Confirmed, Confirmer
from optimizer.problem import Problem
from optimizer.relaxation import Point, Relaxation, Shifts
from optimizer.solve import SMALL, Limits

FAR = 1e18
"""Beyond this there is no limit."""
TINY = 1e-3
"""A price is taken this part of a step beyond today's limit: at the limit itself there may be two."""
OPENED = 300
"""So many of the placements that a clause opens are offered to the search that confirms it."""
NOTHING = 1e-7
"""Less than this part of a usual placement is worth nothing."""


@dataclass(frozen=True, slots=True)
class TierPrice:
    """What one thing is worth in one tier.

    Attributes:
        price: per unit (a rupiah, a placement, …); for a clause of an earmark, its first placement.
        low: least value of the parameter, and `high` the largest, for which the price holds; None where that was not worked out.
        step: what the relaxation gains by the whole step, or by everything that the clause opens.
        rough: whether the time was over: then the price is that at today's limit, and the step at most what it says.
    """

    price: float
    low: float | None = None
    high: float | None = None
    step: float = 0.0
    rough: bool = False


@dataclass(frozen=True, slots=True)
class Relaxed:
    """One tier's relaxation.

    Attributes:
        value: what it reaches.
        bound: a proven bound on whole placements; None: none.
        closed: whether it is the optimum over all placements; where the time came first, its prices are provisional.
    """

    value: float
    bound: int | None
    closed: bool


@dataclass(slots=True)
class Item:
    """One change, its price in each tier reached, and what solving again gave (by tier; empty where that was not done)."""

    change: Change
    tiers: list[TierPrice]
    confirmed: list[Confirmed | None] = field(default_factory=list)

    @property
    def rank(self) -> tuple[object, ...]:
        """What is worth most in the first tiers comes first."""
        return (*(-round(one.step, 6) for one in self.tiers), self.change.kind, self.change.id, self.change.parameter)


@dataclass(frozen=True, slots=True)
class Worth:
    """All prices of one solution.

    Attributes:
        problem: what it answers.
        relaxed: the relaxation of each tier that was reached in time.
        items: what is worth anything, dearest first; `idle` is how many parameters are worth nothing.
        policies: what each rule costs.
        small: whether solving again was over the whole formulation.
    """

    problem: Problem
    values: tuple[int, ...]
    relaxed: tuple[Relaxed, ...]
    items: tuple[Item, ...]
    idle: int
    policies: tuple[PolicyCost, ...]
    small: bool

    def summary(self) -> list[dict[str, Any]]:
        """Return for each tier how many gains were solved again, proven and confirmed, and by how much one deviates at most."""
        found = []
        for tier in range(len(self.relaxed)):
            solved = [
                (item.tiers[tier].step, one)
                for item in self.items
                if tier < len(item.confirmed) and (one := item.confirmed[tier]) is not None
            ]
            found.append(
                {
                    "solved": len(solved),
                    "proven": sum(one.exact for _, one in solved),
                    "confirmed": sum(one.confirms(step) for step, one in solved),
                    "largest_deviation": round(max((abs(one.gain - step) for step, one in solved), default=0.0), 3),
                }
            )
        return found

    def document(self) -> dict[str, Any]:
        """Return everything as JSON-ready data."""
        return {
            "tiers": [
                {"value": value, "relaxation": one.value, "bound": one.bound, "closed": one.closed}
                for value, one in zip(self.values, self.relaxed, strict=False)
            ],
            "prices": [_document(one) for one in self.items],
            "idle": self.idle,
            "confirmed": self.summary(),
            "policies": [asdict(one) for one in self.policies],
        }


def prices(
    problem: Problem,
    solution: Any,
    *,
    limits: Limits | None = None,
    most: int = 10,
    confirm: int = 20,
    policies: bool = True,
    cancelled: Callable[[], bool] | None = None,
) -> Worth:
    """Return what more would be worth in one solution, a document.

    Args:
        problem: the round.
        solution: its solution.
        limits: how long the relaxations may take together, and how long each solve again.
        most: so many clauses of earmarks are looked at in each tier, the dearest first.
        confirm: so many changes are solved again, the dearest first.
        policies: whether to work out what each rule costs.
        cancelled: asked now and then; once it returns True what is known is returned.

    Raises:
        DocumentRefused: the solution does not belong to the problem, does not verify, or the problem has no prices.
        NotSolvedError: the linear engine gave up.
    """
    obstacles = ColumnEngine.obstacles(problem)
    standing = stand(problem, solution)
    if obstacles:
        message = f"There are no prices: {'; '.join(obstacles)}."
        raise DocumentRefused(
            [DocumentError("/objective", "no-prices", message, "Ask `gotong explain` about one thing.")]
        )
    return _Prices(standing, limits or Limits(seconds=60.0), most, cancelled).run(confirm, policies=policies)


class _Prices:
    def __init__(self, standing: Standing, limits: Limits, most: int, cancelled: Callable[[], bool] | None) -> None:
        self.standing, self.limits, self.most, self.cancelled = standing, limits, most, cancelled
        self.problem = standing.problem
        clock = Clock(limits.seconds, None, cancelled, workers=limits.workers)
        self.approach = Approach(standing, clock, small=Arrays(standing.index).choices <= SMALL)
        self.items: dict[Change, Item] = {}
        self.opened: dict[Change, list[Triple]] = {}

    def run(self, confirm: int, *, policies: bool) -> Worth:
        approach, arrays = self.approach, self.approach.table.arrays
        changes = changes_of(self.problem, approach.table.pricing.rows, self.standing.made, arrays.unit)
        clauses = Clauses(self.problem, approach.triples)
        relaxed: list[Relaxed] = []
        for tier, relaxation in approach.relaxations():
            point = relaxation.point
            relaxed.append(Relaxed(point.value, relaxation.bound, relaxation.closed))
            for change in changes:
                self._note(change, tier, self._priced(change, relaxation))
            self._clauses(clauses, relaxation, tier)
        for item in self.items.values():
            item.tiers += [TierPrice(0.0)] * (len(relaxed) - len(item.tiers))
        found = sorted(
            (one for one in self.items.values() if any(price.price for price in one.tiers)), key=lambda one: one.rank
        )
        confirmer = Confirmer(approach, self.limits, self.cancelled)
        for item in found[:confirm]:
            item.confirmed = confirmer.confirmed(
                item.change, [one.step for one in item.tiers], self.opened.get(item.change, ())
            )
        costs = costs_of(approach, self.limits, self.cancelled) if policies else ()
        idle = len(changes) - sum(not one.change.is_clause for one in found)
        return Worth(
            self.problem, self.standing.values, tuple(relaxed), tuple(found), idle, tuple(costs), approach.small
        )

    def _note(self, change: Change, tier: int, price: TierPrice) -> None:
        item = self.items.setdefault(change, Item(change, []))
        item.tiers += [TierPrice(0.0)] * (tier - len(item.tiers))
        item.tiers.append(price)

    def _clauses(self, clauses: Clauses, relaxation: Relaxation, tier: int) -> None:
        for clause in clauses.ranked(relaxation, relaxation.point)[: self.most]:
            if self.approach.clock.over():
                break
            gain = clauses.worth(relaxation, clause, self.approach.clock)
            if gain <= NOTHING * relaxation.typical:
                continue
            self._note(clause.change, tier, TierPrice(clause.first, step=gain))
            self.opened.setdefault(clause.change, []).extend(
                clauses.table.pool.triples(clause.columns[:OPENED].tolist())
            )

    def _priced(self, change: Change, relaxation: Relaxation) -> TierPrice:
        """Return the price of one more unit of a parameter, how far it holds, and what the whole step brings."""
        point, least = relaxation.point, NOTHING * relaxation.typical
        step, today = abs(change.step), _price(change, point, 1.0)
        if today * step <= least:
            return TierPrice(0.0)
        if self.approach.clock.over():
            return TierPrice(today, step=today * step, rough=True)
        row = next(iter(change.shift)) if len(change.shift) == 1 else None
        beside, ends = relaxation.beside(_moved(change, TINY * step), row)
        price = _price(change, beside, 1.0)
        gain = relaxation.shifted(_moved(change, float(step))).value - point.value
        if price * step <= least and gain <= least:
            return TierPrice(0.0)
        low, high = (None, None) if ends is None else self._range(change, relaxation, ends)
        return TierPrice(price, low, high, gain)

    def _range(
        self, change: Change, relaxation: Relaxation, ends: tuple[float, float]
    ) -> tuple[float | None, float | None]:
        """Return the ends of a row's limit as values of the parameter that moves it."""
        ((row, (down, up)),) = change.shift.items()
        pricing = relaxation.pricing
        limit, each = (pricing.upper[row], up) if up else (pricing.lower[row], down)
        sign, today = (1 if change.step > 0 else -1), int(change.today)
        low, high = sorted(today + sign * (end - limit) / each for end in ends)
        return (None if abs(low) > FAR else low), (None if abs(high) > FAR else high)


def _moved(change: Change, units: float) -> Shifts:
    return {row: (down * units, up * units) for row, (down, up) in change.shift.items()}


def _price(change: Change, point: Point, units: float) -> float:
    """Return what moving the limits by so many units brings at a point's prices."""
    found = 0.0
    for row, (down, up) in change.shift.items():
        price = float(point.rows[row])
        found += units * price * (up if price > 0 else down)
    return found


def _document(item: Item) -> dict[str, Any]:
    change = item.change
    return {
        "kind": change.kind,
        "id": change.id,
        "parameter": change.parameter,
        "today": change.today,
        "works": change.works,
        "tiers": [asdict(one) for one in item.tiers],
        "confirmed": [one and one.document() for one in item.confirmed],
    }
