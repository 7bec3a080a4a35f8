"""The pages of a person who applies: where the application stands, the profile in short saved steps, sending, withdrawing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.orm import Session
from starlette.datastructures import FormData

from app.applicants import consents, forms, queries, screening, service, wording
from app.applicants.checks import sending_errors
from app.applicants.errors import ConsentMissing
from app.applicants.lifecycle import APPLICANT
from app.applicants.models import Applicant, Cohort
from app.applicants.places import all_places
from app.applicants.profile_view import choices, form_values, shown_profile
from app.applicants.schemas import ApplicantIn, NoteIn, profile_of
from app.core.database import reading, transaction
from app.core.etag import Match
from app.core.i18n import current_language, mark
from app.core.problems import FieldError, Invalid, Problem
from app.core.templating import navigation, render
from app.identity.actor import Actor
from app.identity.permissions import requires, visible_or_404

router = APIRouter(include_in_schema=False)
navigation("/application", mark("My application"), {"applicant"})

HERE = "/application"
Applying = Annotated[Actor, requires("applicants.own")]


async def posted_form(request: Request) -> FormData:
    """Return the posted form; a step's fields are read by its own names."""
    return await request.form()


Posted = Annotated[FormData, Depends(posted_form)]


@router.get(HERE)
def own_application(request: Request, actor: Applying) -> HTMLResponse:
    """Show where the application stands and what comes next, or the cohorts to which one can apply."""
    with reading(request) as session:
        return _overview(request, session, actor, queries.latest_of(session, actor))


@router.post(HERE)
def begin_application(
    request: Request, actor: Applying, cohort_id: Annotated[str, Form(max_length=36)] = ""
) -> RedirectResponse:
    """Begin an application to a cohort, and lead to its first step."""
    with transaction(request) as session:
        service.create_applicant(session, actor, forms.checked(ApplicantIn, {"cohort_id": cohort_id}))
    return RedirectResponse(f"{HERE}/{forms.STEPS[0].slug}", 303)


@router.post(f"{HERE}/submit")
def send_application(request: Request, actor: Applying, agreed: Annotated[str, Form(max_length=20)] = "") -> Response:
    """Send the application, or show everything that is missing; the tick in the form is the consent."""
    try:
        with transaction(request) as session:
            if agreed == consents.CURRENT:
                consents.give(session, actor)
            service.submit_applicant(session, actor, _own(session, actor).id)
    except (Invalid, ConsentMissing) as problem:
        with reading(request) as session:
            found = _own(session, actor)
            return _overview(request, session, actor, found, errors=problem.errors, problem=problem)
    return RedirectResponse(HERE, 303)


@router.get(f"{HERE}/withdraw")
def withdrawal_form(request: Request, actor: Applying) -> Response:
    """Ask whether the application is really to be withdrawn."""
    with reading(request) as session:
        applicant = _own(session, actor)
    if "withdraw" not in APPLICANT.possible(applicant.state):
        return RedirectResponse(HERE, 303)
    return render(request, "applicants/withdraw.html", applicant=applicant, problem=None)


@router.post(f"{HERE}/withdraw")
def withdraw_application(
    request: Request, actor: Applying, reason: Annotated[str, Form(max_length=2000)] = ""
) -> Response:
    """Withdraw the application for good."""
    try:
        note = forms.checked(NoteIn, {"reason": reason.strip() or None})
    except Invalid as problem:
        with reading(request) as session:
            applicant = _own(session, actor)
        return render(request, "applicants/withdraw.html", applicant=applicant, problem=problem)
    with transaction(request) as session:
        service.withdraw_applicant(session, actor, _own(session, actor).id, reason=note.reason)
    return RedirectResponse(HERE, 303)


@router.get(f"{HERE}/{{step}}")
def step_form(request: Request, step: str, actor: Applying) -> Response:
    """Show one step of the profile."""
    shown = visible_or_404(forms.BY_SLUG.get(step))
    with reading(request) as session:
        applicant = queries.latest_of(session, actor)
        if applicant is None or applicant.state != "draft":
            return RedirectResponse(HERE, 303)
        return _step_page(request, session, shown, profile_of(applicant), applicant.version)


@router.post(f"{HERE}/{{step}}")
def save_step(request: Request, step: str, actor: Applying, form: Posted) -> Response:
    """Save one step and lead to the next, or show beside each field what is wrong with it."""
    shown = visible_or_404(forms.BY_SLUG.get(step))
    known = _known_version(form)
    with reading(request) as session:
        places = all_places(session)
    values = forms.posted_values(shown, form, places)
    try:
        with transaction(request) as session:
            applicant = _own(session, actor)
            service.edit_applicant(session, actor, applicant.id, forms.patch_of(values), Match(frozenset({known})))
    except Invalid as problem:
        with reading(request) as session:
            typed = {**profile_of(_own(session, actor)), **values}
            return _step_page(request, session, shown, typed, known, errors=problem.errors)
    following = forms.step_after(shown)
    if following is None or form.get("then") == "overview":
        return RedirectResponse(HERE, 303)
    return RedirectResponse(f"{HERE}/{following.slug}", 303)


def _own(session: Session, actor: Actor) -> Applicant:
    return visible_or_404(queries.latest_of(session, actor))


def _known_version(form: FormData) -> int:
    """Return the version that the form was made from; a form without one fits none."""
    text = form.get("version")
    return int(text) if isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < 10 else 0


def _overview(
    request: Request,
    session: Session,
    actor: Actor,
    applicant: Applicant | None,
    *,
    errors: Sequence[FieldError] = (),
    problem: Problem | None = None,
) -> HTMLResponse:
    cohort = None if applicant is None else session.get_one(Cohort, applicant.cohort_id)
    may_begin = applicant is None or not APPLICANT.possible(applicant.state)
    cohorts = queries.open_to(session, actor) if may_begin else []
    if applicant is None or cohort is None:
        return render(request, "applicants/none.html", cohorts=cohorts)
    left = sending_errors(session, service.stored_profile(applicant), cohort.year)
    left += screening.barring_errors(session, applicant, cohort, queries.today())
    return render(
        request,
        "applicants/own.html",
        problem=problem,
        applicant=applicant,
        cohort=cohort,
        consent=consents.VERSIONS[consents.CURRENT].in_language(current_language()),
        consent_version=consents.CURRENT,
        has_agreed=consents.held(session, actor.id) is not None,
        unagreed=isinstance(problem, ConsentMissing),
        cohorts=cohorts,
        states=wording.STATES,
        next_text=wording.NEXT[applicant.state],
        labels=wording.LABELS,
        steps=[(step, sum(forms.step_of(error.pointer) is step for error in left)) for step in forms.STEPS],
        left=len(left),
        errors=[(forms.step_of(error.pointer), forms.field_of(error.pointer), error.document()) for error in errors],
        profile=shown_profile(session, profile_of(applicant)),
        may_withdraw="withdraw" in APPLICANT.possible(applicant.state),
    )


def _step_page(
    request: Request,
    session: Session,
    step: forms.Step,
    profile: Mapping[str, Any],
    version: int,
    *,
    errors: Sequence[FieldError] = (),
) -> HTMLResponse:
    places = all_places(session)
    return render(
        request,
        f"applicants/step_{step.slug}.html",
        status_code=422 if errors else 200,
        step=step,
        number=forms.STEPS.index(step) + 1,
        count=len(forms.STEPS),
        is_last=forms.step_after(step) is None,
        version=version,
        values=form_values(profile, places),
        labels=wording.LABELS,
        errors=forms.errors_by_field(errors),
        places=places,
        **choices(),
    )
