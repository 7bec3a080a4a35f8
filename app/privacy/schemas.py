"""What crosses the API about people's own data and about breaches."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from app.applicants.consents import CURRENT, PURPOSE, VERSIONS
from app.applicants.models import Consent
from app.core import clock
from app.core.bodies import LEFT_OUT, body
from app.core.paging import PageQuery
from app.privacy.models import Breach, CorrectionRequest
from app.schools.schemas import Reason

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=5, max_length=3000)]
DataKind = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=100)]
People = Annotated[int, Field(strict=True, ge=0, le=300_000_000)]

A_CONSENT: Final[dict[str, Any]] = {
    "id": "0193b7a4-1c1e-7f6e-9d55-2f1d6f0c8a71",
    "purpose": PURPOSE,
    "version": CURRENT,
    "language": "id",
    "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "given_at": "2027-01-12T02:00:00Z",
    "withdrawn_at": None,
}
A_WISH: Final[dict[str, Any]] = {
    "id": "0193b7a4-1c1e-7f6e-9d55-2f1d6f0c8a81",
    "user_id": "0193b7a4-1c1e-7f6e-9d55-2f1d6f0c8a33",
    "applicant_id": "0193b7a4-1c1e-7f6e-9d55-2f1d6f0c8a22",
    "wish": "My year of birth is 2000, not 2001.",
    "answer": None,
    "state": "asked",
    "created_at": "2027-01-15T03:00:00Z",
    "due_at": "2027-01-18T03:00:00Z",
    "overdue": False,
    "settled_at": None,
    "version": 1,
}
A_BREACH: Final[dict[str, Any]] = {
    "what": "A list with names and addresses was sent to the wrong office.",
    "data_kinds": ["names", "addresses"],
    "people": 40,
    "happened_at": "2027-01-14T02:00:00Z",
    "found_at": "2027-01-15T02:00:00Z",
}


class ConsentTextOut(BaseModel):
    """To what people who apply agree."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "purpose": PURPOSE,
                    "version": CURRENT,
                    "text_id": VERSIONS[CURRENT].indonesian,
                    "text_en": VERSIONS[CURRENT].english,
                }
            ]
        }
    )

    purpose: str
    version: str
    text_id: str
    text_en: str


class ConsentIn(BaseModel):
    """To which version one agrees; only to the present one."""

    model_config = body({"version": CURRENT})

    version: str = Field(max_length=20)


class ConsentOut(BaseModel):
    """That you agreed, and whether you took it back."""

    model_config = ConfigDict(json_schema_extra={"examples": [A_CONSENT]})

    id: str
    purpose: str
    version: str
    language: Literal["id", "en"] = Field(description="In which you read the words.")
    digest: str = Field(description="SHA-256 of the words in that language.")
    given_at: dt.datetime
    withdrawn_at: dt.datetime | None

    @classmethod
    def of(cls, consent: Consent) -> ConsentOut:
        """Return `consent` as it is sent."""
        return cls.model_validate({name: getattr(consent, name) for name in cls.model_fields})


class ConsentQuery(PageQuery):
    """How consents are listed."""

    sort: Literal["given", "-given"] = "-given"


class EraseOwnIn(BaseModel):
    """Your own e-mail address, so that nobody erases themselves by a slip."""

    model_config = body({"email": "yuliana@contoh.example"})

    email: str = Field(max_length=254)


class EraseIn(BaseModel):
    """Why somebody is erased; no names."""

    model_config = body({"reason": "Asked for it by letter of 3 March."})

    reason: Reason


class ErasedOut(BaseModel):
    """What was erased; it cannot be undone."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"erased_at": "2027-01-15T03:00:00Z", "applications": 1, "documents": 3}]}
    )

    erased_at: dt.datetime
    applications: int
    documents: int


class CorrectionIn(BaseModel):
    """What is wrong in your data, in your own words."""

    model_config = body({"wish": "My year of birth is 2000, not 2001."})

    wish: Text


class SettleIn(BaseModel):
    """What became of a wish; the person reads the answer."""

    model_config = body(
        {"done": True, "answer": "The year is put right."}, {"done": False, "answer": "The diploma says 2001."}
    )

    done: bool = Field(strict=True)
    answer: Text


class CorrectionOut(BaseModel):
    """A wish for correction, to be settled within three days."""

    model_config = ConfigDict(json_schema_extra={"examples": [A_WISH]})

    id: str
    user_id: str
    applicant_id: str | None = Field(description="The application it is about; null: the account.")
    wish: str
    answer: str | None
    state: Literal["asked", "done", "refused"]
    created_at: dt.datetime
    due_at: dt.datetime = Field(description="Three days after it was asked (UU 27/2022, article 30).")
    overdue: bool
    settled_at: dt.datetime | None
    version: int

    @classmethod
    def of(cls, asked: CorrectionRequest) -> CorrectionOut:
        """Return `asked` as it is sent."""
        plain = {name: getattr(asked, name) for name in cls.model_fields if name != "overdue"}
        return cls(overdue=asked.state == "asked" and asked.due_at < clock.now(), **plain)


class CorrectionQuery(PageQuery):
    """How wishes are listed."""

    sort: Literal["due", "-due", "created", "-created"] = "due"
    state: list[Literal["asked", "done", "refused"]] = Field(default=[])


class BreachIn(BaseModel):
    """What happened to which data."""

    model_config = body(A_BREACH)

    what: Text
    data_kinds: list[DataKind] = Field(min_length=1, max_length=30)
    people: People = Field(description="How many people it concerns, as far as known.")
    happened_at: AwareDatetime | None = None
    found_at: AwareDatetime


class BreachPatch(BaseModel):
    """What is known by now; what is left out stays."""

    model_config = body({"measures": "The list was deleted there.", "told_authority_at": "2027-01-16T02:00:00Z"})

    what: Text = LEFT_OUT
    data_kinds: list[DataKind] = Field(default=LEFT_OUT, min_length=1, max_length=30)
    people: People = LEFT_OUT
    happened_at: AwareDatetime | None = None
    measures: Text | None = Field(default=None, description="What was done about it.")
    told_people_at: AwareDatetime | None = None
    told_authority_at: AwareDatetime | None = None


class BreachOut(BaseModel):
    """A breach of personal data, and whether those who have to know were told in time."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "0193b7a4-1c1e-7f6e-9d55-2f1d6f0c8a91",
                    **A_BREACH,
                    "due_at": "2027-01-18T02:00:00Z",
                    "overdue": False,
                    "measures": None,
                    "told_people_at": None,
                    "told_authority_at": None,
                    "state": "open",
                    "created_at": "2027-01-15T02:10:00Z",
                    "closed_at": None,
                    "version": 1,
                }
            ]
        }
    )

    id: str
    what: str
    data_kinds: list[str]
    people: int
    happened_at: dt.datetime | None
    found_at: dt.datetime
    due_at: dt.datetime = Field(description="Three days after it was found (UU 27/2022, article 46).")
    overdue: bool
    measures: str | None
    told_people_at: dt.datetime | None
    told_authority_at: dt.datetime | None
    state: Literal["open", "closed"]
    created_at: dt.datetime
    closed_at: dt.datetime | None
    version: int

    @classmethod
    def of(cls, breach: Breach) -> BreachOut:
        """Return `breach` as it is sent."""
        told = (breach.told_people_at, breach.told_authority_at)
        late = any((moment or clock.now()) > breach.due_at for moment in told)
        plain = {name: getattr(breach, name) for name in cls.model_fields if name != "overdue"}
        return cls(overdue=late, **plain)


class BreachQuery(PageQuery):
    """How breaches are listed."""

    sort: Literal["found", "-found"] = "-found"
    state: list[Literal["open", "closed"]] = Field(default=[])


class PrivacyOverviewOut(BaseModel):
    """How the duties towards people's data stand."""

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={
            "examples": [
                {
                    "corrections_waiting": 2,
                    "corrections_overdue": 0,
                    "breaches_open": 1,
                    "breaches_overdue": 0,
                    "consents_held": 412,
                    "consents_withdrawn": 3,
                    "erased": 17,
                    "due": 0,
                    "next_night": "2027-01-15T19:30:00Z",
                    "documents": 1236,
                    "reads": 58,
                }
            ]
        },
    )

    corrections_waiting: int
    corrections_overdue: int = Field(description="Asked more than three days ago.")
    breaches_open: int
    breaches_overdue: int = Field(description="Found more than three days ago and not closed.")
    consents_held: int = Field(description="To the present words.")
    consents_withdrawn: int = Field(description="In the last year.")
    erased: int = Field(description="Applications whose person was erased in the last year.")
    due: int = Field(description="Applications whose retention time is over.")
    next_night: dt.datetime | None = Field(description="When they are erased; null before anybody's application ended.")
    documents: int
    reads: int = Field(description="Documents that the programme opened in the last thirty days.")


class OwnDataOut(BaseModel):
    """Everything that is known of you."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "examples": [
                {
                    "format": "gotong-own-data/1",
                    "made_at": "2027-01-15T03:00:00Z",
                    "account": {"email": "yuliana@contoh.example", "name": "Yuliana Tefa", "role": "applicant"},
                    "applications": [],
                    "documents": [],
                    "reviews": [],
                    "offers": [],
                    "service": [],
                    "consents": [A_CONSENT],
                    "corrections": [],
                    "reads": [{"at": "2027-01-20T02:00:00Z", "role": "manager", "document_id": "0193b7a4"}],
                    "mails": [],
                    "log_ins": [],
                    "tokens": [],
                }
            ]
        },
    )

    format: str
    made_at: str
    account: dict[str, Any]
