"""What is wrong in a file: in which row and column, why, and how to mend it. Sentences are keys of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from app.core.i18n import gettext

SHOWN_VALUE: Final = 60


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong in a row. `column` is empty where it is the whole row; `value` is what stands there."""

    column: str
    code: str
    message: str
    remedy: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    value: str = ""

    def document(self) -> dict[str, Any]:
        """Return the finding as it is stored."""
        return {
            "column": self.column,
            "code": self.code,
            "message": self.message,
            "remedy": self.remedy,
            "facts": {name: value if isinstance(value, int) else str(value) for name, value in self.facts.items()},
            "value": self.value[:SHOWN_VALUE],
        }


def told(document: Mapping[str, Any]) -> dict[str, str]:
    """Return a stored finding as it is shown, in the language of the request."""
    message, remedy, facts = document["message"], document["remedy"], document["facts"]
    return {
        "column": document["column"],
        "code": document["code"],
        "message": gettext(message, **facts),
        "remedy": gettext(remedy, **facts) if remedy else "",
        "value": document["value"],
    }


class FileFault(Exception):  # noqa: N818 - what is wrong with the file, told to whoever sent it
    """The file cannot be read on: `findings` of one row."""

    def __init__(self, row: int, findings: Sequence[Finding]) -> None:
        super().__init__(f"row {row}")
        self.row = row
        self.findings = tuple(findings)

    def document(self) -> dict[str, Any]:
        """Return it as it is stored."""
        return {"row": self.row, "findings": [finding.document() for finding in self.findings]}
