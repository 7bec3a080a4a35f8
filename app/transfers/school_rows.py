"""Rows of schools."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.database import among
from app.geography.checks import region_levels
from app.identity.actor import Actor
from app.schools.checks import school_errors
from app.schools.models import School
from app.schools.schemas import SchoolIn
from app.schools.service import SCHOOL_FACTS, score_again
from app.transfers.exports import school_facts
from app.transfers.rows import Existing, Facts, Kind, Ready, Row, Verdict, verdict

PLAIN: Final = tuple(name for name in SCHOOL_FACTS if name != "region_code")


class SchoolRows(Kind):
    """A row finds its school by the national number."""

    model = School
    object_type = "school"
    key = "npsn"

    def open(self, session: Session) -> None:
        """Read the level of every region."""
        self._levels = region_levels(session)

    def look_up(self, session: Session, rows: Sequence[Row]) -> None:
        """Read the schools that are there."""
        wanted = {row.values["npsn"] for row in rows if row.values.get("npsn")}
        self._schools = {one.npsn: one for one in session.scalars(select(School).where(among(School.npsn, wanted)))}

    def existing(self, row: Row) -> Existing | None:
        """Return the school with this number."""
        school = self._schools.get(row.values.get("npsn") or "")
        if school is None:
            return None
        stored = {name: getattr(school, name) for name in SCHOOL_FACTS}
        return Existing(school.id, school.version, stored, school_facts(school))

    def weigh(self, session: Session, row: Row, data: Facts, existing: Existing | None) -> Verdict:
        """Judge one school."""
        body, good = self.validated(row, SchoolIn, data, existing)
        given = {name: getattr(body, name) for name in good & set(data)}
        row.blame_errors(school_errors(session, given, levels=self._levels), self.columns)
        if row.wrong:
            return None
        values = {**{name: getattr(body, name) for name in PLAIN}, "region_code": body.region}
        return verdict(row, body.npsn, values, existing, new={"invented": False}, extra={})

    def stored(self, session: Session, actor: Actor, updated: Sequence[Ready]) -> None:
        """Score the verified needs of schools that moved to another regency again."""
        moved = [ready.id for ready in updated if "region_code" in ready.before]
        for school in session.scalars(select(School).where(among(School.id, [key for key in moved if key]))):
            score_again(session, actor, school)
