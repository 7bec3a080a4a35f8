"""Who reads the audit record, and how much of it."""

from typing import Final

from app.core.access import Actor, rule
from app.core.i18n import mark

ACCOUNTS: Final = frozenset({"user", "organisation", "token"})
"""The kinds of things that administrators look after."""

rule("audit.view", roles={"auditor", "admin"}, tells=mark("Only auditors and administrators read the audit record."))


def sees_facts(actor: Actor, object_type: str) -> bool:
    """Tell whether `actor` reads the facts of an entry, and not only that something was done.

    Administrators see neither scores nor what people wrote about themselves, so of other things than accounts they are told
    who did what and when.
    """
    return actor.role != "admin" or object_type in ACCOUNTS
