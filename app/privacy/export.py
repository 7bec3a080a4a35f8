"""Everything that is known of a person (UU 27/2022, articles 7 and 13), to be read and to be taken along.

One document of plain values under stable names; the page shows the same one. Of reviewers and staff there is the role, not the
name. Scores are told once the application is decided. Files are not in it: each is fetched by its address.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any, Final

from fastapi.responses import JSONResponse
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.applicants.models import Applicant, Cohort, Consent
from app.applicants.schemas import profile_of
from app.audit.models import AuditEntry
from app.core import clock
from app.core.database import among
from app.deployments.models import CheckIn, Deployment, Handover, HostFeedback, Incident
from app.documents import queries as documents
from app.documents.models import Document
from app.identity import queries as identity
from app.identity.actor import Actor
from app.identity.models import ApiToken, User, WebSession
from app.notifications.models import Message
from app.offers.models import Offer
from app.privacy.models import CorrectionRequest
from app.reviews.models import Review
from app.reviews.schemas import worth
from app.rounds.models import Placement
from app.schools.models import Need, School

FORMAT: Final = "gotong-own-data/1"
UNDECIDED: Final = frozenset({"draft", "submitted", "in_review"})
Values = dict[str, Any]


def own_data(session: Session, actor: Actor) -> Values:
    """Return everything that is known of the actor; in a fixed number of queries."""
    user = identity.own(session, actor)
    people = _applications(session, user)
    keys = [one.id for one in people]
    decided = [one.id for one in people if one.state not in UNDECIDED]
    placed = _placed(session, keys)
    files = documents.of_applicants(session, keys)
    return {
        "format": FORMAT,
        "made_at": _written(clock.now()),
        "account": _picked(user, ("id", "email", "name", "role", "language", "active", "created_at")),
        "applications": _profiles(session, people),
        "documents": [_document(one) for one in files],
        "reviews": _reviews(session, decided),
        "offers": placed,
        "service": _service(session, keys, user.id),
        "consents": _rows(
            session, Consent, Consent.user_id == user.id, ("purpose", "version", "language", "given_at", "withdrawn_at")
        ),
        "corrections": _rows(
            session,
            CorrectionRequest,
            CorrectionRequest.user_id == user.id,
            ("wish", "state", "answer", "created_at", "due_at", "settled_at"),
        ),
        "reads": _reads(session, keys),
        "mails": _rows(
            session, Message, Message.recipient == user.email, ("template", "state", "created_at", "sent_at")
        ),
        "log_ins": _rows(session, WebSession, WebSession.user_id == user.id, ("created_at", "seen_at", "expires_at")),
        "tokens": _rows(session, ApiToken, ApiToken.user_id == user.id, ("name", "scopes", "created_at", "expires_at")),
    }


def exported(document: Values) -> JSONResponse:
    """Return the document as a file to be saved."""
    headers = {"Content-Disposition": 'attachment; filename="my-data.json"', "Cache-Control": "private, no-store"}
    return JSONResponse(document, headers=headers)


def _applications(session: Session, user: User) -> list[Applicant]:
    mine = select(Applicant).where(Applicant.user_id == user.id).order_by(Applicant.created_at, Applicant.id)
    return list(session.scalars(mine.options(selectinload(Applicant.preferences), selectinload(Applicant.refusals))))


def _profiles(session: Session, people: Sequence[Applicant]) -> list[Values]:
    cohorts = {
        one.id: one for one in session.scalars(select(Cohort).where(among(Cohort.id, [p.cohort_id for p in people])))
    }
    stated = ("code", "state", "suitability", "rejection_reason", "created_at", "submitted_at", "ended_at")
    return [
        {"id": one.id, "cohort": cohorts[one.cohort_id].code, **_picked(one, stated), **profile_of(one)}
        for one in people
    ]


def _document(one: Document) -> Values:
    facts = _picked(one, ("id", "applicant_id", "kind", "name", "media_type", "size", "sha256", "created_at"))
    return {**facts, "address": f"/documents/{one.id}"}


def _reviews(session: Session, decided: Sequence[str]) -> list[Values]:
    """Return what reviewers gave, without who they are."""
    found = select(Review).where(among(Review.applicant_id, decided), Review.state == "done")
    rows = session.scalars(found.options(joinedload(Review.rubric)).order_by(Review.done_at, Review.id))
    return [
        {**_picked(one, ("applicant_id", "scores", "comment", "done_at")), "total_of_100": worth(one)} for one in rows
    ]


def _placed(session: Session, keys: Sequence[str]) -> list[Values]:
    statement = (
        select(Offer, Placement.applicant_id, Need.code, School.name)
        .join(Placement, Placement.id == Offer.placement_id)
        .join(Need, Need.id == Placement.need_id)
        .join(School, School.id == Need.school_id)
        .where(among(Placement.applicant_id, keys))
        .order_by(Offer.sent_at, Offer.id)
    )
    return [
        {
            "applicant_id": applicant_id,
            "need": need,
            "school": school,
            **_picked(offer, ("state", "sent_at", "deadline", "answered_at", "reason")),
        }
        for offer, applicant_id, need, school in session.execute(statement)
    ]


def _service(session: Session, keys: Sequence[str], user_id: str) -> list[Values]:
    rows = session.scalars(
        select(Deployment).where(among(Deployment.applicant_id, keys)).order_by(Deployment.starts_on, Deployment.id)
    ).all()
    own = [one.id for one in rows]
    months = _by_deployment(session, CheckIn, own, ("month", "note", "written_at", "host_confirmed_at"))
    handovers = _by_deployment(session, Handover, own, ("text",))
    said = _by_deployment(session, HostFeedback, own, ("text", "written_at"))
    # An incident that somebody else reported may tell of others; the programme gives it out on request.
    incidents = _by_deployment(
        session, Incident, own, ("happened_on", "severity", "text", "resolution"), Incident.reported_by == user_id
    )
    return [
        {
            "id": one.id,
            "applicant_id": one.applicant_id,
            **_picked(one, ("state", "starts_on", "ends_on", "arrived_on", "ended_on", "end_reason")),
            "months": months.get(one.id, []),
            "handover": handovers.get(one.id, []),
            "said_by_the_school": said.get(one.id, []),
            "incidents_reported": incidents.get(one.id, []),
        }
        for one in rows
    ]


def _by_deployment(
    session: Session, table: Any, keys: Sequence[str], names: Iterable[str], *more: Any
) -> dict[str, list[Values]]:
    found: dict[str, list[Values]] = {}
    for row in session.scalars(select(table).where(among(table.deployment_id, keys), *more)):
        found.setdefault(row.deployment_id, []).append(_picked(row, tuple(names)))
    return found


def _reads(session: Session, keys: Sequence[str]) -> list[Values]:
    """Return who opened a document of this person, by role, and when; also of documents that were removed since."""
    mine = AuditEntry.object_type == "applicant", among(AuditEntry.object_id, keys)
    reads = select(AuditEntry).where(*mine, AuditEntry.action == "documents.read")
    return [
        {"at": _written(one.at), "role": one.actor_role, "document_id": (one.after or {}).get("document_id")}
        for one in session.scalars(reads.order_by(AuditEntry.number))
    ]


def _rows(session: Session, table: Any, mine: Any, names: tuple[str, ...]) -> list[Values]:
    return [
        _picked(row, names) for row in session.scalars(select(table).where(mine).order_by(getattr(table, names[-2])))
    ]


def _picked(row: Any, names: tuple[str, ...]) -> Values:
    return {name: _written(getattr(row, name)) for name in names}


def _written(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, dt.date) else value
