"""The pages of one's own data, of the desk for corrections, and of the log of breaches."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from sqlalchemy.orm import Session

from app.applicants import consents
from app.applicants import queries as applicants
from app.applicants.forms import checked
from app.applicants.models import Consent
from app.applicants.retention import ZONE
from app.core.access import allows, public
from app.core.database import reading, transaction
from app.core.etag import ANY_VERSION, Match
from app.core.i18n import current_language, mark
from app.core.problems import FieldError, Invalid, Problem
from app.core.templating import navigation, render
from app.documents.sending import store_of
from app.identity.actor import ROLES, Actor
from app.identity.permissions import requires
from app.privacy import queries, service
from app.privacy.errors import ErasedAlready, InService, NotToldYet, OfferOpen
from app.privacy.export import exported, own_data
from app.privacy.models import Breach, CorrectionRequest
from app.privacy.own_page import sections_of
from app.privacy.schemas import (
    BreachIn,
    BreachOut,
    BreachPatch,
    CorrectionIn,
    CorrectionOut,
    EraseIn,
    EraseOwnIn,
    SettleIn,
)

router = APIRouter(include_in_schema=False)
navigation("/my-data", mark("My data"), set(ROLES), group="own")
navigation("/corrections", mark("Corrections"), {"manager", "admin", "auditor"}, group="running")
navigation("/breaches", mark("Breaches"), {"admin", "auditor"}, group="running")

SHOWN: Final = 100
Own = Annotated[Actor, requires("privacy.own")]
Line = Annotated[str, Form(max_length=500)]
Long = Annotated[str, Form(max_length=3000)]


@router.get("/privacy")
def consent_text_page(
    request: Request, _: Annotated[Actor, public("what people who think of applying want to know")]
) -> HTMLResponse:
    """Show how the data of people who apply is used."""
    words = consents.VERSIONS[consents.CURRENT].in_language(current_language())
    return render(request, "privacy/words.html", words=words, version=consents.CURRENT)


@router.get("/my-data")
def own_data_page(request: Request, actor: Own) -> HTMLResponse:
    """Show everything that is known of the person who looks."""
    with reading(request) as session:
        return _own(request, session, actor)


@router.get("/my-data/export")
def save_own_data(request: Request, actor: Own) -> JSONResponse:
    """Give the same out as a file."""
    with reading(request) as session:
        return exported(own_data(session, actor))


@router.post("/my-data/corrections")
def ask_on_page(request: Request, actor: Own, wish: Long = "") -> Response:
    """Ask for a correction."""
    try:
        body = checked(CorrectionIn, {"wish": wish})
    except Invalid as problem:
        with reading(request) as session:
            return _own(request, session, actor, problem=problem, typed=wish)
    with transaction(request) as session:
        service.ask_correction(session, actor, body)
    return RedirectResponse("/my-data", 303)


@router.post("/my-data/consents/{consent_id}/withdraw")
def take_back_on_page(
    request: Request, consent_id: str, actor: Annotated[Actor, requires("consents.withdraw")]
) -> Response:
    """Take a consent back."""
    with transaction(request) as session:
        service.withdraw_consent(session, actor, consent_id)
    return RedirectResponse("/my-data", 303)


@router.post("/my-data/erase")
def erase_on_page(
    request: Request, actor: Annotated[Actor, requires("privacy.erase_own")], email: Line = ""
) -> Response:
    """Erase the person who asks."""
    try:
        body = checked(EraseOwnIn, {"email": email})
        with transaction(request) as session:
            number, files = service.erase_own(session, actor, body)
    except (Invalid, OfferOpen, InService, ErasedAlready) as problem:
        with reading(request) as session:
            return _own(request, session, actor, problem=problem)
    store = store_of(request)
    for name in files:
        store.remove(name)
    # Nobody is logged in any more: the menu of a person who is gone would lead nowhere.
    return render(request, "privacy/gone.html", actor=None, navigation=[], applications=number, documents=len(files))


@router.get("/applicants/{applicant_id}/erase")
def erase_form(request: Request, applicant_id: str, actor: Annotated[Actor, requires("privacy.erase")]) -> HTMLResponse:
    """Ask whether a person is really to be erased."""
    with reading(request) as session:
        return render(
            request,
            "privacy/erase.html",
            applicant=applicants.applicant(session, actor, applicant_id),
            problem=None,
        )


@router.post("/applicants/{applicant_id}/erase")
def erase_applicant_on_page(
    request: Request, applicant_id: str, actor: Annotated[Actor, requires("privacy.erase")], reason: Line = ""
) -> Response:
    """Erase a person who has asked for it."""
    with reading(request) as session:
        found = applicants.applicant(session, actor, applicant_id)
    try:
        body = checked(EraseIn, {"reason": reason})
        with transaction(request) as session:
            files = service.erase_applicant(session, actor, applicant_id, body)
    except (Invalid, OfferOpen, InService, ErasedAlready) as problem:
        return render(request, "privacy/erase.html", applicant=found, problem=problem)
    store = store_of(request)
    for name in files:
        store.remove(name)
    return RedirectResponse(f"/applicants/{applicant_id}", 303)


@router.get("/corrections")
def corrections_page(request: Request, actor: Annotated[Actor, requires("corrections.desk")]) -> HTMLResponse:
    """Show the wishes that wait, what is due first before, and those that were settled last."""
    with reading(request) as session:
        return _corrections(request, session, actor)


@router.post("/corrections/{correction_id}")
def settle_on_page(
    request: Request,
    correction_id: str,
    actor: Annotated[Actor, requires("corrections.settle")],
    version: Annotated[int, Form(ge=1, le=10**9)],
    answer: Long = "",
    done: Annotated[str, Form(max_length=5)] = "",
) -> Response:
    """Settle a wish."""
    try:
        body = checked(SettleIn, {"done": done == "yes", "answer": answer})
    except Invalid as problem:
        with reading(request) as session:
            return _corrections(request, session, actor, problem=problem)
    with transaction(request) as session:
        service.settle_correction(session, actor, correction_id, body, Match(frozenset({version})))
    return RedirectResponse("/corrections", 303)


@router.get("/breaches")
def breaches_page(request: Request, actor: Annotated[Actor, requires("breaches.view")]) -> HTMLResponse:
    """Show the log of breaches, with the form for a new one."""
    with reading(request) as session:
        return _breaches(request, session, actor)


@router.post("/breaches")
def log_on_page(
    request: Request,
    *,
    actor: Annotated[Actor, requires("breaches.manage")],
    what: Long = "",
    data_kinds: Line = "",
    people: Line = "",
    happened_at: Line = "",
    found_at: Line = "",
) -> Response:
    """Note a breach; times are those of western Indonesia."""
    typed = {"what": what, "data_kinds": data_kinds, "people": people, "happened_at": happened_at, "found_at": found_at}
    try:
        values: dict[str, Any] = {
            "what": what,
            "data_kinds": [part.strip() for part in data_kinds.split(",") if part.strip()],
            "people": int(people) if people.strip().isdecimal() and len(people) < 10 else people,
            "happened_at": _time("happened_at", happened_at),
            "found_at": _time("found_at", found_at),
        }
        body = checked(BreachIn, values)
        with transaction(request) as session:
            service.log_breach(session, actor, body)
    except Invalid as problem:
        with reading(request) as session:
            return _breaches(request, session, actor, problem=problem, typed=typed)
    return RedirectResponse("/breaches", 303)


@router.get("/breaches/{breach_id}")
def breach_page(request: Request, breach_id: str, actor: Annotated[Actor, requires("breaches.view")]) -> HTMLResponse:
    """Show one breach."""
    with reading(request) as session:
        return _breach(request, session, actor, breach_id)


@router.post("/breaches/{breach_id}")
def add_on_page(
    request: Request,
    breach_id: str,
    *,
    actor: Annotated[Actor, requires("breaches.manage")],
    measures: Long = "",
    told_people_at: Line = "",
    told_authority_at: Line = "",
    then: Line = "",
) -> Response:
    """Add what is known by now, and close the breach where that is asked for."""
    try:
        values = {
            "measures": measures.strip() or None,
            "told_people_at": _time("told_people_at", told_people_at),
            "told_authority_at": _time("told_authority_at", told_authority_at),
        }
        body = checked(BreachPatch, values)
        with transaction(request) as session:
            service.edit_breach(session, actor, breach_id, body, ANY_VERSION)
            if then == "close":
                service.close_breach(session, actor, breach_id)
    except (Invalid, NotToldYet) as problem:
        with reading(request) as session:
            return _breach(request, session, actor, breach_id, problem=problem)
    return RedirectResponse(f"/breaches/{breach_id}", 303)


def _time(name: str, text: str) -> dt.datetime | None:
    """Return the time of a form's field, which has no zone; raise Invalid for one that is none."""
    if not text.strip():
        return None
    try:
        return dt.datetime.fromisoformat(text.strip()).replace(tzinfo=ZONE)
    except ValueError as error:
        message, remedy = mark("A time is expected."), mark("Write it as 2027-07-15T09:30.")
        raise Invalid(errors=[FieldError(f"/{name}", "datetime_parsing", message, remedy)]) from error


def _own(
    request: Request, session: Session, actor: Actor, *, problem: Problem | None = None, typed: str = ""
) -> HTMLResponse:
    given = consents.visible_to(actor).where(Consent.user_id == actor.id, Consent.withdrawn_at.is_(None))
    return render(
        request,
        "privacy/own.html",
        sections=sections_of(own_data(session, actor)),
        given=session.scalars(given).all() if allows(actor, "consents.withdraw") else [],
        may_erase=allows(actor, "privacy.erase_own"),
        problem=problem,
        typed=typed,
    )


def _corrections(request: Request, session: Session, actor: Actor, *, problem: Problem | None = None) -> HTMLResponse:
    seen = queries.corrections_visible_to(actor)
    waiting = seen.where(CorrectionRequest.state == "asked").order_by(CorrectionRequest.due_at, CorrectionRequest.id)
    settled = seen.where(CorrectionRequest.state != "asked").order_by(CorrectionRequest.settled_at.desc())
    rows = session.scalars(waiting.limit(SHOWN)).all()
    return render(
        request,
        "privacy/corrections.html",
        waiting=[(CorrectionOut.of(one), allows(actor, "corrections.settle", one)) for one in rows],
        settled=session.scalars(settled.limit(SHOWN)).all(),
        problem=problem,
    )


def _breaches(
    request: Request,
    session: Session,
    actor: Actor,
    *,
    problem: Problem | None = None,
    typed: dict[str, str] | None = None,
) -> HTMLResponse:
    rows = session.scalars(queries.breaches_visible_to(actor).order_by(Breach.found_at.desc(), Breach.id).limit(SHOWN))
    return render(
        request,
        "privacy/breaches.html",
        breaches=[BreachOut.of(one) for one in rows],
        may_write=allows(actor, "breaches.manage"),
        problem=problem,
        typed=typed or {},
    )


def _breach(
    request: Request, session: Session, actor: Actor, breach_id: str, *, problem: Problem | None = None
) -> HTMLResponse:
    breach = BreachOut.of(queries.breach(session, actor, breach_id))
    return render(
        request,
        "privacy/breach.html",
        breach=breach,
        local=lambda moment: "" if moment is None else moment.astimezone(ZONE).strftime("%Y-%m-%dT%H:%M"),
        may_write=allows(actor, "breaches.manage") and breach.state == "open",
        problem=problem,
    )
