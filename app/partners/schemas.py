"""What crosses the API about partners' activities and resources. Months are written 2027-07, regions by their code."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.core.bodies import LEFT_OUT, body
from app.core.paging import PageQuery
from app.geography.schemas import GivenRegion, RegionCode
from app.partners.models import Activity, Resource

MOST: Final = 1_000_000

# A closed list: two who write "edu" and "education" would never learn of each other.
Sector = Literal[
    "education",
    "health",
    "nutrition",
    "water",
    "protection",
    "livelihoods",
    "energy",
    "connectivity",
    "disaster",
    "culture",
    "other",
]
Month = Annotated[str, Field(pattern=r"^20\d\d-(0[1-9]|1[0-2])$", description="A month.", examples=["2027-07"])]
Id = Annotated[str, Field(min_length=1, max_length=36)]
Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$")]
What = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=1000)]
Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")
]
Amount = Annotated[int, Field(strict=True, ge=0, le=MOST, description="How many there are.")]

AN_ORGANISATION: Final[dict[str, Any]] = {
    "id": "0193b7a4-1c1e-7f6e-9d55-2f1d6f0c8a31",
    "code": "pustaka-pulau",
    "name": "Pustaka Pulau (contoh)",
}
AN_ACTIVITY: Final[dict[str, Any]] = {
    "sector": "education",
    "what_id": "perpustakaan kapal",
    "what_en": "library by boat",
    "region": "81.01",
    "school_id": None,
    "first_month": "2027-07",
    "last_month": "2027-12",
}
A_RESOURCE: Final[dict[str, Any]] = {
    "code": "satellite-messenger",
    "name_id": "alat pesan satelit",
    "name_en": "satellite messenger",
    "amount": 40,
}


def first_day(month: str) -> dt.date:
    """Return the first day of a month written 2027-07."""
    return dt.date.fromisoformat(f"{month}-01")


class OrganisationShort(BaseModel):
    """An organisation in short."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [AN_ORGANISATION]})

    id: str
    code: str
    name: str


class ActivityIn(BaseModel):
    """What your organisation does, where and when."""

    model_config = body(AN_ACTIVITY)

    sector: Sector
    what_id: What = Field(description="What is done, in Indonesian.")
    what_en: What = Field(description="What is done, in English.")
    region: GivenRegion = Field(description="Code of a province or of a regency or city.")
    school_id: Id | None = Field(default=None, description="Where it is at one school of that region.")
    first_month: Month
    last_month: Month = Field(description="The last month in which it goes on.")


class ActivityPatch(BaseModel):
    """Changes to an activity; what is left out stays."""

    model_config = body({"last_month": "2028-03"})

    sector: Sector = Field(default=LEFT_OUT)
    what_id: What = Field(default=LEFT_OUT)
    what_en: What = Field(default=LEFT_OUT)
    region: GivenRegion = Field(default=LEFT_OUT)
    school_id: Id | None = Field(default=None)
    first_month: Month = Field(default=LEFT_OUT)
    last_month: Month = Field(default=LEFT_OUT)


class ActivityOut(BaseModel):
    """An activity: who does what, where and when."""

    id: str
    organisation: OrganisationShort
    sector: Sector
    what_id: str
    what_en: str
    region: str = Field(examples=["81.01"])
    school_id: str | None
    first_month: Month
    last_month: Month
    created_at: dt.datetime
    version: int

    @classmethod
    def of(cls, activity: Activity) -> ActivityOut:
        """Return `activity`, whose organisation is loaded, as it is sent."""
        return cls.model_validate(_activity(activity))


class ActivityWithOverlapsOut(ActivityOut):
    """An activity with what others do in the same sector, at the same time and in the same place."""

    overlaps: list[ActivityOut] = Field(
        description="Activities of other organisations in the same sector, in at least one common month, in the same region "
        "or one above or below it; at most fifty."
    )

    @classmethod
    def with_overlaps(cls, activity: Activity, overlaps: Iterable[Activity]) -> ActivityWithOverlapsOut:
        """Return `activity` as it is sent, with those that overlap it; their organisations are loaded."""
        return cls.model_validate({**_activity(activity), "overlaps": [ActivityOut.of(other) for other in overlaps]})


def _activity(activity: Activity) -> dict[str, Any]:
    return {
        "id": activity.id,
        "organisation": OrganisationShort.model_validate(activity.organisation),
        "sector": activity.sector,
        "what_id": activity.what_id,
        "what_en": activity.what_en,
        "region": activity.region_code,
        "school_id": activity.school_id,
        "first_month": f"{activity.first_month:%Y-%m}",
        "last_month": f"{activity.last_month:%Y-%m}",
        "created_at": activity.created_at,
        "version": activity.version,
    }


class ResourceIn(BaseModel):
    """Goods that placements can use, in whole units."""

    model_config = body(A_RESOURCE)

    code: Code = Field(description="How needs and problem documents name the resource; it stays.")
    organisation_id: Id | None = Field(default=None, description="Who lends it; left out: your own organisation.")
    name_id: Name
    name_en: Name
    amount: Amount


class ResourcePatch(BaseModel):
    """Changes to a resource; what is left out stays."""

    model_config = body({"amount": 36})

    name_id: Name = Field(default=LEFT_OUT)
    name_en: Name = Field(default=LEFT_OUT)
    amount: Amount = Field(default=LEFT_OUT)


class ResourceOut(BaseModel):
    """Goods that placements can use, and who lends them."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    code: str = Field(examples=[A_RESOURCE["code"]])
    organisation: OrganisationShort
    name_id: str = Field(examples=[A_RESOURCE["name_id"]])
    name_en: str = Field(examples=[A_RESOURCE["name_en"]])
    amount: int = Field(examples=[A_RESOURCE["amount"]])
    created_at: dt.datetime
    version: int

    @classmethod
    def of(cls, resource: Resource) -> ResourceOut:
        """Return `resource`, whose organisation is loaded, as it is sent."""
        return cls.model_validate(resource)


class ActivityQuery(PageQuery):
    """How activities are listed."""

    sort: Literal["first_month", "-first_month", "region", "-region", "created", "-created"] = "first_month"
    organisation: Id | None = Field(default=None, description="The id of an organisation.")
    sector: list[Sector] = Field(default=[])
    region: RegionCode | None = Field(default=None, description="In this region or below it.")
    school: Id | None = Field(default=None, description="The id of a school.")
    since: Month | None = Field(default=None, description="Going on in this month or later.")
    until: Month | None = Field(default=None, description="Going on in this month or before.")


class ResourceQuery(PageQuery):
    """How resources are listed."""

    sort: Literal["code", "-code", "amount", "-amount", "created", "-created"] = "code"
    organisation: Id | None = Field(default=None, description="The id of an organisation.")
