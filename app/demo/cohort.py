"""Make a cohort from parameters and a seed: real places, invented people, the same everywhere.

`make_cohort` draws every part from its own stream of the seed and its time grows linearly with applicants and seats.
"""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from app.demo.money import make_money, make_travel
from app.demo.needs import chosen_regencies, make_needs
from app.demo.partners import PARTNERS, make_activities, make_resources
from app.demo.people import make_people, served_before
from app.demo.records import Cohort, CohortParameters, Text
from app.demo.rules import make_policies

VERSION = 2
"""Raised when the same seed gives another cohort than before, so that a stored demo is made anew."""

DEMO_REGENCIES = (
    "12.14",
    "13.09",
    "52.08",
    "53.02",
    "53.05",
    "53.11",
    "72.09",
    "81.07",
    "82.08",
    "93.03",
    "93.04",
    "96.04",
)

PRESETS = MappingProxyType(
    {
        "demo": CohortParameters(
            name="demo",
            title=Text("Putaran 2027-1 (contoh)", "Round 2027-1 (example)"),
            applicants=120,
            seats=75,
            regency_count=12,
            regencies=DEMO_REGENCIES,
            funds=8,
            design="demo",
        ),
        "province": CohortParameters(
            name="province",
            title=Text("Nusa Tenggara Timur 2027 (contoh)", "Nusa Tenggara Timur 2027 (example)"),
            applicants=600,
            seats=350,
            regency_count=22,
            provinces=("53",),
            funds=12,
        ),
        "national": CohortParameters(
            name="national",
            title=Text("Nasional 2027 (contoh)", "National 2027 (example)"),
            applicants=2_000,
            seats=1_000,
            regency_count=50,
            funds=20,
            returning=10,
        ),
    }
)


def national(applicants: int, seats: int, regencies: int, funds: int) -> CohortParameters:
    """Return the parameters of a national cohort of another size, up to all 514 regencies."""
    title = Text(f"Nasional {applicants} (contoh)", f"National {applicants} (example)")
    return replace(
        PRESETS["national"],
        name=f"national-{applicants}",
        title=title,
        applicants=applicants,
        seats=seats,
        regency_count=regencies,
        funds=funds,
    )


def make_cohort(parameters: CohortParameters, seed: int) -> Cohort:
    """Return the cohort of `parameters` and `seed`; the same two always give an equal one."""
    regencies = chosen_regencies(parameters, seed)
    schools, needs = make_needs(parameters, seed, regencies)
    people = make_people(parameters, seed, needs)
    travel = make_travel(needs, people)
    money = make_money(parameters, seed, schools, needs, travel)
    previous = served_before(people, needs)
    return Cohort(
        parameters=parameters,
        seed=seed,
        regencies=regencies,
        schools=schools,
        needs=needs,
        people=people,
        travel=travel,
        sponsors=money.sponsors,
        funds=money.funds,
        agreements=money.agreements,
        policies=make_policies(parameters, needs, people, money.funds, previous),
        resources=make_resources(needs),
        partners=PARTNERS,
        activities=make_activities(seed, regencies, schools),
        previous=previous,
        objective=({"need": 1, "penalty": -1}, {"fit": 1, "kept": 10, "preference": 3}, {"cost": -1}),
    )
