"""How the things that a question about a round names are called on its pages."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.applicants.models import Applicant, Preference
from app.core.i18n import gettext, mark
from app.geography.queries import lies_within
from app.identity.actor import Actor
from app.rounds import queries, words
from app.rounds.answer_schemas import ExplanationOut
from app.rounds.models import Round
from app.rounds.showing import post_words

SUGGESTED: Final = 200
"""So many posts are suggested in a form; any code can be typed."""
OPEN_ENDS: Final = ("unasked", "placed")
PERSON_THERE: Final = mark("{name}: why not at {place}?")


def subject(session: Session, actor: Actor, names: words.Names, question: Mapping[str, str]) -> str:
    """Return what a question is about, as a heading; a person by name only where the actor sees names."""
    kind, code = next(iter(question.items()))
    if kind != "volunteer":
        return called(names, kind, code)
    known = queries.names_of_people(session, [code]) if queries.sees_all(actor) else {}
    name = known.get(code, code)
    if "post" not in question:
        return name
    return gettext(PERSON_THERE, name=name, place=place(names, question["post"]))


def called(names: words.Names, kind: str, code: str) -> str:
    """Return how a post, a fund, an agreement, a rule or a resource is called."""
    return place(names, code) if kind == "post" else words.name_of(names, words.KINDS.get(kind, kind), code)


def place(names: words.Names, code: str) -> str:
    """Return how a post is called: its school, and what it is for."""
    post = names.get("posts", {}).get(code)
    return code if post is None else f"{post['school']} ({post_words(post['level'], post['subject'])})"


def posts(names: words.Names, *, wished: Collection[str] = ()) -> list[tuple[str, str]]:
    """Return (code, name) of posts to ask about, those of wished regions first."""

    def order(code: str) -> tuple[bool, str, str]:
        post: Mapping[str, Any] = names["posts"][code]
        return not any(lies_within(post["region"], region) for region in wished), post["school"], code

    found = sorted(names.get("posts", {}), key=order)[:SUGGESTED]
    return [(code, place(names, code)) for code in found]


def agreements(session: Session, round_: Round) -> dict[str, str]:
    """Return how the agreements of a frozen round are called, by code."""
    snapshot = queries.snapshot(session, round_)
    names = {} if snapshot is None else snapshot.names
    return {code: words.name_of(names, "agreements", code) for code in names.get("agreements", {})}


def wishes(session: Session, actor: Actor) -> list[str]:
    """Return the regions that the person who looks has wished for, in any application."""
    own = select(Applicant.id).where(Applicant.user_id == actor.id)
    return list(session.scalars(select(Preference.region_code).where(Preference.applicant_id.in_(own)).distinct()))


def tells_more(found: ExplanationOut) -> bool:
    """Tell whether solving again would say more than is known."""
    return not found.tries and found.code.endswith((*OPEN_ENDS, "unlimited"))
