"""When the data of people whose application has ended goes: a job looks each night; `app.privacy.retention` is what it does.

The job is queued where an application ends, which is here; what is erased then reaches into slices above this one.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from sqlalchemy.orm import Session

from app.core import clock
from app.jobs import queue

KIND: Final = "privacy.retain"
ZONE: Final = dt.timezone(dt.timedelta(hours=7), "WIB")
AT_NIGHT: Final = dt.time(2, 30)


def schedule(session: Session) -> None:
    """Queue the job for the coming night, where none is queued."""
    here = clock.now().astimezone(ZONE)
    night = dt.datetime.combine(here.date(), AT_NIGHT, ZONE)
    queue.enqueue(session, KIND, {}, key=KIND, run_after=night if night > here else night + dt.timedelta(days=1))
