"""From a problem to rows and columns.

A placement is a triple (volunteer, post, agreement), but one column for each triple is far more than the problem needs: what an agreement
pays depends on the volunteer only through the cost lines of the pair. So there is one 0/1 column for each eligible (volunteer, post), and
for each post the volunteers who cost alike there (and are alike to every policy that looks at volunteers and money together) form a
*class* with one counting column for each agreement. Any split of a class's placements over its agreements that has the right counts is
equally good, so nothing is lost and the model is smaller by about the number of agreements.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from optimizer.eligibility import eligible_volunteers
from optimizer.formulation.model import STRUCTURE, Expression, Formulation, Tag
from optimizer.index import Index
from optimizer.problem import Average, Count, Each, Forbid, Pin, PolicyBase, Share, Spend, Where


@dataclass(frozen=True, slots=True)
class PlacementClass:
    """Volunteers who cost alike at one post; `options` maps an agreement's position to the terms that count its placements."""

    post: int
    volunteers: tuple[int, ...]
    lines: dict[str, int]
    options: dict[int, dict[int, int]] = field(hash=False)


class Builder:
    """Holds the columns while the rules add their rows.

    Attributes:
        pairs: column of each (volunteer, post) that can be placed and paid.
        classes: the placement classes, by post and then by their first volunteer.
        copies: how many people each volunteer stands for, whom nothing tells apart; one by default. Then a pair's column counts them.
        exact: whether the measure `penalty` or `fairness` is somewhere rewarded the wrong way round, so that one-sided rows are not enough.
    """

    def __init__(self, index: Index, *, exact: bool = False, copies: Sequence[int] | None = None) -> None:
        self.index = index
        self.problem = index.problem
        self.exact = exact
        self.copies = copies or [1] * len(self.problem.volunteers)
        self.model = Formulation()
        self.pairs: dict[tuple[int, int], int] = {}
        self.by_volunteer: dict[int, dict[int, int]] = {}
        self.by_post: dict[int, dict[int, int]] = {}
        self.classes: list[PlacementClass] = []
        self.classes_at: dict[int, list[PlacementClass]] = {}
        self.penalty: dict[int, int] = {}
        self.penalty_constant = 0

    # columns -----------------------------------------------------------------------------------------------------------------

    def add_placements(self) -> None:
        """Add the columns of all pairs and classes, and the rows of people, seats and links."""
        refine = _refinements(self.index)
        for post, people in enumerate(eligible_volunteers(self.index)):
            groups: dict[Hashable, list[int]] = {}
            lines_of: dict[Hashable, dict[str, int]] = {}
            for person in people:
                lines = self.index.cost_lines(person, post)
                key: Hashable = (tuple(sorted(lines.items())), *(look(person, post) for look in refine))
                groups.setdefault(key, []).append(person)
                lines_of[key] = lines
            usable = [i for i, one in enumerate(self.problem.agreements) if self.index.agreement_covers(one, post)]
            for key, members in groups.items():
                self._add_class(post, members, lines_of[key], usable)
        for person, columns in self.by_volunteer.items():
            self.model.row(STRUCTURE, dict.fromkeys(columns.values(), 1), None, self.copies[person])
        for post, columns in self.by_post.items():
            self.model.row(STRUCTURE, dict.fromkeys(columns.values(), 1), None, self.problem.posts[post].seats)

    def _add_class(self, post: int, members: list[int], lines: dict[str, int], usable: list[int]) -> None:
        payers = [i for i in usable if self.index.can_pay(self.problem.agreements[i], lines)]
        if not payers:
            return
        columns = {}
        for person in members:
            column = columns[person] = self.model.column(0, min(self.copies[person], self.problem.posts[post].seats))
            self.pairs[person, post] = column
            self.by_volunteer.setdefault(person, {})[post] = column
            self.by_post.setdefault(post, {})[person] = column
        placed = dict.fromkeys(columns.values(), 1)
        if len(payers) == 1:
            options = {payers[0]: placed}
        else:
            most = min(self.problem.posts[post].seats, sum(self.copies[person] for person in members))
            options = {payer: {self.model.column(0, most): 1} for payer in payers}
            link = placed | {column: -1 for terms in options.values() for column in terms}
            self.model.row(STRUCTURE, link, 0, 0)
        made = PlacementClass(post, tuple(members), lines, options)
        self.classes.append(made)
        self.classes_at.setdefault(post, []).append(made)

    def add_money(self) -> None:
        """Add the rows of funds, agreements and resources."""
        paid: dict[str, dict[int, int]] = {fund.id: {} for fund in self.problem.funds}
        used: dict[int, dict[int, int]] = {}
        for one in self.classes:
            for payer, terms in one.options.items():
                add_terms(used.setdefault(payer, {}), terms)
                for line, amount in one.lines.items():
                    source = self.problem.agreements[payer].fund_for(line)
                    if source is not None:
                        add_terms(paid[source], terms, amount)
        for fund in self.problem.funds:
            self.model.row(Tag("fund", fund.id), paid[fund.id], None, fund.budget)
        for position, agreement in enumerate(self.problem.agreements):
            low = agreement.min_placements or None
            self.model.row(Tag("agreement", agreement.id), used.get(position, {}), low, agreement.max_placements)
        for resource in self.problem.resources:
            terms = {
                column: amount
                for post, columns in self.by_post.items()
                if (amount := self.problem.posts[post].uses.get(resource.id, 0))
                for column in columns.values()
            }
            self.model.row(Tag("resource", resource.id), terms, None, resource.amount)

    # expressions -------------------------------------------------------------------------------------------------------------

    def matched(
        self,
        where: Where,
        weight: Callable[[int, int], int] | None = None,
        own: Iterable[int] | None = None,
    ) -> dict[int, int]:
        """Return the terms that count the placements `where` selects (of `own` posts), or add up `weight(volunteer, post)` over them."""
        if where.agreements is not None:
            return self.by_agreement(where, self.index.agreements_in(where.agreements), weight, own=own)
        people = None if where.volunteers is None else self.index.volunteers_in(where.volunteers)
        terms: dict[int, int] = {}
        for post in self._chosen_posts(where, own):
            for person, column in self.by_post.get(post, {}).items():
                if people is None or person in people:
                    amount = 1 if weight is None else weight(person, post)
                    if amount:
                        terms[column] = amount
        return terms

    def by_agreement(
        self,
        where: Where,
        agreements: Iterable[int],
        weight: Callable[[int, int], int] | None = None,
        *,
        paid_by: frozenset[str] | None = None,
        own: Iterable[int] | None = None,
    ) -> dict[int, int]:
        """Return the terms of the placements under `agreements`; with `paid_by` the rupiah that those funds pay of them."""
        people = self.index.volunteers_in(where.volunteers)
        chosen = frozenset(agreements)
        terms: dict[int, int] = {}
        for post in self._chosen_posts(where, own):
            for one in self.classes_at.get(post, ()):
                # Refinement made classes so that either all or none of their volunteers are selected, and weigh the same.
                if one.volunteers[0] not in people:
                    continue
                amount = 1 if weight is None else weight(one.volunteers[0], post)
                for payer in chosen & one.options.keys():
                    if paid_by is not None:
                        amount = self._paid(one, payer, paid_by)
                    add_terms(terms, one.options[payer], amount)
        return dict(sorted(terms.items()))

    def _chosen_posts(self, where: Where, own: Iterable[int] | None) -> list[int]:
        posts = self.index.posts_in(where.posts)
        return sorted(posts if own is None else posts.intersection(own))

    def _paid(self, one: PlacementClass, payer: int, funds: frozenset[str]) -> int:
        agreement = self.problem.agreements[payer]
        return sum(rupiah for line, rupiah in one.lines.items() if agreement.fund_for(line) in funds)

    def pair_cost(self, volunteer: int, post: int) -> int:
        """Return the rupiah of all lines of a placement."""
        return sum(self.index.cost_lines(volunteer, post).values())

    # rows of policies --------------------------------------------------------------------------------------------------------

    def keep(
        self,
        policy: PolicyBase,
        terms: dict[int, int],
        low: int | None = None,
        high: int | None = None,
        *,
        unit: int = 1,
        when: int | None = None,
    ) -> None:
        """Keep low ≤ terms ≤ high; a soft policy pays for ⌈distance ÷ unit⌉. `low` binds only where the 0/1 column `when` is 1."""
        tag = Tag("policy", policy.id)
        if low is not None:
            body = terms if when is None else {**terms, when: terms.get(when, 0) - low}
            edge = low if when is None else 0
            if policy.penalty is None:
                self.model.row(tag, body, edge, None)
            elif edge > self.model.range_of(body)[0]:
                short = self._excess(tag, {column: -amount for column, amount in body.items()}, edge, unit)
                self.penalty[short] = self.penalty.get(short, 0) + policy.penalty
        if high is not None:
            if policy.penalty is None:
                self.model.row(tag, terms, None, high)
            elif self.model.range_of(terms)[1] > high:
                over = self._excess(tag, terms, -high, unit)
                self.penalty[over] = self.penalty.get(over, 0) + policy.penalty

    def _excess(self, tag: Tag, terms: dict[int, int], constant: int, unit: int) -> int:
        """Return a column that is at least (where `exact`: equal to) ⌈max(0, terms + constant) ÷ unit⌉."""
        most = max(0, self.model.range_of(terms)[1] + constant)
        column = self.model.column(0, -(-most // unit))
        self.model.row(tag, {**terms, column: -unit}, None, -constant)
        if self.exact:
            broken = self.model.column(0, 1)
            self.model.row(tag, {column: 1}, None, 0, (broken, 0))
            self.model.row(tag, {**terms, column: -unit}, 1 - unit - constant, None, (broken, 1))
        return column

    def charge(self, policy: PolicyBase, terms: dict[int, int]) -> None:
        """Forbid `terms` altogether, or charge a soft policy for each."""
        if policy.penalty is None:
            self.model.row(Tag("policy", policy.id), terms, None, 0)
        else:
            add_terms(self.penalty, terms, policy.penalty)

    # measures ----------------------------------------------------------------------------------------------------------------

    def add_measures(self) -> None:
        """State every measure as an expression over the columns; after all rules have added theirs."""
        posts, previous, volunteers = self.problem.posts, self.problem.previous, self.problem.volunteers
        pairs = self.pairs.items()
        self.model.measures = {
            "placed": Expression({column: 1 for _, column in pairs}),
            "need": Expression({column: posts[post].need for (_, post), column in pairs if posts[post].need}),
            "fit": Expression({column: fit for (v, p), column in pairs if (fit := self.index.fit(v, p))}),
            "preference": Expression(
                {column: wish for (v, p), column in pairs if (wish := self.index.preference(v, p))}
            ),
            "cost": Expression({column: cost for (v, p), column in pairs if (cost := self.pair_cost(v, p))}),
            "penalty": Expression(dict(self.penalty), self.penalty_constant),
            "kept": Expression({column: 1 for (v, p), column in pairs if (volunteers[v].id, posts[p].id) in previous}),
            "fairness": self._fairness(),
            "chosen": Expression({column: volunteers[v].weight for (v, _), column in pairs if volunteers[v].weight}),
        }

    def _fairness(self) -> Expression:
        seats: dict[str, int] = {}
        filled: dict[str, dict[int, int]] = {}
        for position, post in enumerate(self.problem.posts):
            if post.seats:
                region = self.index.post_region[position]
                seats[region] = seats.get(region, 0) + post.seats
                add_terms(filled.setdefault(region, {}), dict.fromkeys(self.by_post.get(position, {}).values(), 1))
        if not any("fairness" in tier.weights for tier in self.problem.objective):
            return Expression({})
        if not seats:
            return Expression({}, 1000)
        least = self.model.column(0, 1000)
        chosen = {}
        for region, number in sorted(seats.items()):
            # least ≤ ⌊1000 × placements ÷ seats⌋, as integers: seats × least ≤ 1000 × placements
            body = {least: number} | dict.fromkeys(filled[region], -1000)
            self.model.row(STRUCTURE, body, None, 0)
            if self.exact:
                lowest = self.model.column(0, 1)
                chosen[lowest] = 1
                self.model.row(STRUCTURE, body, 1 - number, None, (lowest, 1))
        if self.exact:
            self.model.row(STRUCTURE, chosen, 1, None)
        return Expression({least: 1})


def add_terms(into: dict[int, int], terms: Mapping[int, int], factor: int = 1) -> None:
    """Add factor × terms to `into`."""
    if factor:
        for column, amount in terms.items():
            into[column] = into.get(column, 0) + factor * amount


def _refinements(index: Index) -> list[Callable[[int, int], Hashable]]:
    """Return what else must be alike within a class: for policies that look at volunteers and at money together."""
    found: list[Callable[[int, int], Hashable]] = []
    for policy in index.problem.policies:
        if isinstance(policy, Pin):
            if policy.agreement is not None:
                found.append(_is_pair(index.volunteer[policy.volunteer], index.post[policy.post]))
            continue
        for where in _looks_at_money(policy):
            if where.volunteers is not None:
                found.append(_is_member(index.volunteers_in(where.volunteers)))
            if isinstance(policy, Average):
                found.append(value_of(index, policy.of))
    return found


def _looks_at_money(policy: PolicyBase) -> list[Where]:
    if isinstance(policy, Share):
        return [where for where in (policy.where, policy.among) if where.agreements is not None]
    if isinstance(policy, Spend) and policy.funds is not None:
        return [policy.where]
    if isinstance(policy, Each) and policy.of in {"agreement", "sponsor"}:
        return [policy.where]
    if isinstance(policy, Count | Spend | Each | Forbid | Average) and policy.where.agreements is not None:
        return [policy.where]
    return []


def _is_pair(volunteer: int, post: int) -> Callable[[int, int], Hashable]:
    return lambda v, p: (v, p) == (volunteer, post)


def _is_member(people: frozenset[int]) -> Callable[[int, int], Hashable]:
    return lambda v, _: v in people


def value_of(index: Index, of: str) -> Callable[[int, int], int]:
    """Return the function that gives the suitability, fit or preference of a (volunteer, post)."""
    if of == "suitability":
        return lambda v, _: index.problem.volunteers[v].suitability
    return index.fit if of == "fit" else index.preference
