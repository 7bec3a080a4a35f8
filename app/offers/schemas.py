"""What crosses the API about offers."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

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

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"reason": "Sudah mendapat beasiswa pascasarjana"}]}
    )

    reason: Annotated[str, Field(min_length=3, max_length=500)]
