"""The distribution that is leximin over people's chances, by column generation.

First the least chance is raised as far as any distribution can, then the least of the others without lowering those, and so on. A stage is
a linear program over the solutions known so far; its prices ask the solver for a solution whose people are worth more, and when there is
none the stage is proven. Whoever has a price is settled there: in every optimum of the stage that chance is exactly the stage's value
(complementary slackness). The method of Flanigan, Gölz, Gupta, Hennig and Procaccia (*Fair algorithms for selecting citizens' assemblies*,
Nature 2021), with the placement solver in the place of their panel model, and over kinds of people.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from optimizer.lottery.kinds import Kind
from optimizer.lottery.oracle import Oracle, Priced
from optimizer.lottery.stages import Stage, chances_of, raise_least, weight_of

# What the bound of a stage that is not proven exactly may leave open before more solutions are looked for.
CLOSE = Fraction(1, 10**6)
# Weights with many digits make the solver search for differences that nobody sees.
FINE, COARSE = 10**6, 10**4
# A better solution is looked for with little work first; all of it is for the proof that there is none.
QUICK = 0.3
FIRST, TIRED = 60, 3
Told = Callable[[int, int, int, Fraction], None]


@dataclass(frozen=True, slots=True)
class Leximin:
    """The outcome.

    Attributes:
        columns: the solutions with a share.
        shares: their probabilities; they add up to 1.
        levels: the value of each stage.
        gap: the most by which a stage's value may lie below what is possible; 0 where all is proven exactly.
    """

    columns: tuple[Priced, ...]
    shares: tuple[Fraction, ...]
    levels: tuple[Fraction, ...]
    gap: Fraction


class Search:
    """One search for the fairest distribution."""

    def __init__(self, kinds: Sequence[Kind], oracle: Oracle, told: Told | None = None) -> None:
        self.kinds = kinds
        self.oracle = oracle
        self.told = told
        self.columns: list[Priced] = []
        self.settled: dict[int, Fraction] = {}
        self.levels: list[Fraction] = []
        self.gap = Fraction()

    def run(self) -> Leximin:
        """Return the leximin distribution; people of the same kind have the same chance."""
        self._begin()
        stage = None
        while len(self.settled) < len(self.kinds):
            stage = self._stage()
        if stage is None:  # nobody to place
            shares: tuple[Fraction, ...] = (Fraction(1), *(Fraction() for _ in self.columns[1:]))
        else:
            shares = stage.probabilities
        kept = [(column, share) for column, share in zip(self.columns, shares, strict=True) if share]
        return Leximin(tuple(c for c, _ in kept), tuple(s for _, s in kept), tuple(self.levels), self.gap)

    def _begin(self) -> None:
        """Find different solutions, in which those who had fewer of the places so far weigh more (multiplicative weights)."""
        weights = [1.0] * len(self.kinds)
        known = 0
        for _ in range(1 + min(len(self.kinds), FIRST)):
            largest = max(weights, default=1.0)
            found = self.oracle.heaviest([max(1, round(1000 * weight / largest)) for weight in weights], QUICK)
            known = 0 if self._add(found) else known + 1
            if known == TIRED:
                break
            usual = sum(found.counts) / max(1, sum(kind.size for kind in self.kinds))
            for number, (count, kind) in enumerate(zip(found.counts, self.kinds, strict=True)):
                weights[number] *= 0.8 ** min(4.0, count / kind.size / usual) if count else 1.0

    def _add(self, found: Priced) -> bool:
        if any(found.counts == one.counts for one in self.columns):
            return False
        self.columns.append(found)
        return True

    def _stage(self) -> Stage:
        while True:
            stage = self._missed() or raise_least(self.kinds, [one.counts for one in self.columns], self.settled)
            if stage.exact and stage.value == 1:  # nobody can have more
                self._settle(stage, everybody=True)
                return stage
            weights = self._weights(stage, COARSE)
            if self._better(stage, self.oracle.heaviest(weights, QUICK)):
                continue
            weights = self._weights(stage, FINE)
            found = self.oracle.heaviest(weights)
            gap = self._bound(weights, found.bound) - stage.value
            if self.told is not None:
                self.told(self.oracle.asked, len(self.settled), len(self.kinds), stage.value)
            if gap > (0 if stage.exact else CLOSE) and self._better(stage, found):
                continue
            self.gap = max(self.gap, gap)
            self._settle(stage)
            return stage

    def _better(self, stage: Stage, found: Priced) -> bool:
        """Keep a solution that is worth more at the stage's prices than any that is known; return whether it is."""
        worth = [weight_of(self.kinds, one.counts, stage.prices) for one in (found, *self.columns)]
        return worth[0] > max(worth[1:]) + (0 if stage.exact else CLOSE / 10) and self._add(found)

    def _missed(self) -> Stage | None:
        """Return the stage of those whom no solution known has placed, all with a price: at once found places, or settled at 0."""
        missed = [
            number
            for number in range(len(self.kinds))
            if number not in self.settled and not any(one.counts[number] for one in self.columns)
        ]
        if not missed:
            return None
        prices = [Fraction(number in missed, len(missed)) for number in range(len(self.kinds))]
        shares = (Fraction(1), *(Fraction() for _ in self.columns[1:]))
        return Stage(Fraction(), shares, tuple(prices), exact=True)

    def _weights(self, stage: Stage, largest: int) -> list[int]:
        """Return the weight of one person of each kind in whole numbers, exact where they are no larger than that."""
        each = [price / kind.size for price, kind in zip(stage.prices, self.kinds, strict=True)]
        common = math.lcm(*(one.denominator for one in each))
        if all(one * common <= largest for one in each):
            return [int(one * common) for one in each]
        return [round(one * largest / max(each)) for one in each]

    def _bound(self, weights: Sequence[int], most: int) -> Fraction:
        """Return a proven upper bound on the stage's value, when no solution weighs more than `most`."""
        whole = [Fraction(weight * kind.size) for weight, kind in zip(weights, self.kinds, strict=True)]
        spent = sum(whole[number] * floor for number, floor in self.settled.items())
        open_weight = sum(whole[number] for number in range(len(self.kinds)) if number not in self.settled)
        return Fraction(most - spent) / open_weight

    def _settle(self, stage: Stage, *, everybody: bool = False) -> None:
        """Settle those with a price; where rounding left none, those with the least chance."""
        open_kinds = [number for number in range(len(self.kinds)) if number not in self.settled]
        least = Fraction() if stage.exact else CLOSE
        tight = [number for number in open_kinds if everybody or stage.prices[number] > least]
        if not tight:
            chances = chances_of(self.kinds, [one.counts for one in self.columns], stage.probabilities)
            tight = [min(open_kinds, key=lambda number: chances[number])]
        for number in tight:
            self.settled[number] = stage.value
        self.levels.append(stage.value)
