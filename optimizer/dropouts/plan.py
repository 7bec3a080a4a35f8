"""A solution as a plan of offers: who steps in, how full it will be, which further offers are safe, and what happens when answers come in.

What the plan promises: when the answers are in, `settle` makes the round of those who accepted, honours further offers while there is
room, and calls people up from the waitlists. An outcome is *kept* if everyone who accepted has a place and every hard rule holds; `settle`
says so of every outcome, and names what is broken where it is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from math import prod
from typing import Any

import numpy as np

from optimizer.dropouts.fill import (
    NOBODY,
    Reals,
    all_or_none,
    at_most,
    expected,
    joined,
    poisson_binomial,
    reached_with,
)
from optimizer.dropouts.ledger import OVER, Wrong
from optimizer.dropouts.overbooking import Offer, Overbooking
from optimizer.dropouts.waiting import StepIn, Waitlists
from optimizer.explaining.standing import stand
from optimizer.made import Placement
from optimizer.problem import Problem

MOST = 10
SURE = 1000


@dataclass(frozen=True, slots=True)
class Outcome:
    """A round after the answers came in.

    Attributes:
        placements: who has a place in the end.
        turned_away: how many accepted a further offer and found no room.
        called: how many were called up from a waitlist.
        broken: what does not hold.
    """

    placements: tuple[Placement, ...]
    turned_away: int
    called: int
    broken: tuple[Wrong, ...]

    @property
    def kept(self) -> bool:
        """Whether everything that was promised holds."""
        return not self.broken and not self.turned_away


class Plan:
    """The offers of one solution and what stands behind them.

    Attributes:
        waitlists: for each post that has placements, who steps in, by position.
        further: the offers beyond the places that are made at once.
        risk: the chance, at most, that somebody accepts a further offer and finds no room.
    """

    def __init__(self, problem: Problem, solution: Any, *, risk: float = 0.05, most: int = MOST) -> None:
        """Make the plan.

        Args:
            problem: the problem.
            solution: its solution document.
            risk: how much risk further offers may bring; 0 for none.
            most: how many of each waitlist are shown, and may be made further offers.

        Raises:
            DocumentRefused: the solution is another problem's, or does not verify.
        """
        self.made = stand(problem, solution).made
        self.problem, self.index, self.most = problem, self.made.index, most
        lists = Waitlists(self.made)
        self.units = lists.units
        self._ledger = lists.ledger
        posts = sorted({one.post for one in self.made.placements})
        self.waitlists = {post: lists.at(post) for post in posts}
        self._grouped = {one.post for unit in self.units if len(unit) > 1 for one in unit}
        self.further: tuple[Offer, ...] = ()
        self.risk = 0.0
        if risk > 0:
            self._overbook(risk)

    def chance(self, person: int) -> float:
        """Return the chance that the person takes an offer."""
        return self.problem.volunteers[person].accept / SURE

    def _overbook(self, risk: float) -> None:
        # A group that comes or stays away as one counts as sure to come: then it frees nothing, which is on the safe side.
        planned = [
            Offer(one, self.chance(one.volunteer) if len(unit) == 1 else 1.0) for unit in self.units for one in unit
        ]
        waiting = {
            post: [
                Offer(one.placement, self.chance(one.placement.volunteer)) for one in waitlist[: self.most] if one.mends
            ]
            for post, waitlist in self.waitlists.items()
            if post not in self._grouped
        }
        booking = Overbooking(self.index, planned)
        self.risk = booking.choose(waiting, risk)
        self.further = tuple(booking.further)

    def fill(self, *, further: bool = True) -> Reals:
        """Return the chance of each number of places filled by those who accept, before anybody is called up.

        Exact, where everyone decides by themselves and a group that a hard rule keeps together decides as one: posts without such groups
        are independent of one another.
        """
        at: dict[int, list[float]] = {}
        parts = []
        for unit in self.units:
            if len(unit) == 1 and unit[0].post not in self._grouped:
                at.setdefault(unit[0].post, []).append(self.chance(unit[0].volunteer))
            else:
                parts.append(all_or_none(len(unit), prod(self.chance(one.volunteer) for one in unit)))
        planned = {post: len(chances) for post, chances in at.items()}
        for offer in self.further if further else ():
            at[offer.placement.post].append(offer.chance)
        parts += [at_most(poisson_binomial(chances), planned[post]) for post, chances in at.items()]
        return reduce(joined, parts, NOBODY)

    def fill_at(self, post: int) -> Reals:
        """Return the chance of each number of one post's places filled by those who accept; a group decides as one."""
        parts = [
            all_or_none(here, prod(self.chance(one.volunteer) for one in unit))
            for unit in self.units
            if (here := sum(one.post == post for one in unit))
        ]
        return reduce(joined, parts, NOBODY)

    def settle(self, accepting: Iterable[int]) -> Outcome:
        """Return the round after `accepting` (positions) said yes to any offer, and everybody else no."""
        yes = frozenset(accepting)
        ledger = self._ledger
        start = dict(ledger.placed)
        planned = dict(ledger.at)
        for unit in self.units:
            if not all(one.volunteer in yes for one in unit):
                for one in unit:
                    ledger.remove(one)
        turned_away = sum(
            not self._honoured(offer.placement, planned) for offer in self.further if offer.placement.volunteer in yes
        )
        called = self._call_up(yes, planned)
        outcome = Outcome(tuple(ledger.placed.values()), turned_away, called, tuple(sorted(ledger.wrong)))
        for one in tuple(ledger.placed.values()):
            if start.get(one.volunteer) != one:
                ledger.remove(one)
        for one in start.values():
            if one.volunteer not in ledger.placed:
                ledger.add(one)
        return outcome

    def _honoured(self, one: Placement, planned: dict[int, int]) -> bool:
        """Make a placement whose further offer was taken, if there is room for it."""
        ledger = self._ledger
        if ledger.at[one.post] >= planned[one.post]:
            return False
        before = dict(ledger.wrong)
        ledger.add(one)
        if ledger.worse_than(before, OVER):
            ledger.remove(one)
            return False
        return True

    def _call_up(self, yes: frozenset[int], planned: dict[int, int]) -> int:
        """Call people up in order, post after post, until nobody can be: first whoever mends a broken rule, then the best."""
        ledger, called = self._ledger, 0
        asked = {offer.placement.volunteer for offer in self.further}
        for mending in (True, False):
            again = True
            while again and not (mending and not ledger.wrong):
                before = called
                for post, waitlist in self.waitlists.items():
                    if ledger.at[post] >= planned[post]:
                        continue
                    for step in waitlist if mending else waitlist[: self.most]:
                        one = step.placement
                        free = (
                            one.volunteer in yes and one.volunteer not in asked and one.volunteer not in ledger.placed
                        )
                        if free and self._called(one, mending=mending):
                            called += 1
                            if ledger.at[post] >= planned[post]:
                                break
                again = called > before
        return called

    def _called(self, one: Placement, *, mending: bool) -> bool:
        """Make a placement that makes nothing worse (`mending`: and something better)."""
        ledger = self._ledger
        before = dict(ledger.wrong)
        ledger.add(one)
        if ledger.worse_than(before) or (mending and ledger.wrong == before):
            ledger.remove(one)
            return False
        return True

    def draws(self, number: int, seed: int) -> Sequence[Outcome]:
        """Return the outcomes of so many draws of everybody's answer."""
        chances = np.array([one.accept / SURE for one in self.problem.volunteers])
        rng = np.random.default_rng(seed)
        return [self.settle(np.flatnonzero(rng.random(len(chances)) < chances).tolist()) for _ in range(number)]

    def document(self, *, certain: float = 0.95, drawn: Sequence[Outcome] = ()) -> dict[str, Any]:
        """Return the plan as JSON-ready data: `certain` is the chance of the fill that is stated, `drawn` outcomes to sum up."""
        found: dict[str, Any] = {
            "offers": len(self.made.placements),
            "certain": certain,
            "fill": _figures(self.fill(further=False), certain),
            "overbooked": {
                **_figures(self.fill(), certain),
                "risk": self.risk,
                "offers": [self._named(offer.placement) | {"chance": offer.chance} for offer in self.further],
            },
            "posts": [
                {
                    "post": self.problem.posts[post].id,
                    "offers": self._ledger.at[post],
                    "fill": _figures(self.fill_at(post), certain),
                    "waitlist": [self._listed(one) for one in waitlist[: self.most]],
                }
                for post, waitlist in self.waitlists.items()
            ],
        }
        if drawn:
            found["drawn"] = {
                "draws": len(drawn),
                "kept": sum(one.kept for one in drawn) / len(drawn),
                "turned_away": sum(one.turned_away > 0 for one in drawn) / len(drawn),
                "filled": sum(len(one.placements) for one in drawn) / len(drawn),
                "broken": _often(drawn),
            }
        return found

    def _listed(self, one: StepIn) -> dict[str, Any]:
        return self._named(one.placement) | {
            "chance": self.chance(one.placement.volunteer),
            "gains": list(one.gains),
            "mends": one.mends,
        }

    def _named(self, one: Placement) -> dict[str, Any]:
        problem = self.problem
        return {
            "volunteer": problem.volunteers[one.volunteer].id,
            "post": problem.posts[one.post].id,
            "agreement": problem.agreements[one.agreement].id,
        }


def _figures(distribution: Reals, certain: float) -> dict[str, Any]:
    return {"expected": expected(distribution), "reached": reached_with(distribution, certain)}


def _often(drawn: Sequence[Outcome]) -> list[dict[str, Any]]:
    """Return how often each thing was broken, what is most often first."""
    times: dict[Wrong, int] = {}
    for outcome in drawn:
        for what in outcome.broken:
            times[what] = times.get(what, 0) + 1
    ranked = sorted(times.items(), key=lambda item: (-item[1], item[0]))
    return [{"kind": what[0], "id": what[1], "share": number / len(drawn)} for what, number in ranked]
