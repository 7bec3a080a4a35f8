"""The life of a placement round."""

from __future__ import annotations

from typing import Final

from app.core.lifecycle import Lifecycle

ROUND: Final = Lifecycle(
    "round",
    initial="draft",
    transitions={
        ("draft", "edit"): "draft",
        ("draft", "freeze"): "frozen",
        # A mistake in needs, money or policies is mended in the draft; the next freeze is a new snapshot under a new seed.
        ("frozen", "reopen"): "draft",
        ("frozen", "solve"): "solving",
        # The three ways in which a solve ends; the worker takes them, never a person.
        ("solving", "propose"): "proposed",
        ("solving", "find_nothing"): "frozen",
        ("solving", "stop"): "frozen",
        ("proposed", "solve"): "solving",
        ("proposed", "refuse"): "frozen",
        ("proposed", "approve"): "approved",
        ("approved", "publish"): "published",
        ("published", "close"): "closed",
        ("draft", "cancel"): "cancelled",
        ("frozen", "cancel"): "cancelled",
        ("proposed", "cancel"): "cancelled",
        ("approved", "cancel"): "cancelled",
    },
)
