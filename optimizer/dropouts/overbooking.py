"""How many offers beyond the places are safe: the chance that more accept than seats, money or another limit allow stays below a risk.

Independence: everyone accepts by themselves (members of a bound group as one). Posts then fill independently of one another, since nobody
holds two offers, and the chance that any post overflows is exact. Limits that several posts share (funds, agreements, resources, maximum
rules) are not independent of the posts: their chances are added, which errs on the safe side. So does counting rupiah in coarse steps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from optimizer.diagnosing.columns import Ints
from optimizer.diagnosing.system import Line, System
from optimizer.dropouts.fill import NOBODY, Reals, at_most, expected, joined, poisson_binomial
from optimizer.index import Index
from optimizer.made import Placement

STEPS = 200
"""The largest amount of a limit is counted in so many steps."""


@dataclass(frozen=True, slots=True)
class Offer:
    """An offer to one person, and the chance that it is taken."""

    placement: Placement
    chance: float


class Place:
    """One post: its offers, and how many of them may be taken."""

    def __init__(self, chances: Sequence[float]) -> None:
        self.planned = len(chances)
        self.taken = poisson_binomial(chances)

    def with_one_more(self, chance: float) -> Place:
        """Return the post with one more offer."""
        found = Place(())
        found.planned, found.taken = self.planned, joined(self.taken, np.array([1 - chance, chance]))
        return found

    @property
    def overflow(self) -> float:
        """The chance that more accept than there are places."""
        return float(self.taken[self.planned + 1 :].sum())

    @property
    def filled(self) -> float:
        """The expected number of places filled."""
        return expected(at_most(self.taken, self.planned))


class Limit:
    """What all placements together may use of something; `slack` is what the plan leaves of it.

    It is exceeded when what the further offers use is more than the slack and what those free who decline. The former is rounded up, the
    latter down.
    """

    def __init__(self, slack: int, freed: Sequence[tuple[int, float]], largest: int) -> None:
        self.step = max(1, -(-largest // STEPS))
        self.room = slack // self.step
        free = NOBODY
        for amount, chance in freed:
            steps = amount // self.step
            if steps and chance < 1:
                free = joined(free, _either(steps, 1 - chance))
        # The chance that less than so many steps are freed.
        self.below = np.concatenate([[0.0], free.cumsum()])
        self.further = NOBODY

    def with_one_more(self, amount: int, chance: float) -> Reals:
        """Return the distribution of what the further offers use, with one more."""
        return joined(self.further, _either(-(-amount // self.step), chance))

    def exceeded(self, further: Reals) -> float:
        """Return the chance that the limit is exceeded."""
        needed = np.clip(np.arange(len(further)) - self.room, 0, len(self.below) - 1)
        return float(further @ self.below[needed])


def _either(steps: int, chance: float) -> Reals:
    found = np.zeros(steps + 1)
    found[0], found[steps] = 1 - chance, chance
    return found


class Overbooking:
    """Offers beyond the places, taken one after another while the risk allows."""

    def __init__(self, index: Index, planned: Sequence[Offer], system: System | None = None) -> None:
        self.index = index
        self.planned = planned
        self.system = system or System(index.problem)
        by_post: dict[int, list[float]] = {}
        for offer in planned:
            by_post.setdefault(offer.placement.post, []).append(offer.chance)
        self.places = {post: Place(chances) for post, chances in by_post.items()}
        self.further: list[Offer] = []

    def choose(self, waiting: Mapping[int, Sequence[Offer]], risk: float) -> float:
        """Make further offers in order of the places they are expected to fill, and return the risk that is then run.

        Args:
            waiting: for each post, who may be made a further offer, in order.
            risk: the chance, at most, that more accept than can be taken.
        """
        queue = {post: list(offers) for post, offers in waiting.items() if offers}
        limits = _Limits(self, [offer for offers in queue.values() for offer in offers])
        stays = 1.0  # the chance that no post overflows
        while queue:
            post = max(queue, key=lambda one: (self._gain(one, queue[one][0]), -one))
            offer = queue[post].pop(0)
            if not queue[post]:
                del queue[post]
            if offer.placement.volunteer in {one.placement.volunteer for one in self.further}:
                continue
            more = self.places[post].with_one_more(offer.chance)
            alone = stays / (1 - self.places[post].overflow) * (1 - more.overflow)
            if 1 - alone + limits.with_one_more(offer) > risk:
                queue.pop(post, None)  # what waits behind it would only add to the same post
                continue
            stays = alone
            self.places[post] = more
            self.further.append(offer)
            limits.take(offer)
        return 1 - stays + limits.total if self.further else 0.0

    def _gain(self, post: int, offer: Offer) -> float:
        place = self.places[post]
        return offer.chance * float(place.taken[: place.planned].sum())


class _Limits:
    """All limits that further offers could exceed."""

    def __init__(self, booking: Overbooking, candidates: Sequence[Offer]) -> None:
        self._limits: dict[int, Limit] = {}
        self._of: dict[Placement, list[tuple[int, int]]] = {}
        self._chance: dict[int, float] = {}
        columns = booking.system.columns
        offers = [*booking.planned, *candidates]
        position = np.full(len(columns), -1, dtype=np.int64)
        for number, offer in enumerate(offers):
            one = offer.placement
            position[columns.number_of(one.volunteer, one.post, one.agreement)] = number
        for line in booking.system.ceilings():
            self._add(line, position, offers, len(booking.planned))

    def _add(self, line: Line, position: Ints, offers: list[Offer], planned: int) -> None:
        at = position[line.columns]
        mine = np.flatnonzero(at >= 0)
        amounts = dict(zip(at[mine].tolist(), line.amounts[mine].tolist(), strict=True))
        further = {number: amount for number, amount in amounts.items() if number >= planned and amount}
        if not further or line.upper is None:
            return
        used = sum(amount for number, amount in amounts.items() if number < planned)
        slack = line.upper - used
        if sum(further.values()) <= slack:
            return
        freed = [(amount, offers[number].chance) for number, amount in amounts.items() if number < planned]
        key = len(self._limits)
        self._limits[key] = Limit(slack, freed, max(amounts.values()))
        for number, amount in further.items():
            self._of.setdefault(offers[number].placement, []).append((key, amount))

    @property
    def total(self) -> float:
        """The sum of all chances."""
        return sum(self._chance.values())

    def with_one_more(self, offer: Offer) -> float:
        """Return the sum of all chances with one more offer."""
        total = self.total
        for key, amount in self._of.get(offer.placement, ()):
            limit = self._limits[key]
            total += limit.exceeded(limit.with_one_more(amount, offer.chance)) - self._chance.get(key, 0.0)
        return total

    def take(self, offer: Offer) -> None:
        """Make the offer."""
        for key, amount in self._of.get(offer.placement, ()):
            limit = self._limits[key]
            limit.further = limit.with_one_more(amount, offer.chance)
            self._chance[key] = limit.exceeded(limit.further)
