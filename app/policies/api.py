"""Policies as JSON: written, read back, changed, never overwritten."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response
from sqlalchemy.orm import Session

from app.core.database import reading, transaction
from app.core.etag import IfMatch, etag, with_etag
from app.core.filters import filtered
from app.core.openapi import problem_responses
from app.core.paging import Page, page_together
from app.identity.actor import Actor
from app.identity.idempotency import Once
from app.identity.permissions import requires
from app.policies import queries, service
from app.policies.models import Policy, PolicyVersion
from app.policies.reading import Reader
from app.policies.schemas import (
    PolicyIn,
    PolicyOut,
    PolicyPatch,
    PolicyQuery,
    PolicyVersionOut,
    PolicyVersionQuery,
    ReadBackIn,
    ReadBackOut,
)

router = APIRouter(prefix="/api/v1", tags=["Policies"])

SORTS = {"code": Policy.code, "created": Policy.created_at}


@router.get("/policies", summary="List policies with their sentences", responses=problem_responses(422))
def list_policies(
    request: Request,
    query: Annotated[PolicyQuery, Query()],
    reader: Reader,
    actor: Annotated[Actor, requires("policies.view")],
) -> Page[PolicyOut]:
    """List the policies that you may see, one page at a time."""
    with reading(request) as session:
        statement = filtered(
            queries.visible_to(actor),
            query,
            {
                "cohort": Policy.cohort_id,
                "kind": Policy.kind,
                "active": Policy.active,
                "hard": lambda hard: Policy.penalty.is_(None) if hard else Policy.penalty.is_not(None),
            },
        )
        shown = partial(service.policies_shown, session, reader)
        return page_together(session, statement, query, sorts=SORTS, key=Policy.id, shown=shown)


@router.post(
    "/policies",
    status_code=201,
    summary="Write a policy",
    response_model=PolicyOut,
    responses=problem_responses(409, 422),
)
def create_policy(
    request: Request,
    body: PolicyIn,
    once: Once,
    reader: Reader,
    actor: Annotated[Actor, requires("policies.create")],
) -> Response:
    """Add a rule to a cohort's rounds. What it names has to exist; protected attributes need a legal basis."""

    def create(session: Session) -> tuple[int, PolicyOut, dict[str, str]]:
        policy = service.create_policy(session, actor, body, reader)
        headers = {"ETag": etag(policy.version), "Location": f"/api/v1/policies/{policy.id}"}
        return 201, service.policies_shown(session, reader, [policy])[0], headers

    return once.answer(request, actor, body, create)


@router.post("/policies/read-back", summary="Read a wording back", responses=problem_responses(422))
def read_back_policy(
    request: Request, body: ReadBackIn, reader: Reader, actor: Annotated[Actor, requires("policies.read_back")]
) -> ReadBackOut:
    """Say in both languages what a wording means, and everything that is wrong with it. Nothing is stored."""
    with reading(request) as session:
        return ReadBackOut.of(*service.read_back(session, actor, body, reader))


@router.get(
    "/policies/{policy_id}", summary="Show a policy", response_model=PolicyOut, responses=problem_responses(404)
)
def show_policy(
    request: Request, policy_id: str, reader: Reader, actor: Annotated[Actor, requires("policies.view")]
) -> JSONResponse:
    """Show one policy with its sentence."""
    with reading(request) as session:
        policy = queries.policy(session, actor, policy_id)
        return with_etag(service.policies_shown(session, reader, [policy])[0], policy.version)


@router.patch(
    "/policies/{policy_id}",
    summary="Change a policy",
    response_model=PolicyOut,
    responses=problem_responses(404, 412, 422, 428),
)
def edit_policy(
    request: Request,
    policy_id: str,
    body: PolicyPatch,
    reader: Reader,
    actor: Annotated[Actor, requires("policies.edit")],
    match: IfMatch,
) -> JSONResponse:
    """Change what a policy says, whether it is hard, or whether it is in force; the wording before is kept."""
    with transaction(request) as session:
        policy = service.edit_policy(session, actor, policy_id, body, match, reader)
        out = service.policies_shown(session, reader, [policy])[0]
    return with_etag(out, out.version)


@router.get(
    "/policies/{policy_id}/versions",
    summary="List the versions of a policy",
    responses=problem_responses(404, 422),
)
def list_policy_versions(
    request: Request,
    policy_id: str,
    query: Annotated[PolicyVersionQuery, Query()],
    reader: Reader,
    actor: Annotated[Actor, requires("policies.history")],
) -> Page[PolicyVersionOut]:
    """List every wording that a policy has had, the newest first, with who wrote it and when."""
    with reading(request) as session:
        policy = queries.policy(session, actor, policy_id)
        return page_together(
            session,
            queries.versions_of(policy.id),
            query,
            sorts={"version": PolicyVersion.version},
            key=PolicyVersion.policy_id,
            shown=partial(service.versions_shown, session, reader, policy),
        )
