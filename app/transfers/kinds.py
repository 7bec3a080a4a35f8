"""The kinds of files, and how each is judged and stored."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from app.core.i18n import mark
from app.identity.actor import Actor
from app.transfers.applicant_rows import ApplicantRows
from app.transfers.fund_rows import FundRows
from app.transfers.need_rows import NeedRows
from app.transfers.rows import Kind
from app.transfers.school_rows import SchoolRows

KINDS: Final[Mapping[str, type[Kind]]] = MappingProxyType(
    {"schools": SchoolRows, "needs": NeedRows, "applicants": ApplicantRows, "funds": FundRows}
)
WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "schools": mark("Schools"),
        "needs": mark("Needs"),
        "applicants": mark("Applications"),
        "funds": mark("Funds"),
    }
)


def kind_of(name: str, actor: Actor) -> Kind:
    """Return the kind of this name, for files that `actor` sends."""
    return KINDS[name](actor)
