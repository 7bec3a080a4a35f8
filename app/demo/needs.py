"""Regencies, schools and needs of a cohort: real places, invented conditions and requests."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from app.demo.drawing import apportion, chance, dealt, stream
from app.demo.records import CohortParameters, Need, SchoolPlace
from app.geography import reference
from app.schools.scoring import score_parts
from app.schools.vocabulary import post_tags, required_tags

PAPUA = ("91", "92", "93", "94", "95", "96")
STATION_LEVELS = {"SD": 55, "SMP": 22, "SMA": 13, "SMK": 10}
ACADEMIC = {
    "math": 24,
    "english": 20,
    "physics": 14,
    "indonesian": 10,
    "ict": 9,
    "biology": 8,
    "civics": 8,
    "chemistry": 7,
}
VOCATIONAL = {"fisheries": 3, "agriculture": 3, "ict": 2, "english": 2}
SKILLS = ("farming", "first-aid", "it-support", "library", "music", "science-club", "sports")
TRAINING = 9_000_000
INSURANCE = 1_200_000
SETTLING = 2_500_000


@dataclass(slots=True)
class SchoolDeck:
    """The schools of one regency still to be drawn, by level; starts again when all are used."""

    regency: str
    rng: random.Random
    left: dict[str, list[reference.School]] = field(default_factory=dict)
    turn: int = 0

    def draw(self, level: str) -> tuple[reference.School, int]:
        """Return a school of `level`, or of the next level that has one, and how often this deck was used up before."""
        if not any(self.left.values()):
            self._shuffle()
        order = (level, *(other for other in reference.LEVELS if other != level))
        return next(self.left[each].pop() for each in order if self.left.get(each)), self.turn

    def _shuffle(self) -> None:
        if self.left:
            self.turn += 1
        rows = reference.schools().get(self.regency) or invented_schools(self.regency)
        self.left = {level: [row for row in rows if row.level == level] for level in reference.LEVELS}
        for cards in self.left.values():
            self.rng.shuffle(cards)


def invented_schools(regency: str) -> tuple[reference.School, ...]:
    """Return stand-ins for the schools of a regency without data: real counts by level, numbers that start with X."""
    counts = reference.school_counts()[regency]
    place = reference.regencies()[regency]
    return tuple(
        reference.School(
            npsn=f"X{regency.replace('.', '')}{index}{number:04d}",
            name=f"{level} Contoh {place.short_name} {number}",
            level=level,
            status="negeri",
            regency=regency,
            district="",
            lat=place.lat,
            lon=place.lon,
        )
        for index, level in enumerate(reference.LEVELS, start=1)
        for number in range(1, counts.of_level(level) + 1)
    )


def chosen_regencies(parameters: CohortParameters, seed: int) -> tuple[str, ...]:
    """Return the cohort's regencies by code: those named, else underdeveloped ones first, then the farthest from Jakarta."""
    if parameters.regencies is not None:
        return tuple(sorted(parameters.regencies))
    hints = reference.travel_hints()
    wanted = [
        code
        for code, row in reference.regencies().items()
        if parameters.provinces is None or row.province in parameters.provinces
    ]
    poor = [code for code in wanted if code in reference.underdeveloped()]
    rest = sorted((code for code in wanted if code not in reference.underdeveloped()), key=lambda c: -hints[c].one_way)
    stream(seed, "regencies").shuffle(poor)
    return tuple(sorted((poor + rest)[: parameters.regency_count]))


def seats_by_regency(parameters: CohortParameters, regencies: tuple[str, ...]) -> dict[str, int]:
    """Return the seats of each regency: more where it is farther, exactly `parameters.seats` in all."""
    hints = reference.travel_hints()
    return apportion(parameters.seats, {code: 3 + hints[code].km_from_jakarta // 600 for code in regencies})


def make_needs(
    parameters: CohortParameters, seed: int, regencies: tuple[str, ...]
) -> tuple[tuple[SchoolPlace, ...], tuple[Need, ...]]:
    """Return the schools and needs of a cohort, sorted by id; the seats add up to `parameters.seats` exactly."""
    rng = stream(seed, "needs")
    quotas = seats_by_regency(parameters, regencies)
    levels = dealt(rng, sum((seats + 1) // 2 for seats in quotas.values()), STATION_LEVELS)
    primary = levels.count("SD")
    levels = [level for level in levels if level != "SD"] + ["SD"] * max(0, primary - len(quotas))
    rng.shuffle(levels)
    firsts = min(primary, len(quotas))
    subjects = Subjects(rng, parameters.seats)
    places: dict[str, SchoolPlace] = {}
    needs: list[Need] = []
    for number, (regency, seats) in enumerate(quotas.items()):
        deck = SchoolDeck(regency, rng)
        for index, size in enumerate(station_sizes(seats)):
            # The first school of a regency is a primary school: class teachers are the most asked for and the easiest to find.
            level = "SD" if index == 0 and number < firsts else levels.pop()
            school, turn = deck.draw(level)
            place = places.get(school.npsn) or school_place(rng, school, lonely=size == 1)
            places[school.npsn] = place
            needs += station(rng, place, size, subjects, turn)
    return tuple(sorted(places.values(), key=lambda p: p.npsn)), tuple(sorted(needs, key=lambda n: n.id))


def station_sizes(seats: int) -> Iterator[int]:
    """Yield two seats a school, as nobody should be alone, and one at a school near the town where the number is odd."""
    yield from (2 for _ in range(seats // 2))
    if seats % 2:
        yield 1


class Subjects:
    """Deals subjects with exact frequencies, two different ones to a school where possible."""

    def __init__(self, rng: random.Random, seats: int) -> None:
        self._rng = rng
        self._seats = max(40, seats // 2)
        self._decks: dict[str, deque[str]] = {"academic": deque(), "vocational": deque()}

    def draw(self, level: str, other_than: str | None = None) -> str:
        """Return a subject for a school of `level`, other than the one given where the next few cards allow."""
        kind = "vocational" if level == "SMK" else "academic"
        deck = self._decks[kind]
        if len(deck) < 8:
            deck.extend(dealt(self._rng, self._seats, VOCATIONAL if level == "SMK" else ACADEMIC))
        for _ in range(8):
            if deck[0] != other_than:
                break
            deck.rotate(-1)
        return deck.popleft()


def school_place(rng: random.Random, school: reference.School, *, lonely: bool) -> SchoolPlace:
    """Return the school with invented conditions; one with a single seat is never remote."""
    papua = school.regency[:2] in PAPUA
    conditions = []
    if not lonely and chance(rng, 55 if papua else 30):
        conditions.append("no-signal")
    if not lonely and chance(rng, 45 if papua else 25):
        conditions.append("far-from-clinic")
    if conditions:
        conditions.append("remote")
    return SchoolPlace(
        npsn=school.npsn,
        name=school.name,
        level=school.level,
        status=school.status,
        regency=school.regency,
        district=school.district or None,
        lat=school.lat,
        lon=school.lon,
        tags=tuple(sorted(conditions)),
        invented=school.npsn.startswith("X"),
    )


def station(rng: random.Random, place: SchoolPlace, size: int, subjects: Subjects, turn: int) -> list[Need]:
    """Return the needs of one school: one post of class teachers in a primary school, one post a subject above."""
    if place.level == "SD":
        return [need_of(rng, place, None, size, turn)]
    first = subjects.draw(place.level)
    found = [need_of(rng, place, first, 1, turn)]
    if size == 2:
        second = subjects.draw(place.level, other_than=first)
        if second == first:
            return [need_of(rng, place, first, 2, turn)]
        found.append(need_of(rng, place, second, 1, turn))
    return found


def need_of(rng: random.Random, place: SchoolPlace, subject: str | None, seats: int, turn: int) -> Need:
    """Return one need with its score, requirements and cost."""
    missing, years = seats + rng.randrange(3), rng.randrange(5)
    parts = score_parts(place.regency, place.level, teachers_missing=missing, years_without=years)
    languages = reference.languages_of()[place.regency][:3]
    hardship = hardship_of(place)
    name = f"n-{place.npsn}-{subject or 'class'}" + (f"-{turn + 1}" if turn else "")
    return Need(
        id=name,
        school=place.npsn,
        regency=place.regency,
        level=place.level,
        subject=subject,
        seats=seats,
        score=sum(parts.values()),
        score_parts=tuple(parts.items()),
        hardship=hardship,
        tags=post_tags(place.level, subject),
        requires=required_tags(place.level, subject),
        prefers=tuple(sorted([f"lang:{code}" for code in languages] + [f"skill:{s}" for s in rng.sample(SKILLS, 2)])),
        cost=cost_lines(place, hardship),
        uses=(("satellite-messenger", 1),) if "no-signal" in place.tags else (),
        teachers_missing=missing,
        years_without=years,
    )


def hardship_of(place: SchoolPlace) -> int:
    """Return the hardship step from 1 to 5 of a school, from its distance and conditions."""
    far = reference.travel_hints()[place.regency].km_from_jakarta > 1_500
    steps = 1 + far + (place.regency[:2] in PAPUA) + ("no-signal" in place.tags) + ("far-from-clinic" in place.tags)
    return min(5, steps)


def cost_lines(place: SchoolPlace, hardship: int) -> tuple[tuple[str, int], ...]:
    """Return what one placement costs a year without travel; a month's stipend is the minimum wage, up to the next Rp 10,000."""
    wage = -(-reference.monthly_wages()[place.regency[:2]] // 10_000) * 10_000
    return (
        ("insurance", INSURANCE),
        ("settling", SETTLING + 500_000 * hardship),
        ("stipend", 12 * wage),
        ("training", TRAINING),
    )
