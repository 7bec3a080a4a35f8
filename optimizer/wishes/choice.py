"""Which of the people who ask for a seat the programme takes: by the posts' priorities, under nested caps, flexibly.

The flexible variant of Kamada and Kojima (*Efficient matching under distributional constraints*, 2015), carried to nested regions: each cap
is shared among its posts beforehand in proportion to their seats (the *targets*); a post fills its target from its own list, and what
others leave of a cap goes round the posts that are asked for more, one seat each in turn, the most needed post first. The choice depends on
the set of applications alone, is substitutable, and never takes fewer when more apply; so deferred acceptance is stable and strategy-proof.
"""

from __future__ import annotations

import heapq
from bisect import insort
from collections.abc import Callable, Collection, Iterable, Mapping

from optimizer.wishes.rules import Cap

Key = tuple[int, int, int]


class Choice:
    """The programme's choice among applications; an application is a pair (volunteer, post)."""

    def __init__(
        self,
        seats: Mapping[int, int],
        caps: Iterable[Cap],
        order: Mapping[int, int],
        priority: Callable[[int, int], tuple[object, ...]],
        pinned: Collection[tuple[int, int]] = (),
    ) -> None:
        """Prepare the choice.

        Args:
            seats: paid seats of each open post.
            caps: nested or apart, the largest first.
            order: in which order posts take more than their targets.
            priority: of a volunteer at a post; the smallest first, no two alike.
            pinned: applications that come before all others.
        """
        self.seats = dict(seats)
        self.order = order
        self.priority = priority
        self.pinned = frozenset(pinned)
        self.caps = [cap for cap in caps if not cap.posts.isdisjoint(self.seats)]
        self.over: dict[int, list[int]] = {post: [] for post in self.seats}
        self.target = dict(self.seats)
        for number, cap in enumerate(self.caps):
            inside = [post for post in cap.posts if post in self.seats]
            whole = sum(self.seats[post] for post in inside)
            for post in inside:
                self.over[post].append(number)
                self.target[post] = min(self.target[post], cap.most * self.seats[post] // max(1, whole))
        self._keys: dict[tuple[int, int], tuple[object, ...]] = {}

    def key(self, volunteer: int, post: int) -> tuple[object, ...]:
        """Return the priority of a volunteer at a post, pinned ones first."""
        found = self._keys.get((volunteer, post))
        if found is None:
            before = (volunteer, post) not in self.pinned
            found = self._keys[volunteer, post] = (before, *self.priority(volunteer, post))
        return found

    def take(self, asked: Mapping[int, Collection[int]]) -> tuple[dict[int, list[int]], list[tuple[int, int]]]:
        """Return whom each post takes, and the applications that are turned down.

        Args:
            asked: the volunteers who ask for each post.
        """
        lists = {post: sorted(people, key=lambda v: self.key(v, post)) for post, people in asked.items() if people}
        places = sorted(
            (self.rank(post, number, volunteer), post, number)
            for post, people in lists.items()
            for number, volunteer in enumerate(people)
        )
        room = [cap.most for cap in self.caps]
        taken: dict[int, list[int]] = {post: [] for post in lists}
        refused: list[tuple[int, int]] = []
        for _, post, number in places:
            volunteer = lists[post][number]
            if number < self.seats[post] and all(room[cap] for cap in self.over[post]):
                taken[post].append(volunteer)
                for cap in self.over[post]:
                    room[cap] -= 1
            else:
                refused.append((volunteer, post))
        return taken, refused

    def rank(self, post: int, number: int, volunteer: int) -> Key:
        """Return when the place with this number at the post is given away: pins, then targets, then what is left in turn."""
        if (volunteer, post) in self.pinned:
            return (0, 0, self.order[post])
        beyond = number - self.target[post]
        return (1, 0, self.order[post]) if beyond < 0 else (2, beyond, self.order[post])


class Holding:
    """What is held while applications come one by one; at each moment the same as choosing among all that came so far.

    Where one application more breaks a seat or a cap, the place that is given away last in the innermost broken one is the one to go.
    """

    def __init__(self, choice: Choice) -> None:
        self.choice = choice
        self.at: dict[int, list[tuple[tuple[object, ...], int]]] = {post: [] for post in choice.seats}
        self._used = [0] * len(choice.caps)
        # The last place of each post for each cap, the last given away first; entries that are no longer so are skipped.
        self._last: list[list[tuple[int, int, int, int, int]]] = [[] for _ in choice.caps]

    def copy(self) -> Holding:
        """Return the same state, apart from this one."""
        made = Holding(self.choice)
        made.at = {post: list(people) for post, people in self.at.items()}
        made._used, made._last = list(self._used), [list(one) for one in self._last]
        return made

    def add(self, volunteer: int, post: int) -> tuple[int, int] | None:
        """Let one more apply, and return the application that is turned down for it, if any."""
        self.insert(volunteer, post)
        out: tuple[int, int] | None = None
        if len(self.at[post]) > self.choice.seats[post]:
            out = self.at[post][-1][1], post
        else:
            for cap in reversed(self.choice.over[post]):
                if self._used[cap] > self.choice.caps[cap].most:
                    out = self._worst(cap)
                    break
        if out is not None:
            self.delete(*out)
        return out

    def insert(self, volunteer: int, post: int) -> None:
        """Put an application in, whatever it breaks."""
        insort(self.at[post], (self.choice.key(volunteer, post), volunteer))
        self._count(post, 1)

    def delete(self, volunteer: int, post: int) -> None:
        """Take an application out."""
        self.at[post].remove((self.choice.key(volunteer, post), volunteer))
        self._count(post, -1)

    def _count(self, post: int, change: int) -> None:
        for cap in self.choice.over[post]:
            self._used[cap] += change
            if self.at[post]:
                heapq.heappush(self._last[cap], self._entry(post))

    def _entry(self, post: int) -> tuple[int, int, int, int, int]:
        number = len(self.at[post]) - 1
        when, beyond, order = self.choice.rank(post, number, self.at[post][-1][1])
        return -when, -beyond, -order, post, number

    def _worst(self, cap: int) -> tuple[int, int]:
        heap = self._last[cap]
        while True:
            post = heap[0][3]
            if self.at[post] and heap[0] == self._entry(post):
                return self.at[post][-1][1], post
            heapq.heappop(heap)
