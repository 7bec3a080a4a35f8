"""What the database refuses because something with the same unique value is there: told as a problem, not as a fault.

    with refusing_duplicates(NumberTaken(npsn=body.npsn)):
        session.flush()

The unique constraint decides, so that two requests at the same moment cannot both pass a look-up that was made before.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy.exc import IntegrityError

from app.core.problems import Problem

# PostgreSQL's SQLSTATE, and SQLite's extended result codes.
UNIQUE_VIOLATIONS: Final = frozenset({"23505", "SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY"})


def is_duplicate(error: IntegrityError) -> bool:
    """Tell whether `error` is about a unique value that is taken, and not about a foreign key or a check."""
    cause = error.orig
    return {getattr(cause, "sqlstate", None), getattr(cause, "sqlite_errorname", None)} & UNIQUE_VIOLATIONS != set()


@contextmanager
def refusing_duplicates(problem: Problem) -> Iterator[None]:
    """Raise `problem` where the block breaks a unique constraint; the transaction it ends with is undone."""
    try:
        yield
    except IntegrityError as error:
        if is_duplicate(error):
            raise problem from error
        raise
