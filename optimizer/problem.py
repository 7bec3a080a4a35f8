"""The placement problem as frozen data: what `reading` makes of a document and every other module works on.

All quantities are integers. Money is whole rupiah; `suitability` and `fit` are points; `hardship` is a step on the programme's scale.
Lists are sorted by identifier (not as in the file), so that nothing downstream depends on the order of the document.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

MEASURES = ("placed", "need", "fit", "preference", "cost", "penalty", "kept", "fairness", "chosen")


@dataclass(frozen=True, slots=True)
class Region:
    """A region of the forest; `parent` is None at a root."""

    id: str
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class School:
    """A school in one region."""

    id: str
    region: str
    tags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Post:
    """Seats of one kind at one school; `cost` is rupiah per line, `uses` units of each resource, both per placement."""

    id: str
    school: str
    seats: int
    need: int = 1
    hardship: int = 0
    tags: frozenset[str] = frozenset()
    requires: frozenset[str] = frozenset()
    prefers: frozenset[str] = frozenset()
    cost: Mapping[str, int] = field(default_factory=dict)
    uses: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Volunteer:
    """A person who may be placed; `max_hardship` None means no limit, `accept` is in thousandths, `weight` counts in `chosen`."""

    id: str
    home: str | None = None
    tags: frozenset[str] = frozenset()
    max_hardship: int | None = None
    suitability: int = 0
    preferences: tuple[str, ...] = ()
    refuses: tuple[str, ...] = ()
    group: str | None = None
    accept: int = 1000
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Fund:
    """A pot of money of one sponsor; `budget` in rupiah."""

    id: str
    budget: int
    sponsor: str | None = None


@dataclass(frozen=True, slots=True)
class Agreement:
    """Which fund pays which cost line (`*`: every line not named), where, and how often; `regions` None means anywhere."""

    id: str
    pays: Mapping[str, str]
    regions: tuple[str, ...] | None = None
    tags: frozenset[str] = frozenset()
    min_placements: int = 0
    max_placements: int | None = None

    def fund_for(self, line: str) -> str | None:
        """Return the id of the fund that pays `line`, or None if none does."""
        return self.pays.get(line, self.pays.get("*"))


@dataclass(frozen=True, slots=True)
class Pair:
    """What is known of one volunteer at one post."""

    volunteer: str
    post: str
    fit: int | None = None
    cost: int | None = None
    forbid: bool = False


@dataclass(frozen=True, slots=True)
class Resource:
    """Something besides money that placements use, in its own whole units."""

    id: str
    amount: int


@dataclass(frozen=True, slots=True)
class PostFilter:
    """Selects posts; a part that is None does not restrict."""

    ids: frozenset[str] | None = None
    schools: frozenset[str] | None = None
    regions: tuple[str, ...] | None = None
    tags: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class VolunteerFilter:
    """Selects volunteers; a part that is None does not restrict."""

    ids: frozenset[str] | None = None
    homes: tuple[str, ...] | None = None
    tags: frozenset[str] | None = None
    groups: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class AgreementFilter:
    """Selects agreements; a part that is None does not restrict."""

    ids: frozenset[str] | None = None
    sponsors: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Where:
    """The three filters of a policy; None selects everything."""

    posts: PostFilter | None = None
    volunteers: VolunteerFilter | None = None
    agreements: AgreementFilter | None = None


EVERYWHERE = Where()


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyBase:
    """What every policy has; `penalty` None means hard, otherwise points for each unit by which it is broken."""

    id: str
    penalty: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Count(PolicyBase):
    """The number of matched placements lies in [min, max]."""

    where: Where = EVERYWHERE
    min: int = 0
    max: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Share(PolicyBase):
    """100 × matched ≥ percent × matched by `among`, in placements or in rupiah."""

    where: Where = EVERYWHERE
    among: Where = EVERYWHERE
    percent: int
    of: str = "placements"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spend(PolicyBase):
    """The rupiah of the matched placements (of what `funds` pay of them, where given) lie in [min, max]."""

    where: Where = EVERYWHERE
    funds: frozenset[str] | None = None
    min: int = 0
    max: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Each(PolicyBase):
    """For each thing (region, school, post, agreement, sponsor) its own matched placements lie in [min, max]."""

    of: str
    ids: tuple[str, ...] | None = None
    where: Where = EVERYWHERE
    min: int = 0
    max: int | None = None
    when: str = "always"


@dataclass(frozen=True, slots=True, kw_only=True)
class Home(PolicyBase):
    """No matched volunteer is placed in the own region, taken `level` steps up, or below it."""

    level: int
    volunteers: VolunteerFilter | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Together(PolicyBase):
    """Those who share a group are all placed at one and the same post, school or region, or none of them is."""

    of: str
    groups: frozenset[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart(PolicyBase):
    """No two matched volunteers are placed at one and the same post, school or region."""

    of: str
    volunteers: VolunteerFilter | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin(PolicyBase):
    """That placement is made, under any agreement or under the one given."""

    volunteer: str
    post: str
    agreement: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Forbid(PolicyBase):
    """No matched placement is made."""

    where: Where = EVERYWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class Average(PolicyBase):
    """The sum over matched placements of (value − min) is not negative."""

    of: str
    where: Where = EVERYWHERE
    min: int = 0


Policy: TypeAlias = Count | Share | Spend | Each | Home | Together | Apart | Pin | Forbid | Average


@dataclass(frozen=True, slots=True)
class Tier:
    """One tier of the objective: integer weights by measure, maximised; `tolerance` in thousandths of its value."""

    weights: Mapping[str, int]
    tolerance: int = 0

    def give(self, value: int) -> int:
        """Return what later tiers may give up when this tier's optimum is `value`: ⌊|value| × tolerance ÷ 1000⌋."""
        return abs(value) * self.tolerance // 1000

    def proven(self, value: int, bound: int | None, *, last: bool) -> bool:
        """Return whether `bound` proves `value`: no more than the tolerance between them, in the last tier nothing."""
        return bound is not None and bound - value <= (0 if last else self.give(bound))


def all_proven(tiers: Sequence[Tier], values: Sequence[int], bounds: Sequence[int | None]) -> bool:
    """Return whether every tier's value is proven by its bound."""
    last = len(tiers) - 1
    results = enumerate(zip(tiers, values, bounds, strict=True))
    return all(tier.proven(value, bound, last=position == last) for position, (tier, value, bound) in results)


@dataclass(frozen=True, slots=True)
class Problem:
    """A placement problem in format 1; see `placement-problem.md` for the meaning of every part.

    `travel` maps (home region, region of the school) to rupiah. `agreements` are already derived from the funds where the
    document has none. `document` is the document read, for its hash.
    """

    name: str
    regions: tuple[Region, ...]
    schools: tuple[School, ...]
    posts: tuple[Post, ...]
    volunteers: tuple[Volunteer, ...]
    travel: Mapping[tuple[str, str], int]
    funds: tuple[Fund, ...]
    agreements: tuple[Agreement, ...]
    pairs: Mapping[tuple[str, str], Pair]
    pairs_only: bool
    policies: tuple[Policy, ...]
    previous: frozenset[tuple[str, str]]
    resources: tuple[Resource, ...]
    objective: tuple[Tier, ...]
    document: Mapping[str, Any] = field(repr=False, compare=False, hash=False)
