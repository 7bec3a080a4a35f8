"""Check the chain of the record: rows that were changed, removed or put in afterwards are found, and it is said where.

Whoever can write to the database can also work out every hash anew from a changed row on. Against that helps only a link of the
chain that is kept elsewhere: a report gives the last one, and a later check holds the chain against it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.audit.forgetting import FORGET, forgotten
from app.audit.models import AuditEntry, AuditHead
from app.audit.record import FIRST_HASH, entry_hash, reason_digest

MOST_FAULTS: Final = 100
"""How many faults a report lists; behind so many nobody looks for the next one by hand."""


@dataclass(frozen=True)
class Fault:
    """Something in the record that does not fit: the number of the entry, and what is wrong with it."""

    number: int
    finding: str


@dataclass(frozen=True)
class ChainReport:
    """What `verify_chain` found.

    Attributes:
        entries: How many entries there are.
        number: The number of the last one; 0 where there is none.
        hash: Its hash.
        faults: What does not fit, in the order of the numbers; the first hundred.
    """

    entries: int
    number: int
    hash: str
    faults: tuple[Fault, ...]

    @property
    def holds(self) -> bool:
        """Whether the whole chain fits together."""
        return not self.faults


class _Walk:
    """Goes along the chain; knows the last link that was seen, so that one changed row is told once and not for all behind it."""

    def __init__(self) -> None:
        self.entries, self.number, self.hash = 0, 0, FIRST_HASH
        self.silent: set[int] = set()

    def step(self, entry: AuditEntry) -> Iterator[Fault]:
        """Yield what is wrong with the next entry, and stand on it."""
        missing = range(self.number + 1, entry.number)
        if missing:
            which = f"entry {missing[0]} is" if len(missing) == 1 else f"entries {missing[0]} to {missing[-1]} are"
            yield Fault(missing[0], f"{which} missing")
        elif entry.previous_hash != self.hash:
            yield Fault(entry.number, "the entry does not follow the one before it")
        if entry.hash != entry_hash(entry):
            yield Fault(entry.number, "the entry was changed after it was written")
        yield from self._reason(entry)
        self.entries, self.number, self.hash = self.entries + 1, entry.number, entry.hash

    def _reason(self, entry: AuditEntry) -> Iterator[Fault]:
        """Yield what is wrong with the words of an entry; those that were taken out are awaited in a later entry that says so."""
        if entry.action == FORGET:
            self.silent -= forgotten(entry)
        if entry.words is None:
            if entry.reason_digest is not None:
                self.silent.add(entry.number)
        elif entry.reason_digest != reason_digest(entry.words):
            yield Fault(entry.number, "the reason was changed after it was written")


def verify_chain(session: Session, kept: Mapping[int, str] | None = None) -> ChainReport:
    """Read every entry in order and check its number, its link and its hash, and that the last one is where the chain ends.

    Args:
        session: A reading session.
        kept: Hashes by number of the entry, as earlier reports gave them and somebody kept elsewhere.
    """
    walk = _Walk()
    faults: list[Fault] = []
    awaited = dict(kept or {})
    whole = select(AuditEntry).options(joinedload(AuditEntry.words)).order_by(AuditEntry.number)
    for entry in session.scalars(whole.execution_options(yield_per=1000)):
        found = [*walk.step(entry)]
        if awaited.pop(entry.number, entry.hash) != entry.hash:
            found.append(Fault(entry.number, "the entry is not the one whose hash was kept"))
        faults += found[: MOST_FAULTS - len(faults)]
    faults += [Fault(number, "the reason was taken out, and no erasure says so") for number in sorted(walk.silent)]
    faults += [Fault(number, "the entry whose hash was kept is missing") for number in sorted(awaited)]
    faults += _at_the_end(session, walk)
    return ChainReport(walk.entries, walk.number, walk.hash, tuple(faults[:MOST_FAULTS]))


def _at_the_end(session: Session, walk: _Walk) -> Iterator[Fault]:
    head = session.scalars(select(AuditHead)).one_or_none()
    if head is None:
        yield Fault(walk.number + 1, "the row that says where the chain ends is missing")
    elif head.number > walk.number:
        yield Fault(walk.number + 1, f"the chain ends at entry {walk.number}, but {head.number} were written")
    elif (head.number, head.hash) != (walk.number, walk.hash):
        yield Fault(walk.number, f"the chain should end at entry {head.number} with another hash")
