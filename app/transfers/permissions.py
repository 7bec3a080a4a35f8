"""Who brings files in: a manager all kinds, an officer the needs of the own region."""

from __future__ import annotations

from typing import Final

from app.core.i18n import mark
from app.identity.actor import Actor
from app.identity.permissions import rule

IMPORTS: Final = frozenset({"manager", "officer"})
SEES_ALL: Final = frozenset({"manager", "auditor", "system"})
KINDS_OF_OFFICERS: Final = frozenset({"needs"})


def brings(actor: Actor, kind: str) -> bool:
    """Tell whether `actor` may import files of this kind."""
    return actor.role == "manager" or kind in KINDS_OF_OFFICERS


OWN_KINDS: Final = mark("The programme manager imports files; an officer imports needs of the own region only.")

rule(
    "imports.view",
    roles=IMPORTS | {"auditor"},
    tells=mark("Imports are seen by the programme and by those who sent the file."),
)
rule("imports.upload", roles=IMPORTS, when=brings, tells=OWN_KINDS)
rule("imports.apply", roles=IMPORTS, tells=OWN_KINDS)
rule("imports.discard", roles=IMPORTS, tells=OWN_KINDS)
