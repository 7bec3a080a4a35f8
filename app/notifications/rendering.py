"""Mails from plain-text templates: the first line is the subject, an empty line, then the text.

`identity/reset` is `app/identity/templates/mail/reset.txt`. Its sentences are the catalogue's, so one template serves both
languages. Nothing in it is HTML, so nothing is escaped; facts cannot break lines, so none can forge a header or a paragraph.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from jinja2 import Environment

from app.core.i18n import moment, speaking
from app.core.templating import environment

_BREAKS: Final = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")
HIDDEN: Final = "•••"


@dataclass(frozen=True)
class Mail:
    """What a person gets to read."""

    subject: str
    text: str


@cache
def _plain() -> Environment:
    mails = environment().overlay(autoescape=False)
    # Facts are JSON, so a time comes as text.
    mails.filters = {**mails.filters, "when": lambda text: moment(dt.datetime.fromisoformat(text))}
    return mails


def render_mail(template: str, facts: Mapping[str, Any], language: str, site: str) -> Mail:
    """Return the mail in `language`.

    Args:
        template: `slice/name`.
        facts: What fills the template; texts, also those in lists, are brought into one line.
        language: `id` or `en`.
        site: The service's own address, without a slash at the end; `site` in the template.

    Raises:
        TemplateNotFound: For a template that does not exist.
        UndefinedError: For a fact that the template asks for and nobody gave.
        ValueError: For a template without a subject.
    """
    part, _, name = template.partition("/")
    filled = {key: _in_one_line(value) for key, value in facts.items()}
    with speaking(language):
        text = _plain().get_template(f"{part}/mail/{name}.txt").render({**filled, "site": site})
    subject, _, body = text.strip().partition("\n")
    if not subject.strip() or not body.strip():
        raise ValueError(f"the mail {template} needs a subject, an empty line and a text")
    return Mail(one_line(subject), body.strip() + "\n")


def _in_one_line(fact: Any) -> Any:
    if isinstance(fact, str):
        return one_line(fact)
    if isinstance(fact, Mapping):
        return {key: _in_one_line(value) for key, value in fact.items()}
    return [_in_one_line(one) for one in fact] if isinstance(fact, list) else fact


def one_line(text: str) -> str:
    """Return `text` without line breaks and other control characters."""
    return _BREAKS.sub(" ", text).strip()
