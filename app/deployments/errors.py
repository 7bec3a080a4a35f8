"""What can go wrong with a deployment."""

from __future__ import annotations

from app.core.i18n import mark
from app.core.problems import Conflict, Problem


class CheckInSent(Conflict):
    """409: a check-in that was sent stays as it is."""

    code = "deployments.check_in_sent"
    title = mark("The check-in was sent already")
    message = mark("The check-in of {month} was sent and stays as it is. Write what came later into the next one.")


class NoSuchMonth(Conflict):
    """409: a word about a month in which nobody serves, or that has not begun."""

    code = "deployments.no_such_month"
    title = mark("Nobody served in that month")
    message = mark("{month} is not a month of this service that has begun. Possible now: {possible}.")


class DayOutside(Conflict):
    """409: a day that cannot be in this service."""

    code = "deployments.day_outside"
    title = mark("The day does not fit")
    message = mark("{day} cannot be that day: use one from {first} to {last}.")


class NotSuccessor(Conflict):
    """409: somebody who does not come to the same school cannot take over."""

    code = "deployments.not_successor"
    title = mark("This is not a successor")
    message = mark("A successor is another person of the programme at the same school. Name one of those, or nobody.")


class NotServed(Conflict):
    """409: there is nothing to hand over before the arrival."""

    code = "deployments.not_served"
    title = mark("Nothing to hand over yet")
    message = mark("A handover is written by somebody who has arrived at the school.")


class IncidentClosed(Conflict):
    """409: an incident is closed once."""

    code = "deployments.incident_closed"
    title = mark("The incident is closed already")
    message = mark("This incident was closed on {day}. Report a new one if something happened again.")


class LinkRefused(Problem):
    """404: a host's link that was never given, has run out, or was replaced by a newer one."""

    code = "deployments.link_refused"
    status = 404
    title = mark("This link does not hold any more")
    message = mark("The link is wrong, has run out, or a newer one was sent. Ask the programme for a new link.")
