"""A round filled up again, in words, Indonesian (`id`) or English (`en`). It names people: it is for those who run the round."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from optimizer.again.plan import Again  # whose compiled loops only the search itself needs
    from optimizer.comparing.moves import Move

WORDS: Final = {
    "dropped": ("Mengundurkan diri: {names}.", "Dropped out: {names}."),
    "pins": ("Ketetapan yang ikut hilang: {names}.", "Pins that are gone with them: {names}."),
    "infeasible": (
        "Terbukti tidak ada penempatan yang memenuhi aturan tanpa mereka; `gotong diagnose` menunjukkan sebabnya.",
        "Proven: without them no placement keeps every rule; `gotong diagnose` says why.",
    ),
    "unknown": (
        "Batas waktu habis sebelum ada penempatan yang memenuhi aturan.",
        "The time limit came before any placement that keeps every rule was found.",
    ),
    "none": (
        "Semua yang lain tetap di tempatnya.",
        "Everybody else keeps their place.",
    ),
    "changes": ("{number} orang lain berubah tempat{proof}:", "{number} other(s) change place{proof}:"),
    "fewest": (", terbukti paling sedikit", ", proven to be the fewest"),
    "between": (", terbukti paling sedikit {least}", ", proven to be at least {least}"),
    "unproven": (", belum terbukti paling sedikit", ", not proven to be the fewest"),
    "repaid": (
        "{number} orang tetap di tempatnya, tetapi dibiayai perjanjian lain:",
        "{number} keep(s) their place under another agreement:",
    ),
    "new": ("{number} orang yang menunggu mendapat tempat:", "{number} of those who wait get(s) a place:"),
    "unplaced": ("tanpa tempat", "no place"),
    "tier": ("Tujuan {number}: {value:,} (diumumkan {before:,})", "Goal {number}: {value:,} (published {before:,})"),
    "bound": ("; terbukti tidak ada yang melebihi {bound:,}", "; proven that nothing exceeds {bound:,}"),
    "scratch": (
        "Dihitung dari awal dalam {seconds:g} detik: {values}; {changes} orang lain akan berubah tempat.",
        "From scratch in {seconds:g} s: {values}; {changes} other(s) would change place.",
    ),
    "nothing": (
        "Dihitung dari awal dalam {seconds:g} detik: tidak ditemukan apa pun.",
        "From scratch in {seconds:g} s: nothing was found.",
    ),
}


def as_text(found: Again, language: str) -> Iterator[str]:
    """Yield the lines for a terminal."""
    column = 0 if language == "id" else 1
    pick = {name: pair[column] for name, pair in WORDS.items()}
    yield pick["dropped"].format(names=", ".join(found.dropped))
    if found.pins:
        yield pick["pins"].format(names=", ".join(found.pins))
    if found.solution.status in {"infeasible", "unknown"}:
        yield pick[found.solution.status]
        return
    if found.moved:
        yield pick["changes"].format(number=len(found.moved), proof=_proof(found, pick))
        yield from (_line(one, pick["unplaced"]) for one in found.moved)
    else:
        yield pick["none"]
    for name, moves in (("repaid", found.repaid), ("new", found.new)):
        if moves:
            yield pick[name].format(number=len(moves))
            yield from (_line(one, pick["unplaced"]) for one in moves)
    for number, (before, tier) in enumerate(zip(found.values, found.solution.tiers, strict=True), start=1):
        proven = "" if tier.bound is None else pick["bound"].format(bound=tier.bound)
        yield f"{pick['tier'].format(number=number, value=tier.value, before=before)}{proven}."
    if found.scratch is not None:
        values = " / ".join(f"{value:,}" for value in found.scratch.values)
        name = "scratch" if values else "nothing"
        yield pick[name].format(seconds=found.scratch.seconds, values=values, changes=found.scratch.changes)


def _proof(found: Again, pick: dict[str, str]) -> str:
    if found.least is None or found.least <= 0:
        return pick["unproven"]
    return pick["fewest"] if found.least == len(found.moved) else pick["between"].format(least=found.least)


def _line(one: Move, nothing: str) -> str:
    if one.post == one.new_post:
        return f"  {one.volunteer}: {one.post} ({one.agreement} → {one.new_agreement})"
    payer = f" ({one.new_agreement})" if one.new_agreement else ""
    if one.post is None:
        return f"  {one.volunteer} → {one.new_post}{payer}"
    return f"  {one.volunteer}: {one.post} → {one.new_post or nothing}{payer}"
