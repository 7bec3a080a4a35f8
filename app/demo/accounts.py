"""A log-in for each role of the demo."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.applicants.models import Applicant
from app.core.access import SYSTEM
from app.demo.loading import Loaded
from app.identity import service as identity
from app.identity.models import Organisation, User

PASSWORD: Final = "gotong-royong"  # noqa: S105 - printed on purpose; the demo listens on 127.0.0.1 only
DOMAIN: Final = "contoh.example"


@dataclass(frozen=True, slots=True)
class Login:
    """One demo account: whom it stands for, and the two things that its holder types."""

    role: str
    email: str
    name: str
    organisation: str | None = None
    region: str | None = None


LOGINS: Final = (
    Login("manager", f"rina@{DOMAIN}", "Rina, pengelola program"),
    Login("manager", f"bayu@{DOMAIN}", "Bayu, pengelola kedua"),
    Login("reviewer", f"sari@{DOMAIN}", "Sari, penilai"),
    Login("applicant", f"relawan@{DOMAIN}", "Relawan contoh"),
    Login("sponsor", f"agro@{DOMAIN}", "PT Agro Lestari Timur"),
    Login("officer", f"dinas@{DOMAIN}", "Dinas Pendidikan NTT", region="53"),
    Login("partner", f"bakti@{DOMAIN}", "Yayasan Guru Bakti"),
    Login("host", f"sekolah@{DOMAIN}", "Sekolah tuan rumah"),
    Login("admin", f"admin@{DOMAIN}", "Administrator"),
    Login("auditor", f"auditor@{DOMAIN}", "Pemeriksa"),
)
# Which organisation the sponsor and the partner of the demo belong to; in a drawn cohort the first of its kind.
WANTED: Final = {"sponsor": "agro", "partner": "guru-bakti"}
KINDS: Final = {"sponsor": "company", "partner": "ngo"}


def open_accounts(session: Session, loaded: Loaded) -> dict[str, User]:
    """Make the demo's log-ins and return them by e-mail address; the applicant's belongs to somebody of the pool."""
    users = {}
    for login in LOGINS:
        users[login.email] = identity.create_user(
            session,
            SYSTEM,
            email=login.email,
            name=login.name,
            role=login.role,
            password=PASSWORD,
            organisation_id=_organisation_for(session, loaded, login.role),
            region_code=login.region,
        )
    session.flush()
    return users


def give_application(session: Session, user: User, applicant_id: str) -> None:
    """Let `user` be the person behind the application."""
    applicant = session.get_one(Applicant, applicant_id)
    applicant.user_id = user.id
    user.name = applicant.name


def _organisation_for(session: Session, loaded: Loaded, role: str) -> str | None:
    if role not in WANTED:
        return None
    if WANTED[role] in loaded.organisations:
        return loaded.organisations[WANTED[role]]
    first = select(Organisation.id).where(Organisation.kind == KINDS[role]).order_by(Organisation.code).limit(1)
    return session.scalars(first).one()
