"""Consent (UU 27/2022, articles 20 to 24): to which words somebody agreed, when, and when they took it back.

The words have versions. A version that somebody has agreed to is never changed here: a new one is added, and whoever applies
after that agrees to the new one. With each consent the fingerprint of the words that were read is stored, in their language.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.applicants.models import Consent
from app.audit.record import record
from app.core import clock
from app.core.access import row_or_404
from app.core.i18n import current_language
from app.identity.actor import Actor
from app.identity.permissions import require

PURPOSE: Final = "application"


@dataclass(frozen=True)
class Words:
    """What one version says, in both languages."""

    indonesian: str
    english: str

    def in_language(self, language: str) -> str:
        """Return the words in `language`."""
        return self.indonesian if language == "id" else self.english


VERSIONS: Final[Mapping[str, Words]] = MappingProxyType(
    {
        "2027-1": Words(
            "Program memakai data yang Anda tulis dan dokumen yang Anda kirim untuk menilai lamaran Anda, mencarikan tempat "
            "bertugas, dan mendampingi Anda selama bertugas. Data kesehatan hanya dipakai agar Anda tidak ditempatkan jauh "
            "dari puskesmas bila perlu berobat rutin. Jenis kelamin dan umur hanya dipakai bila ada aturan dengan dasar hukum. "
            "Penilai membaca lamaran Anda tanpa nama, asal, dan kontak. Sekolah tujuan dan dinas pendidikan mengetahui nama "
            "Anda bila Anda menerima tempat di sana; pemberi dana tidak. Data Anda tidak dijual dan tidak keluar dari layanan "
            "ini untuk keperluan lain. Bila Anda ditolak atau mundur, data Anda dihapus setelah masa simpan. Anda dapat "
            "melihat, mengunduh, membetulkan, dan menghapus data Anda, dan menarik persetujuan ini kapan saja; dengan itu "
            "lamaran Anda berakhir.",
            "The programme uses what you write and the documents that you send to judge your application, to find a place for "
            "you, and to accompany you while you serve. Data on your health is used only so that you are not sent far from a "
            "clinic if you need regular treatment. Gender and age are used only where a rule with a legal basis asks. "
            "Reviewers read your application without name, origin and contact. The school that you go to and its education "
            "office learn your name if you accept a place there; those who pay do not. Your data is not sold, and does not "
            "leave this service for anything else. If you are rejected or withdraw, your data is deleted after the retention "
            "time. You can see, download, correct and delete your data, and take back this consent at any time; your "
            "application ends with that.",
        ),
    }
)
CURRENT: Final = "2027-1"


def visible_to(actor: Actor) -> Select[Consent]:
    """Select the consents of the person who looks; for auditors, everybody's."""
    return select(Consent) if actor.role == "auditor" else select(Consent).where(Consent.user_id == actor.id)


def consent(session: Session, actor: Actor, consent_id: str, *, writing: bool = False) -> Consent:
    """Return one consent.

    Raises:
        NotFound: Where there is none, or the actor may not see it.
    """
    return row_or_404(session, visible_to(actor).where(Consent.id == consent_id), writing=writing)


def held(session: Session, user_id: str) -> Consent | None:
    """Return the consent that a person has given to the present words and not taken back."""
    mine = select(Consent).where(Consent.user_id == user_id, Consent.purpose == PURPOSE)
    holding = mine.where(Consent.version == CURRENT, Consent.withdrawn_at.is_(None))
    return session.scalars(holding.order_by(Consent.given_at.desc(), Consent.id).limit(1)).first()


def give(session: Session, actor: Actor) -> Consent:
    """Note that the actor agrees to the present words, in the language of the request; once is enough."""
    require(actor, "consents.give")
    before = held(session, actor.id)
    if before is not None:
        return before
    language = current_language()
    text = VERSIONS[CURRENT].in_language(language)
    given = Consent(
        user_id=actor.id,
        purpose=PURPOSE,
        version=CURRENT,
        language=language,
        digest=hashlib.sha256(text.encode()).hexdigest(),
        given_at=clock.now(),
    )
    session.add(given)
    session.flush()
    facts = {"purpose": PURPOSE, "version": CURRENT, "language": language, "digest": given.digest}
    record(session, actor, "consents.give", "consent", given.id, after=facts)
    return given


def take_back(session: Session, actor: Actor, given: Consent) -> None:
    """Note that the actor takes a consent back; what follows from that is `app.privacy`'s matter."""
    require(actor, "consents.withdraw", given)
    if given.withdrawn_at is None:
        given.withdrawn_at = clock.now()
        session.flush()
        record(session, actor, "consents.withdraw", "consent", given.id, after={"version": given.version})
