"""Why a volunteer is unplaced and why a seat is empty, read off the rows of the formulation.

A further placement is tried against every hard row with everyone else where they are: the tags of the rows that it would break are the
reasons. Where it would break none, the placement is possible and the objective does not gain from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from optimizer.eligibility import obstacles
from optimizer.formulation.build import Builder
from optimizer.formulation.model import Row
from optimizer.made import Made
from optimizer.problem import Problem

# What a broken row of each kind is called, and under which name it lists its tags.
CODES = {
    "policy": ("policy", "policies"),
    "fund": ("no-money-left", "funds"),
    "agreement": ("agreement-full", "agreements"),
    "resource": ("no-resource-left", "resources"),
    "structure": ("seats-taken", None),
}
Why = dict[str, Any]


class Reasons:
    """The reasons behind one solution."""

    def __init__(self, build: Builder, values: Sequence[int], made: Made) -> None:
        self.build = build
        self.problem = build.problem
        self.made = made
        soft = {policy.id for policy in self.problem.policies if policy.penalty is not None}
        self.rows_of: dict[int, list[tuple[Row, int]]] = {}
        self.activity: dict[int, int] = {}
        for row in build.model.rows:
            if row.only_if is not None or (row.tag.kind == "policy" and row.tag.id in soft):
                continue
            self.activity[id(row)] = sum(amount * values[column] for column, amount in row.terms.items())
            for column, amount in row.terms.items():
                self.rows_of.setdefault(column, []).append((row, amount))
        self.filled: dict[int, int] = {}
        for one in made.placements:
            self.filled[one.post] = self.filled.get(one.post, 0) + 1

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
        people = enumerate(self.problem.volunteers)
        return tuple(
            {"volunteer": person.id, "why": self._why_unplaced(position)}
            for position, person in people
            if position not in self.made.post_of
        )

    def unfilled(self) -> tuple[dict[str, Any], ...]:
        """Return each post with free seats, with the reasons."""
        found = []
        for position, post in enumerate(self.problem.posts):
            free = post.seats - self.filled.get(position, 0)
            if free > 0:
                found.append({"post": post.id, "seats": free, "why": self._why_unfilled(position)})
        return tuple(found)

    def _why_unplaced(self, person: int) -> list[Why]:
        posts = self.build.by_volunteer.get(person, {})
        if not posts:
            able = any(
                post.seats and not obstacles(self.build.index, person, place)
                for place, post in enumerate(self.problem.posts)
            )
            return [{"code": "no-agreement" if able else "no-eligible-post", "policies": []}]
        return self._merge(self._blockers(person, post) for post in posts)

    def _why_unfilled(self, post: int) -> list[Why]:
        people = self.build.by_post.get(post, {})
        if not people:
            able = any(not obstacles(self.build.index, v, post) for v in range(len(self.problem.volunteers)))
            return [{"code": "no-agreement" if able else "no-eligible-volunteer"}]
        free = [person for person in people if person not in self.made.post_of]
        if not free:
            return [{"code": "volunteers-placed-elsewhere"}]
        return self._merge(self._blockers(person, post) for person in free)

    def _merge(self, tries: Iterator[list[frozenset[Row]]]) -> list[Why]:
        """Return the codes of all blocked tries; `not-better` first where one is free."""
        tags = set()
        for ways in tries:
            for rows in ways:
                if not rows:
                    return [{"code": "not-better"}]
                tags |= {row.tag for row in rows}
        return _entries(tags)

    def _blockers(self, person: int, post: int) -> list[frozenset[Row]]:
        """Return for each agreement the rows that a placement there would break."""
        column = self.build.pairs[person, post]
        if self.filled.get(post, 0) >= self.problem.posts[post].seats:
            return [
                frozenset(row for row, _ in self.rows_of[column] if row.tag.kind == "structure" and self._full(row))
            ]
        one = next(one for one in self.build.classes_at[post] if person in one.volunteers)
        return [self._broken({column, *(terms if column not in terms else ())}) for terms in one.options.values()]

    def _full(self, row: Row) -> bool:
        return row.upper is not None and self.activity[id(row)] >= row.upper

    def _broken(self, columns: Iterable[int]) -> frozenset[Row]:
        change: dict[int, int] = {}
        touched: dict[int, Row] = {}
        for column in columns:
            for row, amount in self.rows_of.get(column, ()):
                change[id(row)] = change.get(id(row), 0) + amount
                touched[id(row)] = row
        return frozenset(
            row
            for key, row in touched.items()
            if (row.upper is not None and self.activity[key] + change[key] > row.upper)
            or (row.lower is not None and self.activity[key] + change[key] < row.lower)
        )


def _entries(tags: Iterable[Any]) -> list[Why]:
    names: dict[str, set[str]] = {}
    for tag in tags:
        names.setdefault(tag.kind, set()).add(tag.id)
    found: list[Why] = []
    for kind, (code, plural) in CODES.items():
        if kind in names:
            found.append({"code": code} if plural is None else {"code": code, plural: sorted(names[kind])})
    return found


def _no_solution(status: str) -> Why:
    return {"code": "round-infeasible" if status == "infeasible" else "nothing-found"}
