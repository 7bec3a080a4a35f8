"""Why a file is not taken, in words for the person who sent it."""

from __future__ import annotations

from app.core.i18n import mark
from app.core.problems import FieldError


class Unfit(Exception):  # noqa: N818 - what was found, not an error of the program
    """Why a file is not taken: a stable code, a sentence and how to mend it."""

    def __init__(self, code: str, message: str, remedy: str) -> None:
        self.error = FieldError("/file", code, message, remedy)
        super().__init__(code)


def polyglot() -> Unfit:
    """Return what is said of a file that is two things at once."""
    return Unfit(
        "polyglot",
        mark("The file is two things at once: there is something else in front of it, in it or behind it."),
        mark("Save or scan it anew, and send that."),
    )


def broken() -> Unfit:
    """Return what is said of a file that ends too early or contradicts itself."""
    return Unfit("broken", mark("The file is damaged or cut off."), mark("Choose the file again, or save it anew."))
