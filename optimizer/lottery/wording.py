"""A lottery, a person's chances and a draw in words, Indonesian (`id`) or English (`en`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any, Final

from optimizer.canonical import digest
from optimizer.lottery.chances import Lottery

OUTCOMES: Final = (
    "{outcomes} hasil yang sama baiknya pada {tiers} tujuan pertama; peluang mendapat tempat dari {least} sampai {most}.",
    "{outcomes} outcomes, equally good on the first {tiers} goal(s); the chance of a place goes from {least} to {most}.",
)
EXACT: Final = (
    "Terbukti seadil mungkin: peluang siapa pun hanya dapat naik dengan menurunkan peluang orang yang peluangnya tidak lebih besar.",
    "Proven as fair as can be: nobody's chance can rise unless it falls for somebody whose chance is no greater.",
)
CLOSE: Final = (
    "Setiap tingkat peluang paling jauh {gap:.6f} di bawah yang mungkin.",
    "Each level of chances is at most {gap:.6f} below what is possible.",
)
LEVEL: Final = ("  {people} orang: {chance}", "  {people} people: {chance}")
SHARE: Final = {
    "region": ("  wilayah {name}: {share} kursinya terisi", "  region {name}: {share} of its seats filled"),
    "tag": (
        "  bertanda {name}: {share} orangnya mendapat tempat",
        "  tagged {name}: {share} of its people have a place",
    ),
}
COMMIT: Final = (
    "Umumkan sidik ini sebelum nilai acak umum diketahui: {digest}",
    "Publish this digest before the public random value is known: {digest}",
)
CHANCE: Final = (
    "{volunteer}: peluang mendapat tempat {placed}{regions}.",
    "{volunteer}: chance of a place {placed}{regions}.",
)
DRAWN: Final = (
    "Hasil nomor {outcome} terundi: {placed} orang mendapat tempat. Benih {seed}.",
    "Outcome {outcome} was drawn: {placed} people have a place. Seed {seed}.",
)
REGION: Final = (", wilayah {region} {chance}", ", region {region} {chance}")


def lottery_in_words(found: Lottery, language: str) -> Iterator[str]:
    """Yield the lines about a lottery."""
    column = 0 if language == "id" else 1
    document = found.document
    chances = sorted(Fraction(one["placed"]) for one in document["chances"]) or [Fraction()]
    ends = {"least": _shown(chances[0]), "most": _shown(chances[-1])}
    yield OUTCOMES[column].format(outcomes=len(document["outcomes"]), tiers=found.tiers, **ends)
    yield EXACT[column] if found.exact else CLOSE[column].format(gap=float(found.fairest.gap))
    for one in document["shares"]:
        yield SHARE[one["of"]][column].format(name=one["name"], share=_shown(Fraction(one["share"])))
    levels = sorted(set(chances))
    shown = levels if len(levels) <= 12 else [*levels[:6], *levels[-6:]]
    for level in shown:
        yield LEVEL[column].format(people=chances.count(level), chance=_shown(level))
    yield COMMIT[column].format(digest=digest(document))


def chance_in_words(one: Mapping[str, Any], language: str) -> str:
    """Return one person's chances."""
    column = 0 if language == "id" else 1
    regions = "".join(
        REGION[column].format(region=region, chance=_shown(Fraction(chance)))
        for region, chance in sorted(one["regions"].items(), key=lambda item: (-Fraction(item[1]), item[0]))
    )
    return CHANCE[column].format(volunteer=one["volunteer"], placed=_shown(Fraction(one["placed"])), regions=regions)


def drawn_in_words(drawn: Mapping[str, Any], language: str) -> str:
    """Return what was drawn."""
    column = 0 if language == "id" else 1
    placed = len(drawn["solution"]["placements"])
    return DRAWN[column].format(outcome=drawn["outcome"], placed=placed, seed=drawn["seed"])


def _shown(chance: Fraction) -> str:
    """Return a chance as a percentage, with the fraction where it is short."""
    percent = f"{float(100 * chance):.2f} %"
    return f"{percent} ({chance})" if chance.denominator <= 9999 else percent
