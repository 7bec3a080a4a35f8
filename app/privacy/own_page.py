"""The document of one's own data as a page: sections of labelled values, in the language of the request."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.applicants.wording import LABELS, STATES
from app.core.i18n import gettext, mark, moment, number

SECTIONS: Final[Mapping[str, str]] = {
    "account": mark("Account"),
    "applications": mark("Applications"),
    "documents": mark("Documents"),
    "reviews": mark("Reviews"),
    "offers": mark("Offers"),
    "service": mark("Service"),
    "consents": mark("Consents"),
    "corrections": mark("Corrections"),
    "reads": mark("Who has opened your documents"),
    "mails": mark("Mails to you"),
    "log_ins": mark("Log-ins"),
    "tokens": mark("Tokens"),
}
WORDS: Final[Mapping[str, str]] = {
    **LABELS,
    "accept": mark("Chance of acceptance"),
    "active": mark("Active"),
    "answer": mark("Answer"),
    "answered_at": mark("Answered"),
    "arrived_on": mark("Arrived"),
    "at": mark("Time"),
    "code": mark("Code"),
    "cohort": mark("Cohort"),
    "comment": mark("Comment"),
    "created_at": mark("Written"),
    "deadline": mark("Deadline"),
    "document_id": mark("Document"),
    "done_at": mark("Scored"),
    "due_at": mark("Due"),
    "end_reason": mark("Reason of the end"),
    "ended_at": mark("Ended"),
    "ended_on": mark("Ended"),
    "ends_on": mark("Until"),
    "expires_at": mark("Holds until"),
    "given_at": mark("Given"),
    "handover": mark("Handover"),
    "happened_on": mark("Day"),
    "host_confirmed_at": mark("Confirmed by the school"),
    "incidents_reported": mark("Incidents that you reported"),
    "kind": mark("Kind"),
    "language": mark("Language"),
    "media_type": mark("Type"),
    "month": mark("Month"),
    "months": mark("Months"),
    "need": mark("Need"),
    "note": mark("Note"),
    "purpose": mark("Purpose"),
    "reason": mark("Reason"),
    "rejection_reason": mark("Reason"),
    "resolution": mark("What was done"),
    "role": mark("Role"),
    "said_by_the_school": mark("What the school said"),
    "school": mark("School"),
    "scopes": mark("Limited to"),
    "scores": mark("Scores"),
    "seen_at": mark("Seen last"),
    "sent_at": mark("Sent"),
    "settled_at": mark("Settled"),
    "severity": mark("Severity"),
    "size": mark("Bytes"),
    "starts_on": mark("From"),
    "state": mark("State"),
    "submitted_at": mark("Sent"),
    "suitability": mark("Suitability"),
    "template": mark("Template"),
    "text": mark("Text"),
    "total_of_100": mark("Of 100"),
    "version": mark("Version"),
    "wish": mark("Wish"),
    "withdrawn_at": mark("Taken back"),
    "written_at": mark("Written"),
}
INSIDE: Final = frozenset({"id", "applicant_id", "sha256", "address"})
"""What is in the document for programs, and says nothing to a person."""


@dataclass(frozen=True)
class Section:
    """One part of the page: its entries, each as (label, text); `addresses` of files by the place of their entry."""

    name: str
    title: str
    entries: list[list[tuple[str, str]]]
    addresses: list[str]


def sections_of(document: Mapping[str, Any]) -> list[Section]:
    """Return the sections in which there is something."""
    shown = []
    for name, title in SECTIONS.items():
        value = document[name]
        rows = value if isinstance(value, list) else [value]
        if rows:
            entries = [_entry(row) for row in rows]
            shown.append(Section(name, gettext(title), entries, [row.get("address", "") for row in rows]))
    return shown


def _entry(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [
        (gettext(WORDS.get(name, name)), text)
        for name, value in row.items()
        if name not in INSIDE and (text := _text(name, value))
    ]


def _text(name: str, value: Any) -> str:
    if value is None or (isinstance(value, list | dict) and not value):
        return ""
    if isinstance(value, bool):
        return gettext(mark("yes")) if value else gettext(mark("no"))
    if isinstance(value, int | float):
        return number(value)
    if isinstance(value, Mapping):
        return "; ".join(
            f"{gettext(WORDS.get(key, key))}: {_text(key, inner)}" for key, inner in value.items() if inner
        )
    if isinstance(value, list):
        return "\n".join(_text(name, inner) for inner in value)
    if name.endswith("_at") or name in {"at", "deadline"}:
        return moment(dt.datetime.fromisoformat(value))
    return gettext(STATES[value]) if name == "state" and value in STATES else str(value)
