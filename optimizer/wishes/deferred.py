"""Deferred acceptance: everybody asks for the dearest post that has not turned them down, until nobody is turned down any more.

People who go together apply jointly, one way of being together after another (Roth and Peranson, *The redesign of the matching market for
American physicians*, 1999): where one of them is turned down, all withdraw and apply to their next, and the others start again. With
joint applications theory loses three things: a stable outcome need not exist, the outcome may depend on the order in which the groups
are heard, and a volunteer may gain by not saying the truth. What is left standing is counted: groups that would be taken at a way they
were turned down from before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from optimizer.wishes.choice import Choice, Holding

Way = tuple[int, ...]


@dataclass(slots=True)
class Team:
    """People who apply together: `ways` of being placed, the dearest first; `at` is the one that stands (len: none is left)."""

    name: str
    members: tuple[int, ...]
    ways: Sequence[Way]
    at: int = 0

    def applications(self) -> list[tuple[int, int]]:
        """Return the joint application that stands."""
        return [] if self.at >= len(self.ways) else list(zip(self.members, self.ways[self.at], strict=True))


@dataclass(slots=True)
class Outcome:
    """Who holds which post, and the teams that would be taken at a way that turned them down before."""

    post_of: dict[int, int]
    blocking: list[str] = field(default_factory=list)


def defer(choice: Choice, orders: Sequence[Sequence[int]], teams: Sequence[Team] = ()) -> Outcome:
    """Return the outcome for strict orders of posts.

    Args:
        choice: the programme's choice among applications.
        orders: for each volunteer the posts, the dearest first; those of a team's members are its ways.
        teams: who applies jointly, in the order in which they are heard. Their `at` moves on.
    """
    return _Deferring(choice, orders, teams).run()


class _Deferring:
    """One run: first those who apply alone, then team after team; a team that is displaced withdraws, and all teams apply again."""

    def __init__(self, choice: Choice, orders: Sequence[Sequence[int]], teams: Sequence[Team]) -> None:
        self.teams = teams
        self.team_of = {member: team for team in teams for member in team.members}
        self.alone = Holding(choice)
        self.next: list[int] = [0] * len(orders)
        self.orders = orders
        self.held = self.alone

    def run(self) -> Outcome:
        """Return the outcome."""
        for person in range(len(self.orders)):
            if person not in self.team_of:
                self._apply(person)
        begun = list(self.next)
        while True:
            self.held, self.next = self.alone.copy(), list(begun)
            displaced = next((out for team in self.teams if (out := self._hear(team)) is not None), None)
            if displaced is None:
                break
            displaced.at += 1
        post_of = {person: post for post, people in self.held.at.items() for _, person in people}
        return Outcome(post_of, [team.name for team in self.teams if self._blocks(team)])

    def _apply(self, person: int) -> Team | None:
        """Let someone ask for one post after another, and whoever is turned down for it too; return a team that is displaced."""
        while self.next[person] < len(self.orders[person]):
            out = self.held.add(person, self.orders[person][self.next[person]])
            if out is None:
                return None
            person = out[0]
            if person in self.team_of:
                return self.team_of[person]
            self.next[person] += 1
        return None

    def _hear(self, team: Team) -> Team | None:
        """Let a team apply jointly, way after way, until one is taken; return another team that it displaces."""
        while team.at < len(team.ways):
            turned = self._taken(team.applications())
            if turned is None:
                team.at += 1
                continue
            for person in turned:
                if person in self.team_of:
                    return self.team_of[person]
                self.next[person] += 1
                displaced = self._apply(person)
                if displaced is not None:
                    return displaced
            return None
        return None

    def _taken(self, applications: Sequence[tuple[int, int]]) -> list[int] | None:
        """Apply jointly; return who is turned down for it, or None (and change nothing) where it would be one of the applicants."""
        outs: list[tuple[int, int]] = []
        for number, (person, post) in enumerate(applications):
            out = self.held.add(person, post)
            if out is None:
                continue
            if out in applications:
                for other in [one for one in applications[: number + 1] if one != out]:
                    self.held.delete(*other)
                for other in outs:
                    self.held.insert(*other)
                return None
            outs.append(out)
        return [person for person, _ in outs]

    def _blocks(self, team: Team) -> bool:
        """Return whether the programme would take the whole team at a way dearer than the one it has."""
        kept, self.held = self.held, self.held.copy()
        standing = team.applications()
        found = False
        for way in team.ways[: team.at]:
            for one in standing:
                self.held.delete(*one)
            found = self._taken(list(zip(team.members, way, strict=True))) is not None
            if found:
                break
            for one in standing:
                self.held.insert(*one)
        self.held = kept
        return found
