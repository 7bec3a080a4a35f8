"""What can be made one unit wider: budgets, limits of agreements and resources, parameters of rules, and earmarks.

Each change is told as an edit of the document, so that anybody could have written the problem that is solved again, and (where it moves
limits only) as what it does to the rows of the relaxation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from optimizer.formulation.model import Tag
from optimizer.formulation.pieces import Rows
from optimizer.made import Made
from optimizer.problem import Average, Count, Each, Policy, Problem, Share, Spend

Document = dict[str, Any]
MONEY = ("budget", "spend-max", "spend-min")
LISTS = {"fund": "funds", "agreement": "agreements", "resource": "resources", "policy": "policies"}


@dataclass(frozen=True, slots=True)
class Change:
    """One parameter, or one clause of an earmark.

    Attributes:
        kind: fund, agreement, resource or policy.
        id: of it.
        parameter: budget, amount, max_placements, min_placements, max, min, percent; `region` or `tag` for a clause.
        today: the parameter's value; for a clause the region that comes in, or the tag that is no longer asked for.
        step: by how much it is changed when the problem is solved again; negative where less is wider.
        money: whether it is counted in rupiah.
        shift: by how much the lower and the upper limit of rows move for each unit (in its own direction).
    """

    kind: str
    id: str
    parameter: str
    today: int | str
    step: int = 1
    money: bool = False
    shift: Mapping[int, tuple[float, float]] = field(default_factory=dict, compare=False)

    @property
    def is_clause(self) -> bool:
        """Whether it is a clause of an earmark."""
        return isinstance(self.today, str)

    @property
    def works(self) -> int | str:
        """The parameter's value after the change."""
        return self.today if isinstance(self.today, str) else self.today + self.step

    def applied(self, document: Mapping[str, Any]) -> Document:
        """Return the document with the change made."""
        found = dict(document)
        name = LISTS[self.kind]
        found[name] = [self._edited(one) if one["id"] == self.id else one for one in found[name]]
        return found

    def _edited(self, record: Mapping[str, Any]) -> Document:
        if self.parameter == "region":
            return {**record, "regions": [*record["regions"], self.today]}
        if self.parameter == "tag":
            return {**record, "tags": [one for one in record["tags"] if one != self.today]}
        return {**record, self.parameter: self.works}


def changes_of(problem: Problem, rows: Rows, made: Made, unit: int) -> list[Change]:
    """Return every parameter that can be made wider, with what that does to the rows; money rows are counted in `unit` rupiah."""
    by_tag: dict[Tag, list[int]] = {}
    for row, tag in enumerate(rows.tags):
        by_tag.setdefault(tag, []).append(row)
    usual = _usual(made, unit)
    found: list[Change] = []
    for fund in problem.funds:
        mine = by_tag.get(Tag("fund", fund.id), [])
        step = _usual(made, unit, frozenset({fund.id})) or usual
        found.append(Change("fund", fund.id, "budget", fund.budget, step, True, dict.fromkeys(mine, (0.0, 1 / unit))))
    for resource in problem.resources:
        mine = by_tag.get(Tag("resource", resource.id), [])
        found.append(
            Change("resource", resource.id, "amount", resource.amount, 1, False, dict.fromkeys(mine, (0.0, 1.0)))
        )
    if problem.document.get("agreements") is not None:
        for one in problem.agreements:
            mine = by_tag.get(Tag("agreement", one.id), [])
            if one.max_placements is not None:
                up = dict.fromkeys(mine, (0.0, 1.0))
                found.append(Change("agreement", one.id, "max_placements", one.max_placements, 1, False, up))
            if one.min_placements:
                down = dict.fromkeys(mine, (-1.0, 0.0))
                found.append(Change("agreement", one.id, "min_placements", one.min_placements, -1, False, down))
    for policy in problem.policies:
        found += _of_policy(policy, by_tag.get(Tag("policy", policy.id), []), rows, made, unit)
    return found


def _usual(made: Made, unit: int, funds: frozenset[str] | None = None) -> int:
    """Return what a placement usually costs (or these funds, of those they pay for), rounded up to whole units; 0 where there is none."""
    paid = [one.cost if funds is None else made.paid_by(one, funds) for one in made.placements]
    paid = [one for one in paid if one]
    return -(-sum(paid) // (len(paid) * unit)) * unit if paid else (0 if funds else unit)


def _of_policy(policy: Policy, mine: list[int], rows: Rows, made: Made, unit: int) -> Iterator[Change]:
    def change(parameter: str, today: int, step: int, shift: Mapping[int, tuple[float, float]]) -> Change:
        return Change("policy", policy.id, parameter, today, step, isinstance(policy, Spend), shift)

    if isinstance(policy, Count | Each | Spend):
        size, each = 1, 1.0
        if isinstance(policy, Spend):
            size, each = _usual(made, unit), 1.0 if policy.penalty is not None else 1 / unit
        if policy.max is not None:
            ends = [row for row in mine if rows.upper[row] not in {None, 0} or policy.max == 0]
            yield change("max", policy.max, size, dict.fromkeys(ends, (0.0, each)))
        if policy.min:
            ends = [row for row in mine if rows.lower[row] is not None]
            yield change("min", policy.min, -min(size, policy.min), dict.fromkeys(ends, (-each, 0.0)))
    elif isinstance(policy, Share) and policy.percent:
        whole = made.matched(policy.among)
        size = sum(one.cost for one in whole) if policy.of == "cost" else len(whole)
        amount = size / (unit if policy.of == "cost" and policy.penalty is None else 1)
        yield change("percent", policy.percent, -1, dict.fromkeys(mine, (-amount, 0.0)))
    elif isinstance(policy, Average):
        number = float(len(made.matched(policy.where)))
        yield change("min", policy.min, -1, dict.fromkeys(mine, (-number, 0.0)))
