"""By how many units the placements break each policy, recounted from the format's table of kinds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from optimizer.verification.facts import Facts
from optimizer.verification.placements import Placed, Placements

Json = Mapping[str, Any]


def units_broken(policy: Json, placements: Placements, facts: Facts) -> int:
    """Return by how many units the placements break `policy`; 0 where it holds."""
    return KINDS[policy["kind"]](policy, placements, facts)


# filters ---------------------------------------------------------------------------------------------------------------------


def matched(where: Json, placements: Placements, facts: Facts) -> list[Placed]:
    """Return the placements that the filters `posts`, `volunteers` and `agreements` of `where` select."""
    posts, people, agreements = (where.get(name) for name in ("posts", "volunteers", "agreements"))
    found: Iterable[Placed] = placements.all
    if people is not None and people.get("ids") is not None:  # few people are looked up, not searched for
        found = [one for name in set(people["ids"]) for one in placements.of_volunteer.get(name, ())]
    if posts is not None:
        at = post_test(posts, facts)
        chosen = {name for name in {one.post for one in found} if at(name)}
        found = [one for one in found if one.post in chosen]
    if people is not None:
        taken = _volunteer_test(people, facts)
        found = [one for one in found if taken(one.volunteer)]
    if agreements is not None:
        under = _agreement_test(agreements, facts)
        usable = {name for name in facts.agreements if under(name)}
        found = [one for one in found if one.agreement in usable]
    return list(found)


def post_test(part: Json, facts: Facts) -> Callable[[str], bool]:
    """Return the function that says whether a filter of posts selects a post."""
    ids, schools, tags = (_set(part.get(name)) for name in ("ids", "schools", "tags"))
    regions = part.get("regions")

    def at(name: str) -> bool:
        return (
            (ids is None or name in ids)
            and (schools is None or facts.posts[name]["school"] in schools)
            and (regions is None or facts.regions.any_covers(regions, facts.region_of_post[name]))
            and (tags is None or tags <= facts.tags_of_post[name])
        )

    return at


def _set(listed: list[str] | None) -> frozenset[str] | None:
    return None if listed is None else frozenset(listed)


def _volunteer_test(part: Json, facts: Facts) -> Callable[[str], bool]:
    ids, groups, tags = (_set(part.get(name)) for name in ("ids", "groups", "tags"))
    homes = part.get("homes")

    def taken(name: str) -> bool:
        person = facts.volunteers[name]
        home, group = person.get("home"), person.get("group")
        return (
            (ids is None or name in ids)
            and (groups is None or (group is not None and group in groups))
            and (homes is None or (home is not None and facts.regions.any_covers(homes, home)))
            and (tags is None or tags <= facts.tags_of_volunteer[name])
        )

    return taken


def _agreement_test(part: Json, facts: Facts) -> Callable[[str], bool]:
    ids, sponsors = (_set(part.get(name)) for name in ("ids", "sponsors"))

    def under(name: str) -> bool:
        return (ids is None or name in ids) and (
            sponsors is None or not sponsors.isdisjoint(facts.sponsors_of_agreement[name])
        )

    return under


# kinds -----------------------------------------------------------------------------------------------------------------------


def _distance(number: int, policy: Json) -> int:
    """Return the distance from `number` to the nearer end of the policy's [min, max]."""
    low, high = policy.get("min") or 0, policy.get("max")
    if number < low:
        return int(low - number)
    return 0 if high is None else max(0, number - high)


def _count(policy: Json, placements: Placements, facts: Facts) -> int:
    return _distance(len(matched(policy, placements, facts)), policy)


def _share(policy: Json, placements: Placements, facts: Facts) -> int:
    def size(where: Json) -> int:
        chosen = matched(where, placements, facts)
        return sum(one.cost for one in chosen) if policy.get("of") == "cost" else len(chosen)

    short: int = policy["percent"] * size(policy.get("among") or {}) - 100 * size(policy)
    return max(0, (short + 99) // 100)


def _spend(policy: Json, placements: Placements, facts: Facts) -> int:
    funds = policy.get("funds")
    chosen = matched(policy, placements, facts)
    if funds is None:
        return _distance(sum(one.cost for one in chosen), policy)
    spent = sum(
        rupiah for one in chosen for line, rupiah in one.lines.items() if facts.payer(one.agreement, line) in funds
    )
    return _distance(spent, policy)


def _each(policy: Json, placements: Placements, facts: Facts) -> int:
    own = _own_numbers(policy["of"], matched(policy, placements, facts), facts)
    present = _own_numbers(policy["of"], placements.all, facts)
    when = policy.get("when") or "always"
    broken = 0
    for thing in _things(policy, facts):
        number = own.get(thing, 0)
        binds = when == "always" or (present if when == "open" else own).get(thing, 0) > 0
        broken += _distance(number, policy if binds else {**policy, "min": 0})
    return broken


def _own_numbers(of: str, placements: Iterable[Placed], facts: Facts) -> Mapping[str, int]:
    """Return for each thing the number of its own placements among those given."""
    if of == "region":
        return facts.regions.rolled_up(Counter(facts.region_of_post[one.post] for one in placements))
    if of == "sponsor":
        return Counter(sponsor for one in placements for sponsor in facts.sponsors_of_agreement[one.agreement])
    if of == "agreement":
        return Counter(one.agreement for one in placements)
    return Counter(_thing_of_post(of, one.post, facts) for one in placements)


def _things(policy: Json, facts: Facts) -> Iterable[str]:
    """Return the things over which an `each` runs."""
    of, ids = policy["of"], policy.get("ids")
    if ids is not None:
        return set(ids)
    if of == "agreement":
        return facts.agreements
    if of == "sponsor":
        return {fund["sponsor"] for fund in facts.funds.values() if fund.get("sponsor") is not None}
    at = post_test(policy.get("posts") or {}, facts)
    chosen = [post for post in facts.posts if at(post)]
    if of == "region":
        inside = facts.regions.rolled_up(Counter(facts.region_of_post[post] for post in chosen))
        return [region for region, posts in inside.items() if posts]
    return {_thing_of_post(of, post, facts) for post in chosen}


def _thing_of_post(of: str, post: str, facts: Facts) -> str:
    """Return the post, its school or the region in which the school directly lies."""
    if of == "post":
        return post
    return str(facts.posts[post]["school"]) if of == "school" else facts.region_of_post[post]


def _home(policy: Json, placements: Placements, facts: Facts) -> int:
    tops: dict[str, str] = {}
    broken = 0
    for one in matched({"volunteers": policy.get("volunteers")}, placements, facts):
        home = facts.volunteers[one.volunteer].get("home")
        if home is None:
            continue
        if home not in tops:
            tops[home] = facts.regions.upwards(home, policy["level"])
        broken += facts.regions.covers(tops[home], facts.region_of_post[one.post])
    return broken


def _together(policy: Json, placements: Placements, facts: Facts) -> int:
    def place(volunteer: str) -> str | None:
        made = placements.of_volunteer.get(volunteer)
        return None if made is None else _thing_of_post(policy["of"], made[0].post, facts)

    names = facts.groups if policy.get("groups") is None else set(policy["groups"])
    return sum(len({place(member) for member in facts.groups.get(name, ())}) > 1 for name in names)


def _apart(policy: Json, placements: Placements, facts: Facts) -> int:
    chosen = matched({"volunteers": policy.get("volunteers")}, placements, facts)
    people = Counter(_thing_of_post(policy["of"], one.post, facts) for one in chosen)
    return sum(number * (number - 1) // 2 for number in people.values())


def _pin(policy: Json, placements: Placements, facts: Facts) -> int:  # noqa: ARG001 - one face for all kinds
    payer = policy.get("agreement")
    return int(
        not any(
            one.post == policy["post"] and payer in {None, one.agreement}
            for one in placements.of_volunteer.get(policy["volunteer"], ())
        )
    )


def _forbid(policy: Json, placements: Placements, facts: Facts) -> int:
    return len(matched(policy, placements, facts))


def _average(policy: Json, placements: Placements, facts: Facts) -> int:
    of, least = policy["of"], policy.get("min") or 0
    total = 0
    for one in matched(policy, placements, facts):
        if of == "suitability":
            value = facts.volunteers[one.volunteer].get("suitability") or 0
        else:
            value = one.fit if of == "fit" else one.preference
        total += value - least
    return max(0, (9 - total) // 10)


KINDS: dict[str, Callable[[Json, Placements, Facts], int]] = {
    "count": _count,
    "share": _share,
    "spend": _spend,
    "each": _each,
    "home": _home,
    "together": _together,
    "apart": _apart,
    "pin": _pin,
    "forbid": _forbid,
    "average": _average,
}
