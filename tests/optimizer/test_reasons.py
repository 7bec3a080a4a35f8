"""The reasons against every further placement tried one by one with the verifier, which shares no code with them."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from optimizer import Limits, read_problem, solve
from optimizer.index import Index
from optimizer.made import Made
from optimizer.reasons import LISTED, Reasons
from optimizer.verification.facts import Facts
from optimizer.verification.findings import Findings
from optimizer.verification.placements import Placed, Placements, check_capacities
from optimizer.verification.policies import units_broken
from tests.benchmarks.families import FAMILIES
from tests.benchmarks.rounds import SIZES, make_planted
from tests.optimizer import tiny

Document = dict[str, Any]
Tags = frozenset[tuple[str, str]]
KIND = {"budget-exceeded": "fund", "agreement-outside-limits": "agreement", "resource-exceeded": "resource"}


def placed(facts: Facts, volunteer: str, post: str, agreement: str) -> Placed:
    lines = facts.lines(volunteer, post)
    fit, preference = facts.fit(volunteer, post), facts.preference(volunteer, post)
    return Placed(volunteer, post, agreement, lines, sum(lines.values()), fit, preference)


def broken(facts: Facts, made: Placements) -> Tags:
    """Return every hard rule that the placements break."""
    findings = Findings()
    check_capacities(made, facts, findings)
    found = {("structure", "") for one in findings.found if one.code == "seats-exceeded"}
    for one in findings.found:
        if one.code in KIND:
            found.add((KIND[one.code], one.message.split("'")[1]))
    for name, policy in facts.policies.items():
        if policy.get("penalty") is None and units_broken(policy, made, facts):
            found.add(("policy", name))
    return frozenset(found)


def tries(facts: Facts, made: Placements, volunteer: str, post: str) -> Iterator[Tags]:
    """Yield for each agreement that could pay what one more placement would break."""
    lines = facts.lines(volunteer, post)
    if facts.hindrances(volunteer, post):
        return
    full = len(made.at_post.get(post, ())) >= facts.posts[post]["seats"]
    for agreement in facts.agreements:
        if facts.unusable(agreement, post, lines):
            continue
        more = Placements([*made.all, placed(facts, volunteer, post, agreement)])
        yield frozenset({("structure", "")}) if full else broken(facts, more)


def told(why: list[Document]) -> Tags | str:
    """Return the rules that a list of reasons names, or its single code."""
    plural = {"policies": "policy", "funds": "fund", "agreements": "agreement", "resources": "resource"}
    if any(reason["code"] in {"not-better"} or reason["code"].startswith(("no-el", "no-ag", "vol")) for reason in why):
        return str(why[0]["code"])
    named = {(kind, name) for reason in why for key, kind in plural.items() for name in reason.get(key, ())}
    return frozenset(named | {("structure", "") for reason in why if reason["code"] == "seats-taken"})


def expected(found: list[Tags], otherwise: str) -> Tags | str:
    if not found:
        return otherwise
    return "not-better" if frozenset() in found else frozenset().union(*found)


def check(document: Document, solution: Document) -> None:
    facts = Facts(document)
    made = Placements(
        placed(facts, *(one[key] for key in ("volunteer", "post", "agreement"))) for one in solution["placements"]
    )
    left = [volunteer for volunteer in facts.volunteers if volunteer not in made.of_volunteer]
    assert [entry["volunteer"] for entry in solution["unplaced"]] == sorted(left)
    for entry in solution["unplaced"]:
        person = entry["volunteer"]
        posts = [post for post in facts.posts if facts.posts[post]["seats"] and not facts.hindrances(person, post)]
        found = [tags for post in posts for tags in tries(facts, made, person, post)]
        assert told(entry["why"]) == expected(found, "no-agreement" if posts else "no-eligible-post")
    for entry in solution["unfilled"]:
        post = entry["post"]
        able = [person for person in facts.volunteers if not facts.hindrances(person, post)]
        payable = [
            person
            for person in able
            if any(not facts.unusable(name, post, facts.lines(person, post)) for name in facts.agreements)
        ]
        otherwise = "volunteers-placed-elsewhere" if payable else "no-agreement" if able else "no-eligible-volunteer"
        found = [tags for person in left for tags in tries(facts, made, person, post)]
        assert told(entry["why"]) == expected(found, otherwise)


@pytest.mark.parametrize("batch", range(4))
def test_reasons_of_tiny_rounds_are_what_trying_each_placement_says(batch: int) -> None:
    checked = 0
    for seed in range(100 * batch, 100 * batch + 100):
        document = tiny.problem(seed)
        # Without a goal little is placed, so that there is something to give reasons for.
        document["objective"] = [{"placed": 1 if seed % 2 else -1}]
        solution = solve(read_problem(document), limits=Limits(workers=1)).document()
        if solution["status"] == "optimal":
            check(document, solution)
            checked += len(solution["unplaced"])
    assert checked > 30


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_reasons_of_planted_rounds_are_what_trying_each_placement_says(family: str) -> None:
    document = FAMILIES[family](24, 5)
    solution = solve(read_problem(document), limits=Limits(work=2, workers=1)).document()
    check(document, solution)


def test_reasons_of_a_large_round_take_seconds_and_name_the_twelve_worst_at_most() -> None:
    size = SIZES["large"]
    document, planted = make_planted(size.volunteers, size.seats, size.regions, size.funds)
    index = Index(read_problem(document))
    made = Made(index, [(index.volunteer[v], index.post[p], index.agreement[a]) for v, p, a in planted])
    started = time.process_time()
    reasons = Reasons(made)
    unplaced, unfilled = reasons.unplaced(), reasons.unfilled()
    assert time.process_time() - started < 30
    assert len(unplaced) == size.volunteers - len(planted)
    assert sum(entry["seats"] for entry in unfilled) == size.seats - len(planted)
    names = [
        len(part) for entry in unplaced for reason in entry["why"] for part in reason.values() if isinstance(part, list)
    ]
    assert max(names) == LISTED
