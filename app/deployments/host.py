"""What a school does without an account, through a link that is signed with the server's secret and runs out.

The token says which deployment, the how-manieth link of it, and until when; a signature (HMAC-SHA256) over these keeps anybody
from making one up. Nothing of it is stored but the number: the programme gives a new link, and older ones hold no more.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.applicants.models import Applicant
from app.audit.record import record
from app.core import clock
from app.core.access import Actor, require
from app.core.database import for_update
from app.deployments import months, queries, service
from app.deployments.errors import LinkRefused
from app.deployments.models import Deployment, HostFeedback
from app.schools.models import Need, School

PURPOSE: Final = b"gotong host link\0"
AFTER_THE_END: Final = dt.timedelta(days=60)
"""So long after the planned end of a service the school can still confirm its months and say how it was."""
LONGEST: Final = 200
HOST: Final = Actor(id="host-link", role="host", name="School")


@dataclass(frozen=True, slots=True)
class Hosted:
    """What the school's page shows: the deployment, and by what names school and person go."""

    deployment: Deployment
    school: str
    person: str


def give_link(session: Session, actor: Actor, deployment_id: str, *, secret: str) -> tuple[str, dt.datetime]:
    """Return a new token for the school and when it runs out; links given before hold no more."""
    deployment = queries.deployment(session, actor, deployment_id, writing=True)
    require(actor, "deployments.host_link", deployment)
    deployment.host_link += 1
    deployment.version += 1
    end = dt.datetime.combine(max(deployment.ends_on, months.today()), dt.time(), months.ZONE) + AFTER_THE_END
    record(
        session,
        actor,
        "deployments.host_link",
        "deployment",
        deployment.id,
        after={"number": deployment.host_link, "expires_at": end},
    )
    return token_of(deployment.id, deployment.host_link, end, secret=secret), end


def token_of(deployment_id: str, number: int, end: dt.datetime, *, secret: str) -> str:
    """Return the signed token of a link."""
    said = f"{deployment_id}.{number}.{int(end.timestamp())}"
    return f"{said}.{_signature(said, secret)}"


def opened(session: Session, token: str, *, secret: str, writing: bool = False) -> Hosted:
    """Return the deployment that a link is for; `writing` locks it.

    Raises:
        LinkRefused: For a token that was not signed here, has run out, or was replaced by a newer one.
    """
    said, _, signature = token.rpartition(".")
    parts = said.split(".")
    # Compared before anything of it is believed, in a time that does not tell how much of it is right.
    if len(token) > LONGEST or not token.isascii() or not hmac.compare_digest(_signature(said, secret), signature):
        raise LinkRefused
    deployment_id, number, until = parts
    if int(until) < clock.now().timestamp():
        raise LinkRefused
    statement = select(Deployment).where(Deployment.id == deployment_id, Deployment.host_link == int(number))
    deployment: Deployment | None = session.scalar(for_update(statement) if writing else statement)
    if deployment is None:
        raise LinkRefused
    school, person = session.execute(
        select(School.name, Applicant.name)
        .select_from(Need)
        .join(School, School.id == Need.school_id)
        .join(Applicant, Applicant.id == deployment.applicant_id)
        .where(Need.id == deployment.need_id)
    ).one()
    return Hosted(deployment, school, person)


def confirm_arrival(session: Session, deployment: Deployment, arrived_on: dt.date) -> None:
    """Note that the school has seen the volunteer arrive; the service begins where nobody has said so before."""
    if deployment.host_arrived_at is not None:
        return
    if deployment.state == "preparing":
        service.arrive(session, HOST, deployment, arrived_on)
    deployment.host_arrived_at = clock.now()
    deployment.version += 1
    session.flush()
    record(session, HOST, "deployments.host_arrival", "deployment", deployment.id, after={"arrived_on": arrived_on})


def write_feedback(session: Session, deployment: Deployment, text: str) -> HostFeedback:
    """Keep what the school says."""
    row = HostFeedback(deployment_id=deployment.id, text=text, written_at=clock.now())
    session.add(row)
    session.flush()
    record(session, HOST, "deployments.host_feedback", "deployment", deployment.id, after={"feedback_id": row.id})
    return row


def _signature(said: str, secret: str) -> str:
    digest = hmac.new(secret.encode(), PURPOSE + said.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
