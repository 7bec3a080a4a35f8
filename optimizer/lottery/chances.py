"""Every person's chance of a place and of each region, before anything is drawn: the lottery as a document."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from optimizer.canonical import canonical_bytes, digest
from optimizer.errors import DocumentError, DocumentRefused
from optimizer.index import Index
from optimizer.lottery.claims import Claim, claims_of, tags_in
from optimizer.lottery.kinds import Kind, kinds_of
from optimizer.lottery.leximin import Leximin, Search, Told
from optimizer.lottery.oracle import Oracle, Priced
from optimizer.problem import Problem
from optimizer.solve import Limits

FORMAT = "placement-lottery/1"
# A common denominator of more digits than this is rounded to it: anybody should be able to check a draw by hand.
LARGEST_DENOMINATOR = 10**9


@dataclass(frozen=True)
class Lottery:
    """The fairest lottery over the solutions that are best on the first `tiers` tiers.

    Attributes:
        problem: what is placed.
        tiers: how many tiers count.
        seed: of the solves; it has nothing to do with the draw.
        values: the optimum of each of these tiers.
        kinds: people with the same chances.
        first: what was made fair before people's chances.
        claims: what was shared out, people last.
        fairest: the distribution as found.
        asked: how many problems were solved for it.
    """

    problem: Problem
    tiers: int
    seed: int
    values: tuple[int, ...]
    kinds: tuple[Kind, ...]
    first: tuple[str, ...]
    claims: tuple[Claim, ...]
    fairest: Leximin
    asked: int

    @cached_property
    def shares(self) -> tuple[int, tuple[int, ...]]:
        """The common denominator, and each outcome's whole number of parts of it."""
        common = math.lcm(*(share.denominator for share in self.fairest.shares))
        if common <= LARGEST_DENOMINATOR and sum(self.fairest.shares) == 1:
            return common, tuple(int(share * common) for share in self.fairest.shares)
        return LARGEST_DENOMINATOR, _rounded(self.fairest.shares, LARGEST_DENOMINATOR)

    @property
    def exact(self) -> bool:
        """Whether the chances are proven to be leximin, to the last fraction."""
        return self.fairest.gap == 0 and self._unrounded

    @property
    def _unrounded(self) -> bool:
        whole, parts = self.shares
        return all(Fraction(part, whole) == share for part, share in zip(parts, self.fairest.shares, strict=True))

    @cached_property
    def document(self) -> dict[str, Any]:
        """The lottery in format placement-lottery/1."""
        whole, parts = self.shares
        outcomes = [
            (canonical_bytes({"placements": placed}), part, placed)
            for column, part in zip(self.fairest.columns, parts, strict=True)
            if part and (placed := self._named(column)) is not None
        ]
        people = self.problem.volunteers
        made: dict[str, Any] = {
            "format": FORMAT,
            "problem": digest(self.problem.document),
            "tiers": list(self.values),
            "exact": self.exact,
            "gap": str(self.fairest.gap),
            "seed": self.seed,
            "denominator": whole,
            "first": list(self.first),
            "kinds": [
                {"number": number, "volunteers": [people[person].id for person in kind.members]}
                for number, kind in enumerate(self.kinds)
            ],
            "outcomes": [
                {"number": number, "parts": part, "placements": placed}
                for number, (_, part, placed) in enumerate(sorted(outcomes))
            ],
        }
        return {**made, "shares": self._earlier(), "chances": self._chances(made)}

    def _earlier(self) -> list[dict[str, str]]:
        """The expected shares of what came before people."""
        whole, parts = self.shares
        columns = self.fairest.columns
        return [
            {
                "of": claim.of,
                "name": claim.name,
                "share": str(
                    Fraction(sum(n * one.counts[k] for n, one in zip(parts, columns, strict=True)), whole * claim.size)
                ),
            }
            for k, claim in enumerate(self.claims)
            if claim.of != "kind"
        ]

    def _named(self, column: Priced) -> list[dict[str, str]]:
        problem = self.problem
        return [
            {
                "volunteer": problem.volunteers[person].id,
                "post": problem.posts[post].id,
                "agreement": problem.agreements[payer].id,
            }
            for person, post, payer in sorted(column.placements)
        ]

    def _chances(self, made: dict[str, Any]) -> list[dict[str, Any]]:
        region_of = dict(zip((post.id for post in self.problem.posts), Index(self.problem).post_region, strict=True))
        kind_of = {name: kind["number"] for kind in made["kinds"] for name in kind["volunteers"]}
        counts: list[dict[str, int]] = [defaultdict(int) for _ in made["kinds"]]
        for outcome in made["outcomes"]:
            for one in outcome["placements"]:
                counts[kind_of[one["volunteer"]]][region_of[one["post"]]] += outcome["parts"]
        listed = []
        for name, number in sorted(kind_of.items()):
            whole = made["denominator"] * len(made["kinds"][number]["volunteers"])
            regions = {region: str(Fraction(count, whole)) for region, count in sorted(counts[number].items())}
            placed = str(Fraction(sum(counts[number].values()), whole))
            listed.append({"volunteer": name, "placed": placed, "regions": regions})
        return listed


def fair_chances(
    problem: Problem,
    *,
    tiers: int = 1,
    first: Sequence[str] = (),
    seed: int = 0,
    limits: Limits | None = None,
    told: Told | None = None,
) -> Lottery:
    """Return the lottery over the solutions that are best on the first `tiers` tiers, leximin over everybody's chance of a place.

    Args:
        problem: what to place.
        tiers: how many tiers of the objective count.
        first: what is made fair before people's chances: `regions` (the part of each region's seats that is filled), `tags:f,m` (the part
            of each group's people who have a place); in this order.
        seed: of the solves.
        limits: of each solve; with `work` alone anybody who computes the lottery again gets the same.
        told: called after each question with questions asked, kinds settled, kinds, and the least chance of the others.

    Raises:
        DocumentRefused: there is no solution, or the tiers cannot be proven in the limit.
    """
    if not 1 <= tiers <= len(problem.objective):
        raise _refused(f"There is no tier {tiers}.", f"Choose 1 to {len(problem.objective)}.")
    chosen = problem.objective[:tiers]
    if any("chosen" in tier.weights for tier in chosen):
        raise _refused(
            "The chosen tiers count the measure `chosen`, which the lottery needs for itself.", "Leave it out."
        )
    index = Index(problem)
    kinds = kinds_of(index, chosen, tags_in(first))
    claims = claims_of(index, kinds, first)
    oracle = Oracle(problem, kinds, claims, tiers, seed, limits or Limits(work=30.0))
    search = Search([claim.size for claim in claims], oracle, told, [claim.block for claim in claims])
    fairest = search.run()
    return Lottery(
        problem, tiers, seed, oracle.values, tuple(kinds), tuple(first), tuple(claims), fairest, oracle.asked
    )


def _refused(message: str, remedy: str) -> DocumentRefused:
    return DocumentRefused([DocumentError("/objective", "no-such-tier", message, remedy)])


def _rounded(shares: Sequence[Fraction], whole: int) -> tuple[int, ...]:
    """Return the shares in whole parts, by largest remainders."""
    total = sum(shares)
    exact = [share * whole / total for share in shares]
    parts = [int(one) for one in exact]
    rest = whole - sum(parts)
    for number in sorted(range(len(parts)), key=lambda number: (parts[number] - exact[number], number))[:rest]:
        parts[number] += 1
    return tuple(parts)
