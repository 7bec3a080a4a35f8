"""Rows of needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.access import RULES, allows
from app.core.database import Base, among
from app.core.i18n import mark
from app.schools.checks import need_errors
from app.schools.errors import NeedCodeTaken
from app.schools.lifecycle import NEED
from app.schools.models import Need, NeedCost, NeedUse, School
from app.schools.queries import RESOURCES, visible_to, with_parts
from app.schools.schemas import NeedIn
from app.schools.scoring import score_parts
from app.schools.service import PLAIN, tags_of
from app.transfers.exports import need_facts
from app.transfers.rows import Existing, Facts, Kind, Ready, Row, Verdict, has_both, verdict, written

PERIOD: Final = frozenset({"starts_on", "ends_on"})


class NeedRows(Kind):
    """A row finds its need by the code. A verified need is scored again, as when it is edited."""

    model = Need
    object_type = "need"
    key = "code"
    columns = {"school_id": "school"}  # noqa: RUF012 - of the class, see `Kind`

    def open(self, session: Session) -> None:
        """Read the resources."""
        self._resources = {row.code: row.id for row in session.execute(select(RESOURCES.c.id, RESOURCES.c.code))}
        self._codes = {key: code for code, key in self._resources.items()}

    def look_up(self, session: Session, rows: Sequence[Row]) -> None:
        """Read the needs that are there, and the schools."""
        codes = {row.values["code"] for row in rows if row.values.get("code")}
        numbers = {row.values["school"] for row in rows if row.values.get("school")}
        needs = session.scalars(with_parts(select(Need).where(among(Need.code, codes))))
        self._needs = {need.code: need for need in needs}
        keys = {need.id for need in self._needs.values()}
        # What an officer does not see is there all the same: its code is taken.
        self._seen = set(session.scalars(visible_to(self.actor).with_only_columns(Need.id).where(among(Need.id, keys))))
        schools = session.scalars(select(School).where(among(School.npsn, numbers)))
        self._schools = {need.school.npsn: need.school for need in self._needs.values()}
        self._schools |= {school.npsn: school for school in schools}

    def existing(self, row: Row) -> Existing | None:
        """Return the need with this code, where the sender sees it."""
        need = self._needs.get(row.values.get("code") or "")
        if need is None:
            return None
        if need.id not in self._seen:
            remedy = mark("Choose another code.")
            row.blame("code", NeedCodeTaken.code, NeedCodeTaken.message, remedy, taken=need.code)
            return None
        return Existing(need.id, need.version, _stored(need), need_facts(need, self._codes))

    def weigh(self, session: Session, row: Row, data: Facts, existing: Existing | None) -> Verdict:
        """Judge one need."""
        need = None if existing is None else self._needs[row.values["code"]]
        data.pop("state", None)
        school = self._school(row, data.pop("school", None), need)
        data["school_id"] = "" if school is None else school.id
        body, good = self.validated(row, NeedIn, data, existing)
        given = good & set(data) if has_both(body, PERIOD) else good & set(data) - PERIOD
        row.blame_errors(need_errors(session, body, given, resources=self._resources), self.columns)
        if row.wrong or school is None:
            return None
        values = self._values(body, school)
        answer = verdict(row, values["code"], values, existing, new=self._new(), extra={})
        return answer if need is None or answer is None else self._edited(row, need, answer)

    def _school(self, row: Row, npsn: str | None, need: Need | None) -> School | None:
        school = self._schools.get(npsn or "")
        if school is None:
            if npsn is not None:
                message, remedy = mark("There is no school with the number {school}."), mark("Import the school first.")
                row.blame("school", "unknown_school", message, remedy, school=npsn)
            return None
        if need is not None and need.school_id != school.id:
            message, remedy = mark("A need stays with its school."), mark("Use another code for another school's need.")
            row.blame("school", "other_school", message, remedy)
        if not allows(self.actor, "needs.propose", school):
            remedy = mark("Leave the row out, or ask the programme manager to import it.")
            row.blame("school", "not_yours", RULES["needs.propose"].tells, remedy)
        return school

    def _values(self, body: NeedIn, school: School) -> Facts:
        level = body.level or school.level
        tags, requires = tags_of(level, body)
        return {
            **{name: written(getattr(body, name)) for name in PLAIN},
            "code": body.code,
            "school_id": school.id,
            "level": level,
            "tags": tags,
            "requires": requires,
            "costs": dict(body.costs),
            "uses": {self._resources[code]: units for code, units in body.uses.items()},
        }

    def _new(self) -> Facts:
        return {"state": NEED.initial, "proposed_by": self.actor.id}

    def _edited(self, row: Row, need: Need, ready: Ready) -> Verdict:
        """Return the change of a need that may be changed; a verified one with its new score."""
        if "edit" not in NEED.possible(need.state):
            message, remedy = (
                mark("The need has been opened or has ended, and does not change any more."),
                mark("Leave the row out."),
            )
            row.blame("code", "not_editable", message, remedy)
            return None
        if need.state == "verified":
            parts = score_parts(
                need.school.region_code,
                ready.values["level"],
                teachers_missing=ready.values["teachers_missing"],
                years_without=ready.values["years_without"],
            )
            score = {"score": sum(parts.values()), "score_parts": parts, "verified_by": self.actor.id}
        else:
            score = {"score": need.score, "score_parts": need.score_parts, "verified_by": need.verified_by}
        ready.extra.update(score)
        return ready

    def parts(self, ready: Ready, key: str) -> Iterable[tuple[type[Base], str, list[Facts]]]:
        """Yield what a placement costs and uses."""
        if ready.new_in("costs"):
            costs: Mapping[str, int] = ready.values["costs"]
            yield NeedCost, "need_id", [{"need_id": key, "line": line, "amount": sum_} for line, sum_ in costs.items()]
        if ready.new_in("uses"):
            uses: Mapping[str, int] = ready.values["uses"]
            rows = [{"need_id": key, "resource_id": one, "units": units} for one, units in uses.items()]
            yield NeedUse, "need_id", rows


def _stored(need: Need) -> Facts:
    return {
        **{name: written(getattr(need, name)) for name in PLAIN},
        "code": need.code,
        "school_id": need.school_id,
        "tags": need.tags,
        "requires": need.requires,
        "costs": {row.line: row.amount for row in need.costs},
        "uses": {row.resource_id: row.units for row in need.uses},
    }
