"""What people do with policies: write one, change it, have a wording read back. Nothing is overwritten and nothing deleted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy.orm import Session

from app.applicants.models import Cohort
from app.audit.record import record
from app.core import clock
from app.core.constraints import refusing_duplicates
from app.core.etag import Match
from app.core.i18n import mark
from app.core.problems import FieldError, Invalid
from app.identity.actor import Actor
from app.identity.permissions import require
from app.policies import queries
from app.policies.checks import Basis, errors_of, warnings_of
from app.policies.errors import PolicyCodeTaken
from app.policies.models import Policy, PolicyVersion
from app.policies.naming import known_things
from app.policies.reading import PolicyReader, Reading, Wording
from app.policies.schemas import PolicyIn, PolicyOut, PolicyPatch, PolicyVersionOut, ReadBackIn

# What a version keeps.
WRITTEN: Final = (
    "code", "kind", "title_id", "title_en", "reason_id", "reason_en", "basis_id", "basis_en", "parameters", "penalty",
    "active",
)  # fmt: skip
# What a policy says; only where this changes, or the policy becomes active again, is it checked anew.
SAYING: Final = frozenset({"kind", "parameters", "penalty", "basis_id", "basis_en"})
NO_CODE: Final = "draft"


def create_policy(session: Session, actor: Actor, body: PolicyIn, reader: PolicyReader) -> Policy:
    """Write a new policy.

    Raises:
        Invalid: With every wrong value.
        PolicyCodeTaken: For a code that another policy of the cohort has.
    """
    require(actor, "policies.create")
    _check(session, body.cohort_id, body, reader)
    policy = Policy(**body.model_dump(), author_id=_user(actor), created_at=clock.now(), version=1)
    session.add(policy)
    with refusing_duplicates(PolicyCodeTaken(taken=body.code)):
        session.flush()
    _keep_version(session, actor, policy)
    record(session, actor, "policies.create", "policy", policy.id, after=_facts(policy))
    return policy


def edit_policy(
    session: Session, actor: Actor, policy_id: str, body: PolicyPatch, match: Match, reader: PolicyReader
) -> Policy:
    """Change a policy, switch it between hard and soft, or put it in or out of force; the wording before is kept.

    A policy can be put out of force whatever has become of the things that it names.

    Raises:
        Stale: When somebody changed it meanwhile.
        Invalid: With every wrong value.
    """
    policy = queries.policy(session, actor, policy_id, writing=True)
    require(actor, "policies.edit", policy)
    match.check(policy.version)
    given = body.model_dump(exclude_unset=True)
    changes = {name: value for name, value in given.items() if value != getattr(policy, name)}
    if not changes:
        return policy
    before = _facts(policy)
    for name, value in changes.items():
        setattr(policy, name, value)
    if SAYING & changes.keys() or changes.get("active"):
        with session.no_autoflush:
            _check(session, policy.cohort_id, policy, reader)
    policy.version += 1
    session.flush()
    _keep_version(session, actor, policy)
    changed = {name: before[name] for name in changes}
    after = {name: getattr(policy, name) for name in changes}
    record(session, actor, "policies.edit", "policy", policy.id, before=changed, after=after)
    return policy


def read_back(
    session: Session, actor: Actor, body: ReadBackIn, reader: PolicyReader
) -> tuple[Reading, list[FieldError], list[FieldError]]:
    """Return what a wording says, what is wrong with it, and what is likely a slip.

    Raises:
        Invalid: For an unknown cohort.
    """
    require(actor, "policies.read_back")
    if errors := _cohort_errors(session, body.cohort_id):
        raise Invalid(errors=errors)
    wording = Wording(NO_CODE, body.kind, body.parameters, body.penalty)
    reading, errors = errors_of(session, body.cohort_id, wording, Basis(body.basis_id, body.basis_en), reader)
    return reading, errors, warnings_of(session, body.cohort_id, body.parameters)


def policies_shown(session: Session, reader: PolicyReader, policies: Sequence[Policy]) -> list[PolicyOut]:
    """Return `policies` as they are shown, each with what it says; a constant number of queries for each cohort."""
    by_cohort: dict[str, list[Policy]] = defaultdict(list)
    for policy in policies:
        by_cohort[policy.cohort_id].append(policy)
    found: dict[str, Reading] = {}
    for cohort_id, mine in by_cohort.items():
        wordings = [_wording(policy) for policy in mine]
        read = read_all(session, cohort_id, wordings, reader)
        found.update(zip((policy.id for policy in mine), read, strict=True))
    return [PolicyOut.of(policy, found[policy.id]) for policy in policies]


def versions_shown(
    session: Session, reader: PolicyReader, policy: Policy, versions: Sequence[PolicyVersion]
) -> list[PolicyVersionOut]:
    """Return the versions of one policy as they are shown, each with what it says, in their order."""
    wordings = [
        Wording(row.body["code"], row.body["kind"], row.body["parameters"], row.body["penalty"]) for row in versions
    ]
    read = read_all(session, policy.cohort_id, wordings, reader)
    return [PolicyVersionOut.of(row, said) for row, said in zip(versions, read, strict=True)]


def read_all(session: Session, cohort_id: str, wordings: Sequence[Wording], reader: PolicyReader) -> list[Reading]:
    """Return what each of `wordings` says, in their order; what they name may be closed or gone by now."""
    known = known_things(session, cohort_id, [wording.parameters for wording in wordings])
    return [reader.read(wording, known) for wording in wordings]


def _check(session: Session, cohort_id: str, said: PolicyIn | Policy, reader: PolicyReader) -> None:
    errors = _cohort_errors(session, cohort_id)
    basis = Basis(said.basis_id, said.basis_en)
    # Who applies to an unknown cohort is unknown as well; that would only repeat the one error.
    if not errors:
        errors = errors_of(session, cohort_id, _wording(said), basis, reader)[1]
    if errors:
        raise Invalid(errors=errors)


def _cohort_errors(session: Session, cohort_id: str) -> list[FieldError]:
    if session.get(Cohort, cohort_id) is not None:
        return []
    return [
        FieldError("/cohort_id", "unknown_cohort", mark("There is no such cohort."), mark("Use the id of a cohort."))
    ]


def _wording(said: PolicyIn | Policy) -> Wording:
    return Wording(said.code, said.kind, said.parameters, said.penalty)


def _keep_version(session: Session, actor: Actor, policy: Policy) -> None:
    session.add(
        PolicyVersion(
            policy_id=policy.id,
            version=policy.version,
            body=_facts(policy),
            changed_by=_user(actor),
            changed_at=clock.now(),
        )
    )
    session.flush()


def _user(actor: Actor) -> str | None:
    """Return the account that the actor is; the service itself has none."""
    return None if actor.role == "system" else actor.id


def _facts(policy: Policy) -> dict[str, Any]:
    return {name: getattr(policy, name) for name in WRITTEN}
