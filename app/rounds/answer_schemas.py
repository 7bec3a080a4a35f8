"""What crosses the API about answers that are worked out after the solve: explanations, waitlists, fairness, lotteries."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.core.bodies import body
from app.rounds.schemas import AN_ID, JobState, ReasonOut

Code = Annotated[str, Field(min_length=1, max_length=200)]


class AnswerState(BaseModel):
    """How far an answer is that a worker works out."""

    state: JobState | None = Field(description="Of the job; null where nobody has asked yet.")
    job_id: str | None = Field(default=None, description="Watch it at `/jobs/{id}/events`.")
    error: str | None = Field(default=None, description="Why it was given up, in words.")
    progress: dict[str, Any] | None = Field(
        default=None, description="How far it is, where the work tells: as `/jobs` has it."
    )


class QuestionIn(BaseModel):
    """One question by code: about a person (with `post`: why not there), a post, a fund, an agreement or a rule."""

    model_config = body({"volunteer": "p-0001", "post": "need-0002", "deep": False}, {"fund": "agro-sd-2027"})

    volunteer: Code | None = Field(default=None, description="Code of an applicant.")
    post: Code | None = Field(default=None, description="Code of a need.")
    fund: Code | None = None
    agreement: Code | None = None
    policy: Code | None = Field(default=None, description="Code of a rule.")
    deep: bool = Field(default=False, description="Also solve without each thing that stands in the way.")

    def named(self) -> dict[str, str]:
        """Return the codes that it names, by what they are of."""
        return self.model_dump(exclude={"deep"}, exclude_none=True)


class QuestionQuery(BaseModel):
    """The question as parameters of the address."""

    model_config = ConfigDict(extra="forbid")

    volunteer: Code | None = Field(default=None, description="Code of an applicant.", examples=["p-0001"])
    post: Code | None = Field(default=None, description="Code of a need.", examples=["need-0002"])
    fund: Code | None = Field(default=None, examples=["agro-sd-2027"])
    agreement: Code | None = Field(default=None, examples=["ntt-agro"])
    policy: Code | None = Field(default=None, description="Code of a rule.", examples=["two-per-school"])


class OwnQuestionQuery(BaseModel):
    """A person's question about the own result."""

    model_config = ConfigDict(extra="forbid")

    post: Code | None = Field(default=None, description="Code of a need: why not there?", examples=["need-0002"])


class BlockerOut(BaseModel):
    """One thing in the way of a placement while everybody else stays."""

    kind: Literal["seats", "fund", "agreement", "resource", "policy"]
    code: str
    short: int = Field(description="By how much: rupiah, units, placements, or units of the rule's violation.")
    left: int = Field(description="What a fund has left for this placement.")


class WayOut(BaseModel):
    """An agreement under which the placement could be made, and what it would run into."""

    agreement: str
    blockers: list[BlockerOut]


class TierChangeOut(BaseModel):
    """A goal now and with the other outcome forced."""

    now: int
    then: int
    loss: int
    exact: bool = Field(description="Both values are proven, so the loss is what it is and not an estimate.")
    bound: int | None = Field(description="Proven upper bound of `then`.")


class TryOut(BaseModel):
    """What solving again with one thing changed gave."""

    status: Literal["possible", "impossible", "unknown"]
    tiers: list[TierChangeOut]
    moved: int = Field(description="Others who are placed elsewhere then.")
    lost: int
    gained: int
    conflict: list[dict[str, str]] | None = Field(description="What it cannot hold together with.")


class ReliefOut(BaseModel):
    """Whether one thing is what makes the other outcome dear."""

    kind: str
    code: str
    helps: bool
    losses: list[int] | None


AN_EXPLANATION: Final[dict[str, Any]] = {
    "question": {"volunteer": "p-0001", "post": "need-0002"},
    "code": "loss",
    "sentences": [
        "Volunteer p-0001 could be placed at post SD Agats (need-0002), but the round would reach less.",
        "Goal 1, need: falls by 12 (from 5300 to 5288).",
    ],
    "reasons": [],
    "ways": [
        {"agreement": "ntt-agro", "blockers": [{"kind": "seats", "code": "need-0002", "short": 0, "left": 0}]},
    ],
    "tries": {
        "forced": {
            "status": "possible",
            "tiers": [{"now": 5300, "then": 5288, "loss": 12, "exact": True, "bound": 5288}],
            "moved": 1,
            "lost": 0,
            "gained": 0,
            "conflict": None,
        }
    },
    "reliefs": [],
    "work": {"state": "done", "job_id": AN_ID, "error": None, "progress": None},
}


class ExplanationOut(BaseModel):
    """The answer to a question: what can be counted at once and, once a worker has solved again, what the other outcome costs."""

    model_config = ConfigDict(json_schema_extra={"examples": [AN_EXPLANATION]})

    question: dict[str, str]
    code: str = Field(description="Stable; ends in `unasked` where only solving again tells more.")
    sentences: list[str] = Field(description="In the request's language; nobody but the person asked about is named.")
    reasons: list[ReasonOut] = Field(description="Why the person or the seat is left over, as the solve found it.")
    ways: list[WayOut] = Field(description="For the programme: what stands in the way today, by agreement.")
    tries: dict[str, TryOut] = Field(description="For the programme: `forced`, `without` a limit or rule, one `more`.")
    reliefs: list[ReliefOut]
    work: AnswerState = Field(description="How far the solving again is.")
