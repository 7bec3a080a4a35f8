"""What this slice needs of whoever can read a policy: the errors of a wording, and its sentence in two languages.

Only `app.rounds` knows the optimizer, and it stands above this slice. So the slice says here what it needs, and the
assembly of the application (`app.main`) puts the reader that does it into the application's state.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Protocol, TypeAlias

from fastapi import Depends, Request

Called: TypeAlias = tuple[str, str]
"""How a thing is called, in Indonesian and in English."""
Known: TypeAlias = Mapping[str, Mapping[str, Called]]
"""What a policy may name: `region`, `school`, `post`, `volunteer`, `fund`, `agreement`, `sponsor`, `group` → id → name."""


@dataclass(frozen=True, slots=True)
class Wording:
    """One policy as it is written; `parameters` is its body in the problem document, `penalty` None means hard."""

    code: str
    kind: str
    parameters: Mapping[str, Any]
    penalty: int | None


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong with a wording.

    Attributes:
        pointer: Its place: `/kind`, `/penalty` or below `/parameters`.
        code: A stable code such as `dangling-identifier`.
        expects: What is expected there where the type is wrong (`integer`, `text`, `list`, `object`), else empty.
        facts: What the sentences name (`value`, `allowed`, `low`, `high`, `what`, `field`).
    """

    pointer: str
    code: str
    expects: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader made of a wording: its sentence in both languages, or None and everything that is wrong."""

    sentence: Called | None
    findings: tuple[Finding, ...] = ()


class PolicyReader(Protocol):
    """Reads policies as the optimizer will."""

    def read(self, wording: Wording, known: Known) -> Reading:
        """Return what `wording` says, where it may name what is `known`."""


def reader_of(request: Request) -> PolicyReader:
    """Return the reader that the application was assembled with."""
    reader: PolicyReader = request.app.state.policy_reader
    return reader


Reader = Annotated[PolicyReader, Depends(reader_of)]
