"""What a failed attempt leaves behind: a sentence of the catalogue with its facts, never a value that the work handled."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from app.core.i18n import gettext, mark
from app.core.problems import Problem

ROOT: Final = Path(__file__).resolve().parents[2]
SHOWN_FRAMES: Final = 4

CRASHED: Final = mark("The work stopped on an error that nobody expected: {what}.")
KILLED: Final = mark("The process of the work ended without a word ({how}); the machine may have run out of memory.")
LOST: Final = mark("The worker was not heard of any more, so its work was taken from it.")
UNKNOWN_KIND: Final = mark("No handler is registered for jobs of the kind {kind}.")


@dataclass(frozen=True)
class Failure:
    """Why an attempt failed.

    Attributes:
        code: Stable, such as `jobs.crashed`, or the code of a `Problem`.
        message: An English key of the catalogue.
        facts: What fills the places of the message.
        final: Whether another attempt would fail the same way.
    """

    code: str
    message: str
    facts: Mapping[str, Any]
    final: bool = False

    def document(self) -> dict[str, Any]:
        """Return the failure as it is stored."""
        return {"code": self.code, "message": self.message, "facts": dict(self.facts)}


def failure_of(error: BaseException) -> Failure:
    """Return what is stored and shown of `error`.

    A `Problem` tells its own sentence; it is final unless it says that a part of the service is ill. Of any other exception only
    the type and the place are kept, because its text may hold personal data (an SQL driver quotes values).
    """
    if isinstance(error, Problem):
        facts = {name: _plain(value) for name, value in error.facts.items()}
        return Failure(error.code, error.message, facts, final=error.status < 500)
    return Failure("jobs.crashed", CRASHED, {"what": place_of(error)})


def killed(exit_code: int | None) -> Failure:
    """Return the failure of a process that ended by itself; a negative code is the signal that ended it."""
    how = f"signal {-exit_code}" if exit_code is not None and exit_code < 0 else f"exit code {exit_code}"
    return Failure("jobs.killed", KILLED, {"how": how})


def lost() -> Failure:
    """Return the failure of an attempt whose lease ran out."""
    return Failure("jobs.lost", LOST, {})


def unknown_kind(kind: str) -> Failure:
    """Return the failure of a job that no handler takes; a newer worker may know the kind, so it is tried again."""
    return Failure("jobs.unknown_kind", UNKNOWN_KIND, {"kind": kind})


def place_of(error: BaseException) -> str:
    """Return the type of `error` and where it came from, innermost first, in one line."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "site-packages" not in frame.filename] or frames
    places = [f"{_short(frame.filename)}:{frame.lineno}" for frame in reversed(ours[-SHOWN_FRAMES:])]
    return " < ".join([type(error).__name__, *places])


def told(stored: Mapping[str, Any]) -> str:
    """Return the sentence of a stored failure in the current language."""
    message, facts = stored["message"], stored["facts"]
    return gettext(message, **facts)


def _short(filename: str) -> str:
    path = Path(filename)
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else path.name


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | float | bool) else str(value)
