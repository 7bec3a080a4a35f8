"""What policies name: regions, schools, needs, people, money, each with how it is called.

A policy names things in many places, and which place takes what is the reader's matter. So every text in a wording is looked up
as whatever it could be: a constant number of queries, however many policies are read at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.applicants.models import Applicant, ApplicantGroup
from app.core.database import among
from app.funding.models import Agreement, Fund
from app.geography.models import Region
from app.identity.models import Organisation
from app.policies.reading import Called, Known
from app.schools.models import Need, School

Rows: TypeAlias = Select[*tuple[Any, ...]]

GONE_NEEDS: Final = ("rejected", "closed")
GONE_PEOPLE: Final = ("rejected", "withdrawn", "alumnus")


def texts_in(value: Any) -> Iterator[str]:
    """Yield every text in a JSON value that could be an identifier."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from texts_in(item)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from texts_in(item)


def known_things(session: Session, cohort_id: str, parameters: Iterable[Any], *, usable: bool = False) -> Known:
    """Return what the given parameters name, of all that exists for a cohort.

    Args:
        session: An open session.
        cohort_id: Whose applicants and groups count.
        parameters: The parameters of one or more policies.
        usable: Leave out what no later round can use: closed needs and funds, ended agreements, people who withdrew.
    """
    wanted = sorted({text for one in parameters for text in texts_in(one)})
    if not wanted:
        return {}

    def found(statement: Rows) -> dict[str, Called]:
        rows = session.execute(statement).all()
        return {row[0]: (row[1], row[2] if len(row) > 2 else row[1]) for row in rows}

    statements = {**_places(wanted), **_money(wanted), **_people(cohort_id, wanted)}
    if usable:
        statements["post"] = statements["post"].where(Need.state.not_in(GONE_NEEDS))
        statements["volunteer"] = statements["volunteer"].where(Applicant.state.not_in(GONE_PEOPLE))
        statements["fund"] = statements["fund"].where(Fund.state != "closed")
        statements["sponsor"] = statements["sponsor"].where(Fund.state != "closed")
        statements["agreement"] = statements["agreement"].where(Agreement.state != "ended")
    return {kind: found(statement) for kind, statement in statements.items()}


def _places(wanted: list[str]) -> dict[str, Rows]:
    # A need is called by its code and the name of its school.
    post = Need.code + " (" + School.name + ")"
    return {
        "region": select(Region.code, Region.name).where(among(Region.code, wanted)),
        "school": select(School.npsn, School.name).where(among(School.npsn, wanted)),
        "post": select(Need.code, post).join(School, School.id == Need.school_id).where(among(Need.code, wanted)),
    }


def _money(wanted: list[str]) -> dict[str, Rows]:
    sponsors = select(Organisation.code, Organisation.name).join(Fund, Fund.organisation_id == Organisation.id)
    agreements = select(Agreement.code, Agreement.title_id, Agreement.title_en)
    return {
        "fund": select(Fund.code, Fund.name).where(among(Fund.code, wanted)),
        "agreement": agreements.where(among(Agreement.code, wanted)),
        "sponsor": sponsors.where(among(Organisation.code, wanted)),
    }


def _people(cohort_id: str, wanted: list[str]) -> dict[str, Rows]:
    # People are called by their code only: a name would stay in the sentence after the person is erased.
    people = select(Applicant.code, Applicant.code).where(Applicant.cohort_id == cohort_id)
    groups = select(ApplicantGroup.id, ApplicantGroup.id).where(ApplicantGroup.cohort_id == cohort_id)
    return {
        "volunteer": people.where(among(Applicant.code, wanted)),
        "group": groups.where(among(ApplicantGroup.id, wanted)),
    }
