"""Answers about a solution, against all solutions counted out: each loss is what forcing the other outcome really loses."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from optimizer import DocumentRefused, Limits, read_problem, solve, write_document
from optimizer.cli import app
from optimizer.explain import Answer, Explainer, Question, QuestionRefused
from optimizer.parallel import backend
from tests.optimizer import tiny

Document = dict[str, Any]
LIMITS = Limits(workers=1)
SEEDS = tiny.exact_seeds(24)


def explainer_of(document: Document) -> Explainer:
    problem = read_problem(document)
    return Explainer(problem, solve(problem, limits=LIMITS).document(), limits=LIMITS)


def ruled(document: Document, rule: Document) -> Document:
    return {**document, "policies": [*document.get("policies", []), {"id": "extra", **rule}]}


def losses_counted(document: Document, changed: Document) -> list[int] | None:
    """Return what a change loses in each tier, by looking at all solutions of both; None where there is none."""
    now, then = tiny.best(document), tiny.best(changed)
    return None if now is None or then is None else [a - b for a, b in zip(now, then, strict=True)]


def agree(answer: Answer, attempt: str, document: Document, changed: Document) -> None:
    expected = losses_counted(document, changed)
    found = answer.tries[attempt]
    if expected is None:
        assert found.status == "impossible"
    else:
        assert [tier.loss for tier in found.tiers] == expected
        assert all(tier.exact for tier in found.tiers)


@pytest.mark.parametrize("seed", SEEDS)
def test_why_not_this_post_loses_what_counting_out_says(seed: int) -> None:
    document = tiny.problem(seed)
    asked = explainer_of(document)
    for volunteer in ("v1", "v2", "v3"):
        for post in (one["id"] for one in document["posts"]):
            answer = asked.ask(Question(volunteer=volunteer, post=post))
            pinned = ruled(document, {"kind": "pin", "volunteer": volunteer, "post": post})
            if answer.code in {"may-not", "no-seats", "no-agreement"}:
                assert tiny.best(pinned) is None
            elif answer.code == "placed":
                assert answer.facts["here"] == post
            else:
                agree(answer, "forced", document, pinned)


@pytest.mark.parametrize("seed", SEEDS)
def test_why_placed_or_not_loses_what_counting_out_says(seed: int) -> None:
    document = tiny.problem(seed)
    asked = explainer_of(document)
    for volunteer in ("v1", "v2", "v3"):
        answer = asked.ask(Question(volunteer=volunteer))
        only = {"volunteers": {"ids": [volunteer]}}
        if answer.code == "placed":
            away = {"kind": "forbid", "posts": {"ids": [answer.facts["here"]]}, **only}
            agree(answer, "forced", document, ruled(document, away))
            continue
        placed = ruled(document, {"kind": "count", "min": 1, **only})
        if answer.code in {"unplaced-no-eligible-post", "unplaced-no-agreement"}:
            assert tiny.best(placed) is None
        else:
            agree(answer, "forced", document, placed)


@pytest.mark.parametrize("seed", SEEDS)
def test_why_a_seat_is_empty_loses_what_counting_out_says(seed: int) -> None:
    document = tiny.problem(seed)
    asked = explainer_of(document)
    for post in document["posts"]:
        answer = asked.ask(Question(post=post["id"]))
        if answer.code == "full":
            assert answer.facts["filled"] == post["seats"]
            continue
        more = {"kind": "count", "posts": {"ids": [post["id"]]}, "min": answer.facts["filled"] + 1}
        if answer.code in {"empty-no-eligible-volunteer", "empty-no-agreement"}:
            assert tiny.best(ruled(document, more)) is None
        else:
            agree(answer, "forced", document, ruled(document, more))


def without_fund_limit(document: Document, name: str) -> Document:
    return {**document, "funds": [{**one, "budget": 10**9} if one["id"] == name else one for one in document["funds"]]}


def without_agreement_limits(document: Document, name: str) -> Document:
    bare = [
        {k: v for k, v in one.items() if one["id"] != name or k not in {"min_placements", "max_placements"}}
        for one in document["agreements"]
    ]
    return {**document, "agreements": bare}


@pytest.mark.parametrize("seed", SEEDS)
def test_what_money_and_rules_hold_back_is_what_counting_out_says(seed: int) -> None:
    document = tiny.problem(seed)
    asked = explainer_of(document)
    for fund in ("f1", "f2"):
        answer = asked.ask(Question(fund=fund))
        agree(answer, "without", document, without_fund_limit(document, fund))
        if "more" in answer.tries:
            rule = {"kind": "spend", "funds": [fund], "min": answer.facts["spent"] + 1}
            agree(answer, "more", document, ruled(document, rule))
    for agreement in (one["id"] for one in document.get("agreements", ())):
        answer = asked.ask(Question(agreement=agreement))
        if "without" in answer.tries:
            agree(answer, "without", document, without_agreement_limits(document, agreement))
        if "more" in answer.tries:
            rule = {"kind": "count", "agreements": {"ids": [agreement]}, "min": answer.facts["placements"] + 1}
            agree(answer, "more", document, ruled(document, rule))
    for policy in document["policies"]:
        answer = asked.ask(Question(policy=policy["id"]))
        rest = {**document, "policies": [one for one in document["policies"] if one is not policy]}
        then = [tier.then for tier in answer.tries["without"].tiers]
        assert then == tiny.best(rest)
        if "penalty" not in policy:
            agree(answer, "without", document, rest)


@pytest.mark.parametrize("seed", SEEDS[:12])
def test_nobody_but_the_person_asked_about_is_named(seed: int) -> None:
    document = tiny.problem(seed)
    asked = explainer_of(document)
    questions = [Question(volunteer=one) for one in ("v1", "v2", "v3")]
    questions += [Question(volunteer=one, post=post["id"]) for one in ("v1", "v2") for post in document["posts"]]
    questions += [Question(post=post["id"]) for post in document["posts"]] + [Question(fund="f1")]
    questions += [Question(policy=policy["id"]) for policy in document["policies"]]
    for question in questions:
        answer = asked.ask(question, deep=True)
        for language in ("id", "en"):
            text = " ".join(asked.sentences(answer, language))
            assert set(re.findall(r"\bv\d\b", text)) <= {question.volunteer}
            assert text


# one round for each kind of sentence -----------------------------------------------------------------------------------------


def base(**changes: Any) -> Document:
    """A quiet round: Ani and Budi may both teach at both posts, there is one seat at each, and money for two."""
    return {
        "format": "placement-problem/1",
        "regions": [{"id": "north", "parent": None}, {"id": "south", "parent": None}],
        "schools": [{"id": "s1", "region": "north"}, {"id": "s2", "region": "south"}],
        "posts": [
            {"id": "hill", "school": "s1", "seats": 1, "need": 5, "cost": 10},
            {"id": "shore", "school": "s2", "seats": 1, "need": 3, "cost": 10},
        ],
        "volunteers": [{"id": "ani", "suitability": 9}, {"id": "budi", "suitability": 4}],
        "funds": [{"id": "gift", "sponsor": "acme", "budget": 100}],
        "objective": [{"need": 1}, {"fit": 1}],
    } | changes


def posts(**first: Any) -> list[Document]:
    hill, shore = base()["posts"]
    return [{**hill, **first}, shore]


def people(**second: Any) -> list[Document]:
    ani, budi = base()["volunteers"]
    return [ani, {**budi, **second}]


ONE_SEAT = {"posts": posts()[:1]}
BUDI, HILL, SHORE = Question(volunteer="budi"), Question(post="hill"), Question(post="shore")
BUDI_AT_HILL = Question(volunteer="budi", post="hill")
KINDS: dict[str, tuple[Document, Question, str, str]] = {
    "missing requirement": (
        base(posts=posts(requires=["maths"])),
        BUDI_AT_HILL,
        "may-not",
        "may not hold post hill: a requirement is not met (maths)",
    ),
    "too hard": (
        base(posts=posts(hardship=3), volunteers=people(max_hardship=1)),
        BUDI_AT_HILL,
        "may-not",
        "the hardship is above the own limit (3 > 1)",
    ),
    "refused": (base(volunteers=people(refuses=["north"])), BUDI_AT_HILL, "may-not", "the volunteer refuses"),
    "ruled out": (
        base(pairs=[{"volunteer": "budi", "post": "hill", "forbid": True}]),
        BUDI_AT_HILL,
        "may-not",
        "ruled out",
    ),
    "not listed": (
        base(pairs=[{"volunteer": "ani", "post": "hill"}], pairs_only=True),
        BUDI_AT_HILL,
        "may-not",
        "not on this round's list",
    ),
    "no seats": (base(posts=posts(seats=0)), BUDI_AT_HILL, "no-seats", "Post hill has no seats."),
    "nobody pays": (
        base(agreements=[{"id": "south-only", "pays": {"*": "gift"}, "regions": ["south"]}]),
        BUDI_AT_HILL,
        "no-agreement",
        "No agreement may pay for volunteer budi at post hill",
    ),
    "worse for the round": (base(**ONE_SEAT), BUDI_AT_HILL, "loss", "Goal 2, fit: falls by 5 (from 9 to 4)."),
    "seat taken": (base(**ONE_SEAT), BUDI_AT_HILL, "loss", "The seats at post hill are taken."),
    "placed": (
        base(**ONE_SEAT),
        Question(volunteer="ani", post="hill"),
        "placed",
        "If not there, this volunteer would not be placed. Goal 2, fit: falls by 5",
    ),
    "a rule forbids it": (
        base(policies=[{"id": "no-hill", "kind": "forbid", "posts": {"ids": ["hill"]}}]),
        BUDI_AT_HILL,
        "impossible",
        "the rule “There are no placements at post hill.”",
    ),
    "another's fixed place": (
        base(policies=[{"id": "fixed", "kind": "pin", "volunteer": "ani", "post": "hill"}]),
        BUDI_AT_HILL,
        "impossible",
        "One place at post hill is fixed for another person.",
    ),
    "money is spent": (
        base(funds=[{"id": "gift", "sponsor": "acme", "budget": 13}]),
        Question(volunteer="budi", post="shore"),
        "loss",
        "Fund gift has Rp 3 left for it, Rp 7 too little.",
    ),
    "an agreement is full": (
        base(agreements=[{"id": "one-only", "pays": {"*": "gift"}, "max_placements": 1}]),
        Question(volunteer="budi", post="shore"),
        "loss",
        "The limits on the number under agreement one-only would not be kept.",
    ),
    "a resource is used up": (
        base(posts=[{**one, "uses": {"boat": 1}} for one in posts()], resources=[{"id": "boat", "amount": 1}]),
        Question(volunteer="budi", post="shore"),
        "loss",
        "There is 1 too little of boat.",
    ),
    "a rule would be broken": (
        base(policies=[{"id": "few", "kind": "count", "max": 1}]),
        Question(volunteer="budi", post="shore"),
        "loss",
        "This rule would be broken: “The number of placements is at most 1.”",
    ),
    "nothing in the way": (
        base(posts=[*posts(), {"id": "isle", "school": "s2", "seats": 1, "need": 1, "cost": 10}]),
        Question(volunteer="budi", post="isle"),
        "loss",
        "Nothing stands in the way there",
    ),
    "no eligible post": (
        base(volunteers=people(refuses=["north", "south"])),
        BUDI,
        "unplaced-no-eligible-post",
        "There is no post that volunteer budi may hold: the region is one that the volunteer refuses (2 post(s)).",
    ),
    "eligible but unpaid": (
        base(
            agreements=[{"id": "s", "pays": {"*": "gift"}, "regions": ["south"]}], volunteers=people(refuses=["south"])
        ),
        BUDI,
        "unplaced-no-agreement",
        "eligible for 1 post(s), but no agreement pays",
    ),
    "better use of the seat": (base(**ONE_SEAT), BUDI, "unplaced-loss", "could be placed, at best at post hill"),
    "no place within the rules": (
        base(policies=[{"id": "not-him", "kind": "forbid", "volunteers": {"ids": ["budi"]}}]),
        BUDI,
        "unplaced-impossible",
        "the rule “There are no placements of volunteer budi.”",
    ),
    "filled": (base(), HILL, "full", "All 1 seat(s) at post hill are filled."),
    "nobody may": (
        base(posts=posts(requires=["maths"])),
        HILL,
        "empty-no-eligible-volunteer",
        "no volunteer may hold it",
    ),
    "no agreement there": (
        base(agreements=[{"id": "s", "pays": {"*": "gift"}, "regions": ["south"]}]),
        HILL,
        "empty-no-agreement",
        "no agreement may pay",
    ),
    "no money for the seat": (
        base(funds=[{"id": "gift", "sponsor": "acme", "budget": 13}]),
        SHORE,
        "empty-loss",
        "Goal 1, need served: falls by 2 (from 5 to 3).",
    ),
    "a rule empties it": (
        base(policies=[{"id": "closed", "kind": "forbid", "posts": {"ids": ["shore"]}}]),
        SHORE,
        "empty-impossible",
        "the rule “There are no placements at post shore.”",
    ),
    "too few people": (base(volunteers=people()[:1]), SHORE, "empty-loss", "1 other(s) move"),
    "money is the limit": (
        base(funds=[{"id": "gift", "sponsor": "acme", "budget": 13}]),
        Question(fund="gift"),
        "fund-binds",
        "Goal 1, need served: rises by 3 (from 5 to 8).",
    ),
    "money is left": (base(), Question(fund="gift"), "fund-free", "Using more of it is not possible"),
    "the agreement holds back": (
        base(agreements=[{"id": "one-only", "pays": {"*": "gift"}, "max_placements": 1}]),
        Question(agreement="one-only"),
        "agreement-binds",
        "Agreement one-only: 1 placement(s), limits at most 1. They hold back",
    ),
    "the agreement has room": (
        base(agreements=[{"id": "roomy", "pays": {"*": "gift"}, "max_placements": 9}]),
        Question(agreement="roomy"),
        "agreement-free",
        "They cost the round nothing.",
    ),
    "the agreement has no limits": (base(), Question(agreement="gift"), "agreement-unlimited", "without a limit"),
    "a rule has its price": (
        base(policies=[{"id": "few", "kind": "count", "max": 1}]),
        Question(policy="few"),
        "policy-binds",
        "Hard, and kept. It has a price",
    ),
    "a rule costs nothing": (
        base(policies=[{"id": "few", "kind": "count", "max": 2, "penalty": 3}]),
        Question(policy="few"),
        "policy-free",
        "Soft: broken by 0 unit(s), at 3 each. It costs the round nothing.",
    ),
}


@pytest.mark.parametrize("name", KINDS)
def test_each_kind_of_sentence(name: str) -> None:
    document, question, code, said = KINDS[name]
    asked = explainer_of(document)
    answer = asked.ask(question)
    assert answer.code == code
    english, indonesian = (asked.sentences(answer, language) for language in ("en", "id"))
    assert said in " ".join(english)
    assert len(english) == len(indonesian)
    assert not set(english) & set(indonesian)
    probe: Document = {"kind": "count", "min": 1}
    if question.volunteer is not None:
        probe["volunteers"] = {"ids": [question.volunteer]}
    if question.post is not None:
        probe["posts"] = {"ids": [question.post]}
    if code.startswith(("may-not", "no-", "impossible", "unplaced-", "empty-", "loss")):
        expected = losses_counted(document, ruled(document, probe))
        if "forced" in answer.tries and answer.tries["forced"].status == "possible":
            assert [tier.loss for tier in answer.tries["forced"].tiers] == expected
        else:
            assert expected is None


def test_a_tie_is_told_as_a_tie() -> None:
    document = base(volunteers=people(suitability=9), **ONE_SEAT)
    asked = explainer_of(document)
    (left,) = {"ani", "budi"} - {
        problem.id for problem in asked.problem.volunteers if asked.index.volunteer[problem.id] in asked.made.post_of
    }
    answer = asked.ask(Question(volunteer=left, post="hill"))
    assert answer.code == "same"
    assert asked.ask(Question(volunteer=left)).code == "unplaced-same"
    assert "the draw (seed) decided" in asked.sentences(answer, "en")[0]


def test_a_better_outcome_than_an_unproven_solution_is_told() -> None:
    document = base(**ONE_SEAT)
    problem = read_problem(document)
    found = solve(problem, limits=LIMITS).document()
    placement = {"volunteer": "budi", "post": "hill", "agreement": "gift", "cost": 10, "fit": 4, "preference": 0}
    poor = found | {
        "status": "feasible",
        "placements": [placement],
        "tiers": [{"value": 5, "bound": 5}, {"value": 4, "bound": 9}],
        "unplaced": [{"volunteer": "ani", "why": [{"code": "not-better"}]}],
    }
    asked = Explainer(problem, poor, limits=LIMITS)
    answer = asked.ask(Question(volunteer="ani"))
    assert answer.code == "unplaced-better"
    assert [tier.exact for tier in answer.tries["forced"].tiers] == [True, False]
    assert "not proven" in asked.sentences(answer, "en")[0]


def test_what_is_in_the_way_is_told_apart_from_what_only_stands_there() -> None:
    # Money for one: shore costs the round the dearer hill, until the fund has no limit.
    asked = explainer_of(base(funds=[{"id": "gift", "sponsor": "acme", "budget": 13}]))
    answer = asked.ask(Question(volunteer="budi", post="shore"), deep=True)
    assert [(one.kind, one.id, one.helps, one.losses) for one in answer.reliefs] == [("fund", "gift", True, (0, 0))]


def test_what_is_in_the_way_is_the_same_when_it_is_found_side_by_side() -> None:
    problem = read_problem(base(funds=[{"id": "gift", "sponsor": "acme", "budget": 13}]))
    solution = solve(problem, limits=LIMITS).document()
    question = Question(volunteer="budi", post="shore")
    with backend(workers=2) as pool:
        answer = Explainer(problem, solution, limits=LIMITS, pool=pool).ask(question, deep=True)
    assert answer == Explainer(problem, solution, limits=LIMITS).ask(question, deep=True)
    assert answer.reliefs


def test_questions_that_fit_nothing_are_refused() -> None:
    asked = explainer_of(base())
    for question in (Question(), Question(fund="gift", post="hill"), Question(volunteer="nobody"), Question(post="x")):
        with pytest.raises(QuestionRefused):
            asked.ask(question)


@pytest.mark.parametrize("change", [{"problem": "0" * 64}, {"placements": []}, {"status": "infeasible"}, {"seed": -1}])
def test_a_solution_that_does_not_answer_the_problem_is_refused(change: Document) -> None:
    problem = read_problem(base())
    wrong = solve(problem, limits=LIMITS).document() | change
    with pytest.raises(DocumentRefused):
        Explainer(problem, wrong)


def test_an_impossible_round_has_no_placements_to_ask_about() -> None:
    problem = read_problem(base(policies=[{"id": "three", "kind": "count", "min": 3}]))
    with pytest.raises(DocumentRefused) as refused:
        Explainer(problem, solve(problem, limits=LIMITS).document())
    assert [error.code for error in refused.value.errors] == ["no-placements"]


# the shell -------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    problem, solution = tmp_path / "problem.json", tmp_path / "solution.json.gz"
    write_document(problem, base(**ONE_SEAT))
    write_document(solution, solve(read_problem(base(**ONE_SEAT)), limits=LIMITS).document())
    return ["explain", str(problem), str(solution)]


def test_the_shell_answers_in_both_languages_and_as_json(files: list[str]) -> None:
    asked = [*files, "--volunteer", "budi", "--post", "hill"]
    english, indonesian = (CliRunner().invoke(app, [*asked, "--language", one]) for one in ("en", "id"))
    assert (english.exit_code, indonesian.exit_code) == (0, 0)
    assert "The seats at post hill are taken." in english.stdout
    assert "Kursi pada pos hill sudah terisi." in indonesian.stdout
    told = json.loads(CliRunner().invoke(app, [*asked, "--json", "--deep", "--workers", "2"]).stdout)
    assert told["code"] == "loss"
    assert [tier["loss"] for tier in told["tries"]["forced"]["tiers"]] == [0, 5]
    assert told["sentences"]["en"] == [line.strip() for line in english.stdout.splitlines()]


def test_the_shell_refuses_what_cannot_be_asked(files: list[str]) -> None:
    for wrong in (
        [],
        ["--fund", "nothing"],
        ["--fund", "gift", "--policy", "x"],
        ["--volunteer", "ani", "--language", "fr"],
    ):
        result = CliRunner().invoke(app, [*files, *wrong])
        assert result.exit_code == 2, result.output
        assert result.stderr.strip()


def test_the_shell_refuses_a_solution_of_another_problem(files: list[str]) -> None:
    write_document(Path(files[1]), base(name="Another round", **ONE_SEAT))
    result = CliRunner().invoke(app, [*files, "--volunteer", "ani", "--json"])
    assert result.exit_code == 3
    assert [error["code"] for error in json.loads(result.stdout)["errors"]] == ["other-problem"]


def test_what_is_counted_at_once_says_the_same_without_solving(monkeypatch: pytest.MonkeyPatch) -> None:
    document = tiny.problem(SEEDS[0])
    problem = read_problem(document)
    whole = explainer_of(document)
    solution = solve(problem, limits=LIMITS).document()
    monkeypatch.setattr("optimizer.explaining.forcing.solve", None)  # whoever solved now would fail
    quick = Explainer(problem, solution, solving=False)
    closed = {"placed", "may-not", "no-seats", "no-agreement", "full", "agreement-unlimited"}
    questions = [
        Question(volunteer="v1"),
        Question(fund="f1"),
        *(Question(post=one["id"]) for one in document["posts"]),
    ]
    questions += [Question(volunteer=v, post=one["id"]) for v in ("v1", "v2") for one in document["posts"]]
    codes = set()
    for question in questions:
        found = quick.ask(question, deep=True)
        assert not found.tries
        assert found.code in closed or found.code.endswith(("unasked", "eligible-post", "eligible-volunteer"))
        codes.add(found.code)
        for language in ("id", "en"):
            assert all(quick.sentences(found, language))
    assert {"placed", "unasked", "fund-unasked"} <= codes
    monkeypatch.undo()
    for question in questions:
        one, other = quick.ask(question), whole.ask(question)
        assert one.ways == other.ways or other.code.startswith(("unplaced", "empty"))


def test_what_is_told_to_others_has_no_figure_of_the_round_or_of_a_fund() -> None:
    document = tiny.problem(SEEDS[0])
    asked = explainer_of(document)
    answers = [asked.ask(Question(volunteer=v, post=p["id"])) for v in ("v1", "v2", "v3") for p in document["posts"]]
    longer = [answer for answer in answers if answer.tries and any(tier.loss for tier in answer.tries["forced"].tiers)]
    assert longer
    for answer in longer:
        for language in ("id", "en"):
            told, bare = (asked.sentences(answer, language, whole=whole) for whole in (True, False))
            assert len(told) == len(bare)
            assert not any("Rp" in one for one in bare[1:])
            goals = [one for one in bare if one.startswith(("Goal", "Tujuan"))]
            assert goals
            assert not any(re.search(r"from|dari", one) for one in goals)
