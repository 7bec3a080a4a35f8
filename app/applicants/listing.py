"""The list of applications, the same for programs and for pages: filters, orders, and what a reviewer may not ask."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from app.applicants import queries
from app.applicants.errors import Blind
from app.applicants.models import Applicant
from app.applicants.schemas import ApplicantOut, ApplicantQuery
from app.core.filters import filtered
from app.core.paging import Page, page_of
from app.geography.queries import codes_within
from app.identity.actor import Actor

SORTS: Final = {
    "code": Applicant.code,
    "name": Applicant.name,
    "created": Applicant.created_at,
    "submitted": Applicant.submitted_at,
    "suitability": Applicant.suitability,
}
FILTERS: Final[dict[str, Any]] = {
    "state": Applicant.state,
    "cohort": Applicant.cohort_id,
    "home": lambda code: Applicant.home_code.in_(codes_within(code)),
    "level": queries.says_one_of(Applicant.levels),
    "subject": queries.says_one_of(Applicant.subjects),
    "language": queries.says_one_of(Applicant.languages),
}


def applicants_page(session: Session, actor: Actor, query: ApplicantQuery) -> Page[ApplicantOut]:
    """Return the page of applications that `query` asks for, as `actor` may see them.

    Raises:
        Blind: For a reviewer who asks by what reviewers do not learn.
        Invalid: For a cursor of another list.
    """
    statement = queries.with_parts(asked_for(actor, query))
    return page_of(
        session, statement, query, sorts=SORTS, key=Applicant.id, shown=lambda one: ApplicantOut.of(one, actor)
    )


def count_of(session: Session, actor: Actor, query: ApplicantQuery) -> int:
    """Return how many applications fit the filters of `query`, on all its pages."""
    return session.scalars(select(func.count()).select_from(asked_for(actor, query).subquery())).one()


def asked_for(actor: Actor, query: ApplicantQuery) -> Select[Applicant]:
    """Select the applications that `query` asks for and `actor` may see.

    Raises:
        Blind: For a reviewer who asks by what reviewers do not learn.
    """
    _refuse_peeking(actor, query)
    return filtered(queries.visible_to(actor), query, {**FILTERS, "q": queries.searched(actor)})


def _refuse_peeking(actor: Actor, query: ApplicantQuery) -> None:
    asked = {"home": query.home is not None, f"sort={query.sort}": query.sort.endswith("name")}
    peeks = [field for field, is_asked in asked.items() if is_asked]
    if actor.role == "reviewer" and peeks:
        raise Blind(fields=", ".join(peeks))
