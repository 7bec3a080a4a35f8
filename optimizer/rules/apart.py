"""`apart`: no two matched volunteers are placed at one and the same thing."""

from __future__ import annotations

from itertools import pairwise

from optimizer.formulation.build import Builder
from optimizer.formulation.model import Tag
from optimizer.made import Made
from optimizer.problem import Apart
from optimizer.rules import words


def rows(policy: Apart, build: Builder) -> None:
    """Add the rows of one policy."""
    at: dict[str, dict[int, int]] = {}
    for person in sorted(build.index.volunteers_in(policy.volunteers) & build.by_volunteer.keys()):
        for post, column in build.by_volunteer[person].items():
            at.setdefault(build.index.place_of(post, policy.of), {})[column] = 1
    for _, terms in sorted(at.items()):
        if policy.penalty is None:
            build.model.row(Tag("policy", policy.id), terms, None, 1)
        else:
            _charge_pairs(policy, build, terms)


def _charge_pairs(policy: Apart, build: Builder, terms: dict[int, int]) -> None:
    """Charge k (k − 1) ÷ 2 for k people at one thing: the j-th person brings j − 1 new pairs."""
    tag = Tag("policy", policy.id)
    seats = sum(
        build.problem.posts[post].seats
        for post in {post for (_, post), column in build.pairs.items() if column in terms}
    )
    steps = [build.model.column(0, 1) for _ in range(min(seats, len(terms)))]
    build.model.row(tag, terms | dict.fromkeys(steps, -1), 0, 0)
    for earlier, later in pairwise(steps):
        build.model.row(tag, {earlier: 1, later: -1}, 0, None)
    for before, step in enumerate(steps):
        if before:
            build.penalty[step] = build.penalty.get(step, 0) + before * (policy.penalty or 0)


def violation(policy: Apart, made: Made) -> int:
    """Return the number of pairs of volunteers that break it."""
    people = made.index.volunteers_in(policy.volunteers)
    number: dict[str, int] = {}
    for one in made.placements:
        if one.volunteer in people:
            place = made.index.place_of(one.post, policy.of)
            number[place] = number.get(place, 0) + 1
    return sum(k * (k - 1) // 2 for k in number.values())


def sentence(policy: Apart, language: str, names: words.Names) -> str:
    """Return the rule in words."""
    who = " ".join(words.volunteers(policy.volunteers, language, names))
    noun = words.thing(policy.of, language)
    if language == "id":
        return f"Tidak ada dua penempatan {who + ' ' if who else ''}di {noun} yang sama."
    return f"No two placements {who + ' ' if who else ''}are at the same {noun}."
