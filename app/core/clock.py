"""The time, from one place, so that tests can set it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

_frozen: dt.datetime | None = None


def now() -> dt.datetime:
    """Return the present time, aware and in UTC."""
    return _frozen or dt.datetime.now(dt.UTC)


@contextmanager
def frozen_at(moment: dt.datetime) -> Iterator[None]:
    """Let the clock stand at `moment` inside the block, in every thread of this process.

    Raises:
        ValueError: For a time without a zone.
    """
    global _frozen  # noqa: PLW0603 - the switch that this module exists for
    if moment.tzinfo is None:
        raise ValueError("a clock needs a time with a zone")
    before, _frozen = _frozen, moment.astimezone(dt.UTC)
    try:
        yield
    finally:
        _frozen = before
