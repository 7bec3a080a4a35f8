"""`together`: the volunteers who share a group are all placed at one and the same thing, or none of them is."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from optimizer.formulation.build import Builder
from optimizer.formulation.model import Tag
from optimizer.index import Index
from optimizer.made import Made
from optimizer.problem import Together
from optimizer.rules import words


def rows(policy: Together, build: Builder) -> None:
    """Add the rows of one policy: a 0/1 column for each group and thing says whether the whole group is there."""
    tag = Tag("policy", policy.id)
    for members in _groups(policy, build.index):
        at = [_placed_at(policy, build, person) for person in members]
        broken = None if policy.penalty is None else build.model.column(0, 1)
        for place in sorted(set().union(*at)):
            # Only where all of them could be can the group be; elsewhere nobody may be.
            most = 1 if all(place in mine for mine in at) else 0
            there = build.model.column(0, most)
            for mine in at:
                terms = {**mine.get(place, {}), there: -1}
                if broken is None:
                    build.model.row(tag, terms, 0, 0)
                else:
                    build.model.row(tag, {**terms, broken: -1}, None, 0)
                    build.model.row(tag, {**terms, broken: 1}, 0, None)
        if broken is not None:
            build.penalty[broken] = build.penalty.get(broken, 0) + (policy.penalty or 0)
            if build.exact:
                _only_if_apart(tag, build, at, broken)


def _only_if_apart(tag: Tag, build: Builder, at: list[dict[str, dict[int, int]]], broken: int) -> None:
    """Let `broken` be 1 only where two neighbours in the group really differ at some place."""
    differs = {}
    for mine, other in pairwise(at):
        for place in sorted(mine.keys() | other.keys()):
            one = build.model.column(0, 1)
            differs[one] = 1
            both = {**mine.get(place, {}), **other.get(place, {})}
            build.model.row(tag, {**both, one: -1}, 0, None)
            build.model.row(tag, {**both, one: 1}, None, 2)
    build.model.row(tag, {**differs, broken: -1}, 0, None)


def _placed_at(policy: Together, build: Builder, person: int) -> dict[str, dict[int, int]]:
    found: dict[str, dict[int, int]] = {}
    for post, column in build.by_volunteer.get(person, {}).items():
        found.setdefault(build.index.place_of(post, policy.of), {})[column] = 1
    return found


def _groups(policy: Together, index: Index) -> Iterator[list[int]]:
    for name, members in sorted(index.groups.items()):
        if len(members) > 1 and (policy.groups is None or name in policy.groups):
            yield members


def violation(policy: Together, made: Made) -> int:
    """Return the number of groups that break it."""
    broken = 0
    for members in _groups(policy, made.index):
        places = {
            None if (post := made.post_of.get(person)) is None else made.index.place_of(post, policy.of)
            for person in members
        }
        broken += len(places) > 1
    return broken


def sentence(policy: Together, language: str, names: words.Names) -> str:
    """Return the rule in words."""
    some = "" if policy.groups is None else f" ({names.listed('group', policy.groups, language)})"
    noun = words.thing(policy.of, language)
    if language == "id":
        return f"Anggota kelompok{some} ditempatkan bersama di satu {noun}, atau tidak seorang pun."
    return f"Members of a group{some} are placed at one and the same {noun}, or none of them is."
