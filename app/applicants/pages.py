"""The pages of the programme: find applications among many, look at one, judge it. Reviewers see them blind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, ValidationError
from sqlalchemy.orm import Session

from app.applicants import queries, service, wording
from app.applicants.forms import checked, errors_by_field
from app.applicants.lifecycle import APPLICANT
from app.applicants.listing import applicants_page, count_of
from app.applicants.models import Cohort
from app.applicants.places import all_places
from app.applicants.profile_view import shown_profile
from app.applicants.schemas import ApplicantOut, ApplicantQuery, NoteIn, ReasonIn
from app.core.access import allows
from app.core.database import reading, transaction
from app.core.i18n import gettext, mark
from app.core.problems import Invalid
from app.core.templating import navigation, render
from app.core.validation import field_errors
from app.identity.actor import Actor
from app.identity.permissions import requires
from app.schools.vocabulary import LEVELS, SUBJECTS

router = APIRouter(include_in_schema=False)
navigation("/applicants", mark("Applications"), {"manager", "reviewer", "auditor"}, group="people")

MOVES = ("review", "accept", "reject", "withdraw")
Text = Annotated[str, Form(max_length=2000)]


@router.get("/applicants")
def browse_applicants(request: Request, actor: Annotated[Actor, requires("applicants.browse")]) -> HTMLResponse:
    """Show the applications that fit the filters, one page at a time."""
    query = _query_of(request)
    with reading(request) as session:
        page = applicants_page(session, actor, query)
        places = all_places(session)
        cohorts = session.scalars(queries.cohorts_visible_to(actor).order_by(Cohort.year.desc(), Cohort.code)).all()
        total = count_of(session, actor, query)
    return render(
        request,
        "applicants/list.html",
        rows=page.items,
        asked=query,
        total=total,
        onward=_address(query, page.next) if page.next else "",
        start=_address(query, None) if query.cursor else "",
        is_blind=actor.role == "reviewer",
        places=places,
        cohorts=cohorts,
        states=wording.STATES,
        levels=LEVELS,
        subjects=SUBJECTS,
        subject_choices=sorted((gettext(name), code) for code, name in SUBJECTS.items()),
    )


@router.get("/applicants/{applicant_id}")
def applicant_profile(
    request: Request, applicant_id: str, actor: Annotated[Actor, requires("applicants.browse")]
) -> HTMLResponse:
    """Show one application with what can be done with it."""
    with reading(request) as session:
        return _profile(request, session, actor, applicant_id)


@router.post("/applicants/{applicant_id}/review")
def review_on_page(
    request: Request, applicant_id: str, actor: Annotated[Actor, requires("applicants.review")]
) -> Response:
    """Take an application into review."""
    with transaction(request) as session:
        service.review_applicant(session, actor, applicant_id)
    return _back(applicant_id)


@router.post("/applicants/{applicant_id}/reject")
def reject_on_page(
    request: Request, applicant_id: str, actor: Annotated[Actor, requires("applicants.reject")], reason: Text = ""
) -> Response:
    """Reject an application."""
    return _judge(request, actor, applicant_id, "reject", ReasonIn, {"reason": reason})


@router.post("/applicants/{applicant_id}/withdraw")
def withdraw_on_page(
    request: Request, applicant_id: str, actor: Annotated[Actor, requires("applicants.withdraw")], reason: Text = ""
) -> Response:
    """Note that a person does not want to go any more."""
    return _judge(request, actor, applicant_id, "withdraw", NoteIn, {"reason": reason.strip() or None})


def _judge(
    request: Request,
    actor: Actor,
    applicant_id: str,
    action: str,
    model: type[BaseModel],
    values: Mapping[str, Any],
) -> Response:
    """Carry out what a form says, or show the profile again with what is wrong in the form."""
    try:
        body = checked(model, values)
    except Invalid as problem:
        with reading(request) as session:
            return _profile(request, session, actor, applicant_id, problem=problem, typed={**values, "action": action})
    with transaction(request) as session:
        if isinstance(body, ReasonIn):
            service.reject_applicant(session, actor, applicant_id, reason=body.reason)
        elif isinstance(body, NoteIn):
            service.withdraw_applicant(session, actor, applicant_id, reason=body.reason)
    return _back(applicant_id)


def _back(applicant_id: str) -> RedirectResponse:
    return RedirectResponse(f"/applicants/{applicant_id}", 303)


def _profile(
    request: Request,
    session: Session,
    actor: Actor,
    applicant_id: str,
    *,
    problem: Invalid | None = None,
    typed: Mapping[str, Any] | None = None,
) -> HTMLResponse:
    found = queries.applicant(session, actor, applicant_id)
    shown = ApplicantOut.of(found, actor)
    possible = APPLICANT.possible(found.state)
    return render(
        request,
        "applicants/profile.html",
        status_code=200 if problem is None else 422,
        applicant=shown,
        cohort=queries.cohort(session, actor, found.cohort_id),
        together=queries.members(session, shown.group_id) if shown.group_id else [],
        profile=shown_profile(session, shown.model_dump()),
        states=wording.STATES,
        moves=[action for action in MOVES if action in possible and allows(actor, f"applicants.{action}", found)],
        errors=errors_by_field(problem.errors if problem else ()),
        typed=typed or {},
    )


def _query_of(request: Request) -> ApplicantQuery:
    """Return what the address asks for; a form sends fields that are left empty too.

    Raises:
        Invalid: With every value that cannot be asked for.
    """
    many = {name for name, field in ApplicantQuery.model_fields.items() if field.default == []}
    given: dict[str, Any] = {}
    for name, text in request.query_params.multi_items():
        if text.strip() and name in many:
            given.setdefault(name, []).append(text.strip())
        elif text.strip():
            given[name] = text.strip()
    try:
        return ApplicantQuery.model_validate(given)
    except ValidationError as error:
        found = [{**finding, "loc": ("query", *finding["loc"])} for finding in error.errors()]
        raise Invalid(errors=field_errors(found, request)) from error


def _address(query: ApplicantQuery, cursor: str | None) -> str:
    """Return the address of another page of the same list."""
    asked = query.model_dump(exclude_unset=True, exclude={"cursor"}, exclude_none=True)
    if cursor is not None:
        asked["cursor"] = cursor
    return "/applicants?" + urlencode(asked, doseq=True)
