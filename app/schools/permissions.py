"""Who sees schools and needs, and who states, verifies and opens needs."""

from __future__ import annotations

from typing import Final

from app.core.i18n import mark
from app.geography.permissions import SEES_PLACES
from app.geography.queries import lies_within
from app.identity.actor import Actor
from app.identity.permissions import rule
from app.schools.models import Need, School

SEES_ALL_NEEDS: Final = frozenset({"manager", "auditor", "system"})
SEES_VERIFIED: Final = frozenset({"applicant", "sponsor", "partner"})
STATES_NEEDS: Final = frozenset({"manager", "officer"})
MANAGER: Final = frozenset({"manager"})


def answers_for(actor: Actor, place: School | Need) -> bool:
    """Managers act everywhere, an officer in the own region and below; of a need the school is loaded."""
    if actor.role != "officer":
        return True
    school = place if isinstance(place, School) else place.school
    return actor.region_code is not None and lies_within(school.region_code, actor.region_code)


OWN_REGION: Final = mark("You state, verify and reject the needs of schools in your own region only.")

rule("schools.view", roles=SEES_PLACES, tells=mark("A host school's account does not see the list of schools."))
rule("schools.create", roles=MANAGER, tells=mark("Only the programme manager adds schools."))
rule("schools.edit", roles=MANAGER, tells=mark("Only the programme manager changes schools."))
rule(
    "needs.view",
    roles=(SEES_ALL_NEEDS - {"system"}) | SEES_VERIFIED | {"officer"},
    tells=mark("Needs are seen by those who state, fund and fill them."),
)
rule("needs.propose", roles=STATES_NEEDS, when=answers_for, tells=OWN_REGION)
rule("needs.edit", roles=STATES_NEEDS, when=answers_for, tells=OWN_REGION)
rule("needs.verify", roles=STATES_NEEDS, when=answers_for, tells=OWN_REGION)
rule("needs.reject", roles=STATES_NEEDS, when=answers_for, tells=OWN_REGION)
rule("needs.open", roles=MANAGER, tells=mark("Only the programme manager opens needs."))
rule("needs.close", roles=MANAGER, tells=mark("Only the programme manager closes needs."))
