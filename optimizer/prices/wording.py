"""Prices in words, Indonesian (`id`) or English (`en`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from optimizer.explaining.discreet import Discreet, rule_in_words
from optimizer.prices.changes import Change
from optimizer.prices.costs import PolicyCost
from optimizer.prices.plan import Item, TierPrice, Worth
from optimizer.prices.solving import Confirmed
from optimizer.problem import Policy
from optimizer.rules import IDENTIFIERS
from optimizer.rules.words import rupiah

MILLION: Final = 1_000_000
WHAT: Final = {
    "budget": ("dana {name}: Rp 1.000.000 lagi", "fund {name}: Rp 1.000.000 more"),
    "amount": ("sumber daya {name}: satu lagi", "resource {name}: one more"),
    "max_placements": ("perjanjian {name}: satu penempatan lagi", "agreement {name}: one more placement"),
    "min_placements": (
        "perjanjian {name}: satu penempatan wajib kurang",
        "agreement {name}: one placement less required",
    ),
    "max": ("aturan “{name}”: batas atas satu lagi", "rule “{name}”: one more at the upper end"),
    "min": ("aturan “{name}”: batas bawah satu kurang", "rule “{name}”: one less at the lower end"),
    "max-money": ("aturan “{name}”: batas atas Rp 1.000.000 lagi", "rule “{name}”: Rp 1.000.000 more at the upper end"),
    "min-money": (
        "aturan “{name}”: batas bawah Rp 1.000.000 kurang",
        "rule “{name}”: Rp 1.000.000 less at the lower end",
    ),
    "percent": ("aturan “{name}”: satu persen kurang", "rule “{name}”: one per cent less"),
    "region": ("perjanjian {name}: juga di wilayah {today}", "agreement {name}: also in region {today}"),
    "tag": ("perjanjian {name}: tanpa syarat tanda {today}", "agreement {name}: without asking for the tag {today}"),
}
WORDS: Final = {
    "goal": (
        "Tujuan {number}: {value:,}; seandainya penempatan dapat dibagi {relaxed}.",
        "Goal {number}: {value:,}; if placements could be divided {relaxed}.",
    ),
    "provisional": (
        "Batas waktu habis lebih dulu: harganya sementara.",
        "The time limit came first: its prices are provisional.",
    ),
    "price": ("  tujuan {number}: {price}{range}", "  goal {number}: {price}{range}"),
    "first": (
        "  tujuan {number}: penempatan pertama {price}, semuanya {step}",
        "  goal {number}: its first placement {price}, all of it {step}",
    ),
    "range": (", dari {low} sampai {high}", ", from {low} to {high}"),
    "step": ("; {step} lagi: {gain} menurut harga", "; {step} more: {gain} by the price"),
    "rough": ("; {step} lagi: paling banyak {gain}", "; {step} more: at most {gain}"),
    "proven": (", {gain:+,} dihitung lagi, terbukti", ", {gain:+,} solved again, proven"),
    "differs": (
        ", tetapi {gain:+,} dihitung lagi, terbukti (penempatan tidak dapat dibagi)",
        ", but {gain:+,} solved again, proven (placements cannot be divided)",
    ),
    "open": (", {gain:+,} dihitung lagi, belum terbukti", ", {gain:+,} solved again, not proven"),
    "none": (
        "Tidak ada dana, klausul atau aturan yang bernilai lebih bila diperluas.",
        "No budget, clause or rule is worth anything more if it is made wider.",
    ),
    "idle": ("{number} batas lain tidak menahan apa pun.", "{number} other limit(s) hold nothing back."),
    "summary": (
        "Tujuan {number}: {confirmed} dari {solved} kenaikan dihitung lagi sesuai harga ({proven} terbukti; selisih terbesar {worst}).",
        "Goal {number}: {confirmed} of {solved} gains solved again are what the price says ({proven} proven; largest deviation {worst}).",
    ),
    "costs": ("Harga setiap aturan (putaran ini tanpa aturan itu):", "What each rule costs (this round without it):"),
    "same": ("tidak ada bedanya", "no difference"),
    "cost": (
        "{gains}; {moved} orang berbeda tempat, {placed:+} penempatan, {rupiah}",
        "{gains}; {moved} placed differently, {placed:+} placement(s), {rupiah}",
    ),
    "tier": ("tujuan {number} {gain:+,}", "goal {number} {gain:+,}"),
    "unproven": (" (belum terbukti)", " (not proven)"),
}


def as_text(found: Worth, language: str) -> Iterator[str]:
    """Yield the lines for a terminal."""
    yield from _Text(found, language).lines()


class _Text:
    def __init__(self, found: Worth, language: str) -> None:
        self.found, self.language = found, language
        self.names = Discreet(IDENTIFIERS, None, None)
        self.policies = {policy.id: policy for policy in found.problem.policies}

    def _pick(self, pair: tuple[str, str]) -> str:
        return pair[0] if self.language == "id" else pair[1]

    def lines(self) -> Iterator[str]:
        found = self.found
        for number, (one, value) in enumerate(zip(found.relaxed, found.values, strict=False), start=1):
            text = self._pick(WORDS["goal"]).format(number=number, value=value, relaxed=_number(one.value))
            yield text if one.closed else f"{text} {self._pick(WORDS['provisional'])}"
        if not found.items:
            yield self._pick(WORDS["none"])
        for item in found.items:
            yield from self._item(item)
        if found.idle:
            yield self._pick(WORDS["idle"]).format(number=found.idle)
        for number, summary in enumerate(found.summary(), start=1):
            if summary["solved"]:
                worst = _number(summary["largest_deviation"])
                yield self._pick(WORDS["summary"]).format(number=number, worst=worst, **summary)
        if found.policies:
            yield self._pick(WORDS["costs"])
            yield from (self._cost(one) for one in found.policies)

    # prices ------------------------------------------------------------------------------------------------------------------

    def _item(self, item: Item) -> Iterator[str]:
        change = item.change
        name = self._rule(self.policies[change.id]) if change.kind == "policy" else change.id
        key = f"{change.parameter}-money" if change.money and change.kind == "policy" else change.parameter
        first = self._pick(WHAT[key]).format(name=name, today=change.today)
        yield first[:1].upper() + first[1:]
        for number, price in enumerate(item.tiers, start=1):
            confirmed = item.confirmed[number - 1] if number <= len(item.confirmed) else None
            if price.price or (confirmed is not None and confirmed.gain):
                yield self._tier(change, number, price) + self._confirmed(price, confirmed)

    def _tier(self, change: Change, number: int, price: TierPrice) -> str:
        if change.is_clause:
            figures = {"price": _signed(price.price), "step": _signed(price.step)}
            return self._pick(WORDS["first"]).format(number=number, **figures)
        each = price.price * (MILLION if change.money else 1)
        text = self._pick(WORDS["price"]).format(number=number, price=_signed(each), range=self._range(change, price))
        step = rupiah(abs(change.step)) if change.money else str(abs(change.step))
        return text + self._pick(WORDS["rough" if price.rough else "step"]).format(step=step, gain=_signed(price.step))

    def _range(self, change: Change, price: TierPrice) -> str:
        if price.low is None and price.high is None:
            return ""
        ends = [
            "…" if end is None else rupiah(round(end)) if change.money else _number(end)
            for end in (price.low, price.high)
        ]
        return self._pick(WORDS["range"]).format(low=ends[0], high=ends[1])

    def _confirmed(self, price: TierPrice, found: Confirmed | None) -> str:
        if found is None:
            return "."
        name = "open" if not found.exact else "proven" if found.confirms(price.step) else "differs"
        return f"{self._pick(WORDS[name]).format(gain=found.gain)}."

    # rules -------------------------------------------------------------------------------------------------------------------

    def _cost(self, one: PolicyCost) -> str:
        gains = [
            self._pick(WORDS["tier"]).format(number=number, gain=gain)
            for number, gain in enumerate(one.gains, start=1)
            if gain
        ]
        if not gains and not one.moved:
            told = self._pick(WORDS["same"])
        else:
            money = f"{'-' if one.rupiah < 0 else '+'}{rupiah(abs(one.rupiah))}"
            told = self._pick(WORDS["cost"]).format(
                gains=", ".join(gains) or self._pick(WORDS["same"]), moved=one.moved, placed=one.placed, rupiah=money
            )
        return f"  “{self._rule(self.policies[one.id])}” {told}{'' if one.exact else self._pick(WORDS['unproven'])}"

    def _rule(self, policy: Policy) -> str:
        return rule_in_words(policy, self.language, self.names, None)


def _number(value: float) -> str:
    return f"{value:,.1f}".removesuffix(".0") if abs(value) >= 100 else f"{value:.4g}"


def _signed(value: float) -> str:
    return f"{'-' if value < 0 else '+'}{_number(abs(value))}"
