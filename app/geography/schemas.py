"""What crosses the API about places. Codes are the Ministry of Home Affairs'; money is whole rupiah."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.core.paging import PageQuery
from app.geography.models import Fare, Region

RegionCode = Annotated[
    str,
    Field(
        pattern=r"^\d\d(\.\d\d)?$",
        description="Code of a province (53) or of a regency or city (53.01).",
        examples=["53"],
    ),
]
# In bodies a code is only bounded: whether it exists is then told for all codes of the body at once, each with its place.
GivenRegion = Annotated[str, Field(min_length=1, max_length=20, examples=["53.01"])]

A_REGION: Final[dict[str, Any]] = {
    "code": "53.01",
    "parent": "53",
    "level": "regency",
    "kind": "kabupaten",
    "name": "Kabupaten Kupang",
    "timezone": "WITA",
    "lat": -9.905,
    "lon": 123.931,
    "population": 397_731,
    "underdeveloped": True,
    "monthly_wage": 2_328_970,
    "distance_km": 1_936,
    "languages": ["aaz", "heg"],
}


class RegionOut(BaseModel):
    """A province, or a regency or city."""

    model_config = ConfigDict(json_schema_extra={"examples": [A_REGION]})

    code: str
    parent: str | None = Field(description="Code of the province; null for a province.")
    level: Literal["province", "regency"]
    kind: str = Field(description="provinsi, kabupaten or kota.")
    name: str
    timezone: str = Field(description="WIB (UTC+7), WITA (UTC+8) or WIT (UTC+9).")
    lat: float = Field(description="Degrees north of the equator (WGS 84).")
    lon: float = Field(description="Degrees east of Greenwich (WGS 84).")
    population: int = Field(description="People, second half of 2024.")
    underdeveloped: bool = Field(description="On the list of Perpres 63/2020; false for every province.")
    monthly_wage: int = Field(description="The provincial minimum wage of 2025, rupiah a month.")
    distance_km: int = Field(description="From Jakarta's airport as the crow flies; of a province, to its capital.")
    languages: list[str] = Field(description="ISO 639-3 codes of languages spoken nearby: a hint, nearest first.")

    @classmethod
    def of(cls, region: Region) -> RegionOut:
        """Return `region` as it is sent."""
        return cls.model_validate({name: getattr(region, _COLUMNS.get(name, name)) for name in cls.model_fields})


_COLUMNS = {"parent": "parent_code"}


class FareOut(BaseModel):
    """What one journey from a home region to a region of service costs."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"home": "31.71", "target": "93.03", "amount": 9_400_000}]}
    )

    home: str
    target: str
    amount: int = Field(description="Rupiah.")

    @classmethod
    def of(cls, fare: Fare) -> FareOut:
        """Return `fare` as it is sent."""
        return cls(home=fare.home_code, target=fare.target_code, amount=fare.amount)


class RegionQuery(PageQuery):
    """How regions are listed."""

    sort: Literal[
        "code", "-code", "name", "-name", "population", "-population", "distance", "-distance", "wage", "-wage"
    ] = "code"
    level: Literal["province", "regency"] | None = None
    parent: RegionCode | None = Field(default=None, description="Code of a province: its regencies and cities.")
    underdeveloped: bool | None = Field(default=None, description="Only those on the list, or only the others.")
    name: str | None = Field(default=None, min_length=1, max_length=100, description="A part of the name.")


class FareQuery(PageQuery):
    """How fares are listed."""

    sort: Literal["home", "-home", "target", "-target"] = "home"
    home: RegionCode | None = Field(default=None, description="From this region or one below it.")
    target: RegionCode | None = Field(default=None, description="To this region or one below it.")
