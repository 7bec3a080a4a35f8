"""What somebody who is offered a place reads about it: school, work, language, conditions, money; in the request's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.applicants.models import Applicant
from app.applicants.places import language_names
from app.applicants.wording import HARDSHIPS
from app.core.i18n import gettext, mark
from app.geography.map import RegionMap, Tally, region_map
from app.geography.models import Region
from app.identity.actor import Actor
from app.offers import queries
from app.offers.models import Offer
from app.rounds import queries as rounds
from app.rounds.models import Placement
from app.rounds.showing import LINES, post_words
from app.schools.models import Need, School

CONDITIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "remote": mark("The school is remote: plan the way there ahead."),
        "no-signal": mark("There is no mobile signal at the school."),
        "far-from-clinic": mark("The next clinic is far away."),
        "underdeveloped": mark("The regency is one of the underdeveloped regions by decree."),
        "no-electricity": mark("There is no electricity round the clock."),
        "boat": mark("The last part of the way is by boat."),
    }
)


@dataclass(frozen=True, slots=True)
class Place:
    """The page of a place that is offered."""

    school: str
    npsn: str
    region: str
    province: str
    distance: int
    timezone: str
    work: str
    hardship: str
    languages: list[str]
    conditions: list[str]
    starts_on: Any
    ends_on: Any
    others: int
    """How many other people of the programme are placed at the same school."""
    lines: list[tuple[str, str, int]]
    """(cost line, who pays it, rupiah)"""
    cost: int
    drawn: RegionMap


def place_of(session: Session, actor: Actor, offer: Offer) -> Place:
    """Return what is told about the place of an offer that the actor may see."""
    placement = session.get_one(Placement, offer.placement_id)
    need = session.get_one(Need, placement.need_id)
    school = session.get_one(School, need.school_id)
    region = session.get_one(Region, school.region_code)
    province = session.get(Region, region.parent_code) if region.parent_code else None
    paid = rounds.lines_of(session, actor, [placement.id]).get(placement.id, [])
    return Place(
        school=school.name,
        npsn=school.npsn,
        region=region.name,
        province="" if province is None else province.name,
        distance=region.distance_km,
        timezone=region.timezone,
        work=post_words(need.level, need.subject),
        hardship=gettext(HARDSHIPS[need.hardship]),
        languages=language_names(region.languages),
        conditions=[gettext(CONDITIONS[tag]) for tag in sorted({*school.tags, *need.tags}) if tag in CONDITIONS],
        starts_on=need.starts_on,
        ends_on=need.ends_on,
        others=_others(session, placement, need),
        lines=[(gettext(LINES.get(line.line, line.line)), line.sponsor, line.amount) for line in paid],
        cost=placement.cost,
        drawn=region_map([Tally(region.code, 1, 1)]),
    )


def _others(session: Session, placement: Placement, need: Need) -> int:
    """Count the others whose offers for the same school stand; never who they are."""
    there = select(Need.id).where(Need.school_id == need.school_id)
    standing = (
        select(func.count())
        .select_from(Offer)
        .join(Placement, Placement.id == Offer.placement_id)
        .where(Placement.need_id.in_(there), Placement.id != placement.id, Offer.state.in_(("sent", "accepted")))
    )
    return session.scalar(standing) or 0


def latest_own(session: Session, actor: Actor) -> Offer | None:
    """Return the person's own latest offer."""
    return session.scalars(queries.visible_to(actor).order_by(Offer.sent_at.desc(), Offer.id.desc()).limit(1)).first()


def person_of(session: Session, offer: Offer) -> str:
    """Return the name of the person an offer goes to."""
    name = select(Applicant.name).join(Placement, Placement.applicant_id == Applicant.id)
    return session.scalars(name.where(Placement.id == offer.placement_id)).one()
