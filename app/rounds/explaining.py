"""Why this place and not that one, why a seat is empty, what a fund or a rule holds back: as each may see it of a result.

What can be counted on the placements themselves is told at once. What the other outcome would cost needs solving again, which a worker
does (`app.rounds.answer_tasks`). The programme sees all of it; a person what concerns the own result, with nobody else named; an
officer the seats of the own region and a sponsor the own funds, without the figures of the whole round.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.applicants.models import Applicant
from app.core.access import visible_or_404
from app.core.i18n import current_language, mark
from app.core.problems import FieldError, Invalid, NotFound
from app.funding.models import Fund
from app.geography.queries import lies_within
from app.identity.actor import Actor
from app.identity.permissions import require
from app.rounds import answers, queries, words
from app.rounds.answer_schemas import AnswerState, BlockerOut, ExplanationOut, QuestionIn, ReliefOut, TryOut, WayOut
from app.rounds.answers import Document, Task
from app.rounds.errors import NotExplainable
from app.rounds.models import Placement, Result, Round, RoundAnswer, Snapshot
from app.rounds.policy_reader import readable_names
from app.rounds.schemas import ReasonOut
from optimizer import DocumentRefused, read_problem
from optimizer.explain import Explainer, Question, QuestionRefused

KIND: Final = "explanation"
KEPT: Final = 2
"""So many results are held ready for questions, read and checked: on the evening of a publication everybody asks about one."""
LATEST: Final = 5
ABOUT_OTHERS: Final = {"title": ("Keputusan tentang orang lain", "A decision about other people")}

_ready: OrderedDict[str, Explainer] = OrderedDict()
_reading = threading.Lock()


def explanation(session: Session, actor: Actor, round_id: str, asked: QuestionIn) -> ExplanationOut:
    """Return what is known of a question about a round's present result.

    Raises:
        NotFound: Where the actor sees no such round, or the question is about something that is not the actor's to see.
        NoResult: Where nothing was placed yet.
        Invalid: Where not one thing is asked about.
    """
    round_ = queries.round_of(session, actor, round_id)
    question = _question(asked)
    snapshot, result = answers.solved(session, round_)
    if queries.sees_all(actor):
        return _told(session, snapshot, result, question, stored=_stored(session, snapshot, result, question))
    _own_or_404(session, actor, snapshot, question)
    return _bare(_told(session, snapshot, result, question, sentences="bare"))


def ask(session: Session, actor: Actor, round_id: str, asked: QuestionIn) -> ExplanationOut:
    """Have a worker solve again for a question; what was asked before is not solved twice.

    Raises:
        NotFound: Where there is no such round, or it has nothing that is called so.
        NoResult: Where nothing was placed yet.
        Invalid: Where not one thing is asked about.
    """
    round_ = queries.round_of(session, actor, round_id, writing=True)
    require(actor, "rounds.ask", round_)
    question = _question(asked)
    snapshot, result = answers.solved(session, round_)
    _told(session, snapshot, result, question)  # refuses what the round does not have, before anything is queued
    values = {"question": question.named(), "deep": asked.deep}
    stored = answers.ask(session, actor, round_, KIND, values, snapshot=snapshot, result=result)
    return _told(session, snapshot, result, question, stored=stored)


def own_explanation(session: Session, actor: Actor, post: str | None) -> ExplanationOut:
    """Return why the person who asks has the place of the newest published round, or none, or (with `post`) not that one.

    Raises:
        NotFound: Where no published round has considered the person, or it has no such post.
    """
    person, _, result = visible_or_404(own_result(session, actor))
    snapshot = session.get_one(Snapshot, result.snapshot_id)
    question = _question(QuestionIn(volunteer=person, post=post))
    stored = _stored(session, snapshot, result, question)
    return _bare(_told(session, snapshot, result, question, stored=stored, sentences="bare"))


def own_result(session: Session, actor: Actor) -> tuple[str, Round, Result] | None:
    """Return (the person's code, round, result) of the newest published round that placed or left out the person."""
    own = select(Applicant).where(Applicant.user_id == actor.id)
    people = {one.cohort_id: one for one in session.scalars(own)}
    rounds = (
        select(Round)
        .where(Round.cohort_id.in_(people), Round.state.in_(queries.PUBLISHED), Round.scenario_of.is_(None))
        .order_by(Round.published_at.desc())
        .limit(LATEST)
    )
    for round_ in session.scalars(rounds):
        result = queries.result(session, round_)
        person = people[round_.cohort_id]
        if result is not None and _considered(session, result, person):
            return person.code, round_, result
    return None


def _considered(session: Session, result: Result, person: Applicant) -> bool:
    placed = select(Placement.id).where(Placement.result_id == result.id, Placement.applicant_id == person.id)
    left = (row["volunteer"] for row in result.summary["unplaced"])
    return session.scalar(placed) is not None or person.code in left


def _question(asked: QuestionIn) -> Question:
    named = asked.named()
    if len(named) != 1 and named.keys() != {"volunteer", "post"}:
        raise Invalid(
            errors=[
                FieldError(
                    "",
                    "not_one_question",
                    mark("One thing is asked about at a time."),
                    mark("Name one of volunteer (with or without a post), post, fund, agreement and policy."),
                )
            ]
        )
    return Question(**named)


def _own_or_404(session: Session, actor: Actor, snapshot: Snapshot, question: Question) -> None:
    """Let an officer ask about posts of the own region, and a sponsor about funds of the own organisation."""
    if actor.role == "officer" and question.kind == "post":
        place = snapshot.names.get("posts", {}).get(question.post)
        if place is not None and actor.region_code is not None and lies_within(place["region"], actor.region_code):
            return
    if actor.role == "sponsor" and question.kind == "fund":
        mine = select(Fund.id).where(Fund.code == question.fund, Fund.organisation_id == actor.organisation_id)
        if session.scalar(mine) is not None:
            return
    raise NotFound


def _stored(session: Session, snapshot: Snapshot, result: Result, question: Question) -> RoundAnswer | None:
    """Return what was worked out for the question, the deeper answer first."""
    rows = [
        answers.found(session, snapshot, KIND, {"question": question.named(), "deep": deep}, result)
        for deep in (True, False)
    ]
    known = [one for one in rows if one is not None]
    return next((one for one in known if one.document is not None), known[0] if known else None)


def _told(
    session: Session,
    snapshot: Snapshot,
    result: Result,
    question: Question,
    *,
    stored: RoundAnswer | None = None,
    sentences: str = "sentences",
) -> ExplanationOut:
    work = answers.state_of(session, stored)
    document = answers.document_of(stored)
    if document is None:
        document = quick(snapshot, result, question)
    return ExplanationOut(
        question=document["question"],
        code=document["code"],
        sentences=document[sentences][current_language()],
        reasons=_reasons(snapshot, result, question),
        ways=[
            WayOut(agreement=one["agreement"], blockers=[_blocker(two) for two in one["blockers"]])
            for one in document["ways"]
        ],
        tries={name: TryOut.model_validate(one) for name, one in document["tries"].items()},
        reliefs=[
            ReliefOut(kind=one["kind"], code=one["id"], helps=one["helps"], losses=one["losses"])
            for one in document["reliefs"]
        ],
        work=work,
    )


def _bare(told: ExplanationOut) -> ExplanationOut:
    """Return the words alone: codes of rules may name other people, and goals are the whole round's."""
    nothing = AnswerState(state=None)
    reasons = [one.model_copy(update={"names": []}) for one in told.reasons]
    return told.model_copy(update={"ways": [], "tries": {}, "reliefs": [], "work": nothing, "reasons": reasons})


def _blocker(one: Mapping[str, Any]) -> BlockerOut:
    return BlockerOut(kind=one["kind"], code=one["id"], short=one["short"], left=one["left"])


def quick(snapshot: Snapshot, result: Result, question: Question) -> Document:
    """Return what can be told without solving again.

    Raises:
        NotFound: Where the round has nothing that is called so.
        NotExplainable: Where the stored result does not pass the check.
    """
    explainer = _ready_for(snapshot, result)
    try:
        return told_by(explainer, question, snapshot.names)
    except QuestionRefused as refused:
        raise NotFound from refused


def told_by(explainer: Explainer, question: Question, names: words.Names, *, deep: bool = False) -> Document:
    """Return the answer as a document whose sentences call things as the snapshot does; people by their codes.

    `bare` are the sentences for others than the programme: without figures of the whole round and of what funds have left.
    """
    answer = explainer.ask(question, deep=deep)
    spoken = readable_names(names)
    sentences, bare = (
        {one: explainer.sentences(answer, one, spoken, whole=whole) for one in ("id", "en")} for whole in (True, False)
    )
    return {**explainer.document(answer), "sentences": sentences, "bare": bare}


def work_out(task: Task) -> Document:
    """Answer a question with what the other outcome would cost."""
    explainer = Explainer(task.problem, task.solution, limits=task.limits)
    return told_by(explainer, Question(**task.asked["question"]), task.names, deep=task.asked["deep"])


def _ready_for(snapshot: Snapshot, result: Result) -> Explainer:
    """Return the explainer of a result, read and checked once; results never change."""
    with _reading:
        if result.id not in _ready:
            problem, solution = answers.unpacked(snapshot.document), answers.unpacked(result.document)
            try:
                _ready[result.id] = Explainer(read_problem(problem), solution, solving=False)
            except DocumentRefused as refused:
                raise NotExplainable from refused
            while len(_ready) > KEPT:
                _ready.popitem(last=False)
        _ready.move_to_end(result.id)
        return _ready[result.id]


def _reasons(snapshot: Snapshot, result: Result, question: Question) -> list[ReasonOut]:
    """Return why the solve left the person or the seats over; of rules that decide about other people no name is told."""
    rows: Sequence[Mapping[str, Any]] = ()
    if question.kind == "volunteer":
        rows = [one for one in result.summary["unplaced"] if one["volunteer"] == question.volunteer]
    elif question.kind == "post":
        rows = [one for one in result.summary["unfilled"] if one["post"] == question.post]
    whys = [why for row in rows for why in row["why"]]
    if not whys:
        return []
    names = _discreet(snapshot, result, question.volunteer)
    return [ReasonOut(code=code, names=listed, text=text) for code, listed, text in words.reasons(names, whys)]


def _discreet(snapshot: Snapshot, result: Result, reader: str | None) -> words.Names:
    held = _ready.get(result.id)
    problem = answers.unpacked(snapshot.document) if held is None else held.problem.document
    policies = problem.get("policies") or ()
    hidden = {one["id"]: ABOUT_OTHERS for one in policies if _people_of(one) - {reader}}
    return {**snapshot.names, "policies": {**snapshot.names["policies"], **hidden}}


def _people_of(policy: Mapping[str, Any]) -> set[Any]:
    pinned = {policy["volunteer"]} if "volunteer" in policy else set()
    return pinned | set((policy.get("volunteers") or {}).get("ids") or ())
