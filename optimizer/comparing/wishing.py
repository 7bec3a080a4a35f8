"""Who prefers which solution, by nothing but the volunteers' own wishes.

A place covered by an earlier wish is dearer than one covered by a later one; that is dearer than a place that no wish names, and any place
that the volunteer may hold is dearer than none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from optimizer.explaining.standing import Standing
from optimizer.index import Index


@dataclass(frozen=True, slots=True)
class Preferred:
    """Identifiers of the volunteers who prefer this solution, and of those who prefer the first; all others do not care.

    Attributes:
        this: who prefers this solution.
        first: who prefers the first.
        granted: how many got their first, second, … wish; then those placed where no wish is, then those without a place.
    """

    this: tuple[str, ...]
    first: tuple[str, ...]
    granted: tuple[int, ...]


def wish_rank(index: Index, volunteer: int, post: int) -> int:
    """Return the position of the first wish that covers the post's region; the number of wishes where none does."""
    wishes = index.problem.volunteers[volunteer].preferences
    region = index.post_region[post]
    return next((k for k, wish in enumerate(wishes) if index.forest.covers(wish, region)), len(wishes))


def preferred(before: Standing, after: Standing) -> Preferred:
    """Return who prefers which of two solutions; where their problems differ, of those who are in both."""
    this, first = [], []
    for position, person in enumerate(after.problem.volunteers):
        known = before.index.volunteer.get(person.id)
        if known is None:
            continue
        old = _rank(before.index, before.made.post_of, known)
        new = _rank(after.index, after.made.post_of, position)
        if new < old:
            this.append(person.id)
        elif old < new:
            first.append(person.id)
    return Preferred(tuple(this), tuple(first), granted(after.index, after.made.post_of))


def granted(index: Index, post_of: Mapping[int, int]) -> tuple[int, ...]:
    """Return how many got their first, second, … wish; then those placed where no wish is, then those without a place."""
    longest = max((len(one.preferences) for one in index.problem.volunteers), default=0)
    numbers = [0] * (longest + 2)
    for position, person in enumerate(index.problem.volunteers):
        rank = _rank(index, post_of, position)
        if position not in post_of:
            numbers[-1] += 1
        else:
            numbers[longest if rank == len(person.preferences) else rank] += 1
    return tuple(numbers)


def _rank(index: Index, post_of: Mapping[int, int], volunteer: int) -> int:
    post = post_of.get(volunteer)
    return (
        len(index.problem.volunteers[volunteer].preferences) + 1 if post is None else wish_rank(index, volunteer, post)
    )
