"""Sponsors, funds and agreements of a cohort. All sponsors are invented; budgets follow from what the seats would cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from app.demo.drawing import stream
from app.demo.needs import PAPUA
from app.demo.records import Agreement, CohortParameters, Fund, Need, Person, SchoolPlace, Sponsor
from app.demo.sponsors import Design, demo_design
from app.demo.sponsors_drawn import drawn_design
from app.geography import reference

STEP = 5_000_000


@dataclass(frozen=True, slots=True)
class Money:
    """Who pays for what."""

    sponsors: tuple[Sponsor, ...]
    funds: tuple[Fund, ...]
    agreements: tuple[Agreement, ...]


def make_travel(needs: Sequence[Need], people: Sequence[Person]) -> tuple[tuple[str, str, int], ...]:
    """Return (home, regency of the school, rupiah there and back) for every home in use; none within one regency."""
    homes = sorted({person.home for person in people})
    targets = sorted({need.regency for need in needs})
    return tuple((home, target, fare(home, target)) for home in homes for target in targets if home != target)


def fare(home: str, target: str) -> int:
    """Return an invented fare there and back in bands of Rp 500,000: through Jakarta, or within the province.

    The legs are those of `travel_hints.csv`, whose money is invented; a home leg leaves out its fixed part.
    """
    if home[:2] == target[:2]:
        return 5_000_000 if target[:2] in PAPUA else 3_000_000
    hints = reference.travel_hints()
    one_way = hints[target].one_way + max(0, hints[home].one_way - 1_500_000)
    return round_up(2 * one_way, 500_000)


def round_up(amount: int, step: int) -> int:
    """Return the next multiple of `step`."""
    return -(-amount // step) * step


def make_money(
    parameters: CohortParameters,
    seed: int,
    schools: Sequence[SchoolPlace],
    needs: Sequence[Need],
    travel: Sequence[tuple[str, str, int]],
) -> Money:
    """Return sponsors, funds with budgets, and agreements, each sorted by id."""
    design = design_of(parameters, seed, needs)
    planned = planned_spending(design.agreements, schools, needs, mean_fares(travel))
    funds = [
        replace(
            fund,
            budget=round_up(
                planned.get(fund.id, 0) * parameters.tightness * design.factors.get(fund.id, 100) // 10_000, STEP
            ),
        )
        for fund in design.funds
    ]
    return Money(
        tuple(sorted(design.sponsors, key=lambda s: s.id)),
        tuple(sorted(funds, key=lambda f: f.id)),
        tuple(sorted(design.agreements, key=lambda a: a.id)),
    )


def design_of(parameters: CohortParameters, seed: int, needs: Sequence[Need]) -> Design:
    """Return the sponsors laid out by hand for the demo, else drawn ones."""
    if parameters.design == "demo":
        return demo_design(parameters.year)
    return drawn_design(parameters, stream(seed, "money"), needs)


def mean_fares(travel: Sequence[tuple[str, str, int]]) -> dict[str, int]:
    """Return the mean fare to each regency over the homes in use."""
    sums: dict[str, list[int]] = {}
    for _, target, cost in travel:
        pair = sums.setdefault(target, [0, 0])
        pair[0] += cost
        pair[1] += 1
    return {target: total // count for target, (total, count) in sums.items()}


def planned_spending(
    agreements: Sequence[Agreement], schools: Sequence[SchoolPlace], needs: Sequence[Need], fares: Mapping[str, int]
) -> dict[str, int]:
    """Return what each fund would pay if the seats of every need were split evenly among the agreements that may pay them."""
    tags = {school.npsn: set(school.tags) for school in schools}
    spending: dict[str, int] = {}
    by_place = agreements_by_place(agreements)
    for need in needs:
        own = {*need.tags, *tags[need.school]}
        usable = [
            a
            for place in (need.regency, need.regency[:2], "")
            for a in by_place.get(place, ())
            if own.issuperset(a.tags)
        ]
        lines = (*need.cost, ("travel", fares.get(need.regency, 0)))
        for agreement in usable:
            pays = dict(agreement.pays)
            for line, rupiah in lines:
                fund = pays.get(line) or pays["*"]
                spending[fund] = spending.get(fund, 0) + rupiah * need.seats // len(usable)
    return spending


def agreements_by_place(agreements: Sequence[Agreement]) -> dict[str, list[Agreement]]:
    """Return the agreements by each region that they name; those for anywhere under the empty text."""
    found: dict[str, list[Agreement]] = {}
    for agreement in agreements:
        for region in agreement.regions if agreement.regions is not None else ("",):
            found.setdefault(region, []).append(agreement)
    return found
