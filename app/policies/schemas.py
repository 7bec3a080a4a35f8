"""What crosses the API about policies. `parameters` is the body of the policy in the problem document, format 1."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.core.bodies import LEFT_OUT, body
from app.core.openapi import FieldErrorOut
from app.core.paging import PageQuery
from app.core.problems import FieldError
from app.policies.models import Policy, PolicyVersion
from app.policies.reading import Reading

MOST_PENALTY: Final = 1_000_000

KindName = Literal["count", "share", "spend", "each", "home", "together", "apart", "pin", "forbid", "average"]
Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$")]
Id = Annotated[str, Field(min_length=1, max_length=36)]
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=2000)]
Basis = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)]
Penalty = Annotated[int, Field(strict=True, ge=0, le=MOST_PENALTY)]
PENALTY: Final = "null: a hard rule, never broken. A number: what each unit costs by which the rule is broken."
PARAMETERS: Final = "The policy's body in a problem document of format 1, without id, kind and penalty."

PARAMETERS_EXAMPLE: Final[dict[str, Any]] = {
    "of": "school",
    "posts": {"tags": ["remote"]},
    "when": "open",
    "min": 2,
}
A_POLICY: Final[dict[str, Any]] = {
    "cohort_id": "0193b7a4-1c1e-7f6e-9d55-2f1d6f0c8a21",
    "code": "two-at-remote-schools",
    "kind": "each",
    "title_id": "Paling sedikit dua orang di sekolah terpencil",
    "title_en": "At least two people at a remote school",
    "reason_id": "Tanpa sinyal orang tidak boleh sendirian.",
    "reason_en": "Without signal nobody should be alone.",
    "basis_id": "UU 13/2003 pasal 86",
    "basis_en": "Law 13/2003 article 86",
    "parameters": PARAMETERS_EXAMPLE,
    "penalty": None,
}
A_SENTENCE: Final[dict[str, Any]] = {
    "id": "Setiap sekolah yang mendapat penempatan mendapat paling sedikit 2 penempatan bertanda remote.",
    "en": "Each school that gets anyone gets at least 2 placements tagged remote.",
}


class PolicyIn(BaseModel):
    """A new rule of a cohort's rounds, with the reason for it."""

    model_config = body(A_POLICY)

    cohort_id: Id
    code: Code = Field(description="How people and problem documents name the policy; it stays.")
    kind: KindName
    title_id: Title
    title_en: Title
    reason_id: Text = Field(description="Why there is this rule, in Indonesian.")
    reason_en: Text = Field(description="Why there is this rule, in English.")
    basis_id: Basis = Field(default="", description="The law or decree behind it, in Indonesian.")
    basis_en: Basis = Field(default="", description="The law or decree behind it, in English.")
    parameters: dict[str, Any] = Field(description=PARAMETERS)
    penalty: Penalty | None = Field(default=None, description=PENALTY)
    active: bool = Field(default=True, description="Only active policies enter a round.")


class PolicyPatch(BaseModel):
    """Changes to a policy; what is left out stays. The wording before stays in its history."""

    model_config = body({"penalty": 25}, {"active": False})

    kind: KindName = Field(default=LEFT_OUT)
    title_id: Title = Field(default=LEFT_OUT)
    title_en: Title = Field(default=LEFT_OUT)
    reason_id: Text = Field(default=LEFT_OUT)
    reason_en: Text = Field(default=LEFT_OUT)
    basis_id: Basis = Field(default=LEFT_OUT)
    basis_en: Basis = Field(default=LEFT_OUT)
    parameters: dict[str, Any] = Field(default=LEFT_OUT, description=PARAMETERS)
    penalty: Penalty | None = Field(default=None, description=PENALTY)
    active: bool = Field(default=LEFT_OUT)


class ReadBackIn(BaseModel):
    """A wording to be read back. The kind may be any text, so that a wrong one is told with all other errors."""

    model_config = body(
        {
            "cohort_id": A_POLICY["cohort_id"],
            "kind": "each",
            "parameters": PARAMETERS_EXAMPLE,
            "penalty": None,
            "basis_id": "",
            "basis_en": "",
        }
    )

    cohort_id: Id
    kind: str = Field(max_length=40)
    parameters: dict[str, Any] = Field(description=PARAMETERS)
    penalty: Annotated[int, Field(strict=True)] | None = Field(default=None, description=PENALTY)
    basis_id: Basis = ""
    basis_en: Basis = ""


class SentenceOut(BaseModel):
    """What a policy says, as one sentence in each language."""

    model_config = ConfigDict(json_schema_extra={"examples": [A_SENTENCE]})

    id: str
    en: str

    @classmethod
    def of(cls, reading: Reading) -> SentenceOut | None:
        """Return the sentence of a reading, or None for a policy that cannot be read any more."""
        return None if reading.sentence is None else cls(id=reading.sentence[0], en=reading.sentence[1])


class ReadBackOut(BaseModel):
    """A wording read back: its sentence, or everything that is wrong with it. Nothing is stored."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"sentence": A_SENTENCE, "errors": [], "warnings": []}]})

    sentence: SentenceOut | None = Field(description="null where the wording cannot be read.")
    errors: list[FieldErrorOut] = Field(description="What would be refused.")
    warnings: list[FieldErrorOut] = Field(description="What would be taken, but is most likely a slip.")

    @classmethod
    def of(cls, reading: Reading, errors: list[FieldError], warnings: list[FieldError]) -> ReadBackOut:
        """Return what was found, in the language of the request."""
        told, hinted = ([FieldErrorOut(**one.document()) for one in found] for found in (errors, warnings))
        return cls(sentence=SentenceOut.of(reading), errors=told, warnings=hinted)


class WordingOut(BaseModel):
    """What a policy says and why."""

    code: str
    kind: KindName
    title_id: str
    title_en: str
    reason_id: str
    reason_en: str
    basis_id: str
    basis_en: str
    parameters: dict[str, Any] = Field(description=PARAMETERS, examples=[PARAMETERS_EXAMPLE])
    penalty: int | None = Field(description=PENALTY, examples=[None])
    active: bool


class PolicyOut(WordingOut):
    """A policy as it stands, with its sentence."""

    id: str
    cohort_id: str
    sentence: SentenceOut | None = Field(description="null where it names something that is not there any more.")
    author_id: str | None
    created_at: dt.datetime
    version: int

    @classmethod
    def of(cls, policy: Policy, reading: Reading) -> PolicyOut:
        """Return `policy` as it is sent."""
        columns = {name: getattr(policy, name) for name in cls.model_fields if name != "sentence"}
        return cls.model_validate({**columns, "sentence": SentenceOut.of(reading)})


class PolicyVersionOut(WordingOut):
    """How a policy read at one version, and who wrote that."""

    version: int
    changed_by: str | None
    changed_at: dt.datetime
    sentence: SentenceOut | None

    @classmethod
    def of(cls, row: PolicyVersion, reading: Reading) -> PolicyVersionOut:
        """Return one version as it is sent."""
        facts = {"version": row.version, "changed_by": row.changed_by, "changed_at": row.changed_at}
        return cls.model_validate({**row.body, **facts, "sentence": SentenceOut.of(reading)})


class PolicyQuery(PageQuery):
    """How policies are listed."""

    sort: Literal["code", "-code", "created", "-created"] = "code"
    cohort: Id | None = Field(default=None, description="The id of a cohort.")
    kind: list[KindName] = Field(default=[])
    hard: bool | None = Field(default=None, description="Only hard rules, or only soft ones.")
    active: bool | None = Field(default=None, description="Only policies that enter rounds, or only the others.")


class PolicyVersionQuery(PageQuery):
    """How the versions of a policy are listed."""

    sort: Literal["version", "-version"] = "-version"
