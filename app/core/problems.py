"""Errors a person can act on: exceptions with a stable code, a status and a sentence; RFC 9457 is their written form.

A slice subclasses `Problem` in its `errors.py`:

    class RoundNotFrozen(Problem):
        code = "rounds.not_frozen"
        status = 409
        title = mark("The round is not frozen")
        message = mark("Round {name} is still open for changes. Freeze it first.")

    raise RoundNotFrozen(name=round.name)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from app.core.i18n import gettext, mark

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True)
class FieldError:
    """One wrong value: where (`pointer`), what (`code`, `message`) and how to mend it (`remedy`).

    `pointer` is a JSON pointer into the body (`/needs/0/headcount`), or `query:limit`, `path:id`, `header:if-match`.
    `message` and `remedy` are English sentences of the catalogue; `{name}` places are filled from `facts`.
    """

    pointer: str
    code: str
    message: str
    remedy: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)

    def document(self) -> dict[str, str]:
        """Return the error as it is sent, in the current language."""
        return {
            "pointer": self.pointer,
            "code": self.code,
            "message": gettext(self.message, **self.facts),
            "remedy": gettext(self.remedy, **self.facts) if self.remedy else "",
        }


class Problem(Exception):  # noqa: N818 - RFC 9457 calls it a problem, and so do we
    """Base of all errors that are told to a person or a program.

    Args:
        message: A sentence that replaces the class's own; an English key of the catalogue.
        errors: The single wrong values, all at once.
        headers: Headers of the answer, such as Retry-After.
        more: Extension members of the document, such as what is possible now.
        facts: What fills the `{name}` places of the sentence.
    """

    code: ClassVar[str] = "problem"
    status: ClassVar[int] = 400
    title: ClassVar[str] = mark("The request cannot be carried out")
    message: str = mark("The request cannot be carried out.")
    known: ClassVar[dict[str, type[Problem]]] = {}

    def __init__(
        self,
        message: str | None = None,
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, Any] | None = None,
        **facts: Any,
    ) -> None:
        if message is not None:
            self.message = message
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        self.more = dict(more or {})
        self.facts = facts
        super().__init__(self.message)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "code" in cls.__dict__:
            other = Problem.known.setdefault(cls.code, cls)
            if other.__qualname__ != cls.__qualname__ or other.__module__ != cls.__module__:
                raise TypeError(f"the code {cls.code} is used by {other.__qualname__} and {cls.__qualname__}")

    def __str__(self) -> str:
        return self.detail()

    def detail(self) -> str:
        """Return the sentence in the current language."""
        return gettext(self.message, **self.facts)

    def document(self, instance: str) -> dict[str, Any]:
        """Return the RFC 9457 document; `instance` is the path that was asked for."""
        document: dict[str, Any] = {
            "type": f"/problems/{self.code}",
            "title": gettext(self.title),
            "status": self.status,
            "detail": self.detail(),
            "code": self.code,
            "instance": instance,
            "errors": [error.document() for error in self.errors],
        }
        return {**self.more, **document}


class BadRequest(Problem):
    """400: the request as such cannot be understood."""

    code = "bad_request"
    title = mark("The request cannot be understood")
    message = mark("The request is not written as this address expects it.")


class Unauthorised(Problem):
    """401: nobody is logged in, or the token does not hold."""

    code = "unauthorised"
    status = 401
    title = mark("Log in first")
    message = mark("Log in, or send a valid token in the Authorization header.")

    def __init__(self, message: str | None = None, **facts: Any) -> None:
        super().__init__(message, headers={"WWW-Authenticate": 'Bearer realm="gotong"'}, **facts)


class Forbidden(Problem):
    """403: one may see the thing but not do this with it."""

    code = "forbidden"
    status = 403
    title = mark("Not allowed")
    message = mark("Your role may not do this. Ask an administrator or the programme manager.")


class NotFound(Problem):
    """404: there is no such thing, or it is not for this person to see."""

    code = "not_found"
    status = 404
    title = mark("Not found")
    message = mark("There is nothing here, or it is not visible to you. Check the address.")


class MethodNotAllowed(Problem):
    """405: the address exists, the method does not."""

    code = "method_not_allowed"
    status = 405
    title = mark("Method not allowed")
    message = mark("This address does not know the method {method}.")


class Conflict(Problem):
    """409: the state of things does not allow it now."""

    code = "conflict"
    status = 409
    title = mark("Not possible now")
    message = mark("The state of things does not allow this now. Load it again and look.")


class TooLarge(Problem):
    """413: the body is larger than allowed."""

    code = "too_large"
    status = 413
    title = mark("Too large")
    message = mark("The body may have at most {limit} bytes. Send it in smaller parts.")


class Invalid(Problem):
    """422: malformed input, every wrong value listed."""

    code = "invalid"
    status = 422
    title = mark("Some values are wrong")
    message = mark("Nothing was stored. Mend the values that are listed, then send it again.")


class TooManyRequests(Problem):
    """429: too many tries; Retry-After says when the next one is heard."""

    code = "too_many_requests"
    status = 429
    title = mark("Too many tries")
    message = mark("Too many tries. Wait {seconds} seconds, then try again.")

    def __init__(self, seconds: int) -> None:
        super().__init__(headers={"Retry-After": str(seconds)}, seconds=seconds)


class InternalError(Problem):
    """500: our fault; the incident's number finds the log entry."""

    code = "internal"
    status = 500
    title = mark("Something went wrong on our side")
    message = mark("This is our fault. Try again; if it stays, tell an administrator the number {incident}.")


class Unavailable(Problem):
    """503: a part of the service is ill."""

    code = "unavailable"
    status = 503
    title = mark("Not available just now")
    message = mark("The service cannot answer just now. Try again in a minute.")
