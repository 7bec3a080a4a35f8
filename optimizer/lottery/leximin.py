"""The distribution that is leximin over people's chances, by column generation.

First the least chance is raised as far as any distribution can, then the least of the others without lowering those, and so on. A stage is
a linear program over the solutions known so far; its prices ask the solver for a solution whose people are worth more, and when there is
none the stage is proven. Whoever has a price is settled there: in every optimum of the stage that chance is exactly the stage's value
(complementary slackness). The method of Flanigan, Gölz, Gupta, Hennig and Procaccia (*Fair algorithms for selecting citizens' assemblies*,
Nature 2021), with the placement solver in the place of their panel model, and over claims.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from optimizer.lottery.oracle import Oracle, Priced
from optimizer.lottery.stages import Stage, chances_of, raise_least, weight_of

# What the bound of a stage that is not proven exactly may leave open before more solutions are looked for.
CLOSE = Fraction(1, 10**5)
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

    def __init__(
        self, sizes: Sequence[int], oracle: Oracle, told: Told | None = None, blocks: Sequence[int] = ()
    ) -> None:
        """Prepare the search.

        Args:
            sizes: over how many each claim is shared.
            oracle: answers what the heaviest solution is.
            told: called after each proof.
            blocks: when the turn of each claim is; by default all are one block.
        """
        self.sizes = sizes
        self.blocks = list(blocks) or [0] * len(sizes)
        self.oracle = oracle
        self.told = told
        self.columns: list[Priced] = []
        self.settled: dict[int, Fraction] = {}
        self.levels: list[Fraction] = []
        self.gap = Fraction()
        self.shares: Sequence[Fraction] = [Fraction(1)]

    def run(self) -> Leximin:
        """Return the leximin distribution, block after block."""
        self._begin()
        while len(self.settled) < len(self.sizes):
            self.shares = self._stage().probabilities
        kept = [(column, share) for column, share in zip(self.columns, self.shares, strict=False) if share]
        return Leximin(tuple(c for c, _ in kept), tuple(s for _, s in kept), tuple(self.levels), self.gap)

    def _begin(self) -> None:
        """Find different solutions, in which those who had fewer of the places so far weigh more (multiplicative weights)."""
        weights = [1.0] * len(self.sizes)
        known = 0
        for _ in range(1 + min(len(self.sizes), FIRST)):
            largest = max(weights, default=1.0)
            found = self.oracle.heaviest([max(1, round(1000 * weight / largest)) for weight in weights], QUICK)
            known = 0 if self._add(found) else known + 1
            if known == TIRED:
                break
            usual = sum(found.counts) / max(1, sum(self.sizes))
            for number, (count, size) in enumerate(zip(found.counts, self.sizes, strict=True)):
                weights[number] *= 0.8 ** min(4.0, count / size / usual) if count else 1.0

    def _add(self, found: Priced) -> bool:
        if any(found.counts == one.counts for one in self.columns):
            return False
        self.columns.append(found)
        return True

    def _stage(self) -> Stage:
        while True:
            stage = self._missed() or self._raised()
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
                self.told(self.oracle.asked, len(self.settled), len(self.sizes), stage.value)
            if gap > (0 if stage.exact else CLOSE) and self._better(stage, found):
                continue
            self.gap = max(self.gap, gap)
            self._settle(stage)
            return stage

    def _better(self, stage: Stage, found: Priced) -> bool:
        """Keep a solution that is worth more at the stage's prices than any that is known; return whether it is."""
        worth = [weight_of(self.sizes, one.counts, stage.prices) for one in (found, *self.columns)]
        return worth[0] > max(worth[1:]) + (0 if stage.exact else CLOSE / 2) and self._add(found)

    def _open(self) -> list[int]:
        """Return the claims whose turn it is: the unsettled ones of the earliest block that has any."""
        left = [number for number in range(len(self.sizes)) if number not in self.settled]
        turn = min((self.blocks[number] for number in left), default=0)
        return [number for number in left if self.blocks[number] == turn]

    def _raised(self) -> Stage:
        """Return the best distribution for those whose turn it is; claims of later blocks do not count yet."""
        counted = sorted({*self._open(), *self.settled})
        settled = {place: self.settled[number] for place, number in enumerate(counted) if number in self.settled}
        columns = [[one.counts[number] for number in counted] for one in self.columns]
        stage = raise_least([self.sizes[number] for number in counted], columns, settled)
        prices = [Fraction()] * len(self.sizes)
        for number, price in zip(counted, stage.prices, strict=True):
            prices[number] = price
        return replace(stage, prices=tuple(prices))

    def _missed(self) -> Stage | None:
        """Return the stage of those whom no solution known has placed, all with a price: at once found places, or settled at 0."""
        missed = [number for number in self._open() if not any(one.counts[number] for one in self.columns)]
        if not missed:
            return None
        prices = [Fraction(number in missed, len(missed)) for number in range(len(self.sizes))]
        shares = [*self.shares, *([Fraction()] * (len(self.columns) - len(self.shares)))]
        return Stage(Fraction(), tuple(shares), tuple(prices), exact=True)

    def _weights(self, stage: Stage, largest: int) -> list[int]:
        """Return the weight of one place of each claim in whole numbers, exact where they are no larger than that."""
        each = [price / size for price, size in zip(stage.prices, self.sizes, strict=True)]
        common = math.lcm(*(one.denominator for one in each))
        if all(one * common <= largest for one in each):
            return [int(one * common) for one in each]
        return [round(one * largest / max(each)) for one in each]

    def _bound(self, weights: Sequence[int], most: int) -> Fraction:
        """Return a proven upper bound on the stage's value, when no solution weighs more than `most`."""
        whole = [Fraction(weight * size) for weight, size in zip(weights, self.sizes, strict=True)]
        spent = sum(whole[number] * floor for number, floor in self.settled.items())
        open_weight = sum(whole[number] for number in self._open())
        return Fraction(most - spent) / open_weight

    def _settle(self, stage: Stage, *, everybody: bool = False) -> None:
        """Settle those with a price; where rounding left none, those with the least chance."""
        still = self._open()
        least = Fraction() if stage.exact else CLOSE
        tight = [number for number in still if everybody or stage.prices[number] > least]
        if not tight:
            chances = chances_of(self.sizes, [one.counts for one in self.columns], stage.probabilities)
            tight = [min(still, key=lambda number: chances[number])]
        for number in tight:
            self.settled[number] = stage.value
        self.levels.append(stage.value)
