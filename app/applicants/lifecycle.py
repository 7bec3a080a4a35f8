"""The life of an application, from the first saved line to the years after service."""

from __future__ import annotations

from typing import Final

from app.core.lifecycle import Lifecycle

APPLICANT: Final = Lifecycle(
    "applicant",
    initial="draft",
    transitions={
        ("draft", "edit"): "draft",
        ("draft", "submit"): "submitted",
        ("draft", "withdraw"): "withdrawn",
        # What was sent is corrected by a manager only, and stays complete.
        ("submitted", "correct"): "submitted",
        ("submitted", "review"): "in_review",
        ("submitted", "withdraw"): "withdrawn",
        ("in_review", "correct"): "in_review",
        ("in_review", "accept"): "in_pool",
        ("in_review", "reject"): "rejected",
        ("in_review", "withdraw"): "withdrawn",
        ("in_pool", "correct"): "in_pool",
        ("in_pool", "withdraw"): "withdrawn",
        # Publishing a round does this for everybody who is placed.
        ("in_pool", "offer"): "offered",
        ("offered", "take"): "volunteer",
        # A declined offer, or one whose deadline passed, gives the person back to the pool.
        ("offered", "decline"): "in_pool",
        ("offered", "expire"): "in_pool",
        ("volunteer", "finish"): "alumnus",
        # Somebody who accepted drops out before the first day of service.
        ("volunteer", "leave"): "withdrawn",
    },
)
