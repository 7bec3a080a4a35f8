"""What of the API is promised to stay: every operation, in `operations.txt`; `python -m tests.contract.stays` notes new ones.

The rules stand in docs/integrators.md. An operation goes only after it was marked as deprecated in the description with the
day from which it may go, and not before that day; then its line is taken out of the file by hand.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

PROMISED: Final = Path(__file__).parent / "operations.txt"
PREFIX: Final = "/api/v1/"
GOES: Final = re.compile(r"May go from (\d{4}-\d{2}-\d{2})\.")


def operations(description: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (method, path and name in one line, operation) of what is under `/api/v1`."""
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            if path.startswith(PREFIX) and "operationId" in operation:
                yield f"{method.upper()} {path} {operation['operationId']}", operation


def broken(description: dict[str, Any], promised: list[str], day: dt.date) -> list[str]:
    """Return every promise that a description breaks on `day`."""
    there = dict(operations(description))
    faults = [f"{line} is gone or has another name" for line in promised if line not in there]
    for line, operation in there.items():
        if operation.get("deprecated"):
            stated = GOES.search(operation.get("description", ""))
            if stated is None:
                faults.append(f"{line} is deprecated, but does not say from when it may go")
            elif line not in promised and dt.date.fromisoformat(stated[1]) > day:
                faults.append(f"{line} may not go before {stated[1]}, but is not promised any more")
    return faults


def main() -> None:
    """Write every operation that there is, besides those that are promised."""
    from app.main import create_app  # noqa: PLC0415 - the test imports this module with an app of its own

    promised = PROMISED.read_text(encoding="utf-8").splitlines() if PROMISED.exists() else []
    found = {line for line, _ in operations(create_app().openapi())}
    PROMISED.write_text("\n".join(sorted(found | set(promised))) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
