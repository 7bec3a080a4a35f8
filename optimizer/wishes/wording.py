"""The outcome of the mechanism in words for those who run the round, Indonesian (`id`) or English (`en`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from optimizer.comparing.wishing import granted
from optimizer.rules import sentence
from optimizer.wishes.mechanism import Wishes
from optimizer.wishes.rules import CAP, JOINT, NOT, PAIR, PIN, PLAN

HELD: Final = {
    CAP: ("dijaga sebagai batas wilayah", "held as a regional cap"),
    PLAN: ("dijaga dalam rencana kursi", "held in the plan of seats"),
    PAIR: ("dijaga untuk setiap pasangan", "held pair by pair"),
    PIN: ("didahulukan, tidak dijamin", "put first, not promised"),
    JOINT: ("melamar bersama, tidak dijamin", "applied jointly, not promised"),
    NOT: ("tidak dapat dijaga", "cannot be held"),
}
HALF: Final = ("; batas bawahnya tidak dijamin", "; its minimum is not promised")
BROKEN: Final = ("DILANGGAR sebesar {units}", "BROKEN by {units}")
KEPT: Final = ("terpenuhi", "came out right")
TRUTHFUL: Final = (
    "Tidak seorang pun dapat memperoleh tempat yang lebih disukai dengan menyembunyikan keinginannya.",
    "Nobody can get a place that he or she likes better by hiding the truth about wishes and refusals.",
)
JOINTLY: Final = (
    "{number} kelompok melamar bersama: hasil yang stabil tidak selalu ada, urutan kelompok dapat berpengaruh, dan keinginan"
    " yang tidak jujur dapat menguntungkan. Kelompok yang masih dapat diterima di tempat yang lebih disukai: {blocking}.",
    "{number} group(s) applied jointly: a stable outcome need not exist, the order of the groups may matter, and hiding the truth may pay."
    " Groups that would still be taken at a place they like better: {blocking}.",
)
CHANGED: Final = (
    "{number} penempatan diubah agar semua aturan terpenuhi; keinginan yang tidak jujur dapat menguntungkan.",
    "{number} placement(s) were changed so that every rule holds; hiding the truth may pay now.",
)
LAWFUL: Final = ("Semua aturan dan anggaran terpenuhi.", "Every rule and every budget holds.")
UNLAWFUL: Final = (
    "Hasil ini melanggar aturan dan bukan penyelesaian; --nearest mencari yang sah dengan perubahan paling sedikit.",
    "This outcome breaks rules and is no solution; --nearest looks for a lawful one with the fewest changes.",
)
COUNTS: Final = (
    "{placed} ditempatkan pada {seats} kursi terdanai (dari {all}); keinginan pertama {first}, tanpa tempat {without}.",
    "{placed} placed on {seats} paid seats (of {all}); first wish {first}, without a place {without}.",
)


def as_text(wishes: Wishes, language: str) -> Iterator[str]:
    """Yield the lines."""
    column = 0 if language == "id" else 1
    numbers = granted(wishes.index, wishes.made.post_of)
    yield COUNTS[column].format(
        placed=len(wishes.triples),
        seats=sum(map(len, wishes.plan.values())),
        all=sum(post.seats for post in wishes.problem.posts),
        first=numbers[0] if len(numbers) > 2 else "–",
        without=numbers[-1],
    )
    if wishes.strategy_proof:
        yield TRUTHFUL[column]
    if wishes.teams:
        blocking = ", ".join(wishes.blocking) or "–"
        yield JOINTLY[column].format(number=len(wishes.teams), blocking=blocking)
    if wishes.changed is not None:
        yield CHANGED[column].format(number=wishes.changed)
    yield from _rules(wishes, column, language)
    yield (LAWFUL if wishes.lawful else UNLAWFUL)[column]


def _rules(wishes: Wishes, column: int, language: str) -> Iterator[str]:
    policies = {policy.id: policy for policy in wishes.problem.policies}
    for name, how in sorted(wishes.rules.how.items()):
        half = HALF[column] if name in wishes.rules.half else ""
        units = wishes.broken.get(name, 0)
        state = BROKEN[column].format(units=units) if units else KEPT[column]
        yield f"  {name}: {HELD[how][column]}{half}; {state}. {sentence(policies[name], language)}"
    for name, units in sorted(wishes.broken.items()):
        if name not in policies:
            yield f"  {name}: {HELD[NOT][column]}; {BROKEN[column].format(units=units)}."
