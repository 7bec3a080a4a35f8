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
from optimizer.guards import Answer, Guards, Try
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
        self._usable: dict[tuple[str, frozenset[str]], list[int]] = {}
        self._covering: dict[str, list[int]] = {}

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
        told = self.barred.get(SEATS)
        able = self.crowd.able(post) & self.left
        if told is not None:
            able &= ~told
        people = np.flatnonzero(able)
        self.able[people] = True
        paid = people[self._paid_for(post, people)]
        self.payable[paid] = True
        self._bar(SEATS, paid)

    def _paid_for(self, post: int, people: Ints) -> Bools:
        """Return for whom there is an agreement that pays every line, were there enough of everything."""
        found = np.zeros(len(people), dtype=np.bool_)
        for part in self._parts(post, people):
            for agreement in self._usable_at(post):
                paid = self._can_pay(agreement, part)
                if paid is not False:
                    found[part.places] |= paid
                if paid is True:
                    break
        return found

    def _try_open(self, post: int) -> list[Why]:
        able = self.crowd.able(post)
        people = np.flatnonzero(able & self.left)
        self.able[people] = True
        # Those who could be placed somewhere need no other reason; they are tried here only for the sake of the post.
        known = self.possible[people]
        verdict = _Verdict()
        for some in (people[~known], people[known]):
            if verdict.possible:
                break
            for part in self._parts(post, some):
                self._try_part(post, part, verdict)
        if verdict.possible:
            return [{"code": "not-better"}]
        if verdict.payable:
            return _entries(verdict.times, verdict.times)
        if not able.any():
            return [{"code": "no-eligible-volunteer"}]
        paid = self._paid_for(post, np.flatnonzero(able)).any()
        return [{"code": "volunteers-placed-elsewhere" if paid else "no-agreement"}]

    def _try_part(self, post: int, part: _Part, verdict: _Verdict) -> None:
        """Try the part's people at the post under every agreement, and note what bars them there."""
        outcome = _Outcome(len(part.people))
        common: list[tuple[Tag, Answer]] | None = None
        for agreement in self._usable_at(post) if len(part.people) else ():
            valid = self._can_pay(agreement, part)
            if valid is False:
                continue
            one = Try(post, agreement, part.people, part.fixed, part.varying, part.amounts)
            if common is None:
                common = [(tag, True) for tag in self.spare.resources_short(post)]
                common += self._guarded(one, by_agreement=False)
            own = [*self.spare.money_short(one, part.least, part.most), *self._guarded(one, by_agreement=True)]
            outcome.add(valid, [*common, *own])
            if not outcome.barred and outcome.possible.all():
                break
        self.payable[part.people[outcome.payable]] = True
        self.possible[part.people[outcome.possible]] = True
        for tag, barred in outcome.told():
            self._bar(tag, part.people if isinstance(barred, bool) else part.people[barred])
            number = len(part.people) if isinstance(barred, bool) else int(barred.sum())
            verdict.times[tag] = verdict.times.get(tag, 0) + number
        verdict.payable |= bool(outcome.payable.any())
        verdict.possible |= bool(outcome.possible.any())

    def _guarded(self, one: Try, *, by_agreement: bool) -> Iterator[tuple[Tag, Answer]]:
        for guard in self.guards.at(one.post):
            if guard.by_agreement is by_agreement:
                answer = guard.bars(one)
                if answer is not False:
                    yield ("policy", guard.policy), answer

    def _usable_at(self, post: int) -> list[int]:
        """Return the agreements whose regions and tags allow the post."""
        region, tags = self.index.post_region[post], self.index.post_tags[post]
        found = self._usable.get((region, tags))
        if found is None:
            if region not in self._covering:
                agreements = enumerate(self.problem.agreements)
                forest = self.index.forest
                self._covering[region] = [
                    i for i, one in agreements if one.regions is None or forest.covered(one.regions, region)
                ]
            found = [i for i in self._covering[region] if self.problem.agreements[i].tags <= tags]
            self._usable[region, tags] = found
        return found

    def _can_pay(self, agreement: int, part: _Part) -> Answer:
        """Return for whom every non-zero line has a fund."""
        terms = self.problem.agreements[agreement]
        if "*" in terms.pays:
            return True
        if any(line not in terms.pays for line in part.fixed):
            return False
        if part.varying in terms.pays or not part.most:
            return True
        unpaid: Bools = part.amounts == 0
        return unpaid

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

    def why_unplaced(self) -> Iterator[tuple[int, list[Why]]]:
        """Yield each volunteer without a placement, with the reasons."""
        told = self._told()
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

    def _told(self) -> dict[int, list[Tag]]:
        """Return for each volunteer the tags that bar the most, of each kind no more than are listed."""
        told: dict[int, list[Tag]] = {}
        number = {kind: np.zeros(self.crowd.size, dtype=np.int8) for kind in CODES}
        for tag in sorted(self.barred, key=lambda tag: (-self.times[tag], tag)):
            people = np.flatnonzero(self.barred[tag] & ~self.possible & (number[tag[0]] < LISTED))
            number[tag[0]][people] += 1
            for person in people.tolist():
                told.setdefault(person, []).append(tag)
        return told


class _Part:
    """Volunteers of one try who cost the same lines: `places` are their positions among all who are tried."""

    __slots__ = ("amounts", "fixed", "least", "most", "people", "places", "varying")

    def __init__(self, places: Ints, people: Ints, fixed: Mapping[str, int], varying: str, amounts: Ints) -> None:
        self.places = places
        self.people = people
        self.fixed = fixed
        self.varying = varying
        self.amounts = amounts
        self.least = int(amounts.min(initial=2**62))
        self.most = int(amounts.max(initial=0))


class _Verdict:
    """What all tries at one post say: whether anyone can be paid and placed, and what bars how often."""

    def __init__(self) -> None:
        self.payable = False
        self.possible = False
        self.times: dict[Tag, int] = {}


class _Outcome:
    """What the tries of one part say of each volunteer."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.payable = np.zeros(size, dtype=np.bool_)
        self.possible = np.zeros(size, dtype=np.bool_)
        self._payable = False  # all of them
        self.barred = True  # by the last agreement, all of them
        self._all: set[Tag] = set()
        self._some: dict[Tag, Bools] = {}

    def add(self, valid: Answer, answers: list[tuple[Tag, Answer]]) -> None:
        """Add the tries of one agreement; only those who are `valid` were tried."""
        if valid is not True or not self._payable:
            self.payable |= valid
            self._payable = valid is True
        free: Answer = valid
        for tag, answer in answers:
            barred = answer if valid is True else valid & answer
            if barred is True:
                self._all.add(tag)
                free = False
            elif barred is not False and barred.any():
                if tag not in self._some:
                    self._some[tag] = np.zeros(self.size, dtype=np.bool_)
                self._some[tag] |= barred
                free = False if free is False else free & ~barred
        self.barred = free is False
        if free is not False:
            self.possible |= free

    def told(self) -> Iterator[tuple[Tag, Answer]]:
        """Yield what bars anyone, and whom."""
        for tag in sorted(self._all | self._some.keys()):
            yield tag, True if tag in self._all else self._some[tag]


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

    def money_short(self, one: Try, least: int, most: int) -> Iterator[tuple[Tag, Answer]]:
        """Yield the funds that cannot pay (and for whom), and the agreement if it is full; `least` and `most` are of the amounts."""
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
            left = self.money[payer] - needed.pop(payer, 0)
            if most > left:
                yield ("fund", payer), True if least > left else one.amounts > left
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
