"""What people do with cohorts and applications: open a cohort; write, change, send and withdraw an application; judge it.

The audit record outlives an erased application, so it holds states, places and what people teach, but of names, addresses,
health and free text only that they changed.
"""

from __future__ import annotations

import secrets
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.applicants import consents, groups, queries, retention, screening, telling
from app.applicants.checks import FIELDS, regions_of, sending_errors, value_errors
from app.applicants.errors import (
    AppliedAlready,
    CohortCodeTaken,
    ConsentMissing,
    IntakeClosed,
    IntakeNotOpen,
    NoLongerDraft,
    ScreenedOut,
)
from app.applicants.lifecycle import APPLICANT
from app.applicants.models import Applicant, Cohort, Preference, Refusal
from app.applicants.schemas import ApplicantIn, ApplicantPatch, CohortIn, Profile, profile_of
from app.audit.record import record
from app.core import clock
from app.core.constraints import refusing_duplicates
from app.core.etag import Match
from app.core.i18n import mark
from app.core.problems import FieldError, Invalid
from app.geography.checks import known_levels
from app.identity.actor import Actor
from app.identity.models import User
from app.identity.permissions import require

RECORDED: Final = ("levels", "subjects", "languages", "skills", "returning", "max_hardship", "preferences", "refuses")
PLAIN: Final = FIELDS - {"home", "preferences", "refuses"}
CODE_LETTERS: Final = "23456789abcdefghjkmnpqrstvwxyz"
"""Without letters that are read as others."""


def open_cohort(session: Session, actor: Actor, body: CohortIn) -> Cohort:
    """Open a cohort; it takes applications between its two days.

    Raises:
        Invalid: For an intake that ends before it begins.
        CohortCodeTaken: For a code that another cohort has.
    """
    require(actor, "cohorts.create")
    if body.intake_opens_on >= body.intake_closes_on:
        raise Invalid(errors=[_inverted_intake(body)])
    cohort = Cohort(**body.model_dump(), invented=False, created_at=clock.now())
    session.add(cohort)
    with refusing_duplicates(CohortCodeTaken(taken=body.code)):
        session.flush()
    record(session, actor, "cohorts.create", "cohort", cohort.id, after=body.model_dump(mode="json"))
    return cohort


def create_applicant(session: Session, actor: Actor, body: ApplicantIn) -> Applicant:
    """Begin an application: an applicant the own one, a manager one for somebody.

    Raises:
        Invalid: With every wrong value.
        IntakeNotOpen: Before the cohort's intake.
        IntakeClosed: After it.
        AppliedAlready: Where the person has one in this cohort.
    """
    require(actor, "applicants.create")
    cohort = session.scalar(queries.cohorts_visible_to(actor).where(Cohort.id == body.cohort_id))
    account = session.get(User, actor.id) if actor.role == "applicant" else None
    profile = Profile.model_validate(body.model_dump(include=set(FIELDS)))
    if account is not None:
        profile = profile.model_copy(
            update={"name": profile.name or account.name, "email": profile.email or account.email}
        )
    errors = [] if cohort is not None else [_no_cohort(body.cohort_id)]
    errors += [*_unnamed(profile), *_foreign_address(profile, account), *value_errors(session, profile, FIELDS)]
    if errors or cohort is None:
        raise Invalid(errors=errors)
    check_intake(cohort)
    applicant = Applicant(
        code=_free_code(session),
        cohort_id=cohort.id,
        user_id=account.id if account is not None else _account_of(session, profile.email),
        state=APPLICANT.initial,
        accept=1000,
        invented=False,
        created_at=clock.now(),
        version=1,
        preferences=[],
        refusals=[],
    )
    _write(session, applicant, profile)
    session.add(applicant)
    with refusing_duplicates(AppliedAlready(cohort=cohort.code)):
        session.flush()
    _record_change(session, actor, "applicants.create", applicant, {})
    return applicant


def edit_applicant(session: Session, actor: Actor, applicant_id: str, body: ApplicantPatch, match: Match) -> Applicant:
    """Change an application: an applicant the own draft; a manager also what was sent, which stays complete.

    Raises:
        Stale: When somebody changed it meanwhile.
        NoLongerDraft: For an applicant who has sent it.
        IllegalMove: For one that was decided or withdrawn.
        Invalid: With every wrong value.
        AppliedAlready: For an address with which somebody has applied to this cohort.
    """
    applicant = queries.applicant(session, actor, applicant_id, writing=True)
    require(actor, "applicants.edit", applicant)
    match.check(applicant.version)
    if actor.role == "applicant" and applicant.state != "draft":
        raise NoLongerDraft
    is_draft = applicant.state == "draft"
    applicant.state = APPLICANT.move(applicant.state, "edit" if is_draft else "correct")
    before = profile_of(applicant)
    changes = body.model_dump(exclude_unset=True)
    wanted = Profile.model_validate({**before, **changes})
    cohort = applicant.cohort
    account = session.get(User, actor.id) if actor.role == "applicant" else None
    errors = _foreign_address(wanted, account) if "email" in changes else []
    errors += (
        value_errors(session, wanted, set(changes))
        if is_draft
        else sending_errors(session, wanted, cohort.year, set(changes))
    )
    if errors:
        raise Invalid(errors=errors)
    with refusing_duplicates(AppliedAlready(cohort=cohort.code)):
        _write(session, applicant, wanted)
        if applicant.user_id is None:
            applicant.user_id = _account_of(session, wanted.email)
        applicant.version += 1
        session.flush()
    _record_change(session, actor, "applicants.edit", applicant, before)
    return applicant


def submit_applicant(session: Session, actor: Actor, applicant_id: str) -> Applicant:
    """Send a draft to the programme.

    Raises:
        IllegalMove: For one that was sent or withdrawn.
        IntakeNotOpen: Before the cohort's intake.
        IntakeClosed: After it.
        Invalid: With every value that is missing or wrong, and every screening rule that is not met.
        ConsentMissing: For somebody who has not agreed to how the data is used.
    """
    applicant = _asked(session, actor, applicant_id, "submit")
    before = applicant.state
    after = APPLICANT.move(before, "submit")
    cohort = applicant.cohort
    check_intake(cohort)
    stored = stored_profile(applicant)
    errors = sending_errors(session, stored, cohort.year, levels=known_levels(regions_of(stored)))
    errors += screening.barring_errors(session, applicant, cohort, queries.today())
    if errors:
        raise Invalid(errors=errors)
    if actor.role == "applicant" and consents.held(session, actor.id) is None:
        raise ConsentMissing(version=consents.CURRENT, more={"purpose": consents.PURPOSE, "version": consents.CURRENT})
    applicant.state, applicant.submitted_at, applicant.receipt = after, clock.now(), drawn_receipt()
    telling.tell_receipt(session, actor, applicant)
    return _moved(session, actor, applicant, "submit", before)


def withdraw_applicant(session: Session, actor: Actor, applicant_id: str, *, reason: str | None = None) -> Applicant:
    """Take an application back, as long as no place is offered; whoever was to go along is free then."""
    applicant = take_out(session, actor, _asked(session, actor, applicant_id, "withdraw"), reason=reason)
    telling.tell(session, applicant, "withdraw")
    return applicant


def take_out(session: Session, actor: Actor, applicant: Applicant, *, reason: str | None = None) -> Applicant:
    """Do the same without a mail for whoever may: the caller has asked, such as an erasure, also one by the service itself."""
    before = applicant.state
    applicant.state = APPLICANT.move(before, "withdraw")
    groups.leave(session, actor, applicant)
    retention.schedule(session)
    return _moved(session, actor, applicant, "withdraw", before, reason)


def review_applicant(session: Session, actor: Actor, applicant_id: str) -> Applicant:
    """Take a sent application into review."""
    applicant = _asked(session, actor, applicant_id, "review")
    before = applicant.state
    applicant.state = APPLICANT.move(before, "review")
    return _moved(session, actor, applicant, "review", before)


def accept_applicant(
    session: Session,
    actor: Actor,
    applicant_id: str,
    *,
    suitability: int,
    accept: int | None = None,
    reason: str | None = None,
) -> Applicant:
    """Take a reviewed person into the pool, from which rounds place people; `app.reviews` says with which suitability.

    Raises:
        ScreenedOut: For somebody who does not meet a screening rule.
    """
    applicant = _asked(session, actor, applicant_id, "accept")
    before = applicant.state
    after = APPLICANT.move(before, "accept")
    cohort = applicant.cohort
    barred = screening.barring_errors(session, applicant, cohort, queries.today())
    if barred:
        raise ScreenedOut(errors=barred, code=applicant.code)
    applicant.state, applicant.suitability = after, suitability
    if accept is not None:
        applicant.accept = accept
    telling.tell(session, applicant, "accept")
    return _moved(session, actor, applicant, "accept", before, reason)


def reject_applicant(session: Session, actor: Actor, applicant_id: str, *, reason: str) -> Applicant:
    """Reject a reviewed application, with the reason that the person reads; whoever was to go along is free then."""
    applicant = _asked(session, actor, applicant_id, "reject")
    before = applicant.state
    applicant.state = APPLICANT.move(before, "reject")
    applicant.rejection_reason = reason
    groups.leave(session, actor, applicant)
    retention.schedule(session)
    telling.tell(session, applicant, "reject")
    return _moved(session, actor, applicant, "reject", before, reason)


def check_intake(cohort: Cohort) -> None:
    """Raise IntakeNotOpen or IntakeClosed unless the cohort takes applications today."""
    today = queries.today()
    if today < cohort.intake_opens_on:
        raise IntakeNotOpen(cohort.code, cohort.intake_opens_on)
    if today > cohort.intake_closes_on:
        raise IntakeClosed(cohort.code, cohort.intake_closes_on)


def stored_profile(applicant: Applicant) -> Profile:
    """Return what a stored application says; it was checked when it was stored, rows of a demo by their maker."""
    return Profile.model_construct(**profile_of(applicant))


def _asked(session: Session, actor: Actor, applicant_id: str, action: str) -> Applicant:
    """Return the application, locked, after asking whether the actor may do this with it."""
    applicant = queries.applicant(session, actor, applicant_id, writing=True)
    require(actor, f"applicants.{action}", applicant)
    return applicant


def _moved(
    session: Session, actor: Actor, applicant: Applicant, action: str, before: str, reason: str | None = None
) -> Applicant:
    applicant.version += 1
    session.flush()
    after = {"state": applicant.state, "suitability": applicant.suitability, "accept": applicant.accept}
    record(
        session,
        actor,
        f"applicants.{action}",
        "applicant",
        applicant.id,
        reason=reason,
        before={"state": before},
        after=after,
    )
    return applicant


def _write(session: Session, applicant: Applicant, profile: Profile) -> None:
    """Put a checked profile into `applicant`, whose wishes and refusals are loaded."""
    for name in PLAIN:
        setattr(applicant, name, getattr(profile, name))
    applicant.home_code = profile.home
    if [wish.region_code for wish in applicant.preferences] != profile.preferences:
        # The old rows go first, since the new ones may have their keys.
        applicant.preferences = []
        session.flush()
        applicant.preferences = [
            Preference(rank=rank, region_code=code) for rank, code in enumerate(profile.preferences)
        ]
    kept = {refusal.region_code: refusal for refusal in applicant.refusals}
    applicant.refusals = [kept.get(code) or Refusal(region_code=code) for code in sorted(profile.refuses)]


def _record_change(session: Session, actor: Actor, action: str, applicant: Applicant, before: dict[str, Any]) -> None:
    after = profile_of(applicant)
    changed = sorted(name for name in FIELDS if after[name] != before.get(name))
    known = set(RECORDED) & set(changed)
    record(
        session,
        actor,
        action,
        "applicant",
        applicant.id,
        before={name: before[name] for name in sorted(known & set(before))},
        after={**{name: after[name] for name in sorted(known)}, "changed": changed},
    )


def drawn_code() -> str:
    """Return a code that nobody is likely to have: there are 650 thousand million of them."""
    return f"p-{_letters(8)}"


def drawn_receipt() -> str:
    """Return the code of a receipt; drawn, so that it leads to nobody once it is gone from the application."""
    return f"{_letters(4)}-{_letters(4)}"


def _letters(number: int) -> str:
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(number))


def _free_code(session: Session) -> str:
    """Return a code that nobody has; drawn, so that it tells nothing of when somebody applied."""
    while True:
        code = drawn_code()
        if session.scalar(select(Applicant.id).where(Applicant.code == code)) is None:
            return code


def _account_of(session: Session, email: str | None) -> str | None:
    """Return the account of the person for whom a manager writes, so that they see it when they log in."""
    return session.scalar(select(User.id).where(User.email == email, User.role == "applicant"))


def _unnamed(profile: Profile) -> list[FieldError]:
    missing = mark("This value is missing.")
    remedies = {"name": mark("Say whose application it is."), "email": mark("Say how the person can be reached.")}
    return [
        FieldError(f"/{field}", "missing", missing, remedy)
        for field, remedy in remedies.items()
        if not getattr(profile, field)
    ]


def _foreign_address(profile: Profile, account: User | None) -> list[FieldError]:
    """Applicants apply under the address of their account: nobody takes the place of somebody else's."""
    if account is None or profile.email == account.email:
        return []
    return [
        FieldError(
            "/email",
            "not_your_address",
            mark("You apply with the address of your account, {email}."),
            mark("Leave it out."),
            {"email": account.email},
        )
    ]


def _no_cohort(given: str) -> FieldError:
    return FieldError(
        "/cohort_id",
        "unknown_cohort",
        mark("There is no cohort {cohort}."),
        mark("Use the id of one of the cohorts."),
        {"cohort": given},
    )


def _inverted_intake(body: CohortIn) -> FieldError:
    return FieldError(
        "/intake_closes_on",
        "inverted_period",
        mark("The intake closes on {closes}, which is not after its opening on {opens}."),
        mark("Let it close after it opens."),
        {"opens": body.intake_opens_on.isoformat(), "closes": body.intake_closes_on.isoformat()},
    )
