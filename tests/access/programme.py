"""A programme with two of everything: what belongs to the people who ask, and what belongs to others.

`SEES` says, by hand and from the domain's table of roles, who may see each thing; it is not derived from the code that it checks.
"""

from __future__ import annotations

import datetime as dt
import gzip
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.applicants.models import Applicant, ApplicantGroup, Consent, ScreeningRule
from app.audit.models import AuditEntry
from app.core import clock
from app.core.access import SYSTEM
from app.deployments.models import Deployment, Incident
from app.documents.models import Document
from app.documents.storage import Store
from app.funding import ledger
from app.funding.models import Agreement, AgreementLine, AgreementRegion, Fund
from app.identity import joining
from app.identity import service as identity
from app.identity.models import AccountLink, Organisation, User
from app.identity.sessions import actor_of
from app.jobs import queue
from app.notifications import webhooks
from app.notifications.models import Message, Webhook, WebhookDelivery
from app.offers.models import Offer, Replacement
from app.partners.models import Activity, Resource
from app.policies.models import Policy
from app.privacy.models import Breach, CorrectionRequest
from app.reviews.models import Review, Rubric
from app.rounds.models import Placement, PlacementLine, Result, Round, RoundNeed, Snapshot
from app.schools.models import Need, School
from app.settings import Settings
from app.transfers.models import Import
from optimizer import canonical_bytes
from tests.conftest import PASSWORD
from tests.world import World, make_world

# The documents of a round that places nobody; its result does not belong to it.
LISTS = ("regions", "schools", "posts", "volunteers", "funds", "agreements")
EMPTY = gzip.compress(
    canonical_bytes({"format": "placement-problem/1", **{one: [] for one in LISTS}, "objective": [{"need": 1}]}),
    mtime=0,
)
EVERYBODY = frozenset({"manager", "reviewer", "applicant", "sponsor", "officer", "partner", "host", "admin", "auditor"})
PROGRAMME = frozenset({"manager", "auditor"})
PLACES = EVERYBODY - {"host"}


@dataclass
class Programme:
    """Who asks, and what there is: parameter of a route → [(name, key, who may see it)]."""

    users: dict[str, User] = field(default_factory=dict)
    things: dict[str, list[tuple[str, str, frozenset[str]]]] = field(default_factory=dict)

    def add(self, parameter: str, name: str, key: str, seen_by: frozenset[str] | set[str]) -> None:
        """Note a thing and who may see it."""
        self.things.setdefault(parameter, []).append((name, key, frozenset(seen_by)))


def make_programme(session: Session, settings: Settings) -> Programme:
    """Write the world of `tests.world`, an account for each role, and a second of everything that is somebody else's."""
    made = Programme()
    world = make_world(session)
    ngo = _organisation(session, "bakti", "ngo")
    other_company = _organisation(session, "lain", "company")
    other_ngo = _organisation(session, "yayasan-lain", "ngo")
    organisation = {"sponsor": world.company, "partner": ngo}
    for role in sorted(EVERYBODY):
        made.users[role] = identity.create_user(
            session,
            SYSTEM,
            email=f"{role}@akses.example",
            name=role.title(),
            role=role,
            password=PASSWORD,
            organisation_id=organisation.get(role),
            region_code="53" if role == "officer" else None,
        )
    _accounts(session, made, [world.company, world.government, ngo, other_company])
    _places(session, made, world)
    _people(session, made, world)
    _money(session, made, world, other_company)
    _judging(session, made, world)
    _privacy(session, made, world, settings)
    _rules(session, made, world)
    _partners(session, made, ngo, other_ngo)
    _rounds(session, made, world)
    _work(session, made)
    _files(session, made)
    _mails(session, made, other_company)
    session.flush()
    return made


def _organisation(session: Session, code: str, kind: str) -> str:
    row = Organisation(code=code, kind=kind, name=f"{code} (contoh)", created_at=clock.now())
    session.add(row)
    session.flush()
    return row.id


def _accounts(session: Session, made: Programme, organisations: list[str]) -> None:
    for role, user in made.users.items():
        made.add("user_id", f"the account of the {role}", user.id, {"admin", "auditor"})
    for key in organisations:
        made.add("organisation_id", "an organisation", key, EVERYBODY - {"applicant", "reviewer", "host"})


def _mails(session: Session, made: Programme, company: str) -> None:
    """An invitation with its mail, and an event for a company's program; the company itself sees neither."""
    runs = {"admin", "manager", "auditor"}
    wanted = AccountLink(email="dewi@akses.example", name="Dewi", role="sponsor", organisation_id=company)
    inviter = actor_of(made.users["manager"])
    made.add("invitation_id", "an invitation", joining.invite(session, Settings(), inviter, wanted).id, runs)
    made.add("message_id", "its mail", session.scalars(select(Message.id)).one(), runs)
    webhook = Webhook(
        organisation_id=company, url="https://lain.example/", events=["rounds.published"], created_at=clock.now()
    )
    session.add(webhook)
    session.flush()
    made.add("webhook_id", "a webhook", webhook.id, runs)
    webhooks.announce(session, "rounds.published", {})
    made.add("delivery_id", "its event", session.scalars(select(WebhookDelivery.id)).one(), runs)


def _places(session: Session, made: Programme, world: World) -> None:
    for code in ("53.11", "93"):
        made.add("region_code", code, code, PLACES)
    for school in session.scalars(select(School)):
        made.add("school_id", school.name, school.id, PLACES)
    verified = {"manager", "auditor", "applicant", "sponsor", "partner"}
    made.add("need_id", "a verified need of the officer's region", world.needs["waijelu"], verified | {"officer"})
    made.add("need_id", "a verified need of another region", world.needs["moa"], verified)
    elsewhere = session.get_one(Need, world.needs["agats"])
    elsewhere.state = "proposed"
    made.add("need_id", "a proposed need of another region", elsewhere.id, PROGRAMME)


def _people(session: Session, made: Programme, world: World) -> None:
    made.add("cohort_id", "the cohort", world.cohort, PLACES)
    session.get_one(Applicant, world.people["ayu"]).user_id = made.users["applicant"].id
    made.add("applicant_id", "the applicant's own", world.people["ayu"], PROGRAMME | {"applicant", "reviewer"})
    made.add("applicant_id", "somebody else in the pool", world.people["budi"], PROGRAMME | {"reviewer"})
    draft = Applicant(
        code="eka",
        cohort_id=world.cohort,
        name="Eka Contoh",
        email="eka@contoh.example",
        levels=[],
        subjects=[],
        languages=[],
        skills=[],
        created_at=clock.now(),
    )
    group = ApplicantGroup(cohort_id=world.cohort)
    session.add_all([draft, group])
    session.flush()
    made.add("applicant_id", "somebody's draft", draft.id, PROGRAMME)
    made.add("group_id", "a couple", group.id, {"manager"})


def _judging(session: Session, made: Programme, world: World) -> None:
    criterion = {"name_id": "Motivasi", "name_en": "Motivation", "hint_id": "", "hint_en": ""}
    rubric = Rubric(
        cohort_id=world.cohort,
        number=1,
        criteria=[{"code": "motivation", **criterion, "weight": 1, "lowest": 1, "highest": 5}],
        allowed_difference=20,
        created_at=clock.now(),
    )
    rule = ScreeningRule(
        kind="motivation",
        parameters={"characters": 50},
        effect="flag",
        legal_basis="Peraturan 1/2027",
        reason_id="Uji",
        reason_en="Test",
        valid_from=dt.date(2026, 1, 1),
        created_at=clock.now(),
    )
    colleague = identity.create_user(
        session, SYSTEM, email="penilai-lain@akses.example", name="Penilai", role="reviewer", password=PASSWORD
    )
    session.add_all([rubric, rule])
    session.flush()
    made.add("rule_id", "a screening rule", rule.id, PROGRAMME | {"reviewer", "applicant"})
    for name, reader, seen in (
        ("the reviewer's own", made.users["reviewer"].id, PROGRAMME | {"reviewer"}),
        ("another reviewer's", colleague.id, PROGRAMME),
    ):
        review = Review(
            applicant_id=world.people["budi"], reviewer_id=reader, state="assigned", scores={}, assigned_at=clock.now()
        )
        session.add(review)
        session.flush()
        made.add("review_id", name, review.id, seen)


def _privacy(session: Session, made: Programme, world: World, settings: Settings) -> None:
    now, own = clock.now(), made.users["applicant"].id
    store = Store(settings)
    for name, person, seen in (
        ("the applicant's own", "ayu", PROGRAMME | {"applicant"}),
        ("another applicant's", "budi", PROGRAMME),
    ):
        document = Document(
            applicant_id=world.people[person],
            kind="other",
            name="uji.png",
            media_type="image/png",
            size=4,
            sha256="0" * 64,
            stored=store.put(b"test"),
            uploaded_by=own,
            created_at=now,
        )
        session.add(document)
        session.flush()
        made.add("document_id", name, document.id, seen)
    consent = Consent(
        user_id=own, purpose="application", version="2027-1", language="id", digest="0" * 64, given_at=now
    )
    asked = {"wish": "Nama saya salah", "state": "asked", "created_at": now, "due_at": now + dt.timedelta(days=3)}
    application = CorrectionRequest(user_id=own, applicant_id=world.people["ayu"], **asked)
    account = CorrectionRequest(user_id=made.users["sponsor"].id, **asked)
    breach = Breach(what="Uji", data_kinds=["nama"], people=1, found_at=now, due_at=now, state="open", created_at=now)
    session.add_all([consent, application, account, breach])
    session.flush()
    made.add("consent_id", "the applicant's own", consent.id, {"applicant", "auditor"})
    made.add("correction_id", "about an application", application.id, PROGRAMME | {"applicant"})
    made.add("correction_id", "about an account", account.id, {"sponsor", "admin", "auditor"})
    made.add("breach_id", "a breach", breach.id, {"admin", "auditor"})


def _money(session: Session, made: Programme, world: World, other_company: str) -> None:
    other = Fund(
        code="lain-2027",
        organisation_id=other_company,
        name="Dana lain",
        amount=1_000_000,
        starts_on=dt.date(2027, 1, 1),
        ends_on=dt.date(2027, 12, 31),
        state="confirmed",
        created_at=clock.now(),
    )
    session.add(other)
    session.flush()
    ledger.open_accounts(session, other.id)
    made.add("fund_id", "the sponsor's own", world.company_fund, PROGRAMME | {"sponsor"})
    made.add("fund_id", "the officer's government's", world.government_fund, PROGRAMME | {"officer"})
    made.add("fund_id", "another company's", other.id, PROGRAMME)
    elsewhere = Agreement(
        code="lain-papua",
        title_id="Papua",
        title_en="Papua",
        anywhere=False,
        tags=[],
        state="signed",
        created_at=clock.now(),
        lines=[AgreementLine(line="*", fund_id=other.id)],
        regions=[AgreementRegion(region_code="93")],
    )
    session.add(elsewhere)
    session.flush()
    made.add("agreement_id", "paid by the sponsor, for anywhere", world.agreement, PROGRAMME | {"sponsor", "officer"})
    made.add("agreement_id", "of others, for another region", elsewhere.id, PROGRAMME)


def _rules(session: Session, made: Programme, world: World) -> None:
    active = session.scalars(select(Policy)).one()
    made.add("policy_id", "an active policy", active.id, PROGRAMME | {"applicant", "sponsor", "officer", "partner"})
    off = _policy(world.cohort, "off", {"posts": {"regions": ["53"]}, "min": 1})
    off.active = False
    named = _policy(world.cohort, "named", {"volunteers": {"ids": ["budi"]}, "max": 1})
    session.add_all([off, named])
    session.flush()
    made.add("policy_id", "one that is switched off", off.id, PROGRAMME)
    made.add("policy_id", "one that names a person", named.id, PROGRAMME)


def _policy(cohort: str, code: str, parameters: dict[str, object]) -> Policy:
    words = {"title_id": code, "title_en": code, "reason_id": "Uji", "reason_en": "Test"}
    return Policy(cohort_id=cohort, code=code, kind="count", parameters=parameters, created_at=clock.now(), **words)


def _partners(session: Session, made: Programme, ngo: str, other_ngo: str) -> None:
    seen = PROGRAMME | {"sponsor", "officer", "partner", "admin"}
    for name, owner in (("the partner's own", ngo), ("another partner's", other_ngo)):
        activity = Activity(
            organisation_id=owner,
            sector="education",
            what_id="Les",
            what_en="Lessons",
            region_code="53.11",
            first_month=dt.date(2027, 1, 1),
            last_month=dt.date(2027, 6, 1),
            created_at=clock.now(),
        )
        resource = Resource(
            code=f"laptop-{owner[-6:]}",
            organisation_id=owner,
            name_id="Laptop",
            name_en="Laptops",
            amount=4,
            created_at=clock.now(),
        )
        session.add_all([activity, resource])
        session.flush()
        made.add("activity_id", name, activity.id, seen)
        made.add("resource_id", name, resource.id, seen)


def _rounds(session: Session, made: Programme, world: World) -> None:
    draft = _round(session, made, world, "draft")
    made.add("round_id", "a draft", draft.id, PROGRAMME)
    published = _published(session, made, world, {"ayu": "waijelu"})
    made.add("round_id", "one that concerns all", published.id, PROGRAMME | {"officer", "sponsor", "applicant"})
    # Another person, another region and another sponsor's money: nobody's but the programme's.
    other = session.scalars(select(Fund).where(Fund.code == "lain-2027")).one()
    elsewhere = _published(session, made, world, {"budi": "moa"}, fund_id=other.id)
    made.add("round_id", "one that concerns others", elsewhere.id, PROGRAMME)
    for row, person in session.execute(
        select(Offer, Applicant.code)
        .join(Placement, Placement.id == Offer.placement_id)
        .join(Applicant, Applicant.id == Placement.applicant_id)
    ).all():
        mine = {"applicant"} if person == "ayu" else set()
        made.add("offer_id", f"{person}'s offer", row.id, PROGRAMME | mine)
        _in_service(session, made, row, person)


def _in_service(session: Session, made: Programme, offer: Offer, person: str) -> None:
    """Write a deployment with an incident; Ayu's is in the officer's region and paid by the sponsor."""
    placement = session.get_one(Placement, offer.placement_id)
    own = person == "ayu"
    if own:
        line = session.scalars(select(PlacementLine).where(PlacementLine.placement_id == placement.id)).one()
        move = ledger.reservation(line.fund_id, line.amount, line.line, placement.id)
        ledger.move_all(session, SYSTEM, [move], reason="publish")
    deployment = Deployment(
        offer_id=offer.id,
        placement_id=placement.id,
        applicant_id=placement.applicant_id,
        need_id=placement.need_id,
        starts_on=dt.date(2027, 7, 1),
        ends_on=dt.date(2028, 6, 30),
        created_at=clock.now(),
    )
    session.add(deployment)
    session.flush()
    incident = Incident(
        deployment_id=deployment.id,
        reported_by=made.users["manager"].id,
        happened_on=dt.date(2026, 1, 1),
        severity="note",
        text="Uji",
        created_at=clock.now(),
    )
    session.add(incident)
    session.flush()
    seen = {"officer", "sponsor", "applicant"} if own else set()
    made.add("deployment_id", f"{person}'s deployment", deployment.id, PROGRAMME | seen)
    search = Replacement(offer_id=offer.id, options=[], created_at=clock.now())
    session.add(search)
    session.flush()
    made.add("replacement_id", f"the search for who takes {person}'s seat", search.id, PROGRAMME)
    # Confidential: not even an auditor reads an incident.
    made.add("incident_id", f"{person}'s incident", incident.id, {"manager", "applicant"} if own else {"manager"})


def _round(session: Session, made: Programme, world: World, state: str) -> Round:
    row = Round(
        cohort_id=world.cohort,
        name=f"Putaran {state}",
        state="draft",
        objective=[{"need": 1}],
        seed=7,
        seed_salt="s",
        seed_commitment="c",
        time_limit_seconds=10,
        created_by=made.users["manager"].id,
        created_at=clock.now(),
    )
    session.add(row)
    session.flush()
    return row


def _published(
    session: Session, made: Programme, world: World, placed: dict[str, str], *, fund_id: str | None = None
) -> Round:
    row = _round(session, made, world, "published")
    shot = Snapshot(round_id=row.id, number=1, digest="0" * 64, document=EMPTY, names={}, created_at=clock.now())
    session.add(shot)
    session.flush()
    result = Result(
        round_id=row.id,
        snapshot_id=shot.id,
        number=1,
        status="optimal",
        tiers=[{"value": 1, "bound": 1}],
        placed=len(placed),
        seats=1,
        cost=1000,
        seed=7,
        seconds=0.1,
        verified=True,
        findings=[],
        summary={
            "regions": [],
            "funds": [],
            "sponsors": [],
            "groups": [],
            "unfilled": [],
            "unplaced": [],
            "conflict": None,
            "relaxations": [],
            "people": 1,
        },
        document=gzip.compress(b"{}", mtime=0),
        created_at=clock.now(),
    )
    session.add(result)
    session.flush()
    for person, need in placed.items():
        session.add(RoundNeed(round_id=row.id, need_id=world.needs[need]))
        placement = Placement(
            result_id=result.id,
            applicant_id=world.people[person],
            need_id=world.needs[need],
            agreement_id=world.agreement,
            cost=1000,
            fit=1,
            preference=0,
        )
        session.add(placement)
        session.flush()
        session.add(
            PlacementLine(placement_id=placement.id, line="stipend", fund_id=fund_id or world.company_fund, amount=1000)
        )
        session.add(Offer(placement_id=placement.id, sent_at=clock.now(), deadline=clock.now() + dt.timedelta(days=14)))
    row.state, row.snapshot_id, row.result_id = "published", shot.id, result.id
    row.proposed_by, row.approved_by = made.users["manager"].id, made.users["admin"].id
    row.published_at = clock.now()
    session.flush()
    return row


def _work(session: Session, made: Programme) -> None:
    hers = queue.enqueue(session, "rounds.solve", {}, created_by=made.users["sponsor"].id)
    nobodys = queue.enqueue(session, "rounds.solve", {})
    for job in (hers, nobodys):
        # Ended, so that a stream of its events ends too.
        job.state, job.finished_at = "done", clock.now()
    made.add("job_id", "the sponsor's own", hers.id, {"manager", "admin", "auditor", "sponsor"})
    made.add("job_id", "the service's own", nobodys.id, {"manager", "admin", "auditor"})


def _files(session: Session, made: Programme) -> None:
    """Two imports that were refused: an officer sees the own one only."""
    for sender in ("officer", "manager"):
        row = Import(
            kind="needs",
            name=f"{sender}.csv",
            format="csv",
            encoding="utf-8",
            size=1,
            sha256="0" * 64,
            state="refused",
            ignored=[],
            created_by=made.users[sender].id,
            created_at=clock.now(),
        )
        session.add(row)
        session.flush()
        made.add("import_id", f"a file of the {sender}", row.id, PROGRAMME | {sender})


def note_entries(session: Session, made: Programme) -> None:
    """Note an entry of the audit record, which is written only when the programme's transaction is committed."""
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.number)).first()
    assert entry is not None
    made.add("entry_id", "an entry of the record", entry.id, {"auditor", "admin"})
