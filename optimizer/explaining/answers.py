"""An answer as data: a code, what it rests on, and what solving again gave. The words for it are in `wording`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from optimizer.explaining.blockers import Way
from optimizer.explaining.forcing import Forced
from optimizer.explaining.questions import Question


@dataclass(frozen=True, slots=True)
class Relief:
    """Whether one thing is what stands in the way: the loss of forcing with and without it, each beside its own best."""

    kind: str
    id: str
    helps: bool
    losses: tuple[int, ...] | None


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one question.

    Attributes:
        question: what was asked.
        code: what the answer is, for programs; `wording` has a sentence for each.
        facts: figures and identifiers that the sentences name; no other person's.
        tries: what solving again gave, by the change: `forced`, `without` a limit or rule, or one `more`.
        ways: the agreements under which the placement asked about could be made, with what stands in the way today.
        reliefs: which of those things are really what makes it dear (asked for with `deep`).
    """

    question: Question
    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    tries: Mapping[str, Forced] = field(default_factory=dict)
    ways: tuple[Way, ...] = ()
    reliefs: tuple[Relief, ...] = ()

    @property
    def in_the_way(self) -> Way | None:
        """The way with the fewest things in it."""
        return min(self.ways, key=lambda way: (len(way.blockers), way.agreement), default=None)


def verdict(forced: Forced) -> str:
    """Return the code of what forcing something gave."""
    if forced.status != "possible":
        return forced.status
    change = forced.first_change
    return "loss" if change > 0 else "better" if change < 0 else "same"


def try_document(forced: Forced) -> dict[str, Any]:
    """Return what solving again gave as JSON-ready data, without naming anybody."""
    return {
        "status": forced.status,
        "tiers": [
            {"now": tier.now, "then": tier.then, "loss": tier.loss, "exact": tier.exact, "bound": tier.best}
            for tier in forced.tiers
        ],
        "moved": forced.moved,
        "lost": forced.lost,
        "gained": forced.gained,
        "conflict": None if forced.conflict is None else [{"kind": kind, "id": name} for kind, name in forced.conflict],
    }
