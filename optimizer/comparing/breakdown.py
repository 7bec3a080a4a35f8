"""What a solution gives by region, sponsor, group and tag of its volunteers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from optimizer.explaining.standing import Standing
from optimizer.made import Placement

BY = ("region", "sponsor", "group", "tag")
Figures = dict[str, int]


def broken_down(standing: Standing) -> dict[str, dict[str, Figures]]:
    """Return placed, need, fit and cost by each of BY, and there by identifier.

    A region has what lies in it or below it; a sponsor what is placed under agreements that draw on its funds, with the rupiah that those
    funds pay; a group and a tag what their volunteers get. Things without any placement are left out.
    """
    found: dict[str, dict[str, Figures]] = {by: defaultdict(_nothing) for by in BY}
    for one in standing.made.placements:
        for by, name, cost in _shares(standing, one):
            figures = found[by][name]
            figures["placed"] += 1
            figures["need"] += standing.problem.posts[one.post].need
            figures["fit"] += one.fit
            figures["cost"] += cost
    return {by: dict(sorted(rows.items())) for by, rows in found.items()}


def _nothing() -> Figures:
    return {"placed": 0, "need": 0, "fit": 0, "cost": 0}


def _shares(standing: Standing, one: Placement) -> Iterator[tuple[str, str, int]]:
    """Yield everything that a placement counts for, with the rupiah counted there."""
    index = standing.index
    region: str | None = index.post_region[one.post]
    while region is not None:
        yield "region", region, one.cost
        region = index.forest.parents[region]
    for sponsor in index.agreement_sponsors[one.agreement]:
        funds = frozenset(fund.id for fund in standing.problem.funds if fund.sponsor == sponsor)
        yield "sponsor", sponsor, standing.made.paid_by(one, funds)
    person = standing.problem.volunteers[one.volunteer]
    if person.group is not None:
        yield "group", person.group, one.cost
    for tag in person.tags:
        yield "tag", tag, one.cost
