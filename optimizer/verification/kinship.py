"""Checks that people of one kind are alike in everything that a placement depends on, so that they can change places."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import Any

from optimizer.verification.facts import Facts
from optimizer.verification.findings import Findings
from optimizer.verification.placements import Placed, Placements
from optimizer.verification.policies import matched

Json = Mapping[str, Any]


def check_kinds(lottery: Json, facts: Facts, findings: Findings) -> None:
    """Note who is in no kind or in two, and kinds of people who are not alike."""
    seen: set[str] = set()
    look = _Look(facts, len(lottery["tiers"]))
    for position, kind in enumerate(lottery["kinds"]):
        pointer = f"/kinds/{position}/volunteers"
        people = kind["volunteers"]
        known = [findings.is_known(name, facts.volunteers, pointer, "volunteer") for name in people]
        if not people or not all(known):
            findings.add(pointer, "wrong-kind", "A kind has at least one known volunteer.")
            continue
        if seen.intersection(people) or len(set(people)) < len(people):
            findings.add(pointer, "listed-twice", "Somebody here is listed twice.")
        seen.update(people)
        if len(people) > 1 and len({look.at(name) for name in people}) > 1:
            findings.add(pointer, "not-alike", "The people of this kind are not alike, so they may not change places.")
    for name in sorted(facts.volunteers.keys() - seen):
        findings.add("/kinds", "kind-missing", f"{name!r} belongs to no kind.")


class _Look:
    """What tells one person from another, one look at a time."""

    def __init__(self, facts: Facts, tiers: int) -> None:
        self.facts = facts
        self.one_of = {region: post for post, region in facts.region_of_post.items() if facts.posts[post]["seats"]}
        weighed = {name for goal in facts.objective[:tiers] for name, weight in goal.items() if weight}
        averaged = {policy.get("of") for policy in facts.policies.values() if policy["kind"] == "average"}
        self.counted = weighed | averaged
        self.rows: dict[str, list[Hashable]] = {}
        for (name, post), row in facts.pairs.items():
            shown = (post, row.get("fit") if "fit" in self.counted else None, row.get("cost"), bool(row.get("forbid")))
            self.rows.setdefault(name, []).append(shown)
        self.taken = [self._taken(part) for part in _filters(facts)]
        self.homes = [
            (policy["level"], self._taken(policy.get("volunteers") or {}))
            for policy in facts.policies.values()
            if policy["kind"] == "home"
        ]
        self.kinds = {policy["kind"] for policy in facts.policies.values()}
        self.pinned = {policy["volunteer"] for policy in facts.policies.values() if policy["kind"] == "pin"}

    def _taken(self, part: Json) -> frozenset[str]:
        post = next(iter(self.facts.posts), "")
        everybody = Placements(Placed(name, post, "", {}, 0, 0, 0) for name in self.facts.volunteers)
        return frozenset(one.volunteer for one in matched({"volunteers": part}, everybody, self.facts))

    def at(self, name: str) -> Hashable:
        """Return all of it."""
        facts, person = self.facts, self.facts.volunteers[name]
        group = person.get("group")
        alone = name in self.pinned or ("together" in self.kinds and group is not None and len(facts.groups[group]) > 1)
        may = tuple(
            (person.get("max_hardship") is None or (post.get("hardship") or 0) <= person["max_hardship"])
            and set(post.get("requires") or ()) <= facts.tags_of_volunteer[name]
            and not facts.regions.any_covers(person.get("refuses") or (), facts.region_of_post[place])
            for place, post in facts.posts.items()
            if post["seats"]
        )
        home = person.get("home")
        fares = tuple(facts.travel.get((home, region), 0) for region in self.one_of)
        fits = tuple(facts.fit(name, post) for post in facts.posts) if "fit" in self.counted else ()
        wishes = (
            tuple(facts.preference(name, post) for post in self.one_of.values()) if "preference" in self.counted else ()
        )
        return (
            name if alone else "",
            may,
            fares,
            fits,
            wishes,
            person.get("suitability") or 0 if "suitability" in self.counted else 0,
            tuple(sorted(map(repr, self.rows.get(name, ())))),
            tuple(name in people for people in self.taken),
            tuple(home and name in people and facts.regions.upwards(home, level) for level, people in self.homes),
            tuple(sorted(post for who, post in facts.previous if who == name)) if "kept" in self.counted else (),
        )


def _filters(facts: Facts) -> Iterator[Json]:
    for policy in facts.policies.values():
        for holder in (policy, policy.get("among") or {}):
            if holder.get("volunteers") is not None:
                yield holder["volunteers"]
