"""Names that do not tell who anybody else is: rules may name people, and an answer is read by one of them or by none."""

from __future__ import annotations

from collections.abc import Collection

from optimizer.problem import Pin, Policy
from optimizer.rules import Names, sentence


class Discreet(Names):
    """Wraps names so that of all volunteers and groups only the reader's own are named."""

    def __init__(self, names: Names, reader: str | None, group: str | None) -> None:
        self._names = names
        self._own = {"volunteer": reader, "group": group}

    def listed(self, kind: str, ids: Collection[str], language: str) -> str:
        """Return the names of some things; other volunteers and groups are only counted."""
        if kind not in self._own:
            return self._names.listed(kind, ids, language)
        own = self._own[kind]
        said = [self._names.listed(kind, [own], language)] if own is not None and own in ids else []
        others = len(set(ids)) - len(said)
        if others:
            said.append(_others(kind, others, language))
        return (" dan " if language == "id" else " and ").join(said) or "∅"


def _others(kind: str, number: int, language: str) -> str:
    if language == "id":
        return f"{number} {'orang' if kind == 'volunteer' else 'kelompok'} lain"
    if kind == "volunteer":
        return "1 other person" if number == 1 else f"{number} other people"
    return "1 other group" if number == 1 else f"{number} other groups"


def rule_in_words(policy: Policy, language: str, names: Discreet, reader: str | None) -> str:
    """Return the sentence of a rule, fit for the reader."""
    if isinstance(policy, Pin) and policy.volunteer != reader:
        post = names.listed("post", [policy.post], language)
        if language == "id":
            return f"Satu tempat pada pos {post} sudah ditetapkan untuk orang lain."
        return f"One place at post {post} is fixed for another person."
    return sentence(policy, language, names)
