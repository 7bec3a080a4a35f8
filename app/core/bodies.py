"""What the bodies of all slices share: no unknown name passes, and what a patch leaves out stays."""

from __future__ import annotations

from typing import Any, Final

from pydantic import ConfigDict

LEFT_OUT: Final[Any] = None
"""The default of a field that a patch may leave out but not empty: null itself is refused there, and only what was sent is read."""


def body(*examples: dict[str, Any]) -> ConfigDict:
    """Return the configuration of a body: unknown names are refused, and the API's description shows `examples`."""
    return ConfigDict(extra="forbid", json_schema_extra={"examples": list(examples)})
