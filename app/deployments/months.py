"""Months of service: which there are, which are over, and which check-ins are late. A month is named by its first day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Final

from app.core import clock
from app.deployments.models import CheckIn, Deployment

LATE_AFTER: Final = dt.timedelta(days=7)
"""So long after the end of a month its check-in is not late yet."""
ZONE: Final = dt.timezone(dt.timedelta(hours=7), "WIB")


def today() -> dt.date:
    """Return the date in western Indonesian time."""
    return clock.now().astimezone(ZONE).date()


def first_of(day: dt.date) -> dt.date:
    """Return the first day of the month of `day`."""
    return day.replace(day=1)


def month_after(month: dt.date) -> dt.date:
    """Return the first day of the month that follows."""
    return dt.date(month.year + month.month // 12, month.month % 12 + 1, 1)


def months_between(first: dt.date, last: dt.date) -> list[dt.date]:
    """Return every month that has a day from `first` to `last`, both included; none where `last` is before `first`."""
    found = []
    month = first_of(first)
    while month <= last:
        found.append(month)
        month = month_after(month)
    return found


def planned(deployment: Deployment) -> list[dt.date]:
    """Return the months over which monthly cost lines are spread: those of the period that was agreed."""
    return months_between(deployment.starts_on, deployment.ends_on)


def served(deployment: Deployment, until: dt.date) -> list[dt.date]:
    """Return the planned months that had begun by `until`, from the arrival on; none before it."""
    if deployment.arrived_on is None:
        return []
    begun = months_between(deployment.arrived_on, min(until, deployment.ended_on or until))
    return [month for month in planned(deployment) if month in begun]


def late(deployment: Deployment, check_ins: Iterable[CheckIn], on: dt.date) -> list[dt.date]:
    """Return the months whose check-in is late on the day `on`: over for more than a week, and nothing was sent."""
    sent = {one.month for one in check_ins if one.written_at is not None}
    return [month for month in served(deployment, on) if month not in sent and month_after(month) + LATE_AFTER <= on]
