"""Two languages: English sentences in the source are the keys, each slice's `locale/id.po` holds the Indonesian.

The catalogues are read with Babel when the first text is asked for, so no compiled file is ever out of date. The language of
the request being answered is a context variable: the middleware sets it, threads of the pool inherit it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any, Final

from babel import Locale, negotiate_locale
from babel.dates import format_date, format_datetime
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

LANGUAGES: Final = ("id", "en")
DEFAULT_LANGUAGE: Final = "id"
LANGUAGE_COOKIE: Final = "gotong_language"
APP_FOLDER: Final = Path(__file__).resolve().parent.parent

_language: ContextVar[str] = ContextVar("language", default=DEFAULT_LANGUAGE)


def mark(message: str) -> str:
    """Return `message` unchanged; marks a sentence for the catalogue where it is translated only later."""
    return message


def current_language() -> str:
    """Return the language code in which the present request is answered."""
    return _language.get()


def set_language(language: str) -> None:
    """Answer the present request in `language`; an unknown code means the default."""
    _language.set(language if language in LANGUAGES else DEFAULT_LANGUAGE)


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Use `language` inside the block; for mails, reports and tests."""
    token = _language.set(language if language in LANGUAGES else DEFAULT_LANGUAGE)
    try:
        yield
    finally:
        _language.reset(token)


def catalogue_files(language: str, folder: Path = APP_FOLDER) -> list[Path]:
    """Return the catalogue of every slice that has one, in the order of their names."""
    return sorted(folder.glob(f"*/locale/{language}.po"))


@cache
def catalogue(language: str) -> Mapping[str, str | tuple[str, ...]]:
    """Return all translations into `language`: message to its text, or to its plural forms."""
    texts: dict[str, str | tuple[str, ...]] = {}
    for path in catalogue_files(language):
        with path.open("rb") as file:
            for message in read_po(file, locale=language):
                if not message.id or message.fuzzy or not message.string:
                    continue
                key = message.id if isinstance(message.id, str) else message.id[0]
                texts[key] = message.string if isinstance(message.string, str) else tuple(message.string)
    return texts


def gettext(message: str, /, **facts: Any) -> str:
    """Return `message` in the current language with `{name}` places filled from `facts`."""
    text = catalogue(current_language()).get(message, message)
    if isinstance(text, tuple):
        text = text[0]
    return text.format(**facts) if facts else text


def ngettext(one: str, many: str, count: int, /, **facts: Any) -> str:
    """Return the form for `count`; Indonesian has one form for every count. `{count}` is filled in."""
    found = catalogue(current_language()).get(one)
    forms = (one if count == 1 else many) if found is None else found
    text = forms if isinstance(forms, str) else forms[0]
    return text.format(count=number(count), **facts)


def preferred_language(cookie: str | None, accept_language: str | None) -> str:
    """Choose the language: the person's own switch first, then the browser's list, then Indonesian."""
    if cookie in LANGUAGES:
        return cookie
    wanted = [part.split(";")[0].strip().replace("-", "_") for part in (accept_language or "").split(",")]
    found = negotiate_locale([code for code in wanted if code], list(LANGUAGES))
    return found.lower() if found else DEFAULT_LANGUAGE


@cache
def _locale(language: str) -> Locale:
    return Locale.parse("en_GB" if language == "en" else language)


def number(value: int | float) -> str:
    """Write a number as the language does: 12.500 or 12,500."""
    return str(format_decimal(value, locale=_locale(current_language())))


def rupiah(value: int) -> str:
    """Write whole rupiah: `Rp 12.500`, with a no-break space."""
    return f"Rp\N{NO-BREAK SPACE}{number(value)}"


def day(value: dt.date) -> str:
    """Write a date in words: `24 November 2026`."""
    return str(format_date(value, format="long", locale=_locale(current_language())))


def moment(value: dt.datetime) -> str:
    """Write a time in words, in western Indonesian time (WIB), with its zone."""
    local = value.astimezone(dt.timezone(dt.timedelta(hours=7), "WIB"))
    text = format_datetime(local, format="d MMMM yyyy HH.mm", locale=_locale(current_language()))
    return f"{text} WIB"
