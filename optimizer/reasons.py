"""Why a volunteer is unplaced and why a seat is empty.

A further placement is tried with everyone else where they are: what would be broken by it are the reasons. Where one would break
nothing, it is possible, and the objective does not gain from it. All volunteers are tried at one post and agreement at once, so that a
national round takes seconds. What bars nearly everything would fill a book: of each kind the names that bar the most are listed, at most
twelve.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from optimizer.crowd import Crowd
from optimizer.guards import FAR, Answer, Guards, Try
from optimizer.made import Made
from optimizer.problem import Problem

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]
    Ints = NDArray[np.int64]

Tag = tuple[str, str]
Why = dict[str, Any]
SEATS: Final[Tag] = ("structure", "")
LISTED: Final = 12
# What a broken rule of each kind is called, and under which name it lists its tags.
CODES: Final = {
    "policy": ("policy", "policies"),
    "fund": ("no-money-left", "funds"),
    "agreement": ("agreement-full", "agreements"),
    "resource": ("no-resource-left", "resources"),
    "structure": ("seats-taken", None),
}


class Reasons:
    """The reasons behind one solution."""

    def __init__(self, made: Made) -> None:
        self.made = made
        self.index = made.index
        self.problem = made.index.problem

    @staticmethod
    def nobody_placed(problem: Problem, status: str) -> tuple[dict[str, Any], ...]:
        """Return the entries of all volunteers for a round without a solution."""
        return tuple({"volunteer": person.id, "why": [_no_solution(status)]} for person in problem.volunteers)

    @staticmethod
    def nothing_filled(problem: Problem, status: str) -> tuple[dict[str, Any], ...]:
        """Return the entries of all posts for a round without a solution."""
        return tuple(
            {"post": post.id, "seats": post.seats, "why": [_no_solution(status)]}
            for post in problem.posts
            if post.seats
        )

    def unplaced(self) -> tuple[dict[str, Any], ...]:
        """Return each volunteer without a placement, with the reasons."""
        return tuple(
            {"volunteer": self.problem.volunteers[person].id, "why": why} for person, why in self._tried.why_unplaced()
        )

    def unfilled(self) -> tuple[dict[str, Any], ...]:
        """Return each post with free seats, with the reasons."""
        return tuple(
            {"post": self.problem.posts[post].id, "seats": seats, "why": self._tried.why_open[post]}
            for post, seats in self._tried.open.items()
        )

    @cached_property
    def _tried(self) -> _Trial:
        trial = _Trial(self.made)
        trial.run()
        return trial


class _Trial:
    """All further placements tried at once, post by post."""

    def __init__(self, made: Made) -> None:
        self.made = made
        self.index = made.index
        self.problem = made.index.problem
        self.crowd = Crowd(self.index)
        filled = np.bincount([one.post for one in made.placements], minlength=len(self.problem.posts)).tolist()
        free = {place: post.seats - filled[place] for place, post in enumerate(self.problem.posts) if post.seats}
        self.open = {post: seats for post, seats in free.items() if seats > 0}
        self.full = [post for post, seats in free.items() if seats <= 0]
        self.left = np.ones(len(self.problem.volunteers), dtype=np.bool_)
        self.left[[one.volunteer for one in made.placements]] = False
        self.guards = Guards(self.crowd, made, self.open)
        self.spare = _Spare(made)
        self.able = np.zeros(self.crowd.size, dtype=np.bool_)
        self.payable = np.zeros(self.crowd.size, dtype=np.bool_)
        self.possible = np.zeros(self.crowd.size, dtype=np.bool_)
        self.barred: dict[Tag, Bools] = {}
        self.times: dict[Tag, int] = {}
        self.why_open: dict[int, list[Why]] = {}
        self._usable: dict[object, list[int]] = {}

    def run(self) -> None:
        """Try everything."""
        for post in self.open:
            self.why_open[post] = self._try_open(post)
        seen: set[object] = set()
        for post in self.full:
            place = self.problem.posts[post]
            # Posts with the same demands, lines and payers tell the same people that their seats are taken.
            terms = (place.requires, place.hardship, self.index.post_region[post], self.index.post_tags[post])
            key = (*terms, frozenset(line for line, amount in place.cost.items() if amount))
            if key not in seen or self.crowd.pairs_at(post):
                seen.add(key)
                self._try_full(post)

    def _try_full(self, post: int) -> None:
        able = self.crowd.able(post) & self.left
        self.able |= able
        people = np.flatnonzero(able)
        paid = np.zeros(len(people), dtype=np.bool_)
        for part in self._parts(post, people):
            for one in self._tries(post, part):
                paid[part.places[self._can_pay(one)]] = True
        self.payable[people[paid]] = True
        self._bar(SEATS, people[paid])

    def _try_open(self, post: int) -> list[Why]:
        able = self.crowd.able(post)
        people = np.flatnonzero(able & self.left)
        self.able[people] = True
        verdict = _Verdict(len(people))
        for part in self._parts(post, people):
            self._try_part(post, part, verdict)
        self.payable[people[verdict.payable]] = True
        self.possible[people[verdict.possible]] = True
        for tag, barred in verdict.barred.items():
            self._bar(tag, people[barred])
        if verdict.payable.any():
            free = bool(verdict.possible.any())
            return [{"code": "not-better"}] if free else _entries(verdict.barred, self._rank(verdict))
        if not able.any():
            return [{"code": "no-eligible-volunteer"}]
        everyone = np.flatnonzero(able)
        paid = any(self._can_pay(one).any() for part in self._parts(post, everyone) for one in self._tries(post, part))
        return [{"code": "volunteers-placed-elsewhere" if paid else "no-agreement"}]

    def _try_part(self, post: int, part: _Part, verdict: _Verdict) -> None:
        common: list[tuple[Tag, Answer]] | None = None
        for one in self._tries(post, part):
            valid = self._can_pay(one)
            if not valid.any():
                continue
            if common is None:
                common = [
                    (("policy", guard.policy), guard.bars(one))
                    for guard in self.guards.at(post)
                    if not guard.by_agreement
                ]
                common += [(tag, True) for tag in self.spare.resources_short(post)]
            own = [(("policy", guard.policy), guard.bars(one)) for guard in self.guards.at(post) if guard.by_agreement]
            verdict.add(part.places, valid, [*common, *own, *self.spare.money_short(one)])

    def _tries(self, post: int, part: _Part) -> Iterator[Try]:
        if len(part.people):
            for agreement in self._usable_at(post):
                yield Try(post, agreement, part.people, part.fixed, part.varying, part.amounts)

    def _usable_at(self, post: int) -> list[int]:
        key = (self.index.post_region[post], self.index.post_tags[post])
        if key not in self._usable:
            agreements = enumerate(self.problem.agreements)
            self._usable[key] = [i for i, one in agreements if self.index.agreement_covers(one, post)]
        return self._usable[key]

    def _can_pay(self, one: Try) -> Bools:
        """Return for whom every non-zero line has a fund."""
        terms = self.problem.agreements[one.agreement]
        if any(amount and terms.fund_for(line) is None for line, amount in one.fixed.items()):
            return np.zeros(len(one.people), dtype=np.bool_)
        if terms.fund_for(one.varying) is None:
            unpaid: Bools = one.amounts == 0
            return unpaid
        return np.ones(len(one.people), dtype=np.bool_)

    def _parts(self, post: int, people: Ints) -> list[_Part]:
        """Split people into those who cost the post's lines and the way, and those whose whole cost the document gives."""
        place = self.problem.posts[post]
        fixed = {line: amount for line, amount in place.cost.items() if line != "travel" and amount}
        own = place.cost.get("travel", 0)
        whole = {person: pair.cost for person, pair in self.crowd.pairs_at(post).items() if pair.cost is not None}
        places = np.arange(len(people))
        if not whole:
            return [
                _Part(places, people, fixed, "travel", own + self.crowd.fares(self.index.post_region[post], people))
            ]
        given = np.array([person in whole for person in people.tolist()], dtype=np.bool_)
        some, rest = people[given], people[~given]
        costs = np.array([whole[person] for person in some.tolist()], dtype=np.int64)
        fares = own + self.crowd.fares(self.index.post_region[post], rest)
        return [_Part(places[~given], rest, fixed, "travel", fares), _Part(places[given], some, {}, "base", costs)]

    def _bar(self, tag: Tag, people: Ints) -> None:
        if tag not in self.barred:
            self.barred[tag] = np.zeros(self.crowd.size, dtype=np.bool_)
        self.barred[tag][people] = True
        self.times[tag] = self.times.get(tag, 0) + len(people)

    def _rank(self, verdict: _Verdict) -> dict[Tag, int]:
        return {tag: int(barred.sum()) for tag, barred in verdict.barred.items()}

    def why_unplaced(self) -> Iterator[tuple[int, list[Why]]]:
        """Yield each volunteer without a placement, with the reasons."""
        tags = sorted(self.barred, key=lambda tag: (-self.times[tag], tag))
        told: dict[int, list[Tag]] = {}
        for tag in tags:
            for person in np.flatnonzero(self.barred[tag] & ~self.possible).tolist():
                told.setdefault(person, []).append(tag)
        known: dict[tuple[Tag, ...], list[Why]] = {}
        for person in np.flatnonzero(self.left).tolist():
            if self.possible[person]:
                yield person, [{"code": "not-better"}]
            elif not self.payable[person]:
                code = "no-agreement" if self.able[person] else "no-eligible-post"
                yield person, [{"code": code, "policies": []}]
            else:
                key = tuple(told.get(person, ()))
                if key not in known:
                    known[key] = _entries(key, self.times)
                yield person, known[key]


class _Part:
    """Volunteers of one try who cost the same lines: `places` are their positions among all who are tried."""

    __slots__ = ("amounts", "fixed", "people", "places", "varying")

    def __init__(self, places: Ints, people: Ints, fixed: Mapping[str, int], varying: str, amounts: Ints) -> None:
        self.places = places
        self.people = people
        self.fixed = fixed
        self.varying = varying
        self.amounts = amounts


class _Verdict:
    """What the tries at one post say: who can be paid, who could be placed, and what bars the others."""

    def __init__(self, size: int) -> None:
        self.payable = np.zeros(size, dtype=np.bool_)
        self.possible = np.zeros(size, dtype=np.bool_)
        self.barred: dict[Tag, Bools] = {}

    def add(self, places: Ints, valid: Bools, answers: Iterable[tuple[Tag, Answer]]) -> None:
        """Add the tries of one agreement; only those who are `valid` were tried."""
        free = valid.copy()
        for tag, answer in answers:
            if answer is False:
                continue
            barred = valid if answer is True else valid & answer
            if barred.any():
                if tag not in self.barred:
                    self.barred[tag] = np.zeros(len(self.payable), dtype=np.bool_)
                self.barred[tag][places[barred]] = True
                free &= ~barred
        self.payable[places[valid]] = True
        self.possible[places[free]] = True


class _Spare:
    """What is left of funds, agreements and resources."""

    def __init__(self, made: Made) -> None:
        problem = made.index.problem
        self.problem = problem
        self.money = {fund.id: fund.budget for fund in problem.funds}
        self.room = [one.max_placements for one in problem.agreements]
        self.amount = {resource.id: resource.amount for resource in problem.resources}
        for one in made.placements:
            agreement = problem.agreements[one.agreement]
            for line, amount in made.index.cost_lines(one.volunteer, one.post).items():
                fund = agreement.fund_for(line)
                if fund is not None:
                    self.money[fund] -= amount
            room = self.room[one.agreement]
            if room is not None:
                self.room[one.agreement] = room - 1
            for resource, units in problem.posts[one.post].uses.items():
                self.amount[resource] -= units

    def resources_short(self, post: int) -> list[Tag]:
        """Return the resources of which too little is left for one more placement at the post."""
        uses = self.problem.posts[post].uses
        return [("resource", name) for name, units in uses.items() if units > self.amount[name]]

    def money_short(self, one: Try) -> Iterator[tuple[Tag, Answer]]:
        """Yield the funds that cannot pay (and for whom), and the agreement if it is full."""
        agreement = self.problem.agreements[one.agreement]
        if self.room[one.agreement] == 0:
            yield ("agreement", agreement.id), True
        needed: dict[str, int] = {}
        for line, amount in one.fixed.items():
            fund = agreement.fund_for(line)
            if fund is not None:
                needed[fund] = needed.get(fund, 0) + amount
        payer = agreement.fund_for(one.varying)
        if payer is not None:
            over = one.amounts > min(self.money[payer] - needed.pop(payer, 0), FAR)
            yield ("fund", payer), over
        for fund, amount in needed.items():
            if amount > self.money[fund]:
                yield ("fund", fund), True


def _entries(tags: Iterable[Tag], times: Mapping[Tag, int]) -> list[Why]:
    """Return the codes of what bars, each with the names that bar the most."""
    names: dict[str, list[Tag]] = {}
    for tag in tags:
        names.setdefault(tag[0], []).append(tag)
    found: list[Why] = []
    for kind, (code, plural) in CODES.items():
        if kind in names:
            most = sorted(names[kind], key=lambda tag: (-times[tag], tag))[:LISTED]
            found.append({"code": code} if plural is None else {"code": code, plural: sorted(name for _, name in most)})
    return found


def _no_solution(status: str) -> Why:
    return {"code": "round-infeasible" if status == "infeasible" else "nothing-found"}
