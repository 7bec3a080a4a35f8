"""Who sees and moves money, and who signs for whom."""

from __future__ import annotations

from app.core.i18n import mark
from app.funding.models import Fund
from app.identity.actor import Actor
from app.identity.models import Organisation
from app.identity.permissions import rule


def may_pledge_for(actor: Actor, organisation: Organisation) -> bool:
    """Managers record any pledge; a sponsor pledges for the own organisation, an officer for the own region's government."""
    return actor.role == "manager" or acts_for(actor, organisation)


def acts_for(actor: Actor, organisation: Organisation) -> bool:
    """Tell whether the organisation is the actor's own: the employer, or the government of exactly the own region."""
    if actor.role == "officer":
        return organisation.kind == "government" and organisation.region_code == actor.region_code
    return actor.organisation_id is not None and organisation.id == actor.organisation_id


def may_sign_for(actor: Actor, organisation: Organisation) -> bool:
    """Everybody signs for the own organisation; a manager for the programme, and records what the national government signed."""
    if actor.role == "manager":
        national = organisation.kind == "government" and organisation.region_code is None
        return organisation.kind == "programme" or national
    return acts_for(actor, organisation)


def _may_edit(actor: Actor, fund: Fund) -> bool:
    return may_pledge_for(actor, fund.organisation)


SEES_MONEY = frozenset({"manager", "sponsor", "officer", "auditor"})
PAYS = frozenset({"manager", "sponsor", "officer"})

rule("funds.view", roles=SEES_MONEY, tells=mark("Funds are seen by the programme and by those who pay."))
rule(
    "funds.pledge",
    roles=PAYS,
    when=may_pledge_for,
    tells=mark("You pledge money of your own organisation, or of your own region's government, only."),
)
rule(
    "funds.edit",
    roles=PAYS,
    when=_may_edit,
    tells=mark("You change pledges of your own organisation, or of your own region's government, only."),
)
rule("funds.confirm", roles={"manager"}, tells=mark("Only the programme manager confirms that the money is there."))
rule("funds.close", roles={"manager"}, tells=mark("Only the programme manager closes a fund."))
rule("agreements.view", roles=SEES_MONEY, tells=mark("Agreements are seen by the programme and by their parties."))
rule("agreements.draft", roles={"manager"}, tells=mark("Only the programme manager drafts agreements."))
rule(
    "agreements.sign",
    roles=PAYS,
    when=may_sign_for,
    tells=mark(
        "You sign for your own organisation only; a programme manager signs for the programme and records what the "
        "national government signed."
    ),
)
rule("agreements.end", roles={"manager"}, tells=mark("Only the programme manager ends an agreement."))
