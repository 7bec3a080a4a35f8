"""A comparison as text for a terminal, Indonesian (`id`) or English (`en`). It names people: it is for those who run the round."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from optimizer.compare import Compared, Comparison
from optimizer.comparing.breakdown import BY, Figures
from optimizer.comparing.moves import Chain, Move
from optimizer.rules.words import rupiah

WORDS: Final = {
    "goal": ("tujuan", "goal"),
    "status": ("status", "status"),
    "optimal": ("terbukti terbaik", "optimal"),
    "feasible": ("belum terbukti", "feasible"),
    "placed": ("penempatan", "placed"),
    "need": ("kebutuhan", "need"),
    "fit": ("kecocokan", "fit"),
    "preference": ("keinginan", "preference"),
    "cost": ("biaya", "cost"),
    "penalty": ("denda", "penalty"),
    "kept": ("tetap", "kept"),
    "fairness": ("pemerataan", "fairness"),
    "chosen": ("bobot terpilih", "chosen"),
    "region": ("wilayah", "region"),
    "sponsor": ("mitra", "sponsor"),
    "group": ("kelompok", "group"),
    "tag": ("tanda relawan", "volunteers' tag"),
    "same": ("Tidak ada perbedaan menurut", "No difference by"),
    "nobody": ("Tidak ada yang pindah.", "Nobody moved."),
    "gains": ("demi tujuan", "for goal"),
    "gives-way": ("memberi jalan, tujuan", "gives way, goal"),
    "equal": ("sama baiknya", "just as good"),
    "unplaced": ("tanpa tempat", "no place"),
    "more": ("lagi", "more"),
    "moved": ("berpindah", "moved"),
    "wish": ("keinginan ke-", "wish "),
    "elsewhere": ("di luar keinginan", "no wish"),
    "prefer": ("menurut keinginan sendiri", "by their own wishes"),
    "prefers": ("lebih suka", "prefer"),
    "indifferent": ("sama saja", "indifferent"),
    "rules": ("aturan lunak dan pemerataan", "soft rules and fairness"),
}
MOST = 20


def as_text(compared: Comparison, language: str, most: int = MOST) -> Iterator[str]:
    """Yield the lines; of each list of moves at most `most` chains."""
    yield from _Text(compared, language, most).lines()


class _Text:
    def __init__(self, compared: Comparison, language: str, most: int) -> None:
        self.solutions = compared.solutions
        self.column = 0 if language == "id" else 1
        self.most = most

    def _word(self, name: str) -> str:
        return WORDS[name][self.column]

    def lines(self) -> Iterator[str]:
        rows: list[Sequence[str]] = [["", *(one.name for one in self.solutions)]]
        rows.append([self._word("status"), *(self._word(one.status) for one in self.solutions)])
        for position in range(len(self.solutions[0].tiers)):
            values = [f"{one.tiers[position][0]:,}" for one in self.solutions]
            rows.append([f"{self._word('goal')} {position + 1}", *values])
        rows += [
            [self._word(name), *(_shown(name, one.measures[name]) for one in self.solutions)]
            for name in self.solutions[0].measures
        ]
        rows += self._granted()
        yield from _table(rows)
        for by in BY:
            yield from self._by(by)
        for one in self.solutions[1:]:
            yield from self._moves(one)

    def _granted(self) -> Iterator[Sequence[str]]:
        """Yield a row for each wish: how many got it; only as far as anybody got any."""
        sides = [one.wishes.granted for one in self.solutions]
        wishes = len(sides[0]) - 2
        last = max((k for k in range(wishes) if any(side[k] for side in sides)), default=-1)
        for k in range(last + 1):
            yield [f"{self._word('wish')}{k + 1}", *(f"{side[k]:,}" for side in sides)]
        if wishes:
            yield [self._word("elsewhere"), *(f"{side[-2]:,}" for side in sides)]
        yield [self._word("unplaced"), *(f"{side[-1]:,}" for side in sides)]

    def _preferring(self, one: Compared) -> str:
        this, first = len(one.wishes.this), len(one.wishes.first)
        rest = sum(one.wishes.granted) - this - first
        told = [(this, "prefers", one.name), (first, "prefers", self.solutions[0].name)]
        parts = [f"{number} {self._word(word)} {name}" for number, word, name in told]
        return f"  {self._word('prefer')}: {', '.join(parts)}, {rest} {self._word('indifferent')}"

    def _by(self, by: str) -> Iterator[str]:
        sides = [one.by[by] for one in self.solutions]
        names = sorted(set().union(*sides))
        differing = [name for name in names if len({_key(side.get(name)) for side in sides}) > 1]
        yield ""
        if not differing:
            yield f"{self._word('same')} {self._word(by)}."
            return
        rows: list[Sequence[str]] = [[self._word(by), *(one.name for one in self.solutions)]]
        rows += [[name, *(self._figures(side.get(name)) for side in sides)] for name in differing]
        yield from _table(rows)

    def _figures(self, figures: Mapping[str, int] | None) -> str:
        if figures is None:
            return "–"
        return f"{figures['placed']} ({self._word('need')} {figures['need']:,}, {rupiah(figures['cost'])})"

    def _moves(self, one: Compared) -> Iterator[str]:
        yield ""
        if not one.chains:
            yield f"{self.solutions[0].name} → {one.name}: {self._word('nobody')}"
            return
        gains = ", ".join(f"{self._word('goal')} {k + 1}: {gain:+,}" for k, gain in enumerate(one.gains))
        yield f"{self.solutions[0].name} → {one.name}: {one.moved} {self._word('moved')}; {gains}"
        yield self._preferring(one)
        for chain in one.chains[: self.most]:
            yield f"  {'; '.join(self._move(move) for move in chain.moves)} — {self._why(chain)}"
        if any(one.shared):
            yield f"  {self._word('rules')}: {', '.join(f'{gain:+,}' for gain in one.shared)}"
        if len(one.chains) > self.most:
            yield f"  … {len(one.chains) - self.most} {self._word('more')}"

    def _move(self, move: Move) -> str:
        before, after = move.post or self._word("unplaced"), move.new_post or self._word("unplaced")
        if move.post == move.new_post:
            before, after = f"{before} ({move.agreement})", f"({move.new_agreement})"
        return f"{move.volunteer}: {before} → {after}"

    def _why(self, chain: Chain) -> str:
        if chain.tier is None:
            return self._word("equal")
        return f"{self._word(chain.why)} {chain.tier + 1} ({chain.tiers[chain.tier]:+,})"


def _key(figures: Figures | None) -> tuple[int, ...] | None:
    return None if figures is None else tuple(figures.values())


def _shown(measure: str, value: int) -> str:
    return rupiah(value) if measure == "cost" else f"{value:,}"


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        first, *rest = (
            cell.ljust(width) if not k else cell.rjust(width)
            for k, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield "  ".join([first, *rest]).rstrip()
