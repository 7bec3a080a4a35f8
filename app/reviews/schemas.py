"""What crosses the API about rubrics, reviews and what they come to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.applicants.schemas import Percent, Thousandths
from app.core.access import Actor
from app.core.bodies import LEFT_OUT, body
from app.core.paging import PageQuery
from app.reviews.allotment import LARGEST_SEED
from app.reviews.drift import Agreement, Rater
from app.reviews.models import Review, Rubric
from app.reviews.permissions import SEES_ALL
from app.reviews.scoring import WANTED, Outcome, criteria_of, total
from app.schools.schemas import Id, Name, Reason

ReviewState = Literal["assigned", "done", "released"]
CriterionCode = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,29}$")]
Hint = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]
Weight = Annotated[int, Field(strict=True, ge=1, le=100)]
Points = Annotated[int, Field(strict=True, ge=0, le=10)]
Comment = Annotated[str, StringConstraints(strip_whitespace=True, max_length=3000)]
Seed = Annotated[int, Field(strict=True, ge=0, le=LARGEST_SEED)]

A_RUBRIC: Final[dict[str, Any]] = {
    "criteria": [
        {
            "code": "motivation",
            "name_id": "Motivasi",
            "name_en": "Motivation",
            "hint_id": "1: umum saja … 5: jelas dan pribadi",
            "hint_en": "1: general … 5: clear and personal",
            "weight": 3,
            "lowest": 1,
            "highest": 5,
        },
        {
            "code": "teaching",
            "name_id": "Kesiapan mengajar",
            "name_en": "Readiness to teach",
            "hint_id": "",
            "hint_en": "",
            "weight": 2,
            "lowest": 1,
            "highest": 5,
        },
    ],
    "allowed_difference": 20,
}
A_COHORT_ID: Final = "0193b7a4-1c1e-7f6e-9d55-2f1d6f0c8a21"
AN_APPLICANT_ID: Final = "0193b7a4-1c1e-7f6e-9d55-2f1d6f0c8a22"
A_REVIEW: Final[dict[str, Any]] = {
    "id": "0193b7a4-1c1e-7f6e-9d55-2f1d6f0c8a41",
    "applicant_id": AN_APPLICANT_ID,
    "applicant_code": "p-7k3mq9xd",
    "cohort_id": A_COHORT_ID,
    "reviewer_id": "0193b7a4-1c1e-7f6e-9d55-2f1d6f0c8a31",
    "state": "done",
    "seed": 7,
    "rubric": 1,
    "scores": {"motivation": 4, "teaching": 3},
    "total": 65.0,
    "comment": "Clear why, and knows what a class is.",
    "release_reason": None,
    "assigned_at": "2027-01-22T02:00:00Z",
    "done_at": "2027-01-23T02:00:00Z",
    "version": 2,
}


class CriterionIn(BaseModel):
    """What reviewers look at."""

    model_config = ConfigDict(extra="forbid")

    code: CriterionCode
    name_id: Name = Field(description="In Indonesian.")
    name_en: Name = Field(description="In English.")
    hint_id: Hint = Field(default="", description="What the points mean, in Indonesian.")
    hint_en: Hint = Field(default="", description="What the points mean, in English.")
    weight: Weight = Field(description="How much it counts beside the others.")
    lowest: Points = 1
    highest: Points = 5


class RubricIn(BaseModel):
    """By what a cohort is judged."""

    model_config = body(A_RUBRIC)

    criteria: list[CriterionIn] = Field(min_length=1, max_length=20)
    allowed_difference: Percent = Field(
        description="A third reviewer is asked where two differ by more than these points of 100."
    )


class RubricOut(BaseModel):
    """The rubric of a cohort that holds."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"cohort_id": A_COHORT_ID, "number": 1, **A_RUBRIC, "created_at": "2027-01-02T02:00:00Z"}]
        }
    )

    cohort_id: str
    number: int = Field(description="It grows with each new rubric of the cohort.")
    criteria: list[CriterionIn]
    allowed_difference: int
    created_at: dt.datetime

    @classmethod
    def of(cls, rubric: Rubric) -> RubricOut:
        """Return `rubric` as it is sent."""
        return cls.model_validate({name: getattr(rubric, name) for name in cls.model_fields})


class AssignIn(BaseModel):
    """Who reads what."""

    model_config = body({"applicant_id": AN_APPLICANT_ID, "reviewer_id": "0193b7a4-1c1e-7f6e-9d55-2f1d6f0c8a31"})

    applicant_id: Id
    reviewer_id: Id = Field(description="The account of a reviewer.")


class AssignAllIn(BaseModel):
    """How reviewers are assigned by themselves."""

    model_config = body({}, {"seed": 7, "include_submitted": False})

    seed: Seed | None = Field(
        default=None, description="What ties are broken by; drawn, and told, where it is left out."
    )
    include_submitted: bool = Field(
        default=True, strict=True, description="Take everything that was sent into review first."
    )


class AssignedOut(BaseModel):
    """What was assigned."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"seed": 7, "taken_into_review": 40, "assigned": 80, "missing": 0}]}
    )

    seed: int = Field(description="With it the same assignment can be drawn again.")
    taken_into_review: int
    assigned: int = Field(description="How many reviews were assigned.")
    missing: int = Field(description="How many could not be, since no reviewer is left for them.")


class ScoreIn(BaseModel):
    """A reviewer's judgement; it is final."""

    model_config = body(
        {"scores": {"motivation": 4, "teaching": 3}, "comment": "Clear why, and knows what a class is."}
    )

    scores: dict[CriterionCode, Points] = Field(description="Points for every criterion of the rubric.", max_length=20)
    comment: Comment = Field(default="", description="The person can read it, without your name, after the decision.")


class ReleaseIn(BaseModel):
    """Why a review is given back."""

    model_config = body({"reason": "I know this person."})

    reason: Reason


class ReviewOut(BaseModel):
    """A review as far as you may see it; the reviewer's account is null where it is not yours to know."""

    model_config = ConfigDict(json_schema_extra={"examples": [A_REVIEW]})

    id: str
    applicant_id: str
    applicant_code: str
    cohort_id: str
    reviewer_id: str | None = Field(description="Null for another reviewer's.")
    state: ReviewState
    seed: int | None = Field(description="That of the automatic assignment; null where a manager chose.")
    rubric: int | None = Field(description="The number of the rubric that the scores are by.")
    scores: dict[str, int]
    total: float | None = Field(description="What it is worth, 0–100, with one decimal; null until it is done.")
    comment: str | None
    release_reason: str | None
    assigned_at: dt.datetime
    done_at: dt.datetime | None
    version: int

    @classmethod
    def of(cls, review: Review, actor: Actor) -> ReviewOut:
        """Return `review`, whose application and rubric are loaded, as `actor` may see it."""
        is_known = actor.role in SEES_ALL or review.reviewer_id == actor.id
        made: dict[str, Any] = {
            "applicant_code": review.applicant.code,
            "cohort_id": review.applicant.cohort_id,
            "reviewer_id": review.reviewer_id if is_known else None,
            "rubric": None if review.rubric is None else review.rubric.number,
            "total": worth(review),
        }
        plain = {name: getattr(review, name) for name in cls.model_fields if name not in made}
        return cls.model_validate({**plain, **made})


def worth(review: Review) -> float | None:
    """Return what a review with its rubric is worth, with one decimal; None until it is done."""
    if review.rubric is None:
        return None
    return round(float(total(criteria_of(review.rubric.criteria), review.scores)), 1)


class FindingOut(BaseModel):
    """A screening rule that an application does not meet."""

    rule_id: str
    kind: str
    effect: Literal["bar", "flag"]
    message: str
    legal_basis: str


class JudgementOut(BaseModel):
    """What the reviews of an application come to, and which screening rules it does not meet."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "applicant_id": AN_APPLICANT_ID,
                    "verdict": "complete",
                    "done": 2,
                    "wanted": 2,
                    "difference": 8.5,
                    "suitability": 69,
                    "reviews": [A_REVIEW],
                    "findings": [],
                }
            ]
        }
    )

    applicant_id: str
    verdict: Literal["no_rubric", "waiting", "differing", "complete"] = Field(
        description="differing: two reviewers differ by more than the rubric allows, and a third one is missing."
    )
    done: int
    wanted: int = Field(description="2, or 3 where the first two differ.")
    difference: float | None = Field(description="Between the first two, in points of 100.")
    suitability: int | None = Field(description="0–100, worked out from the scores; null until they are complete.")
    reviews: list[ReviewOut]
    findings: list[FindingOut]


def judgement(
    applicant_id: str, found: Outcome | None, reviews: list[ReviewOut], findings: list[FindingOut]
) -> JudgementOut:
    """Return what the reviews come to, as it is sent; `found` is None where the cohort has no rubric."""
    done = sum(one.state == "done" for one in reviews)
    return JudgementOut(
        applicant_id=applicant_id,
        verdict="no_rubric" if found is None else found.verdict,
        done=done,
        wanted=WANTED + 1
        if found is not None and (found.verdict == "differing" or len(found.totals) > WANTED)
        else WANTED,
        difference=None if found is None or found.difference is None else round(float(found.difference), 1),
        suitability=None if found is None else found.suitability,
        reviews=reviews,
        findings=findings,
    )


class RaterOut(BaseModel):
    """What one reviewer's scores show beside the colleagues' on the same applications."""

    reviewer_id: str
    name: str
    done: int = Field(description="Reviews that are done.")
    compared: int = Field(description="Of these, on how many applications somebody else has scored too.")
    mean: float = Field(description="Of the totals, 0–100.")
    milder: float | None = Field(description="By how many points above the colleagues on average; below 0: stricter.")
    agreeing_percent: int | None = Field(description="In how many of 100 cases within what the rubric allows.")
    drift: float | None = Field(
        description="`milder` in the later half minus the earlier half; null for fewer than ten."
    )
    notable: bool = Field(description="`milder` is above 5 points, and above what chance explains.")

    @classmethod
    def of(cls, rater: Rater, name: str) -> RaterOut:
        """Return `rater` as it is sent."""
        return cls(
            reviewer_id=rater.reviewer_id,
            name=name,
            done=rater.done,
            compared=rater.compared,
            mean=round(rater.mean, 1),
            milder=_one_decimal(rater.milder),
            agreeing_percent=None if rater.agreeing is None else round(100 * rater.agreeing),
            drift=_one_decimal(rater.drift),
            notable=rater.is_notable,
        )


class RatersOut(BaseModel):
    """How far the reviewers of a cohort agree."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "cohort_id": A_COHORT_ID,
                    "spread": 7.9,
                    "uncertainty": 5.6,
                    "items": [
                        {
                            "reviewer_id": "0193b7a4-1c1e-7f6e-9d55-2f1d6f0c8a31",
                            "name": "Sari",
                            "done": 24,
                            "compared": 22,
                            "mean": 71.3,
                            "milder": 8.2,
                            "agreeing_percent": 86,
                            "drift": -1.5,
                            "notable": True,
                        }
                    ],
                }
            ]
        }
    )

    cohort_id: str
    spread: float | None = Field(description="Standard deviation of totals within one application, in points of 100.")
    uncertainty: float | None = Field(
        description="Standard error of a suitability that comes from two reviews, in points."
    )
    items: list[RaterOut]

    @classmethod
    def of(cls, cohort_id: str, found: Agreement, names: Mapping[str, str]) -> RatersOut:
        """Return `found` as it is sent, the raters by name."""
        items = [RaterOut.of(one, names.get(one.reviewer_id, "–")) for one in found.raters]
        return cls(
            cohort_id=cohort_id,
            spread=_one_decimal(found.spread),
            uncertainty=_one_decimal(found.uncertainty),
            items=sorted(items, key=lambda one: (one.name, one.reviewer_id)),
        )


def _one_decimal(value: float | None) -> float | None:
    # Not -0.0, which would be shown as a difference.
    return None if value is None else round(value, 1) + 0.0


class AcceptIn(BaseModel):
    """How somebody is taken into the pool."""

    model_config = body({}, {"suitability": 78, "accept": 900}, {"suitability": 60, "reason": "Spoke with her twice."})

    suitability: Percent = Field(
        default=LEFT_OUT,
        description="Left out: what the reviews come to. Another number needs a reason. Needed where the cohort has no rubric.",
    )
    accept: Thousandths = LEFT_OUT
    reason: Reason | None = Field(default=None, description="Why it is another number than the reviews come to.")


class ReviewQuery(PageQuery):
    """How reviews are listed."""

    sort: Literal["assigned", "-assigned", "done", "-done"] = "assigned"
    state: list[ReviewState] = Field(default=[])
    mine: bool | None = Field(default=None, description="Only those assigned to you, or only the others.")
    applicant: str | None = Field(default=None, max_length=36, description="The id of an application.")
    cohort: str | None = Field(default=None, max_length=36, description="The id of a cohort.")
    reviewer: str | None = Field(
        default=None, max_length=36, description="The id of a reviewer's account; for the programme."
    )
