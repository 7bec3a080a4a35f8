"""A round whose placements come and go: seats, money and every rule are known after each change, and so is each tier's value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from optimizer.dropouts.accounts import account
from optimizer.index import Index
from optimizer.made import Placement

SHORT, OVER = "short", "over"
Wrong = tuple[str, str, str]
"""What is wrong: kind (policy, fund, agreement, resource, post, volunteer), id, and whether something is `short` or `over`."""


class Ledger:
    """Placements, and what they break.

    Attributes:
        wrong: by how many units each hard rule (or limit of seats, money, …) is broken; only what is.
        penalty: what the soft rules cost.
    """

    def __init__(self, index: Index, placements: Iterable[Placement] = ()) -> None:
        self.index = index
        self.problem = index.problem
        self.wrong: dict[Wrong, int] = {}
        self.penalty = 0
        self.placed: dict[int, Placement] = {}
        self.at: Counter[int] = Counter()
        self._sums: Counter[str] = Counter()
        self._paid: Counter[str] = Counter()
        self._under: Counter[int] = Counter()
        self._used: Counter[str] = Counter()
        self._budget = {fund.id: fund.budget for fund in self.problem.funds}
        self._amount = {resource.id: resource.amount for resource in self.problem.resources}
        self._rules = [(policy, account(policy, index)) for policy in self.problem.policies]
        for policy, rule in self._rules:
            self._note(policy.id, policy.penalty, rule.short, rule.over)
            self.penalty += (policy.penalty or 0) * (rule.short + rule.over)
        for position in range(len(self.problem.agreements)):
            self._check_agreement(position)
        self._fair = any("fairness" in tier.weights for tier in self.problem.objective)
        self._filled: Counter[str] = Counter()
        self._seats: Counter[str] = Counter()
        for position, post in enumerate(self.problem.posts):
            self._seats[index.post_region[position]] += post.seats
        for one in placements:
            self.add(one)

    def add(self, one: Placement) -> None:
        """Make a placement."""
        self.placed[one.volunteer] = one
        self._change(one, 1)

    def remove(self, one: Placement) -> None:
        """Take a placement back."""
        del self.placed[one.volunteer]
        self._change(one, -1)

    def _change(self, one: Placement, sign: int) -> None:
        for policy, rule in self._rules:
            short, over = rule.short, rule.over
            rule.change(one, sign)
            if (short, over) != (rule.short, rule.over):
                self.penalty += (policy.penalty or 0) * (rule.short + rule.over - short - over)
                self._note(policy.id, policy.penalty, rule.short, rule.over)
        self._change_money(one, sign)
        post = self.problem.posts[one.post]
        self.at[one.post] += sign
        self._set(("post", post.id, OVER), self.at[one.post] - post.seats)
        self._filled[self.index.post_region[one.post]] += sign
        pair = (self.problem.volunteers[one.volunteer].id, post.id)
        for name, value in (
            ("placed", 1),
            ("need", post.need),
            ("fit", one.fit),
            ("preference", one.preference),
            ("cost", one.cost),
            ("kept", pair in self.problem.previous),
            ("chosen", self.problem.volunteers[one.volunteer].weight),
        ):
            self._sums[name] += sign * value

    def _change_money(self, one: Placement, sign: int) -> None:
        agreement = self.problem.agreements[one.agreement]
        for line, rupiah in self.index.cost_lines(one.volunteer, one.post).items():
            fund = agreement.fund_for(line)
            if fund is not None:
                self._paid[fund] += sign * rupiah
                self._set(("fund", fund, OVER), self._paid[fund] - self._budget[fund])
        self._under[one.agreement] += sign
        self._check_agreement(one.agreement)
        for resource, units in self.problem.posts[one.post].uses.items():
            self._used[resource] += sign * units
            self._set(("resource", resource, OVER), self._used[resource] - self._amount[resource])

    def _check_agreement(self, position: int) -> None:
        agreement, number = self.problem.agreements[position], self._under[position]
        self._set(("agreement", agreement.id, SHORT), agreement.min_placements - number)
        if agreement.max_placements is not None:
            self._set(("agreement", agreement.id, OVER), number - agreement.max_placements)

    def _note(self, policy: str, penalty: int | None, short: int, over: int) -> None:
        if penalty is None:
            self._set(("policy", policy, SHORT), short)
            self._set(("policy", policy, OVER), over)

    def _set(self, what: Wrong, units: int) -> None:
        if units > 0:
            self.wrong[what] = units
        else:
            self.wrong.pop(what, None)

    def tiers(self) -> tuple[int, ...]:
        """Return the value of every tier."""
        measures = {**self._sums, "penalty": self.penalty}
        if self._fair:
            measures["fairness"] = self._fairness()
        return tuple(
            sum(weight * measures.get(name, 0) for name, weight in tier.weights.items())
            for tier in self.problem.objective
        )

    def _fairness(self) -> int:
        return min(
            (1000 * self._filled[region] // seats for region, seats in self._seats.items() if seats), default=1000
        )

    def worse_than(self, before: dict[Wrong, int], kind: str | None = None) -> bool:
        """Return whether anything (or only what is `short` or `over`) is more wrong than it was."""
        return any(units > before.get(what, 0) for what, units in self.wrong.items() if kind is None or what[2] == kind)
