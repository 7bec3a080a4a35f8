"""Checks a lottery against its problem: shape, that every outcome is lawful and as good as it says, and every chance, counted again.

Not checked, since that takes solving: that no better solution exists, and that no fairer distribution does. Both follow by computing the
lottery again.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from optimizer.canonical import digest
from optimizer.verification.facts import Facts
from optimizer.verification.figures import check_policies, measures
from optimizer.verification.findings import Findings, brief
from optimizer.verification.kinship import check_kinds
from optimizer.verification.placements import Placements, check_capacities, read_placements

FIELDS = (
    "format",
    "problem",
    "tiers",
    "exact",
    "gap",
    "seed",
    "denominator",
    "first",
    "kinds",
    "outcomes",
    "shares",
    "chances",
)
FORMAT = "placement-lottery/1"


def check_lottery(problem: Mapping[str, Any], lottery: object, findings: Findings) -> None:
    """Note everything that is wrong with a lottery; pointers are into its document."""
    if not findings.fields(lottery, "", FIELDS) or not isinstance(lottery, dict):
        return
    if lottery["format"] != FORMAT:
        findings.add("/format", "unknown-format", f"{brief(lottery['format'])} is not {FORMAT!r}.")
    right = digest(problem)
    if lottery["problem"] != right:
        message = (
            f"The hash of the problem is {right}, not {brief(lottery['problem'])}: this is another problem's lottery."
        )
        findings.add("/problem", "other-problem", message)
        return
    facts = Facts(problem)
    before = len(findings.found)
    _check_shape(lottery, facts, findings)
    if len(findings.found) > before:
        return
    check_kinds(lottery, facts, findings)
    for position, outcome in enumerate(lottery["outcomes"]):
        _check_outcome(position, outcome, lottery["tiers"], facts, findings)
    if len(findings.found) == before:
        _check_chances(lottery, facts, findings)
        _check_shares(lottery, facts, findings)


def _check_shape(lottery: dict[str, Any], facts: Facts, findings: Findings) -> None:
    for name in ("tiers", "first", "kinds", "outcomes", "shares", "chances"):
        if not findings.is_list(lottery[name], f"/{name}"):
            return
    for name in ("seed", "denominator"):
        if findings.is_integer(lottery[name], f"/{name}") and lottery[name] < (name == "denominator"):
            findings.add(f"/{name}", "out-of-range", f"{brief(lottery[name])} is too small.")
    numbers = [findings.is_integer(value, f"/tiers/{place}") for place, value in enumerate(lottery["tiers"])]
    if not 1 <= len(numbers) <= len(facts.objective):
        findings.add("/tiers", "wrong-tiers", f"The objective has {len(facts.objective)} tier(s), not {len(numbers)}.")
    for name, fields in (("kinds", ("number", "volunteers")), ("outcomes", ("number", "parts", "placements"))):
        _check_numbered(name, lottery[name], fields, findings)


def _check_numbered(name: str, listed: list[Any], fields: tuple[str, ...], findings: Findings) -> None:
    seen: set[int] = set()
    for position, one in enumerate(listed):
        pointer = f"/{name}/{position}"
        if not findings.fields(one, pointer, fields):
            continue
        findings.is_list(one[fields[-1]], f"{pointer}/{fields[-1]}")
        if findings.is_integer(one["number"], f"{pointer}/number"):
            if one["number"] in seen:
                findings.add(f"{pointer}/number", "duplicate-identifier", f"There are two with {one['number']}.")
            seen.add(one["number"])
        if "parts" in fields and findings.is_integer(one["parts"], f"{pointer}/parts") and one["parts"] < 1:
            findings.add(f"{pointer}/parts", "out-of-range", "An outcome has at least one part.")


def _check_outcome(position: int, outcome: dict[str, Any], values: list[int], facts: Facts, findings: Findings) -> None:
    pointer = f"/outcomes/{position}"
    inner = Findings()
    full = []
    for one in outcome["placements"]:
        known = isinstance(one, dict) and all(
            isinstance(one.get(name), str) for name in ("volunteer", "post", "agreement")
        )
        if not known or one["volunteer"] not in facts.volunteers or one["post"] not in facts.posts:
            findings.add(pointer, "dangling-identifier", f"{brief(one)} is no placement of this problem.")
            return
        pair = one["volunteer"], one["post"]
        figures = {
            "cost": sum(facts.lines(*pair).values()),
            "fit": facts.fit(*pair),
            "preference": facts.preference(*pair),
        }
        full.append({**one, **figures})
    placements = read_placements(full, facts, inner)
    check_capacities(placements, facts, inner)
    penalty = check_policies(placements, facts, inner)
    for one in inner.found:
        findings.add(f"{pointer}{one.pointer}", one.code, one.message)
    _check_values(pointer, placements, penalty, values, facts, findings)


def _check_values(
    pointer: str, placements: Placements, penalty: int, values: list[int], facts: Facts, findings: Findings
) -> None:
    reached = measures(placements, penalty, facts)
    for position, best in enumerate(values):
        goal = facts.objective[position]
        value = sum(weight * reached[name] for name, weight in goal.items() if name in reached and weight is not None)
        if not best - abs(best) * (goal.get("tolerance") or 0) // 1000 <= value <= best:
            message = (
                f"Tier {position + 1} of this outcome is {value}, not {best}: it is not as good as the lottery says."
            )
            findings.add(pointer, "wrong-figure", message)


def _check_chances(lottery: dict[str, Any], facts: Facts, findings: Findings) -> None:
    """Count every chance again: kinds share what their members get."""
    parts = sum(outcome["parts"] for outcome in lottery["outcomes"])
    if parts != lottery["denominator"]:
        message = f"The parts add up to {parts}, not to {lottery['denominator']}."
        findings.add("/denominator", "wrong-figure", message)
        return
    kind_of = {name: kind for kind in lottery["kinds"] for name in kind["volunteers"]}
    counts: dict[int, Counter[str]] = defaultdict(Counter)
    for outcome in lottery["outcomes"]:
        for one in outcome["placements"]:
            counts[kind_of[one["volunteer"]]["number"]][facts.region_of_post[one["post"]]] += outcome["parts"]
    right = {}
    for name, kind in kind_of.items():
        mine, whole = counts[kind["number"]], parts * len(kind["volunteers"])
        regions = {region: str(Fraction(count, whole)) for region, count in mine.items()}
        right[name] = {"volunteer": name, "placed": str(Fraction(sum(mine.values()), whole)), "regions": regions}
    told = {one.get("volunteer"): one for one in lottery["chances"] if isinstance(one, dict)}
    for name in sorted(right.keys() - told.keys()):
        findings.add("/chances", "chance-missing", f"The chance of {name!r} is not listed.")
    for position, one in enumerate(lottery["chances"]):
        name = one.get("volunteer") if isinstance(one, dict) else None
        if name not in right or one != right[name]:
            message = f"{brief(name)} has {right.get(str(name), 'no chances, being unknown')}, not {one}."
            findings.add(f"/chances/{position}", "wrong-figure", message)


def _check_shares(lottery: dict[str, Any], facts: Facts, findings: Findings) -> None:
    """Count again what regions and groups may expect."""
    given: Counter[tuple[str, str]] = Counter()
    for outcome in lottery["outcomes"]:
        for one in outcome["placements"]:
            given["region", facts.region_of_post[one["post"]]] += outcome["parts"]
            for tag in facts.tags_of_volunteer[one["volunteer"]]:
                given["tag", tag] += outcome["parts"]
    size: Counter[tuple[str, str]] = Counter()
    for name, post in facts.posts.items():
        size["region", facts.region_of_post[name]] += post["seats"]
    size.update(("tag", tag) for tags in facts.tags_of_volunteer.values() for tag in tags)
    for position, one in enumerate(lottery["shares"]):
        pointer = f"/shares/{position}"
        if not findings.fields(one, pointer, ("of", "name", "share")):
            continue
        key = (str(one["of"]), str(one["name"]))
        right = str(Fraction(given[key], size[key] * lottery["denominator"])) if size[key] else None
        if one["share"] != right:
            findings.add(pointer, "wrong-figure", f"The share is {right}, not {brief(one['share'])}.")
