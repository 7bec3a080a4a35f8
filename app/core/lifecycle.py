"""Lives of things as tables: one source for the code, the diagram in the docs and the tests.

FUND = Lifecycle("fund", "pledged", {("pledged", "confirm"): "confirmed", ("confirmed", "close"): "closed"})
fund.state = FUND.move(fund.state, "confirm")
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.core.i18n import mark
from app.core.problems import Problem


class IllegalMove(Problem):
    """409: the thing is in a state from which this move is not possible; `possible` lists those that are."""

    code = "illegal_move"
    status = 409
    title = mark("Not possible in this state")
    message = mark("In the state {state} this is not possible: {action}. Possible now: {possible}.")


@dataclass(frozen=True)
class Lifecycle:
    """A table of states and moves.

    Attributes:
        name: What lives this life, such as `round`.
        initial: The state in which it begins.
        transitions: (state, action) to the state that follows.
    """

    name: str
    initial: str
    transitions: Mapping[tuple[str, str], str]

    @property
    def states(self) -> tuple[str, ...]:
        """Every state, in the order of the table."""
        found = [self.initial]
        for (state, _), after in self.transitions.items():
            found += [state, after]
        return tuple(dict.fromkeys(found))

    @property
    def actions(self) -> tuple[str, ...]:
        """Every action, in the order of the table."""
        return tuple(dict.fromkeys(action for _, action in self.transitions))

    def possible(self, state: str) -> tuple[str, ...]:
        """Return the actions that are possible in `state`."""
        return tuple(action for here, action in self.transitions if here == state)

    def move(self, state: str, action: str) -> str:
        """Return the state after `action`; raise IllegalMove where the table has no such move."""
        after = self.transitions.get((state, action))
        if after is None:
            possible = self.possible(state)
            raise IllegalMove(
                more={"state": state, "possible": list(possible)},
                state=state,
                action=action,
                possible=", ".join(possible) or "–",
            )
        return after

    def diagram(self) -> str:
        """Return the table as a Mermaid state diagram."""
        lines = ["stateDiagram-v2", f"    [*] --> {self.initial}"]
        lines += [f"    {state} --> {after}: {action}" for (state, action), after in self.transitions.items()]
        lines += [f"    {state} --> [*]" for state in self.states if not self.possible(state)]
        return "\n".join(lines) + "\n"
