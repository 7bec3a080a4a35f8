"""Who sees what partners do and lend, and who writes it: each organisation its own."""

from __future__ import annotations

from typing import Final

from app.core.i18n import mark
from app.identity.actor import Actor
from app.identity.models import Organisation
from app.identity.permissions import rule
from app.partners.models import Activity, Resource

SEES_PARTNERS: Final = frozenset({"manager", "sponsor", "officer", "partner", "auditor"})
PARTNER: Final = frozenset({"partner"})
LENDS: Final = frozenset({"partner", "manager"})


def is_own(actor: Actor, thing: Activity | Resource) -> bool:
    """A manager looks after every resource; everybody else after what belongs to the own organisation."""
    if actor.role == "manager":
        return True
    return actor.organisation_id is not None and thing.organisation_id == actor.organisation_id


def may_lend_for(actor: Actor, organisation: Organisation) -> bool:
    """A manager records what any organisation lends; a partner what the own one does."""
    return actor.role == "manager" or organisation.id == actor.organisation_id


OWN_ACTIVITIES: Final = mark("You record and change the activities of your own organisation only.")
OWN_RESOURCES: Final = mark("You offer and change the resources of your own organisation only.")

rule(
    "activities.view",
    roles=SEES_PARTNERS,
    tells=mark("Activities are seen by the programme and by those who work with it."),
)
rule("activities.create", roles=PARTNER, tells=OWN_ACTIVITIES)
rule("activities.edit", roles=PARTNER, when=is_own, tells=OWN_ACTIVITIES)
rule("activities.delete", roles=PARTNER, when=is_own, tells=OWN_ACTIVITIES)
rule(
    "resources.view",
    roles=SEES_PARTNERS,
    tells=mark("Resources are seen by the programme and by those who work with it."),
)
rule("resources.create", roles=LENDS, when=may_lend_for, tells=OWN_RESOURCES)
rule("resources.edit", roles=LENDS, when=is_own, tells=OWN_RESOURCES)
