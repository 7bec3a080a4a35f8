"""`home`: no matched volunteer is placed in the own region, taken `level` steps up, or below it."""

from __future__ import annotations

from optimizer.formulation.build import Builder
from optimizer.index import Index
from optimizer.made import Made
from optimizer.problem import Home
from optimizer.rules import words


def rows(policy: Home, build: Builder) -> None:
    """Add the row of one policy."""
    terms = {}
    for person in sorted(build.index.volunteers_in(policy.volunteers) & build.by_volunteer.keys()):
        banned = _banned(policy, build.index, person)
        for post, column in build.by_volunteer[person].items():
            if banned is not None and build.index.forest.covers(banned, build.index.post_region[post]):
                terms[column] = 1
    build.charge(policy, terms)


def _banned(policy: Home, index: Index, person: int) -> str | None:
    home = index.problem.volunteers[person].home
    return None if home is None else index.forest.raised(home, policy.level)


def violation(policy: Home, made: Made) -> int:
    """Return the number of placements that break it."""
    people = made.index.volunteers_in(policy.volunteers)
    broken = 0
    for one in made.placements:
        banned = _banned(policy, made.index, one.volunteer) if one.volunteer in people else None
        broken += banned is not None and made.index.forest.covers(banned, made.index.post_region[one.post])
    return broken


def sentence(policy: Home, language: str, names: words.Names) -> str:
    """Return the rule in words."""
    who = " ".join(words.volunteers(policy.volunteers, language, names))
    if language == "id":
        level = "wilayah asalnya" if policy.level == 0 else f"wilayah {policy.level} tingkat di atas asalnya"
        return f"Tidak ada penempatan {who + ' ' if who else ''}di {level}."
    level = "the own home region" if policy.level == 0 else f"the region {policy.level} level(s) above the own home"
    return f"No placements {who + ' ' if who else ''}in {level}."
