"""The pages of policies: all rules of a cohort in plain sentences, and the form in which a manager writes one."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError

from app.core.database import reading, transaction
from app.core.etag import Match
from app.core.i18n import mark
from app.core.paging import PageQuery, page_together
from app.core.problems import Conflict, FieldError, Invalid, NotFound
from app.core.templating import navigation, render
from app.core.validation import field_errors
from app.identity.actor import Actor
from app.identity.permissions import allows, requires
from app.policies import forms, queries, service
from app.policies.models import Policy, PolicyVersion
from app.policies.reading import PolicyReader, Reader
from app.policies.schemas import PolicyIn, PolicyPatch, PolicyVersionOut, ReadBackIn, ReadBackOut

router = APIRouter(include_in_schema=False)
navigation("/policies", mark("Policies"), {"manager", "auditor"}, group="placing")

ON_A_PAGE: Final = 40
VERSIONS_SHOWN: Final = 50
WRITTEN: Final = ("title_id", "title_en", "reason_id", "reason_en", "basis_id", "basis_en")
DEFAULT_PENALTY: Final = "10"


async def filled_in(request: Request) -> Mapping[str, str]:
    """Return the texts of the form that was sent; files are left out."""
    sent = await request.form()
    return {name: value for name, value in sent.items() if isinstance(value, str)}


Filled = Annotated[Mapping[str, str], Depends(filled_in)]


@router.get("/policies")
def policies_page(
    request: Request,
    reader: Reader,
    actor: Annotated[Actor, requires("policies.view")],
    cohort: Annotated[str, Query(max_length=36)] = "",
    cursor: Annotated[str | None, Query(max_length=1000)] = None,
) -> HTMLResponse:
    """Show the rules of one cohort, of the newest where none is named."""
    with reading(request) as session:
        cohorts = queries.cohorts(session)
        chosen = next((one for one in cohorts if one.id == cohort), cohorts[0] if cohorts and not cohort else None)
        if chosen is None and cohort:
            raise NotFound
        mine = queries.visible_to(actor).where(Policy.cohort_id == (chosen.id if chosen else ""))
        wanted = PageQuery(limit=ON_A_PAGE, cursor=cursor, sort="code")
        shown = partial(service.policies_shown, session, reader)
        page = page_together(session, mine, wanted, sorts={"code": Policy.code}, key=Policy.id, shown=shown)
        return render(
            request,
            "policies/list.html",
            cohorts=cohorts,
            chosen=chosen,
            counts=queries.counts(session, mine),
            policies=page.items,
            kinds=forms.FORMS,
            more=None if page.next is None else urlencode({"cohort": chosen.id if chosen else "", "cursor": page.next}),
            may_write=allows(actor, "policies.create"),
            penalty=DEFAULT_PENALTY,
        )


@router.get("/policies/new")
def new_policy_page(
    request: Request,
    _: Annotated[Actor, requires("policies.create")],
    cohort: Annotated[str, Query(max_length=36)] = "",
    kind: Annotated[str, Query(max_length=10)] = "",
) -> HTMLResponse:
    """Ask which kind of rule it shall be, then show that kind's form."""
    with reading(request) as session:
        chosen = queries.cohort(session, cohort)
    if kind not in forms.FORMS:
        return render(request, "policies/kinds.html", chosen=chosen, kinds=forms.FORMS.values())
    return _form(request, forms.FORMS[kind], {"cohort_id": chosen.id}, policy=None)


@router.post("/policies/new")
def write_policy_page(
    request: Request, filled: Filled, reader: Reader, actor: Annotated[Actor, requires("policies.create")]
) -> Response:
    """Read the wording back, or write the policy; with everything that is wrong beside its field."""
    form = _form_of(filled.get("kind", ""))
    body = {**_wording(form, filled), "cohort_id": filled.get("cohort_id", ""), "code": filled.get("code", "").strip()}
    found, errors = _read(request, actor, {**body, "kind": form.kind}, reader)
    try:
        policy_in = PolicyIn.model_validate({**body, "kind": form.kind})
    except ValidationError as refused:
        errors = [*_told(refused), *errors]
    if errors or filled.get("action") != "write":
        return _form(request, form, filled, policy=None, found=found, errors=errors)
    try:
        with transaction(request) as session:
            policy = service.create_policy(session, actor, policy_in, reader)
    except (Invalid, Conflict) as problem:
        return _form(request, form, filled, policy=None, found=found, errors=_problem_errors(problem))
    return RedirectResponse(f"/policies/{policy.id}", 303)


@router.get("/policies/{policy_id}")
def policy_page(
    request: Request, policy_id: str, reader: Reader, actor: Annotated[Actor, requires("policies.view")]
) -> HTMLResponse:
    """Show one rule with its reason and, to those who may see it, every earlier wording."""
    with reading(request) as session:
        policy = queries.policy(session, actor, policy_id)
        versions: list[PolicyVersionOut] = []
        if allows(actor, "policies.history"):
            newest_first = queries.versions_of(policy.id).order_by(PolicyVersion.version.desc()).limit(VERSIONS_SHOWN)
            rows = session.scalars(newest_first).all()
            versions = service.versions_shown(session, reader, policy, rows)
        return render(
            request,
            "policies/show.html",
            policy=service.policies_shown(session, reader, [policy])[0],
            versions=versions,
            kinds=forms.FORMS,
            may_write=allows(actor, "policies.edit"),
            penalty=DEFAULT_PENALTY,
        )


@router.post("/policies/{policy_id}/switch")
def switch_policy_page(
    request: Request,
    policy_id: str,
    filled: Filled,
    reader: Reader,
    actor: Annotated[Actor, requires("policies.edit")],
) -> RedirectResponse:
    """Make a rule hard or soft, or put it in or out of force, and lead back to the list."""
    switches: dict[str, dict[str, Any]] = {
        "hard": {"penalty": None},
        "soft": {"penalty": forms.whole_number(filled.get("penalty", ""))},
        "on": {"active": True},
        "off": {"active": False},
    }
    try:
        body = PolicyPatch.model_validate(switches.get(filled.get("to", ""), {}))
    except ValidationError as refused:
        raise Invalid(errors=_told(refused)) from refused
    with transaction(request) as session:
        policy = service.edit_policy(session, actor, policy_id, body, _match(filled), reader)
        back = f"/policies?{urlencode({'cohort': policy.cohort_id})}#{policy.code}"
    return RedirectResponse(back, 303)


@router.get("/policies/{policy_id}/edit")
def edit_policy_form(
    request: Request, policy_id: str, actor: Annotated[Actor, requires("policies.edit")]
) -> HTMLResponse:
    """Show the form with what the policy says now."""
    with reading(request) as session:
        policy = queries.policy(session, actor, policy_id)
        form = forms.FORMS[policy.kind]
        filled = {
            **{name: getattr(policy, name) for name in WRITTEN},
            **forms.filled_with(form, policy.parameters),
            "strength": "hard" if policy.penalty is None else "soft",
            "penalty": DEFAULT_PENALTY if policy.penalty is None else str(policy.penalty),
            "version": str(policy.version),
        }
        return _form(request, form, filled, policy=policy)


@router.post("/policies/{policy_id}/edit")
def edit_policy_page(
    request: Request,
    policy_id: str,
    filled: Filled,
    reader: Reader,
    actor: Annotated[Actor, requires("policies.edit")],
) -> Response:
    """Read the changed wording back, or write it; the one before stays in the history."""
    with reading(request) as session:
        policy = queries.policy(session, actor, policy_id)
    form = forms.FORMS[policy.kind]
    body = _wording(form, filled)
    found, errors = _read(request, actor, {**body, "kind": form.kind, "cohort_id": policy.cohort_id}, reader)
    try:
        patch = PolicyPatch.model_validate(body)
    except ValidationError as refused:
        errors = [*_told(refused), *errors]
    if errors or filled.get("action") != "write":
        return _form(request, form, filled, policy=policy, found=found, errors=errors)
    with transaction(request) as session:
        service.edit_policy(session, actor, policy_id, patch, _match(filled), reader)
    return RedirectResponse(f"/policies/{policy_id}", 303)


def _match(filled: Mapping[str, str]) -> Match:
    """Return the version that the form was made from."""
    version = forms.whole_number(filled.get("version", ""))
    return Match(frozenset({version} if isinstance(version, int) else ()))


def _form_of(kind: str) -> forms.Form:
    if kind not in forms.FORMS:
        raise NotFound
    return forms.FORMS[kind]


def _wording(form: forms.Form, filled: Mapping[str, str]) -> dict[str, Any]:
    """Return what a filled-in form says, as the body of a request."""
    soft = filled.get("strength") == "soft"
    return {
        **{name: filled.get(name, "") for name in WRITTEN},
        "parameters": forms.parameters_of(form, filled),
        "penalty": forms.whole_number(filled.get("penalty", "")) if soft else None,
    }


def _read(
    request: Request, actor: Actor, body: Mapping[str, Any], reader: PolicyReader
) -> tuple[ReadBackOut, list[FieldError]]:
    """Read a wording back; a penalty that is no number is told by the form's own check."""
    penalty = body["penalty"] if isinstance(body["penalty"], int) else None
    names = ("cohort_id", "kind", "parameters", "basis_id", "basis_en")
    wording = ReadBackIn.model_construct(**{name: body[name] for name in names}, penalty=penalty)
    with reading(request) as session:
        said, errors, warnings = service.read_back(session, actor, wording, reader)
    return ReadBackOut.of(said, errors, warnings), errors


def _told(refused: ValidationError) -> list[FieldError]:
    return field_errors([{**finding, "loc": ("body", *finding["loc"])} for finding in refused.errors()])


def _problem_errors(problem: Invalid | Conflict) -> list[FieldError]:
    """Return what a problem lists; a code that is taken is told at its field."""
    if problem.errors:
        return list(problem.errors)
    return [FieldError("/code", problem.code, problem.message, facts=problem.facts)]


def _form(
    request: Request,
    form: forms.Form,
    filled: Mapping[str, str],
    *,
    policy: Policy | None,
    found: ReadBackOut | None = None,
    errors: list[FieldError] | None = None,
) -> HTMLResponse:
    wrong = forms.by_field(form, errors or [])
    return render(
        request,
        "policies/form.html",
        status_code=422 if errors else 200,
        form=form,
        filled=filled,
        policy=policy,
        found=found,
        errors=wrong,
        opened={one.name for one in form.fields() if filled.get(one.name) or one.name in wrong},
        penalty=DEFAULT_PENALTY,
    )
