"""What crosses the API about cohorts and applications. Regions are named by their official code, languages by ISO 639-3."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from app.applicants.models import Applicant, Cohort
from app.applicants.permissions import hidden_from
from app.applicants.vocabulary import SKILLS
from app.core.access import Actor
from app.core.bodies import LEFT_OUT, body
from app.core.paging import PageQuery
from app.geography.schemas import GivenRegion, RegionCode
from app.identity.passwords import normal_email
from app.schools.schemas import Code, Id, Level, Name, Reason, Subject

MOST_WISHES: Final = 10
OLDEST_BIRTH_YEAR: Final = 1940


def known_skill(skill: str) -> str:
    """Return `skill`; raise a validation error that lists the skills there are."""
    if skill not in SKILLS:
        raise PydanticCustomError("enum", "unknown skill", {"expected": ", ".join(SKILLS)})
    return skill


def _normal(email: object) -> object:
    return normal_email(email) if isinstance(email, str) else email


Skill = Annotated[str, AfterValidator(known_skill), Field(json_schema_extra={"enum": list(SKILLS)})]
State = Literal[
    "draft", "submitted", "in_review", "in_pool", "rejected", "withdrawn", "offered", "volunteer", "alumnus"
]
Gender = Literal["f", "m"]
Email = Annotated[str, BeforeValidator(_normal), Field(max_length=254)]
BirthYear = Annotated[int, Field(strict=True, ge=OLDEST_BIRTH_YEAR, le=2100)]
Hardship = Annotated[
    int,
    Field(strict=True, ge=0, le=5, description="The hardest place: 0 as in a town … 5 remote, no signal, no clinic."),
]
Motivation = Annotated[str, StringConstraints(strip_whitespace=True, max_length=5000)]
# As with regions: in a body only bounded, so that all unknown ones are told together with what else is wrong.
GivenLanguage = Annotated[str, Field(min_length=1, max_length=40, examples=["aoz"])]
Language = Annotated[str, Field(pattern=r"^[a-z]{3}$", examples=["aoz"])]
Levels = Annotated[list[Level], Field(max_length=4)]
Subjects = Annotated[list[Subject], Field(max_length=10)]
Languages = Annotated[list[GivenLanguage], Field(max_length=20)]
Skills = Annotated[list[Skill], Field(max_length=20)]
Wishes = Annotated[list[GivenRegion], Field(max_length=MOST_WISHES, description="The dearest wish first.")]
Refusals = Annotated[list[GivenRegion], Field(max_length=50, description="Nobody is sent there or below.")]
Percent = Annotated[int, Field(strict=True, ge=0, le=100)]
Thousandths = Annotated[
    int, Field(strict=True, ge=0, le=1000, description="The chance, in thousandths, that an offer is taken.")
]

A_COHORT: Final[dict[str, Any]] = {
    "code": "angkatan-2027",
    "name_id": "Angkatan 2027",
    "name_en": "Cohort of 2027",
    "year": 2027,
    "intake_opens_on": "2026-10-01",
    "intake_closes_on": "2026-12-31",
}
A_PROFILE: Final[dict[str, Any]] = {
    "name": "Yuliana Tefa",
    "email": "yuliana@contoh.example",
    "gender": "f",
    "birth_year": 2001,
    "home": "53.71",
    "levels": ["SD", "SMP"],
    "subjects": ["math"],
    "languages": ["aoz"],
    "skills": ["library"],
    "regular_care": False,
    "returning": False,
    "max_hardship": 4,
    "motivation": "My own first teacher came from far away and stayed; I want to be that teacher for somebody else.",
    "preferences": ["53.04", "53"],
    "refuses": ["94"],
}
A_COHORT_ID: Final = "0193b7a4-1c1e-7f6e-9d55-2f1d6f0c8a21"


class CohortIn(BaseModel):
    """A season of people who apply, and are placed, together."""

    model_config = body(A_COHORT)

    code: Code
    name_id: Name = Field(description="In Indonesian.")
    name_en: Name = Field(description="In English.")
    year: int = Field(strict=True, ge=2000, le=2200, description="The year in which service begins.")
    intake_opens_on: dt.date = Field(description="The first day on which applications are taken.")
    intake_closes_on: dt.date = Field(description="The last day, western Indonesian time.")


class CohortOut(BaseModel):
    """A cohort, and whether it takes applications today."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"id": A_COHORT_ID, **A_COHORT, "open": True, "invented": False, "created_at": "2026-09-01T02:00:00Z"}
            ]
        }
    )

    id: str
    code: str
    name_id: str
    name_en: str
    year: int
    intake_opens_on: dt.date
    intake_closes_on: dt.date
    open: bool = Field(description="Applications are taken today.")
    invented: bool = Field(description="Made up for a demo.")
    created_at: dt.datetime

    @classmethod
    def of(cls, cohort: Cohort, today: dt.date) -> CohortOut:
        """Return `cohort` as it is sent on the day `today`."""
        values = {name: getattr(cohort, name) for name in cls.model_fields if name != "open"}
        return cls(open=cohort.intake_opens_on <= today <= cohort.intake_closes_on, **values)


class Profile(BaseModel):
    """What an application says; all of it may still be empty while it is a draft."""

    model_config = body(A_PROFILE)

    name: Name | None = Field(default=None, description="Left out by an applicant: the name of the account.")
    email: Email | None = Field(default=None, description="An applicant's is the address of the account.")
    gender: Gender | None = Field(default=None, description="f or m; used only where a policy names its legal basis.")
    birth_year: BirthYear | None = None
    home: GivenRegion | None = Field(
        default=None, description="Code of the regency or city; travel is paid from there."
    )
    levels: Levels = Field(default=[], description="The levels of school that the person can teach.")
    subjects: Subjects = Field(default=[], description="Needed for levels above SD.")
    languages: Languages = Field(default=[], description="Regional languages, ISO 639-3.")
    skills: Skills = []
    regular_care: bool = Field(default=False, strict=True, description="Needs a clinic within reach.")
    returning: bool = Field(default=False, strict=True, description="Served in this programme before.")
    max_hardship: Hardship | None = Field(default=None, description="Left out: no limit.")
    motivation: Motivation | None = None
    preferences: Wishes = []
    refuses: Refusals = []


class ApplicantIn(Profile):
    """A new application; what is not known yet is left out and added later."""

    model_config = body(
        {"cohort_id": A_COHORT_ID, "gender": "f", "birth_year": 2001}, {"cohort_id": A_COHORT_ID, **A_PROFILE}
    )

    cohort_id: Id


class ApplicantPatch(BaseModel):
    """Changes to an application; what is left out stays, null empties a field. Lists are replaced as a whole."""

    model_config = body({"home": "53.71", "preferences": ["53.04", "53"]})

    name: Name = LEFT_OUT
    email: Email = LEFT_OUT
    gender: Gender | None = None
    birth_year: BirthYear | None = None
    home: GivenRegion | None = None
    levels: Levels = LEFT_OUT
    subjects: Subjects = LEFT_OUT
    languages: Languages = LEFT_OUT
    skills: Skills = LEFT_OUT
    regular_care: bool = Field(default=LEFT_OUT, strict=True)
    returning: bool = Field(default=LEFT_OUT, strict=True)
    max_hardship: Hardship | None = None
    motivation: Motivation | None = None
    preferences: Wishes = LEFT_OUT
    refuses: Refusals = LEFT_OUT


class ApplicantOut(BaseModel):
    """An application as far as you may see it; fields in `hidden` are null for your role."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "0193b7a4-1c1e-7f6e-9d55-2f1d6f0c8a22",
                    "code": "p-7k3mq9xd",
                    "cohort_id": A_COHORT_ID,
                    "user_id": None,
                    "group_id": None,
                    **A_PROFILE,
                    "suitability": None,
                    "accept": 1000,
                    "state": "submitted",
                    "rejection_reason": None,
                    "invented": False,
                    "created_at": "2026-11-24T02:00:00Z",
                    "submitted_at": "2026-11-25T02:00:00Z",
                    "receipt": "k7m3-x9qd",
                    "version": 4,
                    "hidden": [],
                }
            ]
        }
    )

    id: str
    code: str = Field(description="How people and problem documents name the person.")
    cohort_id: str
    user_id: str | None = Field(description="The account behind it.")
    group_id: str | None = Field(description="Who goes together has the same one.")
    name: str | None
    email: str | None
    gender: Gender | None
    birth_year: int | None
    home: str | None
    levels: list[str]
    subjects: list[str]
    languages: list[str]
    skills: list[str]
    regular_care: bool | None
    returning: bool
    max_hardship: int | None
    motivation: str | None
    preferences: list[str] | None
    refuses: list[str] | None
    suitability: int | None = Field(description="0–100; null until the person is accepted into the pool.")
    accept: int | None = Field(description="The chance, in thousandths, that an offer is taken.")
    state: State
    rejection_reason: str | None
    invented: bool = Field(description="Made up for a demo.")
    created_at: dt.datetime
    submitted_at: dt.datetime | None
    receipt: str | None = Field(description="The code of the mail that confirmed the sending.")
    version: int
    hidden: list[str] = Field(description="Fields that your role does not see.")

    @classmethod
    def of(cls, applicant: Applicant, actor: Actor) -> ApplicantOut:
        """Return `applicant`, whose wishes and refusals are loaded, as `actor` may see it."""
        hidden = hidden_from(actor)
        made = {**profile_of(applicant), "hidden": sorted(hidden)}
        plain = {name: getattr(applicant, name) for name in cls.model_fields if name not in made}
        return cls.model_validate({**plain, **made, **dict.fromkeys(hidden)})


def profile_of(applicant: Applicant) -> dict[str, Any]:
    """Return what the application says, under the names of `Profile`; its wishes and refusals are loaded."""
    made = {
        "home": applicant.home_code,
        "preferences": [wish.region_code for wish in applicant.preferences],
        "refuses": [refusal.region_code for refusal in applicant.refusals],
    }
    return {name: made[name] if name in made else getattr(applicant, name) for name in Profile.model_fields}


class ReasonIn(BaseModel):
    """Why somebody is rejected; the person reads it."""

    model_config = body({"reason": "We look for people who can stay for the whole year."})

    reason: Reason


class NoteIn(BaseModel):
    """A reason for the record; may be left out."""

    model_config = body({"reason": "Found work at home."}, {})

    reason: Reason | None = None


class GroupIn(BaseModel):
    """Two people who go together or not at all."""

    model_config = body({"members": ["0193b7a4-1c1e-7f6e-9d55-2f1d6f0c8a22", "0193b7a4-1c1e-7f6e-9d55-2f1d6f0c8a23"]})

    kind: Literal["couple"] = "couple"
    members: list[Id] = Field(min_length=2, max_length=2, description="The ids of two applications to one cohort.")


class GroupOut(BaseModel):
    """People who go together."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "0193b7a4-1c1e-7f6e-9d55-2f1d6f0c8a24",
                    "cohort_id": A_COHORT_ID,
                    "kind": "couple",
                    "members": ["0193b7a4-1c1e-7f6e-9d55-2f1d6f0c8a22", "0193b7a4-1c1e-7f6e-9d55-2f1d6f0c8a23"],
                }
            ]
        }
    )

    id: str
    cohort_id: str
    kind: str
    members: list[str]


class CohortQuery(PageQuery):
    """How cohorts are listed."""

    sort: Literal["year", "-year", "code", "-code", "closes", "-closes"] = "-year"
    open: bool | None = Field(default=None, description="Only those that take applications today, or only the others.")


class ApplicantQuery(PageQuery):
    """How applications are listed. Reviewers neither sort by name nor ask for a home region."""

    sort: Literal[
        "code",
        "-code",
        "name",
        "-name",
        "created",
        "-created",
        "submitted",
        "-submitted",
        "suitability",
        "-suitability",
    ] = "code"
    state: list[State] = Field(default=[])
    cohort: str | None = Field(default=None, max_length=36, description="The id of a cohort.")
    home: RegionCode | None = Field(default=None, description="From this region or below it.")
    level: list[Level] = Field(default=[], description="Can teach one of these levels.")
    subject: list[Subject] = Field(default=[], description="Can teach one of these subjects.", examples=[["math"]])
    language: list[Language] = Field(default=[], description="Speaks one of these languages.", examples=[["aoz"]])
    q: str | None = Field(
        default=None,
        min_length=2,
        max_length=100,
        description="A part of the name, the code or the receipt's code; for reviewers, the code.",
    )
