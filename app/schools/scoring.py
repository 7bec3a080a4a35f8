"""How urgent a need is, from 0 to 100 points, out of public data and two facts of the request.

Every part is counted in whole points up to its own limit, and the limits add up to 100, so that the sum can be shown with its
parts and computed again by anybody:

| part | points | out of |
| --- | --- | --- |
| `underdeveloped` | 25, or none | the regency stands on the list of Perpres 63/2020 |
| `distance` | 1 for each full 150 km, at most 25 | from Jakarta's airport to the regency, as the crow flies |
| `from_capital` | 1 for each full 50 km, at most 10 | from the province's capital to the regency |
| `low_wage` | 1 for each full Rp 330,000 below Rp 5,500,000, at most 10 | the provincial minimum wage a month |
| `few_schools` | 1 for each full 1,000 people to a school of the level, at most 10 | population and number of schools |
| `teachers_missing` | 3 for each, at most 12 | the request |
| `years_without` | 2 for each, at most 8 | the request: years without anybody sent |

Eighty points come from sources that nobody in the programme can influence, twenty from what the school says. The weights are the
programme's judgement, not a finding: they put place before request, and distance and poverty before the rest.
"""

from __future__ import annotations

from typing import Final

from app.geography import reference

MOST: Final = {
    "underdeveloped": 25,
    "distance": 25,
    "from_capital": 10,
    "low_wage": 10,
    "few_schools": 10,
    "teachers_missing": 12,
    "years_without": 8,
}
KM_FROM_JAKARTA: Final = 150
KM_FROM_CAPITAL: Final = 50
LIVING_WAGE: Final = 5_500_000
WAGE_STEP: Final = 330_000
PEOPLE_TO_A_SCHOOL: Final = 1_000
FOR_EACH_TEACHER: Final = 3
FOR_EACH_YEAR: Final = 2


def score_parts(regency: str, level: str, *, teachers_missing: int, years_without: int) -> dict[str, int]:
    """Return the points of each part, in the order of the table above; their sum is the score.

    Args:
        regency: Code of the regency or city in which the school lies.
        level: SD, SMP, SMA or SMK.
        teachers_missing: How many teachers the school lacks.
        years_without: For how many years nobody has been sent.

    Raises:
        KeyError: For a code that is no regency.
    """
    place = reference.regencies()[regency]
    way = reference.travel_hints()[regency]
    schools = max(1, reference.school_counts()[regency].of_level(level))
    counted = {
        "underdeveloped": MOST["underdeveloped"] if regency in reference.underdeveloped() else 0,
        "distance": way.km_from_jakarta // KM_FROM_JAKARTA,
        "from_capital": way.km_from_capital // KM_FROM_CAPITAL,
        "low_wage": (LIVING_WAGE - reference.monthly_wages()[place.province]) // WAGE_STEP,
        "few_schools": place.population // schools // PEOPLE_TO_A_SCHOOL,
        "teachers_missing": FOR_EACH_TEACHER * teachers_missing,
        "years_without": FOR_EACH_YEAR * years_without,
    }
    return {part: max(0, min(MOST[part], points)) for part, points in counted.items()}
