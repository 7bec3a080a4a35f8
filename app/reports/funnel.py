"""The selection funnel: how far the applications of a cohort have come, counted in one statement.

    applied    begun                         placed     a place was offered
    complete   sent                          accepted   the place was taken
    reviewed   scored once, or decided       arrived    serves, or has served
    in_pool    taken into the pool

The furthest stage that was reached counts, whatever came afterwards: who was in the pool and withdrew has been in the pool.
By province and gender no number from one to four is told, nor one that could be worked out from the others and the sum.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session

from app.applicants.models import Applicant
from app.deployments.models import Deployment
from app.geography.models import Region
from app.offers.models import Offer
from app.reports.schemas import STAGES, FunnelOut, PartOut
from app.reviews.models import Review
from app.rounds.models import Placement

FEWEST: Final = 5
Counts = list[int]


def funnel_of(session: Session, cohort_id: str) -> FunnelOut:
    """Return the funnel of a cohort."""
    provinces: dict[str | None, Counts] = defaultdict(lambda: [0] * len(STAGES))
    genders: dict[str | None, Counts] = defaultdict(lambda: [0] * len(STAGES))
    for stage, home, gender, number in session.execute(_reached(cohort_id)):
        province = None if home is None else home.partition(".")[0]
        for place in range(stage + 1):
            provinces[province][place] += number
            genders[gender][place] += number
    names = select(Region.code, Region.name).where(Region.level == "province")
    named: dict[str, str] = dict(session.execute(names).all())
    return FunnelOut(
        stages=list(STAGES),
        counts=[sum(counts[place] for counts in genders.values()) for place in range(len(STAGES))],
        provinces=_parts(provinces, named),
        genders=_parts(genders, {}),
    )


def _reached(cohort_id: str) -> Select[*tuple[Any, ...]]:
    """Select (furthest stage as a place in STAGES, home, gender, number)."""
    person = Applicant
    mine = (
        select(Placement.id).join(Offer, Offer.placement_id == Placement.id).where(Placement.applicant_id == person.id)
    )
    served = select(Deployment.id).where(Deployment.applicant_id == person.id, Deployment.arrived_on.is_not(None))
    read = select(Review.id).where(Review.applicant_id == person.id, Review.state == "done")
    stage = case(
        (served.exists(), STAGES.index("arrived")),
        (mine.where(Offer.state == "accepted").exists(), STAGES.index("accepted")),
        (mine.exists(), STAGES.index("placed")),
        (person.suitability.is_not(None), STAGES.index("in_pool")),
        (read.exists() | (person.state == "rejected"), STAGES.index("reviewed")),
        (person.submitted_at.is_not(None), STAGES.index("complete")),
        else_=STAGES.index("applied"),
    ).label("stage")
    # Grouped outside, since the two databases do not agree on grouping by an expression with parameters.
    people = select(stage, person.home_code, person.gender).where(person.cohort_id == cohort_id).subquery()
    return select(*people.c, func.count()).group_by(*people.c)


def _parts(groups: Mapping[str | None, Counts], names: Mapping[str, str]) -> list[PartOut]:
    codes = sorted(groups, key=lambda code: (code is None, code or ""))
    columns = [told([groups[code][place] for code in codes]) for place in range(len(STAGES))]
    return [
        PartOut(code=code, name=names.get(code or ""), counts=[column[row] for column in columns])
        for row, code in enumerate(codes)
    ]


def told(numbers: Counts) -> list[int | None]:
    """Return the numbers of groups with those of one to four hidden; and where only one is hidden, the next smallest with it.

    Else the sum, which is told, would tell the one that is missing. Where all are hidden together, theirs is a sum of at least two.
    """
    hidden = {place for place, number in enumerate(numbers) if 0 < number < FEWEST}
    others = sorted((number, place) for place, number in enumerate(numbers) if number >= FEWEST)
    if len(hidden) == 1 and others:
        hidden.add(others[0][1])
    return [None if place in hidden else number for place, number in enumerate(numbers)]
