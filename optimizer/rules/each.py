"""`each`: for each region, school, post, agreement or sponsor, its own matched placements lie in [min, max]."""

from __future__ import annotations

from collections.abc import Iterator

from optimizer.formulation.build import Builder
from optimizer.formulation.model import Tag
from optimizer.index import Index
from optimizer.made import Made, outside
from optimizer.problem import Each, Where
from optimizer.rules import words

EVERYTHING = Where()


def rows(policy: Each, build: Builder) -> None:
    """Add the rows of one policy: one pair for each thing, and a 0/1 column where `min` binds only sometimes."""
    for posts, agreements in own_of_each(policy, build.index):
        matched = _terms(build, policy.where, posts, agreements)
        low = policy.min or None
        if low is None or policy.when == "always":
            build.keep(policy, matched, low, policy.max)
            continue
        trigger = matched if policy.when == "matched" else _terms(build, EVERYTHING, posts, agreements)
        opened = build.model.column(0, 1)
        tag = Tag("policy", policy.id)
        most = build.model.range_of(trigger)[1]
        build.model.row(tag, {**trigger, opened: -most}, None, 0)
        if build.exact:
            build.model.row(tag, {**trigger, opened: -1}, 0, None)
        build.keep(policy, matched, low, policy.max, when=opened)


def _terms(build: Builder, where: Where, posts: list[int] | None, agreements: frozenset[int] | None) -> dict[int, int]:
    if agreements is None:
        return build.matched(where, own=posts)
    return build.by_agreement(where, build.index.agreements_in(where.agreements) & agreements)


def violation(policy: Each, made: Made) -> int:
    """Return the distances to the nearer end, summed over the things."""
    return sum(outside(number, policy.min if binds else 0, policy.max) for number, binds in _numbers(policy, made))


def binding_numbers(policy: Each, made: Made) -> Iterator[int]:
    """Yield the number of own matched placements of each thing on which `min` binds."""
    yield from (number for number, binds in _numbers(policy, made) if binds)


def _numbers(policy: Each, made: Made) -> Iterator[tuple[int, bool]]:
    """Yield for each thing its own matched placements, and whether `min` binds there."""
    own = made.own_numbers(policy.of, made.matched(policy.where))
    present = made.own_numbers(policy.of, made.placements) if policy.when == "open" else own
    for thing in made.things(policy):
        yield own.get(thing, 0), policy.when == "always" or present.get(thing, 0) > 0


def own_of_each(policy: Each, index: Index) -> Iterator[tuple[list[int] | None, frozenset[int] | None]]:
    """Yield for each thing its own posts (None: all) and its own agreements (None: all)."""
    if policy.of in {"agreement", "sponsor"}:
        yield from ((None, own) for own in _own_agreements(policy, index))
        return
    matched = index.posts_in(policy.where.posts)
    own: dict[str, list[int]] = {}
    for post in range(len(index.problem.posts)):
        for thing in _things_of(policy.of, post, index):
            own.setdefault(thing, []).append(post)
    if policy.ids is not None:
        yield from ((own.get(thing, []), None) for thing in policy.ids)
        return
    yield from ((own[thing], None) for thing in sorted(own) if not matched.isdisjoint(own[thing]))


def _things_of(of: str, post: int, index: Index) -> Iterator[str]:
    if of != "region":
        yield index.place_of(post, of)
        return
    region: str | None = index.post_region[post]
    while region is not None:
        yield region
        region = index.forest.parents[region]


def _own_agreements(policy: Each, index: Index) -> Iterator[frozenset[int]]:
    if policy.of == "agreement":
        chosen = policy.ids if policy.ids is not None else [agreement.id for agreement in index.problem.agreements]
        yield from (frozenset([index.agreement[name]]) for name in chosen)
        return
    sponsors = {fund.sponsor for fund in index.problem.funds if fund.sponsor is not None}
    for sponsor in sorted(sponsors) if policy.ids is None else policy.ids:
        yield frozenset(i for i, names in enumerate(index.agreement_sponsors) if sponsor in names)


def sentence(policy: Each, language: str, names: words.Names) -> str:
    """Return the rule in words."""
    limit = words.bounds(policy.min, policy.max, language)
    noun = words.thing(policy.of, language)
    some = "" if policy.ids is None else f" ({names.listed(policy.of, policy.ids, language)})"
    what = words.which(policy.where, language, names)
    if language == "id":
        when = {"always": "", "open": " yang mendapat penempatan", "matched": " yang mendapat penempatan seperti itu"}[
            policy.when
        ]
        return f"Setiap {noun}{some}{when} mendapat {limit} {what}."
    when = {"always": "", "open": " that gets anyone", "matched": " that gets any of them"}[policy.when]
    return f"Each {noun}{some}{when} gets {limit} {what}."
