"""What crosses the API about the audit record."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from app.audit.models import AuditEntry
from app.audit.permissions import sees_facts
from app.core.access import Actor
from app.core.paging import PageQuery

AN_ENTRY: Final[dict[str, Any]] = {
    "id": "0193b7a4-1c1e-7f6e-9d55-2f1d6f0c8a14",
    "number": 1207,
    "at": "2026-11-24T02:00:00Z",
    "actor_id": "0193b7a4-1c1e-7f6e-9d55-2f1d6f0c8a15",
    "actor_role": "officer",
    "action": "needs.verify",
    "object_type": "need",
    "object_id": "0193b7a4-1c1e-7f6e-9d55-2f1d6f0c8a12",
    "reason": "Checked with the head of the school by telephone.",
    "before": {"state": "proposed"},
    "after": {"state": "verified", "score": 62},
    "previous_hash": "9f64a747e1b97f131fabb6b447296c9b6f0201e79fb3c5356e6c77e89b6a806a",
    "hash": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
}
FACTS: Final = ("reason", "before", "after")


class AuditEntryOut(BaseModel):
    """One act of one actor, with its place in the chain."""

    model_config = ConfigDict(json_schema_extra={"examples": [AN_ENTRY]})

    id: str
    number: int = Field(description="Its place in the chain; numbers have no gaps.")
    at: dt.datetime
    actor_id: str = Field(description="The account that did it; system: the worker or the shell.")
    actor_role: str
    action: str
    object_type: str
    object_id: str
    reason: str | None = Field(description="Why, in the person's own words.")
    before: dict[str, Any] | None = Field(description="The facts that changed, as they were.")
    after: dict[str, Any] | None = Field(description="The same facts as they were then.")
    facts_hidden: bool = Field(
        default=False, description="Reason, before and after are left out: administrators read those of accounts only."
    )
    previous_hash: str
    hash: str = Field(description="SHA-256 of all of the above and of the hash before.")

    @classmethod
    def of(cls, entry: AuditEntry, actor: Actor) -> AuditEntryOut:
        """Return `entry` as it is sent to `actor`."""
        hidden = not sees_facts(actor, entry.object_type)
        names = set(cls.model_fields) - {"facts_hidden"}
        values = {name: None if hidden and name in FACTS else getattr(entry, name) for name in names}
        return cls.model_validate({**values, "facts_hidden": hidden})


class AuditQuery(PageQuery):
    """How the record is listed; all filters hold together."""

    sort: Literal["number", "-number"] = "-number"
    actor: str | None = Field(default=None, max_length=36, description="The id of the account that did it, or system.")
    role: str | None = Field(default=None, max_length=20, description="In which role.", examples=["officer"])
    action: list[str] = Field(default=[], max_length=20, description="What was done.", examples=[["needs.verify"]])
    kind: list[str] = Field(default=[], max_length=20, description="To what kind of thing.", examples=[["need"]])
    object: str | None = Field(default=None, max_length=200, description="The id of the thing it was done to.")
    since: AwareDatetime | None = Field(
        default=None, description="Not before this time, with its zone.", examples=["2026-11-24T00:00:00+07:00"]
    )
    until: AwareDatetime | None = Field(
        default=None, description="Before this time, with its zone.", examples=["2026-11-25T00:00:00+07:00"]
    )
