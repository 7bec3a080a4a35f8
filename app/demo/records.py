"""What a generated cohort is made of: frozen rows without a database. Money is whole rupiah, `hardship` a step from 1 to 5."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Pairs = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence in both languages of the product."""

    id: str
    en: str


@dataclass(frozen=True, slots=True)
class CohortParameters:
    """The size and shape of a cohort.

    `regencies` names the regencies, or is None to draw `regency_count` of them from `provinces` (None: the whole country),
    underdeveloped ones first. `tightness` is the money in per cent of what the seats would cost. `design` is `demo` (sponsors and
    agreements laid out by hand) or `scaled` (drawn, `funds` of them).
    """

    name: str
    title: Text
    applicants: int
    seats: int
    regency_count: int
    funds: int
    year: int = 2027
    regencies: tuple[str, ...] | None = None
    provinces: tuple[str, ...] | None = None
    tightness: int = 93
    couples_percent: int = 8
    outreach_percent: int = 10
    returning: int = 3
    design: str = "scaled"


@dataclass(frozen=True, slots=True)
class SchoolPlace:
    """A school of the cohort; `invented` is False where number, name and point are real. Its conditions (`tags`) are always invented."""

    npsn: str
    name: str
    level: str
    status: str
    regency: str
    district: str | None
    lat: float
    lon: float
    tags: tuple[str, ...]
    invented: bool


@dataclass(frozen=True, slots=True)
class Need:
    """A verified request of one school; `score` (0–100) is the sum of `score_parts`; `cost` and `uses` are per placement."""

    id: str
    school: str
    regency: str
    level: str
    subject: str | None
    seats: int
    score: int
    score_parts: Pairs
    hardship: int
    tags: tuple[str, ...]
    requires: tuple[str, ...]
    prefers: tuple[str, ...]
    cost: Pairs
    uses: Pairs
    teachers_missing: int
    years_without: int


@dataclass(frozen=True, slots=True)
class Person:
    """An invented applicant. `suitability` is 40–95, `accept` the chance in thousandths that an offer is taken."""

    id: str
    name: str
    email: str
    gender: str
    birth_year: int
    home: str
    levels: tuple[str, ...]
    subjects: tuple[str, ...]
    languages: tuple[str, ...]
    skills: tuple[str, ...]
    regular_care: bool
    returning: bool
    max_hardship: int
    suitability: int
    preferences: tuple[str, ...]
    refuses: tuple[str, ...]
    group: str | None
    accept: int
    invented: bool = True

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags by which posts and policies select this person, sorted."""
        found = {f"gender:{self.gender}"}
        found.update(f"teach:{level.lower()}" for level in self.levels)
        found.update(f"subject:{subject}" for subject in self.subjects)
        found.update(f"lang:{code}" for code in self.languages)
        found.update(f"skill:{skill}" for skill in self.skills)
        if self.regular_care:
            found.add("health:regular-care")
        if self.returning:
            found.add("experience:returning")
        return tuple(sorted(found))


@dataclass(frozen=True, slots=True)
class Sponsor:
    """Someone who pays: `kind` is company or government; a government has the region that it governs (None: the whole country)."""

    id: str
    name: str
    kind: str
    region: str | None = None
    invented: bool = True


@dataclass(frozen=True, slots=True)
class Fund:
    """A pot of one sponsor's money for the cohort's year."""

    id: str
    sponsor: str
    name: str
    budget: int
    earmark: Text


@dataclass(frozen=True, slots=True)
class Agreement:
    """Which fund pays which cost line (`*`: the rest), where, for which tags and how often."""

    id: str
    title: Text
    pays: tuple[tuple[str, str], ...]
    regions: tuple[str, ...] | None = None
    tags: tuple[str, ...] = ()
    min_placements: int = 0
    max_placements: int | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """One rule; `parameters` is the body of the problem document's policy without id, kind and penalty (None: hard)."""

    id: str
    kind: str
    title: Text
    reason: Text
    basis: Text
    parameters: Mapping[str, Any]
    penalty: int | None = None


@dataclass(frozen=True, slots=True)
class Resource:
    """Something lent by a partner that placements use up, in its own units."""

    id: str
    name: Text
    partner: str
    amount: int


@dataclass(frozen=True, slots=True)
class Partner:
    """An invented organisation that works on the spot."""

    id: str
    name: str
    invented: bool = True


@dataclass(frozen=True, slots=True)
class Activity:
    """A row of who does what, where and when."""

    id: str
    partner: str
    sector: str
    what: Text
    regency: str
    school: str | None
    first_month: str
    last_month: str


@dataclass(frozen=True, slots=True)
class Cohort:
    """A whole cohort, ready to be written as a problem document or loaded into a database."""

    parameters: CohortParameters
    seed: int
    regencies: tuple[str, ...]
    schools: tuple[SchoolPlace, ...]
    needs: tuple[Need, ...]
    people: tuple[Person, ...]
    travel: tuple[tuple[str, str, int], ...]
    sponsors: tuple[Sponsor, ...]
    funds: tuple[Fund, ...]
    agreements: tuple[Agreement, ...]
    policies: tuple[Policy, ...]
    resources: tuple[Resource, ...]
    partners: tuple[Partner, ...]
    activities: tuple[Activity, ...]
    previous: tuple[tuple[str, str], ...]
    objective: tuple[Mapping[str, int], ...]
