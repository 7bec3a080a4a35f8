"""Who sees places and fares: everybody with an account but a host school, which has no use for them."""

from typing import Final

from app.core.i18n import mark
from app.identity.actor import ROLES
from app.identity.permissions import rule

SEES_PLACES: Final = frozenset(ROLES) - {"host"}

rule("regions.view", roles=SEES_PLACES, tells=mark("A host school's account does not see the list of places."))
rule("fares.view", roles=SEES_PLACES, tells=mark("A host school's account does not see travel costs."))
