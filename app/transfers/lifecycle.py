"""The life of an import."""

from __future__ import annotations

from typing import Final

from app.core.lifecycle import Lifecycle

IMPORT: Final = Lifecycle(
    "import",
    initial="checking",
    transitions={
        ("checking", "check"): "checked",
        # The file cannot be read at all: another header, no text, too many rows.
        ("checking", "refuse"): "refused",
        ("checking", "fail"): "failed",
        ("failed", "recheck"): "checking",
        ("checked", "recheck"): "checking",
        ("checked", "apply"): "applying",
        ("applying", "finish"): "applied",
        # Something of it changed between the dry run and its storing: nothing was stored, and it is checked again.
        ("applying", "recheck"): "checking",
        # The job was stopped or given up: nothing was stored either.
        ("applying", "give_back"): "checked",
        ("checked", "discard"): "discarded",
        ("failed", "discard"): "discarded",
        ("refused", "discard"): "discarded",
        # What was wrong in it is deleted; what came in by it is the programme's own by now.
        ("applied", "discard"): "applied",
    },
)
WORKING: Final = frozenset({"checking", "applying"})
