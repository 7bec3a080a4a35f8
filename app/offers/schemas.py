"""What crosses the API about offers."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.core.bodies import body
from app.core.paging import PageQuery
from app.offers.models import Offer

State = Literal["sent", "accepted", "declined", "expired"]
AN_ID: Final = "0193b7a4-1c1e-7f6e-9d55-2f1d6f0c8a11"
AN_OFFER: Final[dict[str, Any]] = {
    "id": AN_ID,
    "placement_id": AN_ID,
    "state": "sent",
    "sent_at": "2027-03-01T02:00:00Z",
    "deadline": "2027-03-15T02:00:00Z",
    "answered_at": None,
    "reason": None,
    "version": 1,
}


class OfferOut(BaseModel):
    """What a published round asks one person; the placement's details are at `/placements/mine`."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [AN_OFFER]})

    id: str
    placement_id: str
    state: State
    sent_at: dt.datetime
    deadline: dt.datetime
    answered_at: dt.datetime | None
    reason: str | None
    version: int

    @classmethod
    def of(cls, offer: Offer) -> OfferOut:
        """Return what is sent of `offer`."""
        return cls.model_validate(offer)


class OfferQuery(PageQuery):
    """Filters and sort of the list of offers."""

    sort: Literal["deadline", "-deadline"] = "deadline"
    state: State | None = Field(default=None, description="Only offers in this state.")


class DeclineIn(BaseModel):
    """Why the offer is declined; it helps to place better."""

    model_config = body({"reason": "Sudah mendapat beasiswa pascasarjana"})

    reason: Annotated[str, Field(min_length=3, max_length=500)]


A_REPLACEMENT: Final[dict[str, Any]] = {
    "id": AN_ID,
    "offer_id": AN_ID,
    "state": "proposed",
    "left": {"applicant": "a-0042", "name": "Ani Boimau", "cost": 71_400_000, "fit": 90, "preference": 10},
    "need": "oinlasi-sd",
    "school": "SDN Oinlasi",
    "region_name": "Timor Tengah Selatan",
    "options": [
        {
            "number": 1,
            "applicant": "a-0077",
            "name": "Budi Contoh",
            "agreement": "ntt-agro",
            "cost": 65_400_000,
            "fit": 85,
            "preference": 0,
            "cost_change": -6_000_000,
            "fit_change": -5,
            "preference_change": -10,
            "lines": [{"line": "stipend", "fund": "agro-2027", "amount": 50_000_000, "available": 210_000_000}],
            "moved": 0,
            "empty_elsewhere": 1,
            "broken": [],
            "digest": "9f" * 32,
        }
    ],
    "why": [],
    "new_offer_id": None,
    "job_id": AN_ID,
    "created_at": "2027-03-20T02:00:00Z",
    "ended_at": "2027-03-20T02:00:09Z",
    "version": 2,
}


class LeftOut(BaseModel):
    """Who had the seat, and what that placement cost and brought."""

    applicant: str
    name: str
    cost: int
    fit: int
    preference: int


class OptionLineOut(BaseModel):
    """A cost line of an option, and what its fund has available now, before anything is reserved."""

    line: str
    fund: str
    amount: int
    available: int


class OptionOut(BaseModel):
    """Somebody who can take the seat, compared with the person who left, and what it costs the others."""

    number: int = Field(description="Counted from 1, the best first; send it to take the option.")
    applicant: str
    name: str | None = Field(description="null for somebody who was erased.")
    agreement: str
    cost: int
    fit: int
    preference: int
    cost_change: int = Field(description="Rupiah more (or less) than for the person who left.")
    fit_change: int
    preference_change: int
    lines: list[OptionLineOut]
    moved: int = Field(description="How many others change their place: nobody.")
    empty_elsewhere: int = Field(description="Other free seats of the round that nobody is left for then.")
    broken: list[str] = Field(description="Soft rules that are broken more than before, by their codes.")
    digest: str = Field(description="SHA-256 of the problem that was solved.")


class ReplacementOut(BaseModel):
    """The search for who takes a free seat."""

    model_config = ConfigDict(json_schema_extra={"examples": [A_REPLACEMENT]})

    id: str
    offer_id: str
    state: Literal["asked", "proposed", "nothing", "failed", "taken", "dropped"]
    left: LeftOut
    need: str
    school: str
    region_name: str
    options: list[OptionOut]
    why: list[str] = Field(description="Where nobody was found: why, in sentences.")
    new_offer_id: str | None
    job_id: str | None = Field(description="The job that searches.")
    created_at: dt.datetime
    ended_at: dt.datetime | None
    version: int


class ReplacementQuery(PageQuery):
    """Filters and sort of the list of replacements."""

    sort: Literal["created", "-created"] = "-created"
    state: list[Literal["asked", "proposed", "nothing", "failed", "taken", "dropped"]] = Field(default=[])


class TakeIn(BaseModel):
    """Which option is taken."""

    model_config = body({"option": 1})

    option: Annotated[int, Field(strict=True, ge=1, le=10)]
