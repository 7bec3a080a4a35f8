"""Sponsors of a large cohort, drawn from the seed: governments that cover every province, companies with earmarks. All are invented."""

from __future__ import annotations

import random
from collections.abc import Sequence

from app.demo.drawing import chance
from app.demo.records import Agreement, CohortParameters, Fund, Need, Sponsor, Text
from app.demo.sponsors import Design
from app.geography import reference

STEMS = (
    "Bahari",
    "Cakrawala",
    "Digdaya",
    "Fajar",
    "Gemilang",
    "Harapan",
    "Lestari",
    "Mandala",
    "Nusa",
    "Pelita",
    "Sagara",
    "Tirta",
)
TRADES = ("Energi", "Finansial", "Kimia", "Logistik", "Pangan", "Perkebunan", "Semen", "Telekomunikasi")
EARMARKS = ("level:sd", "level:sd", "level:smp", "level:sma", "level:smk", "field:stem")


def drawn_design(parameters: CohortParameters, rng: random.Random, needs: Sequence[Need]) -> Design:
    """Return `parameters.funds` funds: a third of governments, which together reach every province, the rest of companies."""
    provinces = sorted({need.regency[:2] for need in needs})
    regencies = sorted({need.regency for need in needs})
    governments = max(1, parameters.funds // 3)
    areas = government_areas(provinces, regencies, governments)
    sponsors: list[Sponsor] = []
    funds: list[Fund] = []
    agreements: list[Agreement] = []
    by_area: dict[str, list[str]] = {}
    for number, area in enumerate(areas, start=1):
        sponsor, fund = f"gov-{number:03d}", f"apbn-{number:03d}"
        names = ", ".join(place_name(code) for code in area)
        sponsors.append(Sponsor(sponsor, f"Pemerintah untuk {names} (contoh)", "government", area[0][:2]))
        funds.append(Fund(fund, sponsor, f"APBN/APBD {number} {parameters.year}", 0, Text(names, names)))
        agreements.append(
            Agreement(
                f"{fund}-penuh",
                Text("pemerintah membayar semuanya", "government pays everything"),
                (("*", fund),),
                area,
            )
        )
        for code in area:
            by_area.setdefault(code[:2], []).append(fund)
    areas_of = {f"apbn-{number:03d}": area for number, area in enumerate(areas, start=1)}
    for number in range(1, parameters.funds - len(areas) + 1):
        add_company(rng, number, parameters.year, by_area, areas_of, into=(sponsors, funds, agreements))
    factors = {fund.id: rng.choice((85, 95, 100, 105, 125)) for fund in funds}
    return Design(tuple(sponsors), tuple(funds), tuple(agreements), factors)


def government_areas(provinces: Sequence[str], regencies: Sequence[str], count: int) -> list[tuple[str, ...]]:
    """Return `count` areas (or fewer) that together cover everything: whole provinces, or regencies where those are too few."""
    places = provinces if count <= len(provinces) else regencies
    count = min(count, len(places))
    return [tuple(places[start::count]) for start in range(count)]


def add_company(
    rng: random.Random,
    number: int,
    year: int,
    by_area: dict[str, list[str]],
    areas_of: dict[str, tuple[str, ...]],
    *,
    into: tuple[list[Sponsor], list[Fund], list[Agreement]],
) -> None:
    """Add one company with its fund, its own agreement by earmark, and often one in which a government pays the stipend."""
    sponsors, funds, agreements = into
    provinces = sorted(by_area)
    sponsor, fund = f"csr-{number:03d}", f"csr-{number:03d}-{year}"
    name = f"PT {STEMS[number % len(STEMS)]} {TRADES[number // len(STEMS) % len(TRADES)]} {number} (contoh)"
    regions = tuple(sorted(rng.sample(provinces, min(len(provinces), rng.randint(1, 3))))) if chance(rng, 70) else None
    tags = (rng.choice(EARMARKS),) if regions is None or chance(rng, 35) else ()
    where = ", ".join(place_name(code) for code in regions) if regions else "Indonesia"
    earmark = " · ".join((where, *tags))
    sponsors.append(Sponsor(sponsor, name, "company"))
    funds.append(Fund(fund, sponsor, f"CSR {number} {year}", 0, Text(earmark, earmark)))
    agreements.append(
        Agreement(
            f"{sponsor}-mandiri",
            Text("perusahaan membayar semuanya", "company pays everything"),
            (("*", fund),),
            regions,
            tags,
        )
    )
    if chance(rng, 60):
        government = rng.choice(by_area[rng.choice(regions or provinces)])
        agreements.append(
            Agreement(
                f"{sponsor}-{government}",
                Text(
                    "pemerintah membayar uang saku, perusahaan sisanya", "government pays the stipend, company the rest"
                ),
                (("*", fund), ("stipend", government)),
                areas_of[government],
                tags,
                max_placements=rng.choice((None, 5, 20, 60)),
            )
        )


def place_name(code: str) -> str:
    """Return the name of a province or regency."""
    province = reference.provinces().get(code)
    return province.name if province else reference.regencies()[code].name
