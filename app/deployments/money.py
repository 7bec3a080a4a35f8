"""When the money of a deployment is spent, and what of it is given back.

A placement's cost lines are committed when the offer is accepted. From then on:

- at the arrival, every line that is not monthly (training, travel there and back, material …) is spent in one sum;
- a monthly line (stipend, housing, insurance) of A rupiah over n planned months is spent as attendance is confirmed: when k
  months are confirmed, ⌊A·k ÷ n⌋ of it are spent. Each part is the difference of two such sums, so parts differ by one
  rupiah at most and add up to A exactly;
- when the service is completed, the rest of every line is spent;
- when it ends early, monthly lines are spent for every month that had begun by then, whether its attendance was confirmed or
  not, and all the rest is released to the funds it came from. Without an arrival nothing was spent, and all is released.

What was spent is never taken back. Everything is worked out from the ledger's own entries, so doing it twice changes nothing.
"""

from __future__ import annotations

from collections import Counter

from sqlalchemy.orm import Session

from app.deployments.vocabulary import MONTHLY
from app.funding import ledger
from app.funding.ledger import Move
from app.identity.actor import Actor


def spend_due(session: Session, actor: Actor, placement_id: str, months: int, of: int, *, reason: str) -> int:
    """Spend what is due once somebody has arrived and `months` of the `of` planned months count; return the rupiah."""
    ledger.lock(session, {one.fund_id for one in ledger.standing(session, placement_id)})
    committed: Counter[tuple[str, str | None]] = Counter()
    spent: Counter[tuple[str, str | None]] = Counter()
    for one in ledger.standing(session, placement_id):
        {"committed": committed, "spent": spent}.get(one.account, Counter())[one.fund_id, one.line] += one.amount
    moves = []
    for (fund, line), rest in sorted(committed.items(), key=lambda row: (row[0][0], row[0][1] or "")):
        whole = rest + spent[fund, line]
        due = whole * min(months, of) // of if line in MONTHLY else whole
        if due > spent[fund, line]:
            moves.append(Move(fund, "committed", "spent", due - spent[fund, line], line, placement_id))
    ledger.move_all(session, actor, moves, reason=reason)
    return sum(one.amount for one in moves)


def release_rest(session: Session, actor: Actor, placement_id: str, *, reason: str) -> int:
    """Give back what is committed and not spent; return the rupiah."""
    return ledger.release_placement(session, actor, placement_id, reason=reason)
