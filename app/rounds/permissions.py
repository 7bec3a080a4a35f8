"""Who runs rounds, who approves them, and who sees what comes out."""

from __future__ import annotations

from typing import Final

from app.core.i18n import mark
from app.identity.actor import Actor
from app.identity.permissions import rule
from app.rounds.models import Round

SEES_ROUNDS: Final = frozenset({"manager", "auditor", "officer", "sponsor", "applicant"})
SEES_RESULTS: Final = frozenset({"manager", "auditor"})
RUNS: Final = frozenset({"manager"})


def is_second_person(actor: Actor, round_: Round) -> bool:
    """Nobody approves a result whose solve the same person asked for."""
    return actor.role == "officer" or actor.id != round_.proposed_by


RUNS_ONLY: Final = mark("Only the programme manager runs placement rounds.")

rule("rounds.view", roles=SEES_ROUNDS, tells=mark("Placement rounds are seen by those who take part in them."))
rule(
    "rounds.result",
    roles=SEES_RESULTS | {"officer", "sponsor"},
    tells=mark("Results are seen by the programme, and in parts by sponsors and officers."),
)
rule(
    "rounds.documents",
    roles=SEES_RESULTS,
    tells=mark("Problem and solution documents are seen by programme managers and auditors."),
)
rule(
    "rounds.explain",
    roles=SEES_RESULTS | {"officer", "sponsor"},
    tells=mark("The programme asks why about everything, officers about their region, sponsors about their funds."),
)
rule("rounds.ask", roles=RUNS, tells=RUNS_ONLY)
rule("rounds.create", roles=RUNS, tells=RUNS_ONLY)
rule("rounds.edit", roles=RUNS, tells=RUNS_ONLY)
rule("rounds.freeze", roles=RUNS, tells=RUNS_ONLY)
rule("rounds.reopen", roles=RUNS, tells=RUNS_ONLY)
rule("rounds.solve", roles=RUNS, tells=RUNS_ONLY)
rule(
    "rounds.approve",
    roles={"manager", "officer"},
    when=is_second_person,
    tells=mark("Who asked for the solve cannot approve its result. A second programme manager has to look at it."),
)
rule(
    "rounds.refuse",
    roles={"manager", "officer"},
    tells=mark("Programme managers refuse a result, and officers the part for their region."),
)
rule("rounds.publish", roles=RUNS, tells=RUNS_ONLY)
rule("rounds.cancel", roles=RUNS, tells=RUNS_ONLY)
rule("placements.mine", roles={"applicant"}, tells=mark("This shows an applicant's own placement."))
rule("placements.funded", roles={"sponsor"}, tells=mark("This shows what a sponsor's own money pays."))
rule("placements.explain", roles={"applicant"}, tells=mark("This explains an applicant's own result."))
