"""How people call the states of reviews, and what they come to; every text is a catalogue key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from app.core.i18n import mark

REVIEW_STATES: Final[Mapping[str, str]] = {
    "assigned": mark("to be read"),
    "done": mark("scored"),
    "released": mark("given back"),
}
VERDICTS: Final[Mapping[str, str]] = {
    "no_rubric": mark("The cohort has no rubric yet."),
    "waiting": mark("Reviews are still missing."),
    "differing": mark("Two reviewers differ by more than the rubric allows; a third one decides."),
    "complete": mark("The reviews are complete."),
}
