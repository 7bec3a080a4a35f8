"""What somebody can do with a round now, and what is said beside the button."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from app.core.i18n import mark
from app.identity.actor import Actor
from app.identity.permissions import RULES, allows
from app.rounds.lifecycle import ROUND
from app.rounds.models import Round

STATES: Final = {
    "draft": mark("draft"),
    "frozen": mark("frozen"),
    "solving": mark("being solved"),
    "proposed": mark("proposed"),
    "approved": mark("approved"),
    "published": mark("published"),
    "closed": mark("closed"),
    "cancelled": mark("cancelled"),
}
WAY: Final = ("draft", "frozen", "solving", "proposed", "approved", "published")
"""The states that a round without a detour goes through."""

NOT_FOR_COPIES: Final = frozenset({"approve", "publish"})


@dataclass(frozen=True, slots=True)
class Step:
    """A button: `action` is the last part of its address; `asks` whether a reason is `required`, `optional` or "" (not asked)."""

    action: str
    label: str
    tells: str
    asks: str = ""
    aside: bool = False


STEPS: Final = (
    Step(
        "freeze",
        mark("Freeze the round"),
        mark("Takes a snapshot of needs, pool, money and rules as they stand now. Later changes do not touch this round."),
    ),
    Step(
        "solve",
        mark("Solve the round"),
        mark("A worker looks for the best placement that every rule and every fund allows, and proves how good it is."),
    ),
    Step(
        "approve",
        mark("Approve the result"),
        mark("You are the second person: look at the result, then approve it, or send it back."),
        asks="optional",
    ),
    Step(
        "publish",
        mark("Publish the round"),
        mark("Sends every placement as an offer and reserves its money, all at once. This cannot be taken back."),
    ),
    Step("close", mark("Close the round"), mark("Ends a published round. Its offers stay what they are."), aside=True),
    Step(
        "refuse",
        mark("Send the result back"),
        mark("The round is frozen again, and can be solved again. The result stays on record."),
        asks="required",
        aside=True,
    ),
    Step(
        "reopen",
        mark("Take it back to draft"),
        mark("Mend needs, money or rules, then freeze again: a new snapshot under a new seed."),
        asks="required",
        aside=True,
    ),
    Step("cancel", mark("Give the round up"), mark("Everything about it stays on record."), asks="required", aside=True),
)  # fmt: skip
FOR_A_REGION: Final = {
    "approve": Step(
        "approve",
        mark("Approve your region's part"),
        mark("You speak for the schools of your region; the programme decides on the whole."),
        asks="optional",
    ),
    "refuse": Step(
        "refuse",
        mark("Refuse your region's part"),
        mark("The programme cannot approve the round until your reason is dealt with."),
        asks="required",
        aside=True,
    ),
}
SOLVE_AGAIN: Final = Step(
    "solve",
    mark("Solve again"),
    mark("Gives a new result beside this one; nothing is overwritten."),
    aside=True,
)


def steps_for(actor: Actor, round_: Round, *, has_part: bool) -> list[Step]:
    """Return what `actor` can do with the round in its present state, the next step first.

    Args:
        actor: Who looks.
        round_: The round, visible to the actor.
        has_part: For an officer, whether the result places anybody in the region.
    """
    possible = ROUND.possible(round_.state)
    found = [one for one in STEPS if one.action in possible and allows(actor, f"rounds.{one.action}", round_)]
    if round_.scenario_of is not None:
        found = [one for one in found if one.action not in NOT_FOR_COPIES]
    if actor.role == "officer":
        return [FOR_A_REGION[one.action] for one in found] if has_part else []
    return [SOLVE_AGAIN if one.action == "solve" and round_.state == "proposed" else one for one in found]


def way_of(round_: Round) -> tuple[str, ...]:
    """Return the states that the round goes through; a what-if copy ends with its result."""
    return WAY if round_.scenario_of is None else WAY[: WAY.index("proposed") + 1]


def waits_for(actor: Actor, round_: Round) -> str | None:
    """Return why the next step is not this person's, as a sentence of the catalogue; None where it is, or nobody's."""
    second = round_.scenario_of is None and round_.state == "proposed" and actor.role == "manager"
    if second and not allows(actor, "rounds.approve", round_):
        return RULES["rounds.approve"].tells
    return None
