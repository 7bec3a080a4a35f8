"""The lives of a fund and of an agreement."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from app.core.i18n import mark
from app.core.lifecycle import Lifecycle

FUND: Final = Lifecycle(
    "fund",
    initial="pledged",
    transitions={
        ("pledged", "edit"): "pledged",
        ("pledged", "confirm"): "confirmed",
        ("confirmed", "edit"): "confirmed",
        # The ledger does this by itself when the last rupiah is spent.
        ("confirmed", "exhaust"): "exhausted",
        ("pledged", "close"): "closed",
        ("confirmed", "close"): "closed",
    },
)

AGREEMENT: Final = Lifecycle(
    "agreement",
    initial="draft",
    transitions={
        ("draft", "edit"): "draft",
        # Taken when the last party has signed.
        ("draft", "sign"): "signed",
        ("signed", "end"): "ended",
        # A text that some signed and others will not cannot be edited any more; it can only be given up.
        ("draft", "end"): "ended",
    },
)

# How states and accounts are called in sentences.
STATE_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "pledged": mark("pledged"),
        "confirmed": mark("confirmed"),
        "exhausted": mark("exhausted"),
        "closed": mark("closed"),
    }
)
ACCOUNT_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "available": mark("available"),
        "reserved": mark("reserved"),
        "committed": mark("committed"),
        "spent": mark("spent"),
    }
)
