"""The words of the slice: what is prepared before a service, which cost lines are paid by the month, how states are called."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

from app.core.i18n import mark

Item = Literal["letter", "contract", "health", "insurance", "training", "travel", "host", "contact"]
Severity = Literal["note", "serious", "urgent"]
State = Literal["preparing", "in_service", "completed", "ended_early"]

CHECKLIST: Final[Mapping[str, str]] = MappingProxyType(
    {
        "letter": mark("Letter of assignment is handed over"),
        "contract": mark("Contract is signed"),
        "health": mark("Health check is done"),
        "insurance": mark("Insurance is in force"),
        "training": mark("Training is finished"),
        "travel": mark("Journey is booked"),
        "host": mark("School and village know the day of arrival"),
        "contact": mark("Somebody to call in an emergency is named"),
    }
)
STATES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "preparing": mark("getting ready"),
        "in_service": mark("in service"),
        "completed": mark("service completed"),
        "ended_early": mark("service ended early"),
    }
)
SEVERITIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "note": mark("worth noting"),
        "serious": mark("serious"),
        "urgent": mark("urgent: somebody is in danger"),
    }
)
# Paid part by part; every other line (training, travel, material …) is paid in one sum at the arrival.
MONTHLY: Final = frozenset({"stipend", "housing", "insurance"})
