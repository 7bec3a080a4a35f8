"""Which addresses and passwords are taken. Length counts, composition does not (NIST SP 800-63B)."""

from __future__ import annotations

import re
from typing import Final

from app.core.i18n import mark
from app.core.problems import FieldError

SHORTEST: Final = 10
LONGEST: Final = 200  # argon2 reads any length; a bound keeps a hash at about 100 ms
FEWEST_DIFFERENT: Final = 5
LONGEST_EMAIL: Final = 254
# Plain ASCII: what a mail server takes is larger, what people have is this. `lower` is the same on both databases.
_EMAIL: Final = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9-]+)+")


def normal_email(email: str) -> str:
    """Return the address as it is stored and looked up."""
    return email.strip().lower()


def email_faults(address: str, pointer: str = "/email") -> list[FieldError]:
    """Return what is wrong with a normal `address`; empty where it can be used."""
    if len(address) <= LONGEST_EMAIL and _EMAIL.fullmatch(address):
        return []
    return [
        FieldError(
            pointer,
            "bad_email",
            mark("This is not an e-mail address."),
            mark("Write it like rina@example.org."),
        )
    ]


def password_faults(password: str, address: str, pointer: str = "/password") -> list[FieldError]:
    """Return why `password` cannot be the password of the account with `address`; empty where it can."""
    if not SHORTEST <= len(password) <= LONGEST:
        return [
            FieldError(
                pointer,
                "password_length",
                mark("The password is too short or too long."),
                mark("Use {shortest} to {longest} characters; several words are good."),
                {"shortest": SHORTEST, "longest": LONGEST},
            )
        ]
    folded = password.casefold()
    if len(set(folded)) < FEWEST_DIFFERENT or folded == address:
        return [
            FieldError(
                pointer,
                "password_easy",
                mark("The password is easy to guess."),
                mark("Use several words that do not belong together, and not your e-mail address."),
            )
        ]
    return []
