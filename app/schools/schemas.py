"""What crosses the API about schools and needs. Money is whole rupiah; regions are named by their official code."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from app.core.bodies import LEFT_OUT, body
from app.core.paging import PageQuery
from app.geography.schemas import GivenRegion, RegionCode
from app.schools.models import Need, School
from app.schools.scoring import MOST
from app.schools.vocabulary import SUBJECTS

MOST_RUPIAH: Final = 10**12  # a line of one placement; the optimizer's own limit is far above

Level = Literal["SD", "SMP", "SMA", "SMK"]
Status = Literal["negeri", "swasta"]


def known_subject(subject: str) -> str:
    """Return `subject`; raise a validation error that lists the subjects there are."""
    if subject not in SUBJECTS:
        raise PydanticCustomError("enum", "unknown subject", {"expected": ", ".join(SUBJECTS)})
    return subject


Subject = Annotated[str, AfterValidator(known_subject), Field(json_schema_extra={"enum": list(SUBJECTS)})]
NeedState = Literal["proposed", "verified", "open", "filled", "closed", "rejected"]
Npsn = Annotated[str, Field(pattern=r"^[0-9A-Z]{8}$", description="The school's national number.")]
# Printable, so that a name cannot carry line breaks into a document or a mail.
Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")
]
District = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Tag = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9:_.-]{0,59}$")]
Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$")]
Id = Annotated[str, Field(min_length=1, max_length=36)]
Latitude = Annotated[float, Field(ge=-11.5, le=6.5, description="Degrees north of the equator; Indonesia.")]
Longitude = Annotated[float, Field(ge=94.5, le=141.5, description="Degrees east of Greenwich; Indonesia.")]
Headcount = Annotated[int, Field(strict=True, ge=1, le=100, description="How many people are asked for.")]
Hardship = Annotated[
    int, Field(strict=True, ge=0, le=5, description="0: as in a town … 5: remote, no signal, no clinic.")
]
Teachers = Annotated[int, Field(strict=True, ge=0, le=200)]
Years = Annotated[int, Field(strict=True, ge=0, le=80)]
Rupiah = Annotated[int, Field(strict=True, ge=0, le=MOST_RUPIAH)]
Units = Annotated[int, Field(strict=True, ge=1, le=10_000)]
Tags = Annotated[list[Tag], Field(max_length=30)]
Costs = Annotated[
    dict[str, Rupiah], Field(max_length=20, description="Rupiah of one placement by line; travel is added by itself.")
]
Uses = Annotated[dict[str, Units], Field(max_length=20, description="Units of one placement by code of the resource.")]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=500)]

A_SCHOOL: Final[dict[str, Any]] = {
    "npsn": "50304321",
    "name": "SD Negeri Oelbubuk",
    "level": "SD",
    "status": "negeri",
    "region": "53.02",
    "district": "Mollo Tengah",
    "lat": -9.71,
    "lon": 124.27,
    "tags": ["no-signal", "remote"],
}
A_NEED: Final[dict[str, Any]] = {
    "school_id": "0193b7a4-1c1e-7f6e-9d55-2f1d6f0c8a11",
    "subject": None,
    "headcount": 2,
    "starts_on": "2027-07-01",
    "ends_on": "2028-06-30",
    "hardship": 3,
    "prefers": ["lang:aoz", "skill:library"],
    "teachers_missing": 3,
    "years_without": 2,
    "costs": {"stipend": 27_960_000, "training": 9_000_000, "insurance": 1_200_000},
    "uses": {"satellite-messenger": 1},
}
SCORE_PARTS: Final[dict[str, Any]] = {
    "underdeveloped": 25,
    "distance": 13,
    "from_capital": 2,
    "low_wage": 9,
    "few_schools": 0,
    "teachers_missing": 9,
    "years_without": 4,
}


class SchoolIn(BaseModel):
    """A school as it is added."""

    model_config = body(A_SCHOOL)

    npsn: Npsn
    name: Name
    level: Level
    status: Status = Field(description="negeri: of the state; swasta: private.")
    region: GivenRegion = Field(description="Code of the regency or city.")
    district: District | None = None
    lat: Latitude
    lon: Longitude
    tags: Tags = Field(default=[], description="Conditions on the spot, such as remote, no-signal, far-from-clinic.")


class SchoolPatch(BaseModel):
    """Changes to a school; what is left out stays. The national number cannot change."""

    model_config = body({"tags": ["far-from-clinic", "remote"]})

    name: Name = LEFT_OUT
    level: Level = LEFT_OUT
    status: Status = LEFT_OUT
    region: GivenRegion = LEFT_OUT
    district: District | None = None
    lat: Latitude = LEFT_OUT
    lon: Longitude = LEFT_OUT
    tags: Tags = LEFT_OUT


class SchoolOut(BaseModel):
    """A school."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": A_NEED["school_id"],
                    **A_SCHOOL,
                    "invented": False,
                    "created_at": "2026-11-24T02:00:00Z",
                    "version": 1,
                }
            ]
        }
    )

    id: str
    npsn: str
    name: str
    level: Level
    status: Status
    region: str
    district: str | None
    lat: float
    lon: float
    tags: list[str]
    invented: bool = Field(description="Made up for a demo.")
    created_at: dt.datetime
    version: int

    @classmethod
    def of(cls, school: School) -> SchoolOut:
        """Return `school` as it is sent."""
        return cls.model_validate({"region": school.region_code, **_columns(cls, school, {"region"})})


class SchoolShort(BaseModel):
    """A school in short."""

    id: str
    npsn: str
    name: str
    level: Level
    region: str
    tags: list[str]


class NeedIn(BaseModel):
    """A school's request for people, as it is proposed."""

    model_config = body(A_NEED)

    school_id: Id
    code: Code | None = Field(default=None, description="How people and problem documents name it; left out: made up.")
    level: Level | None = Field(default=None, description="Left out: the school's own.")
    subject: Subject | None = Field(default=None, description="Left out: a class teacher.", examples=["math"])
    headcount: Headcount
    starts_on: dt.date
    ends_on: dt.date = Field(description="The last day of service.")
    hardship: Hardship
    tags: Tags = Field(default=[], description="Besides level, subject and field, which are added by themselves.")
    requires: Tags = Field(default=[], description="Besides level and subject, which are added by themselves.")
    prefers: Tags = Field(default=[], description="What makes a person fit better.")
    teachers_missing: Teachers = Field(default=0, description="How many teachers the school lacks.")
    years_without: Years = Field(default=0, description="For how many years nobody has been sent.")
    costs: Costs = Field(default={})
    uses: Uses = Field(default={})


class NeedPatch(BaseModel):
    """Changes to a need until it is opened; what is left out stays. A verified need is scored again."""

    model_config = body({"headcount": 3, "teachers_missing": 4})

    level: Level = LEFT_OUT
    subject: Subject | None = None
    headcount: Headcount = LEFT_OUT
    starts_on: dt.date = LEFT_OUT
    ends_on: dt.date = LEFT_OUT
    hardship: Hardship = LEFT_OUT
    tags: Tags = LEFT_OUT
    requires: Tags = LEFT_OUT
    prefers: Tags = LEFT_OUT
    teachers_missing: Teachers = LEFT_OUT
    years_without: Years = LEFT_OUT
    costs: Costs = LEFT_OUT
    uses: Uses = LEFT_OUT


class NeedOut(BaseModel):
    """A need with its school, its score and the parts of it, and what one placement costs and uses."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "0193b7a4-1c1e-7f6e-9d55-2f1d6f0c8a12",
                    "code": "n-50304321-class",
                    "school": {
                        "id": A_NEED["school_id"],
                        **{name: A_SCHOOL[name] for name in ("npsn", "name", "level", "region", "tags")},
                    },
                    "level": "SD",
                    **{name: value for name, value in A_NEED.items() if name != "school_id"},
                    "tags": ["level:sd"],
                    "requires": ["teach:sd"],
                    "score": sum(SCORE_PARTS.values()),
                    "score_parts": SCORE_PARTS,
                    "state": "verified",
                    "rejection_reason": None,
                    "created_at": "2026-11-24T02:00:00Z",
                    "version": 2,
                }
            ]
        }
    )

    id: str
    code: str
    school: SchoolShort
    level: Level
    subject: str | None
    headcount: int
    starts_on: dt.date
    ends_on: dt.date
    hardship: int
    tags: list[str]
    requires: list[str]
    prefers: list[str]
    teachers_missing: int
    years_without: int
    costs: dict[str, int]
    uses: dict[str, int]
    score: int | None = Field(description="0–100; null until it is verified.")
    score_parts: dict[str, int] | None = Field(description="Points by part; they add up to the score.")
    state: NeedState
    rejection_reason: str | None
    created_at: dt.datetime
    version: int

    @classmethod
    def of(cls, need: Need, resource_codes: Mapping[str, str]) -> NeedOut:
        """Return `need`, whose parts are loaded, as it is sent; `resource_codes` by key of the resource."""
        school = need.school
        made = {
            "school": {"region": school.region_code, **_columns(SchoolShort, school, {"region"})},
            "costs": {row.line: row.amount for row in need.costs},
            "uses": {resource_codes[row.resource_id]: row.units for row in need.uses},
            # PostgreSQL keeps no order of keys; people read the parts in the order of the scoring's table.
            "score_parts": need.score_parts and {part: need.score_parts.get(part, 0) for part in MOST},
        }
        return cls.model_validate({**_columns(cls, need, set(made)), **made})


def _columns(model: type[BaseModel], row: School | Need, without: set[str]) -> dict[str, Any]:
    """Return the fields of `model` that are called as the columns are."""
    return {name: getattr(row, name) for name in model.model_fields if name not in without}


class ReasonIn(BaseModel):
    """Why something is refused; the school reads it."""

    model_config = body({"reason": "Two teachers came in July; the request is settled."})

    reason: Reason


class NoteIn(BaseModel):
    """A remark for the record; may be left out."""

    model_config = body({"reason": "Checked with the head of the school by telephone."})

    reason: Reason | None = None


class SchoolQuery(PageQuery):
    """How schools are listed."""

    sort: Literal["npsn", "-npsn", "name", "-name", "created", "-created"] = "npsn"
    region: RegionCode | None = Field(default=None, description="In this region or below it.")
    level: list[Level] = Field(default=[])
    status: Status | None = None
    tag: Tag | None = Field(default=None, description="A condition on the spot.", examples=["remote"])
    q: str | None = Field(default=None, min_length=2, max_length=100, description="A part of the name or the number.")


class NeedQuery(PageQuery):
    """How needs are listed."""

    sort: Literal["score", "-score", "code", "-code", "starts", "-starts", "created", "-created"] = "-score"
    state: list[NeedState] = Field(default=[])
    region: RegionCode | None = Field(default=None, description="At schools in this region or below it.")
    school: str | None = Field(default=None, max_length=36, description="The id of a school.")
    level: list[Level] = Field(default=[])
    subject: list[Subject] = Field(default=[], examples=[["math"]])
    code: str | None = Field(default=None, min_length=1, max_length=60, description="A part of the code.")
    min_score: int | None = Field(default=None, ge=0, le=100)
    max_hardship: int | None = Field(default=None, ge=0, le=5)
