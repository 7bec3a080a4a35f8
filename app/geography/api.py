"""Places over the API: what there is, how far it is, what the journey costs."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request

from app.core.access import Actor
from app.core.database import reading
from app.core.filters import contains, filtered
from app.core.openapi import problem_responses
from app.core.paging import Page, page_of
from app.geography import queries
from app.geography.models import Fare, Region
from app.geography.schemas import FareOut, FareQuery, RegionOut, RegionQuery
from app.identity.permissions import requires

router = APIRouter(prefix="/api/v1", tags=["geography"])

REGION_SORTS: Final = {
    "code": Region.code,
    "name": Region.name,
    "population": Region.population,
    "distance": Region.distance_km,
    "wage": Region.monthly_wage,
}
REGION_FILTERS: Final[dict[str, Any]] = {
    "level": Region.level,
    "parent": Region.parent_code,
    "underdeveloped": Region.underdeveloped,
    "name": contains(Region.name),
}
FARE_FILTERS: Final[dict[str, Any]] = {
    "home": lambda code: Fare.home_code.in_(queries.codes_within(code)),
    "target": lambda code: Fare.target_code.in_(queries.codes_within(code)),
}


@router.get("/regions", summary="List provinces, regencies and cities")
def list_regions(
    request: Request, query: Annotated[RegionQuery, Query()], actor: Annotated[Actor, requires("regions.view")]
) -> Page[RegionOut]:
    """Return one page of regions."""
    with reading(request) as session:
        statement = filtered(queries.visible_to(actor), query, REGION_FILTERS)
        return page_of(session, statement, query, sorts=REGION_SORTS, key=Region.code, shown=RegionOut.of)


@router.get("/regions/{region_code}", summary="Show a region", responses=problem_responses(404))
def show_region(request: Request, region_code: str, actor: Annotated[Actor, requires("regions.view")]) -> RegionOut:
    """Return one region by its code."""
    with reading(request) as session:
        return RegionOut.of(queries.region(session, actor, region_code))


@router.get("/fares", summary="List what journeys cost")
def list_fares(
    request: Request, query: Annotated[FareQuery, Query()], actor: Annotated[Actor, requires("fares.view")]
) -> Page[FareOut]:
    """Return one page of fares."""
    # A fare is known by its two ends: the one that the list is not sorted by makes the order total.
    key = Fare.home_code if query.sort.endswith("target") else Fare.target_code
    sorts = {"home": Fare.home_code, "target": Fare.target_code}
    with reading(request) as session:
        statement = filtered(queries.fares_visible_to(actor), query, FARE_FILTERS)
        return page_of(session, statement, query, sorts=sorts, key=key, shown=FareOut.of)
