"""An answer in words, Indonesian (`id`) and English (`en`), that name nobody but the person asked about."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from optimizer.explaining.answers import Answer, Relief, verdict
from optimizer.explaining.blockers import Blocker
from optimizer.explaining.discreet import Discreet, rule_in_words
from optimizer.explaining.forcing import UNASKED, Forced, TierChange
from optimizer.explaining.phrases import IN_THE_WAY, MEASURES, OBSTACLES, OPENING
from optimizer.explaining.standing import Standing
from optimizer.problem import Tier
from optimizer.rules import Names
from optimizer.rules.words import bounds, rupiah

Named = Callable[[str, str], str]


def say(answer: Answer, standing: Standing, language: str, names: Names, *, whole: bool = True) -> list[str]:
    """Return the sentences of an answer, the main one first; without `whole` no figure of the round or of somebody's fund."""
    return list(_Words(answer, standing, language, names, whole=whole).all())


class _Words:
    """One answer in one language."""

    def __init__(self, answer: Answer, standing: Standing, language: str, names: Names, *, whole: bool) -> None:
        self.answer, self.standing, self.whole = answer, standing, whole
        self.problem = standing.problem
        self.language = language
        self.reader = answer.question.volunteer
        group = None if self.reader is None else self.problem.volunteers[standing.index.volunteer[self.reader]].group
        self.names = Discreet(names, self.reader, group)
        self.policies = {policy.id: policy for policy in self.problem.policies}

    def _pick(self, pair: tuple[str, str]) -> str:
        return pair[0] if self.language == "id" else pair[1]

    def _name(self, kind: str, name: str) -> str:
        return self.names.listed(kind, [name], self.language)

    def all(self) -> Iterator[str]:
        yield self._pick(OPENING[self.answer.code]).format_map(self._fields())
        forced = self.answer.tries.get("forced")
        if forced is not None and self.answer.code == "placed":
            yield from self._if_not_there(forced)
        elif forced is not None:
            yield from self._in_the_way()
            yield from self._consequences(forced)
        elif self.answer.code == UNASKED:
            yield from self._in_the_way()
        without = self.answer.tries.get("without")
        if without is not None:
            yield from self._consequences(without)
        more = self.answer.tries.get("more")
        if more is not None:
            yield from self._more(more)
        for relief in self.answer.reliefs:
            yield self._relief(relief)

    # what the opening names --------------------------------------------------------------------------------------------------

    def _fields(self) -> dict[str, str]:
        question, facts = self.answer.question, self.answer.facts
        found = {name: self._name(name, value) for name, value in question.named().items() if name != "policy"}
        found["who"] = found.get("volunteer", "")
        for name in ("fit", "preference", "posts", "seats", "filled", "placements"):
            found[name] = str(facts.get(name, ""))
        for name in ("cost", "spent", "budget"):
            found[name] = rupiah(facts.get(name, 0))
        for name in ("here", "instead"):
            found[name] = self._name("post", facts[name]) if facts.get(name) else "–"
        if "agreement" in facts:
            found["agreement"] = self._name("agreement", facts["agreement"])
        found["lines"] = ", ".join(facts.get("lines", ()))
        found["obstacles"] = self._obstacles(facts)
        found["limits"] = bounds(facts.get("min", 0), facts.get("max"), self.language)
        if question.policy is not None:
            found |= self._rule(question.policy, facts)
        return found

    def _obstacles(self, facts: Mapping[str, Any]) -> str:
        listed = facts.get("obstacles", ())
        if isinstance(listed, dict):
            posts = "pos" if self.language == "id" else "post(s)"
            return ", ".join(f"{self._pick(OBSTACLES[code])} ({number} {posts})" for code, number in listed.items())
        said = []
        for code in listed:
            words = self._pick(OBSTACLES[code])
            if code == "missing-requirement":
                words += f" ({self.names.listed('tag', facts['missing'], self.language)})"
            if code == "hardship-above-limit":
                words += f" ({facts['hardship']} > {facts['max_hardship']})"
            said.append(words)
        return ", ".join(said)

    def _rule(self, name: str, facts: Mapping[str, Any]) -> dict[str, str]:
        policy = self.policies[name]
        hard = ("Wajib, dan dipatuhi.", "Hard, and kept.")
        soft = (
            f"Lunak: dilanggar sebanyak {facts['broken']} satuan, denda {facts['penalty']} per satuan.",
            f"Soft: broken by {facts['broken']} unit(s), at {facts['penalty']} each.",
        )
        return {
            "policy": name,
            "rule": rule_in_words(policy, self.language, self.names, self.reader),
            "kept": self._pick(hard if facts["hard"] else soft),
        }

    # what stands in the way, and what it would cost --------------------------------------------------------------------------

    def _in_the_way(self) -> Iterator[str]:
        way = self.answer.in_the_way
        if way is None:
            return
        if way.blockers:
            yield self._pick(
                (
                    "Dengan yang lain tetap di tempatnya, ini yang menghalangi:",
                    "With all others where they are, this is in the way:",
                )
            )
            yield from (self._blocker(one) for one in way.blockers)
        elif self.answer.code == UNASKED:
            yield self._pick(
                (
                    "Dengan yang lain tetap di tempatnya, tidak ada yang menghalangi di sana.",
                    "With all others where they are, nothing stands in the way there.",
                )
            )
        elif self.answer.code.endswith("loss"):
            yield self._pick(
                (
                    "Tidak ada yang menghalangi di sana; hasil putaran lebih baik dengan pilihan lain.",
                    "Nothing stands in the way there; the round is better served otherwise.",
                )
            )

    def _blocker(self, one: Blocker) -> str:
        if one.kind == "policy":
            name = rule_in_words(self.policies[one.id], self.language, self.names, self.reader)
        else:
            name = self._name({"seats": "post"}.get(one.kind, one.kind), one.id)
        money = one.kind == "fund"
        kind = "fund-used-up" if money and not self.whole else one.kind
        return self._pick(IN_THE_WAY[kind]).format(
            name=name, short=rupiah(one.short) if money else one.short, left=rupiah(one.left)
        )

    def _if_not_there(self, forced: Forced) -> Iterator[str]:
        instead = self.answer.facts.get("instead")
        there = self._name("post", instead) if instead else None
        code = verdict(forced)
        if code == "impossible":
            yield self._pick(("Aturan tidak menyisakan pilihan lain.", "The rules leave no other choice."))
        elif code == "unknown":
            yield self._pick(
                (
                    "Batas waktu habis sebelum diketahui pilihan lainnya.",
                    "The time limit came before the alternative was known.",
                )
            )
        elif there is None:
            yield self._pick(
                (
                    "Jika tidak di sana, relawan ini tidak ditempatkan.",
                    "If not there, this volunteer would not be placed.",
                )
            )
        else:
            yield self._pick(
                (
                    f"Jika tidak di sana, pilihan berikutnya adalah pos {there}.",
                    f"If not there, the next choice is post {there}.",
                )
            )
        yield from self._consequences(forced)

    def _more(self, more: Forced) -> Iterator[str]:
        code = verdict(more)
        if code == "impossible":
            yield self._pick(
                (
                    "Lebih banyak lagi tidak mungkin tanpa melanggar aturan.",
                    "Using more of it is not possible without breaking a rule.",
                )
            )
        elif code == "same":
            yield self._pick(("Memakainya lebih banyak sama baiknya.", "Using more of it would be just as good."))
        elif code == "loss":
            yield self._pick(
                ("Memakainya lebih banyak akan merugikan putaran ini.", "Using more of it would make the round worse.")
            )
        yield from self._consequences(more)

    def _consequences(self, forced: Forced) -> Iterator[str]:
        if forced.status == "impossible":
            yield from self._conflict(forced)
        for position, change in enumerate(forced.tiers):
            if change.loss or not change.exact:
                yield self._tier(position, self.problem.objective[position], change)
        if forced.status == "possible" and (forced.moved or forced.lost or forced.gained):
            yield self._pick(
                (
                    f"Untuk itu {forced.moved} orang lain pindah, {forced.lost} kehilangan dan {forced.gained} mendapat tempat.",
                    f"For that {forced.moved} other(s) move, {forced.lost} lose and {forced.gained} get a place.",
                )
            )

    def _conflict(self, forced: Forced) -> Iterator[str]:
        if not forced.conflict:
            if forced.conflict is not None:
                yield self._pick(
                    (
                        "Kursi dan syarat saja sudah tidak mengizinkannya.",
                        "Seats and requirements alone do not allow it.",
                    )
                )
            return
        yield self._pick(("Bersama ini tidak dapat dipenuhi:", "It cannot hold together with:"))
        yield from (self._thing(kind, name) for kind, name in forced.conflict)

    def _thing(self, kind: str, name: str) -> str:
        if kind == "policy":
            rule = rule_in_words(self.policies[name], self.language, self.names, self.reader)
            return self._pick((f"aturan “{rule}”", f"the rule “{rule}”"))
        called = self._name(kind, name)
        return self._pick(
            {
                "fund": (f"dana {called}", f"fund {called}"),
                "agreement": (f"perjanjian {called}", f"agreement {called}"),
            }[kind]
        )

    def _tier(self, position: int, tier: Tier, change: TierChange) -> str:
        label = self._pick((f"Tujuan {position + 1}", f"Goal {position + 1}"))
        what, now, then, money = self._scaled(tier, change)
        shown = [rupiah(abs(one)) if money else f"{one}" for one in (now, then, abs(then - now))]
        up, down = self._pick(("naik", "rises")), self._pick(("turun", "falls"))
        if not self.whole:
            return f"{label}, {what}: {self._pick(('tetap', 'stays')) if now == then else up if then > now else down}."
        text = (
            self._pick((f"tetap {shown[0]}", f"stays at {shown[0]}"))
            if now == then
            else self._pick(
                (
                    f"{up if then > now else down} {shown[2]} (dari {shown[0]} menjadi {shown[1]})",
                    f"{up if then > now else down} by {shown[2]} (from {shown[0]} to {shown[1]})",
                )
            )
        )
        tail = "" if change.exact else self._not_exact(change)
        return f"{label}, {what}: {text}{tail}."

    def _not_exact(self, change: TierChange) -> str:
        if change.best is None:
            return self._pick(("; belum terbukti", "; not proven"))
        least = change.now - change.best
        return self._pick(
            (f"; terbukti hanya bahwa ruginya paling sedikit {least}", f"; proven is only a loss of at least {least}")
        )

    def _scaled(self, tier: Tier, change: TierChange) -> tuple[str, int, int, bool]:
        """Return what the tier measures, now and then, and whether it is money: a tier of one measure is told in its own unit."""
        weights = {name: weight for name, weight in tier.weights.items() if weight}
        if len(weights) == 1:
            ((name, weight),) = weights.items()
            return self._pick(MEASURES[name]), change.now // weight, change.then // weight, name == "cost"
        parts = [f"{weight} × {self._pick(MEASURES[name])}" for name, weight in weights.items()]
        return " + ".join(parts) or "–", change.now, change.then, False

    def _relief(self, relief: Relief) -> str:
        thing = self._thing(relief.kind, relief.id)
        if relief.helps:
            return self._pick(
                (
                    f"Tanpa {thing}, ini akan lebih murah atau mungkin.",
                    f"Without {thing} it would be cheaper or possible.",
                )
            )
        return self._pick((f"Tanpa {thing} pun tidak lebih murah.", f"Even without {thing} it would be no cheaper."))
