"""What the mechanism does with each hard rule: holds it as a cap, in the plan of seats, pair by pair, as a pin, jointly, or not at all.

Deferred acceptance stays strategy-proof only if the sets of posts that are capped are nested or apart (Kamada and Kojima, *Stability and
strategy-proofness for matching with constraints: a necessary and sufficient condition*, 2018). A rule about people and posts together
(“at most three women in this region”) is not of that shape, and no rule that asks for at least something can be promised to people who may
say where they will not go.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from optimizer.index import Index
from optimizer.problem import Apart, Count, Each, Forbid, Home, Pin, Policy, Spend, Together, Where
from optimizer.rules.each import own_of_each

CAP, PLAN, PAIR, PIN, JOINT, NOT = "cap", "plan", "pair", "pin", "joint", "not"


@dataclass(frozen=True, slots=True)
class Cap:
    """At most so many placements at these posts, asked for by the policy."""

    policy: str
    posts: frozenset[int]
    most: int


@dataclass(frozen=True, slots=True)
class Sorted:
    """The hard rules of a problem by what is done with them.

    Attributes:
        how: for each hard policy one of CAP, PLAN, PAIR, PIN, JOINT and NOT (checked afterwards, never promised).
        half: those of which only the maximum is promised, not the minimum.
        caps: nested or apart, the largest first.
        banned: pairs that a rule forbids whoever pays.
        pins: who is pinned to which post.
        payers: who is pinned to which agreement.
        joint: the groups that apply together, each with the things (post, school, region) at which they must be together.
    """

    how: dict[str, str]
    half: frozenset[str]
    caps: tuple[Cap, ...]
    banned: frozenset[tuple[int, int]]
    pins: dict[int, int]
    payers: dict[int, int]
    joint: dict[str, frozenset[str]]


def sort_rules(index: Index) -> Sorted:
    """Return what is done with each rule."""
    how: dict[str, str] = {}
    wanted: list[Cap] = []
    banned: set[tuple[int, int]] = set()
    pins: dict[int, int] = {}
    payers: dict[int, int] = {}
    joint: dict[str, set[str]] = {}
    for policy in index.problem.policies:
        if isinstance(policy, Together):
            _join(policy, index, joint)
        if policy.penalty is not None:
            continue
        how[policy.id] = _how(policy, index)
        if how[policy.id] == CAP:
            wanted += _caps(policy, index)
        elif how[policy.id] == PAIR:
            banned.update(_banned(policy, index))
        elif isinstance(policy, Pin):
            person = index.volunteer[policy.volunteer]
            pins[person] = index.post[policy.post]
            if policy.agreement is not None:
                payers[person] = index.agreement[policy.agreement]
    caps = _nested(wanted, len(index.problem.posts))
    for cap in wanted:
        if cap not in caps:
            how[cap.policy] = PLAN
    half = {one.id for one in index.problem.policies if one.id in how and how[one.id] != NOT and _least(one)}
    ofs = {name: frozenset(of) for name, of in joint.items()}
    return Sorted(how, frozenset(half), tuple(caps), frozenset(banned), pins, payers, ofs)


def _least(policy: Policy) -> int:
    return policy.min if isinstance(policy, Count | Each | Spend) else 0


def everybody(index: Index, where: Where) -> bool:
    """Return whether the filter of volunteers leaves nobody out."""
    return len(index.volunteers_in(where.volunteers)) == len(index.problem.volunteers)


def _how(policy: Policy, index: Index) -> str:
    if isinstance(policy, Home):
        return PAIR
    if isinstance(policy, Pin):
        return PIN
    if isinstance(policy, Together):
        return JOINT
    if isinstance(policy, Apart):
        return CAP if everybody(index, Where(volunteers=policy.volunteers)) else NOT
    if isinstance(policy, Forbid):
        if policy.where.agreements is None:
            return PAIR
        return PLAN if everybody(index, policy.where) else NOT
    if not isinstance(policy, Count | Each | Spend) or policy.max is None or not everybody(index, policy.where):
        return NOT
    if isinstance(policy, Spend) or policy.where.agreements is not None:
        return PLAN
    return PLAN if isinstance(policy, Each) and policy.of in {"agreement", "sponsor"} else CAP


def _caps(policy: Policy, index: Index) -> Iterator[Cap]:
    if isinstance(policy, Count) and policy.max is not None:
        yield Cap(policy.id, index.posts_in(policy.where.posts), policy.max)
    elif isinstance(policy, Each) and policy.max is not None:
        matched = index.posts_in(policy.where.posts)
        for posts, _ in own_of_each(policy, index):
            yield Cap(policy.id, matched.intersection(posts or ()), policy.max)
    elif isinstance(policy, Apart):
        at: dict[str, list[int]] = {}
        for post in range(len(index.problem.posts)):
            at.setdefault(index.place_of(post, policy.of), []).append(post)
        for posts in at.values():
            yield Cap(policy.id, frozenset(posts), 1)


def _nested(wanted: list[Cap], posts: int) -> list[Cap]:
    """Return the caps that are nested or apart, the largest first; one that crosses an earlier one is left out."""
    innermost: list[Cap | None] = [None] * posts
    found: list[Cap] = []
    for cap in sorted(wanted, key=lambda cap: (-len(cap.posts), cap.policy, sorted(cap.posts))):
        if len({id(innermost[post]) for post in cap.posts}) > 1:
            continue
        for post in cap.posts:
            innermost[post] = cap
        found.append(cap)
    return found


def _banned(policy: Policy, index: Index) -> Iterator[tuple[int, int]]:
    if isinstance(policy, Forbid):
        people = index.volunteers_in(policy.where.volunteers)
        yield from ((person, post) for post in index.posts_in(policy.where.posts) for person in people)
    elif isinstance(policy, Home):
        for person in index.volunteers_in(policy.volunteers):
            home = index.problem.volunteers[person].home
            if home is not None:
                top = index.forest.raised(home, policy.level)
                regions = enumerate(index.post_region)
                yield from ((person, post) for post, region in regions if index.forest.covers(top, region))


def _join(policy: Together, index: Index, joint: dict[str, set[str]]) -> None:
    for name, members in index.groups.items():
        if len(members) > 1 and (policy.groups is None or name in policy.groups):
            joint.setdefault(name, set()).add(policy.of)
