"""What the optimizer says when a document cannot be used: every error, each with its place and its remedy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class DocumentError:
    """One thing wrong with a document.

    Attributes:
        pointer: JSON pointer (RFC 6901) of the place; empty for the whole document.
        code: stable code for programs, for example `dangling-identifier`.
        message: what is wrong, with the value seen.
        remedy: what to do about it.
        facts: what the two sentences name (`value`, `allowed`, `low`, …), for who tells them in another language.
    """

    pointer: str
    code: str
    message: str
    remedy: str
    facts: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)

    def __str__(self) -> str:
        """Return one line for a terminal."""
        return f"{self.pointer or '/'}: {self.message} {self.remedy}"


class DocumentRefused(Exception):  # noqa: N818 - "refused" is the word of the contract
    """A document breaks the format; `errors` holds every error found, in document order."""

    def __init__(self, errors: Sequence[DocumentError]) -> None:
        self.errors = tuple(errors)
        shown = "\n".join(str(error) for error in self.errors[:20])
        more = f"\n… and {len(self.errors) - 20} more" if len(self.errors) > 20 else ""
        super().__init__(f"{len(self.errors)} error(s) in the document:\n{shown}{more}")

    def __reduce__(self) -> tuple[type[DocumentRefused], tuple[tuple[DocumentError, ...]]]:
        """Be made again of the errors, not of their text, when it comes from another process."""
        return type(self), (self.errors,)
