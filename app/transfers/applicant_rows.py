"""Rows of applications."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.applicants.checks import sending_errors, value_errors
from app.applicants.errors import AppliedAlready, IntakeClosed, IntakeNotOpen
from app.applicants.lifecycle import APPLICANT
from app.applicants.models import Applicant, Cohort, Preference, Refusal
from app.applicants.queries import today
from app.applicants.schemas import Profile
from app.applicants.screening import errors_of, facts_of, rules_for
from app.applicants.service import PLAIN, RECORDED, check_intake, drawn_code
from app.core import clock
from app.core.database import Base, among
from app.core.i18n import mark
from app.geography.checks import region_levels
from app.identity.models import User
from app.identity.passwords import normal_email
from app.schools.schemas import Code
from app.transfers.rows import Existing, Facts, Kind, Ready, Row, Verdict, verdict

PROFILE: Final = frozenset(Profile.model_fields)
OWN: Final = frozenset({"code", "cohort_id", "home_code"})


class ApplicantRow(Profile):
    """An application as a file says it."""

    code: Code | None = None
    state: Literal["draft", "submitted"] | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """An application that is there; no object of the ORM, of which 100,000 with their wishes would cost most of a check.

    `values` are the columns that a file changes, with the wishes and refusals.
    """

    id: str
    cohort_id: str
    user_id: str | None
    state: str
    version: int
    values: Facts


class ApplicantRows(Kind):
    """A row finds its application by the code; one without a code is new."""

    model = Applicant
    object_type = "applicant"
    key = "code"
    recorded = frozenset(RECORDED)

    def open(self, session: Session) -> None:
        """Read the cohorts, and the level of every region."""
        self._levels = region_levels(session)
        self._cohorts = {cohort.code: cohort for cohort in session.scalars(select(Cohort))}
        self._cohort_codes = {cohort.id: code for code, cohort in self._cohorts.items()}
        day = today()
        self._rules = {key: rules_for(session, cohort, day) for key, cohort in self._cohorts.items()}

    def look_up(self, session: Session, rows: Sequence[Row]) -> None:
        """Read the applications that are there, who has applied with the addresses, and whose accounts they are."""
        codes = {row.values["code"] for row in rows if row.values.get("code")}
        addresses = {normal_email(row.values["email"]) for row in rows if row.values.get("email")}
        self._applicants = _stored(session, codes)
        named = {self._cohorts[code].id for row in rows if (code := row.values.get("cohort")) in self._cohorts}
        self._taken = _holders(session, named, addresses)
        accounts = select(User.email, User.id).where(User.role == "applicant", among(User.email, addresses))
        self._accounts = {row.email: row.id for row in session.execute(accounts)}

    def claims(self, row: Row) -> Iterable[tuple[str, str]]:
        """Yield the code, and the address with its cohort."""
        yield from super().claims(row)
        cohort, address = row.values.get("cohort"), row.values.get("email")
        if cohort and address:
            yield "email", f"{cohort} {normal_email(address)}"

    def existing(self, row: Row) -> Existing | None:
        """Return the application with this code."""
        applicant = self._applicants.get(row.values.get("code") or "")
        if applicant is None:
            return None
        facts = {**applicant.values, "cohort": self._cohort_codes[applicant.cohort_id]}
        facts["home"] = facts.pop("home_code")
        del facts["cohort_id"]
        return Existing(applicant.id, applicant.version, applicant.values, facts)

    def weigh(self, session: Session, row: Row, data: Facts, existing: Existing | None) -> Verdict:
        """Judge one application."""
        applicant = None if existing is None else self._applicants[row.values["code"]]
        if applicant is not None:
            data.pop("state", None)  # told by an export; a file moves nobody
        cohort = self._cohort(row, data.pop("cohort", None), applicant)
        body, good = self.validated(row, ApplicantRow, data, existing)
        self._check(session, row, body, good, cohort, applicant)
        if row.wrong or cohort is None:
            return None
        code = body.code or drawn_code()
        answer = verdict(
            row,
            code,
            {**_values(body), "code": code, "cohort_id": cohort.id},
            existing,
            new=self._new(body),
            extra={"user_id": (applicant and applicant.user_id) or self._accounts.get(body.email or "")},
        )
        if answer is not None and applicant is not None and not _editable(applicant):
            message = mark("The application has been decided or withdrawn and does not change any more.")
            row.blame("code", "not_editable", message, mark("Leave the row out."))
            return None
        return answer

    def _cohort(self, row: Row, code: str | None, applicant: Stored | None) -> Cohort | None:
        cohort = self._cohorts.get(code or "")
        if cohort is None:
            if code is not None:
                message, remedy = mark("There is no cohort {cohort}."), mark("Use the code of one of the cohorts.")
                row.blame("cohort", "unknown_cohort", message, remedy, cohort=code)
            return None
        if applicant is not None:
            if applicant.cohort_id != cohort.id:
                message = mark("An application stays in its cohort.")
                row.blame("cohort", "other_cohort", message, mark("Leave the code empty for a new application."))
            return cohort
        try:
            check_intake(cohort)
        except (IntakeNotOpen, IntakeClosed) as problem:
            remedy = mark("Import it while the intake is open.")
            row.blame("cohort", problem.code, problem.message, remedy, **problem.facts)
        return cohort

    def _check(
        self,
        session: Session,
        row: Row,
        body: ApplicantRow,
        good: set[str],
        cohort: Cohort | None,
        applicant: Stored | None,
    ) -> None:
        is_sent = body.state == "submitted" if applicant is None else applicant.state != "draft"
        given = good & PROFILE
        if is_sent and cohort is not None:
            errors = sending_errors(session, body, cohort.year, given, levels=self._levels)
            if applicant is None:
                errors += errors_of(self._rules[cohort.code], facts_of(body), cohort.year)
        else:
            errors = value_errors(session, body, given, levels=self._levels)
        row.blame_errors(errors, self.columns)
        holder = None if cohort is None else self._taken.get((cohort.id, body.email or ""))
        if holder is not None and cohort is not None and (applicant is None or holder != applicant.id):
            remedy = mark("Write the code of that application, or leave the row out.")
            row.blame("email", AppliedAlready.code, AppliedAlready.message, remedy, cohort=cohort.code)

    @staticmethod
    def _new(body: ApplicantRow) -> Facts:
        state = APPLICANT.initial
        submitted_at = None
        if body.state == "submitted":
            state, submitted_at = APPLICANT.move(state, "submit"), clock.now().isoformat()
        return {"state": state, "submitted_at": submitted_at, "accept": 1000, "invented": False}

    def clashing(self, session: Session, batch: Sequence[Ready]) -> set[int]:
        """Return the rows whose code, or whose place in the cohort, somebody has taken meanwhile."""
        addresses = {(one.values["cohort_id"], one.values["email"]): one for one in batch}
        holders = _holders(session, {cohort for cohort, _ in addresses}, {email for _, email in addresses})
        clashes = {
            addresses[place].number for place in holders.keys() & addresses if holders[place] != addresses[place].id
        }
        return clashes | super().clashing(session, batch)

    def parts(self, ready: Ready, key: str) -> Iterable[tuple[type[Base], str, list[Facts]]]:
        """Yield the wishes and the refusals."""
        if ready.new_in("preferences"):
            wishes = enumerate(ready.values["preferences"])
            rows = [{"applicant_id": key, "rank": rank, "region_code": code} for rank, code in wishes]
            yield Preference, "applicant_id", rows
        if ready.new_in("refuses"):
            refused = ready.values["refuses"]
            yield Refusal, "applicant_id", [{"applicant_id": key, "region_code": code} for code in refused]


def _stored(session: Session, codes: Collection[str]) -> dict[str, Stored]:
    """Return the applications with these codes, by code."""
    told = [getattr(Applicant, name) for name in sorted(PLAIN | OWN | {"id", "user_id", "state", "version"})]
    found = session.execute(select(*told).where(among(Applicant.code, codes))).mappings().all()
    ids = [row["id"] for row in found]
    wishes = _codes(session, ids, Preference, Preference.rank)
    refused = _codes(session, ids, Refusal, Refusal.region_code)
    return {
        row["code"]: Stored(
            row["id"],
            row["cohort_id"],
            row["user_id"],
            row["state"],
            row["version"],
            {
                **{name: row[name] for name in PLAIN | OWN},
                "preferences": wishes.get(row["id"], []),
                "refuses": refused.get(row["id"], []),
            },
        )
        for row in found
    }


def _codes(
    session: Session, ids: list[str], table: type[Preference | Refusal], order: InstrumentedAttribute[Any]
) -> dict[str, list[str]]:
    """Return the regions that stand in `table` for these applications, in their order."""
    of, region = table.applicant_id, table.region_code
    codes: dict[str, list[str]] = {}
    for key, code in session.execute(select(of, region).where(among(of, ids)).order_by(of, order)):
        codes.setdefault(key, []).append(code)
    return codes


def _holders(session: Session, cohorts: Collection[str], addresses: Collection[str]) -> dict[tuple[str, str], str]:
    """Return who has applied to these cohorts with these addresses: the application by cohort and address."""
    # With the cohorts the index of both is used; by the address alone every application would be read for every batch.
    statement = select(Applicant.cohort_id, Applicant.email, Applicant.id).where(
        among(Applicant.cohort_id, cohorts), among(Applicant.email, addresses)
    )
    return {(row.cohort_id, row.email): row.id for row in session.execute(statement)}


def _editable(applicant: Stored) -> bool:
    return bool({"edit", "correct"} & set(APPLICANT.possible(applicant.state)))


def _values(body: Profile) -> Facts:
    plain: dict[str, Any] = {name: getattr(body, name) for name in PLAIN}
    return {**plain, "home_code": body.home, "preferences": body.preferences, "refuses": sorted(body.refuses)}
