"""Invented applicants with honest distributions: what they teach, speak, bear, wish and refuse."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from app.demo.drawing import bell, chance, dealt, stream, weighted_sample
from app.demo.names import invented_name
from app.demo.needs import PAPUA, SKILLS
from app.demo.records import CohortParameters, Need, Person
from app.geography import reference

# What graduates bring, in per cent; physics, ICT, chemistry and vocational subjects are scarce, as in the country.
SUBJECTS = {
    "indonesian": 17,
    "civics": 13,
    "biology": 13,
    "english": 12,
    "economics": 12,
    "math": 10,
    "history": 8,
    "chemistry": 5,
    "ict": 4,
    "physics": 3,
    "agriculture": 2,
    "fisheries": 1,
}
PROFILES = {"sd": 42, "sd+smp": 13, "smp+sma": 28, "smp": 9, "sma+smk": 5, "smk": 3}
TOLERANCE = {"2": 12, "3": 30, "4": 34, "5": 24}
# Where applicants like to go: known from travel and from alumni; all others count by their distance.
POPULAR = {"51": 16, "52": 14, "53": 12, "12": 9, "72": 6, "13": 8, "82": 6, "81": 7, "73": 7, "18": 6, "16": 4}


@dataclass(frozen=True, slots=True)
class Wishes:
    """Weights by province for liking and refusing, and the regencies in use."""

    liked: Mapping[str, int]
    feared: Mapping[str, int]
    regencies: Mapping[str, Sequence[str]]


def make_people(parameters: CohortParameters, seed: int, needs: Sequence[Need]) -> tuple[Person, ...]:
    """Return the applicants by id: couples have a group, those who return fit a post that they may keep."""
    rng = stream(seed, "people")
    count = parameters.applicants
    homes = draw_homes(rng, parameters)
    profiles = dealt(rng, count, PROFILES)
    tolerances = dealt(rng, count, TOLERANCE)
    upper = sum(profile not in ("sd",) for profile in profiles)
    subjects = iter(dealt(rng, upper, SUBJECTS))
    seconds = iter(dealt(rng, upper, SUBJECTS))
    genders = dealt(rng, count, {"f": 58, "m": 42})
    wishes = wishes_among({need.regency for need in needs})
    width = max(3, len(str(count)))
    people: list[Person] = []
    for index in range(count):
        levels = tuple(level.upper() for level in profiles[index].split("+"))
        own: tuple[str, ...] = ()
        if profiles[index] != "sd":
            first, second = next(subjects), next(seconds)
            own = tuple(sorted({first, second} if chance(rng, 20) else {first}))
        person = one_person(
            rng,
            wishes,
            identifier=f"v-{index + 1:0{width}d}",
            home=homes[index],
            gender=genders[index],
            levels=levels,
            subjects=own,
            tolerance=int(tolerances[index]),
        )
        people.append(person)
    people = with_couples(rng, people, parameters.applicants * parameters.couples_percent // 200)
    return tuple(with_returning(rng, people, needs, parameters.returning))


def draw_homes(rng: random.Random, parameters: CohortParameters) -> list[str]:
    """Return a home regency for everyone: by population, except for the share that outreach in the east brings."""
    everywhere = {code: row.population for code, row in reference.regencies().items()}
    east = {code: people for code, people in everywhere.items() if code[:2] in PAPUA}
    reached = parameters.applicants * parameters.outreach_percent // 100
    homes = [_by_population(rng, east) for _ in range(reached)]
    cumulative = list(accumulate(everywhere.values()))
    homes += rng.choices(list(everywhere), cum_weights=cumulative, k=parameters.applicants - reached)
    rng.shuffle(homes)
    return homes


def _by_population(rng: random.Random, people: Mapping[str, int]) -> str:
    return rng.choices(list(people), list(people.values()))[0]


def wishes_among(regencies: set[str]) -> Wishes:
    """Return the weights by which provinces with needs are liked (popular, near) and feared (far)."""
    by_province: dict[str, list[str]] = {}
    for code in sorted(regencies):
        by_province.setdefault(code[:2], []).append(code)
    hints = reference.travel_hints()
    far = {p: max(hints[code].km_from_jakarta for code in codes) for p, codes in by_province.items()}
    return Wishes(
        liked={p: POPULAR.get(p, max(1, 5 - far[p] // 800)) for p in by_province},
        feared={p: 1 + far[p] // 500 for p in by_province},
        regencies=by_province,
    )


def one_person(
    rng: random.Random,
    wishes: Wishes,
    *,
    identifier: str,
    home: str,
    gender: str,
    levels: tuple[str, ...],
    subjects: tuple[str, ...],
    tolerance: int,
) -> Person:
    """Return one invented person with what the dealt cards say; the rest is drawn here."""
    island = reference.provinces()[home[:2]].island_group
    preferences = preferred(rng, wishes)
    return Person(
        id=identifier,
        name=invented_name(rng, island, gender),
        email=f"{identifier}@relawan.example",
        gender=gender,
        birth_year=rng.randint(1996, 2004),
        home=home,
        levels=levels,
        subjects=subjects,
        languages=spoken(rng, home, wishes),
        skills=tuple(sorted(rng.sample(SKILLS, rng.choice((0, 1, 1, 1, 2, 2, 3))))),
        regular_care=chance(rng, 6),
        returning=False,
        max_hardship=tolerance,
        suitability=bell(rng, 40, 95),
        preferences=preferences,
        refuses=refused(rng, wishes, preferences),
        group=None,
        accept=1000 - 10 * rng.randint(2, 25),
    )


def preferred(rng: random.Random, wishes: Wishes) -> tuple[str, ...]:
    """Return up to four places, best first: provinces, now and then led by one regency; 12 % wish for nothing in particular."""
    if chance(rng, 12):
        return ()
    found = weighted_sample(rng, wishes.liked, rng.randint(1, 4))
    if chance(rng, 20):
        found.insert(0, rng.choice(list(wishes.regencies[found[0]])))
    return tuple(found)


def refused(rng: random.Random, wishes: Wishes, preferences: tuple[str, ...]) -> tuple[str, ...]:
    """Return the one or two provinces that a fifth of the people refuse, never one that they wish for."""
    if not chance(rng, 20):
        return ()
    liked = {code[:2] for code in preferences}
    left = {province: weight for province, weight in wishes.feared.items() if province not in liked}
    return tuple(sorted(weighted_sample(rng, left, rng.choice((1, 1, 2)))))


def spoken(rng: random.Random, home: str, wishes: Wishes) -> tuple[str, ...]:
    """Return the regional languages that a person speaks: mostly those nearest to home, some one learned for the east."""
    nearby = reference.languages_of()[home]
    found = {code for code, percent in zip(nearby, (75, 25, 10), strict=False) if chance(rng, percent)}
    if chance(rng, 8):
        province = rng.choice(list(wishes.regencies))
        found.add(rng.choice(reference.languages_of()[rng.choice(list(wishes.regencies[province]))]))
    return tuple(sorted(found))


def with_couples(rng: random.Random, people: list[Person], couples: int) -> list[Person]:
    """Return the people with that many married couples among them: same home, wishes, refusals and tolerance."""
    women = [index for index, person in enumerate(people) if person.gender == "f"]
    men = [index for index, person in enumerate(people) if person.gender == "m"]
    pairs = zip(rng.sample(women, couples), rng.sample(men, couples), strict=True)
    for number, (one, other) in enumerate(pairs, start=1):
        first = people[one]
        group = f"g-{number:0{max(2, len(str(couples)))}d}"
        people[one] = replace(first, group=group)
        people[other] = replace(
            people[other],
            home=first.home,
            languages=first.languages,
            preferences=first.preferences,
            refuses=first.refuses,
            max_hardship=first.max_hardship,
            group=group,
        )
    return people


def with_returning(rng: random.Random, people: list[Person], needs: Sequence[Need], returning: int) -> list[Person]:
    """Return the people with those who served last year: each taught a class in another regency and could stay there."""
    posts: dict[str, Need] = {}
    for need in sorted(needs, key=lambda n: (-n.score, n.id)):
        if need.level == "SD" and need.seats > 1:
            posts.setdefault(need.regency, need)
    chosen = list(posts.values())[:returning]
    free = [i for i, person in enumerate(people) if person.group is None and "SD" in person.levels]
    for index, need in zip(rng.sample(free, min(len(chosen), len(free))), chosen, strict=False):
        person = people[index]
        languages = {*person.languages, reference.languages_of()[need.regency][0]}
        people[index] = replace(
            person,
            home=person.home if person.home[:2] != need.regency[:2] else "31.71",
            languages=tuple(sorted(languages)),
            regular_care=False,
            returning=True,
            max_hardship=5,
            suitability=max(75, person.suitability),
            preferences=(need.regency, *(p for p in person.preferences if p != need.regency)),
            refuses=(),
            accept=980,
        )
    return people


def served_before(people: Sequence[Person], needs: Sequence[Need]) -> tuple[tuple[str, str], ...]:
    """Return (person, need) of last year's placements, in the order of need."""
    posts = {need.id: need for need in needs}
    best: dict[str, str] = {}
    for need in sorted(posts.values(), key=lambda n: (-n.score, n.id)):
        if need.level == "SD" and need.seats > 1:
            best.setdefault(need.regency, need.id)
    return tuple((person.id, best[person.preferences[0]]) for person in people if person.returning)
