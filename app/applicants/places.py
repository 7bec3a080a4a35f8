"""Places and languages as people write them into a form: a name, a code, or both as the list beside the field offers them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from sqlalchemy.orm import Session

from app.geography import queries
from app.geography.models import Region
from app.geography.reference import languages
from app.identity.actor import SYSTEM

CODE: Final = re.compile(r"\b(\d\d(?:\.\d\d)?)\)?$")
LANGUAGE: Final = re.compile(r"(?:^|\()([a-z]{3})\)?$")
LONGEST_CODE: Final = 20
LONGEST_LANGUAGE: Final = 40


@dataclass(frozen=True)
class Places:
    """Every region: its name by code, in the order of the codes, so that regencies follow their province."""

    names: Mapping[str, str]

    @cached_property
    def codes(self) -> Mapping[str, str]:
        """Code by name in small letters; a regency also without its kind, where no other place is called so."""
        found = {name.casefold(): code for code, name in self.names.items()}
        for code, name in self.names.items():
            _, _, short = name.casefold().partition(" ")
            if len(code) > 2:
                found.setdefault(short, code)
        return found

    def provinces(self) -> list[tuple[str, str, list[tuple[str, str]]]]:
        """Return (code, name, regencies as (code, name)) of each province."""
        provinces = [(code, name) for code, name in self.names.items() if len(code) == 2]
        return [
            (code, name, [(key, called) for key, called in self.names.items() if key.startswith(f"{code}.")])
            for code, name in provinces
        ]

    def label(self, code: str) -> str:
        """Return how a form shows a region: `Kabupaten Kupang (53.01)`; what is no code stays as it was written."""
        return f"{self.names[code]} ({code})" if code in self.names else code

    def full_name(self, code: str) -> str:
        """Return a regency with its province: `Kabupaten Kupang, Nusa Tenggara Timur`."""
        name = self.names.get(code, code)
        return name if len(code) == 2 else f"{name}, {self.names.get(code[:2], code[:2])}"

    def find(self, text: str) -> str:
        """Return the code that `text` means; what means nothing comes back as it is, to be refused with its place."""
        text = " ".join(text.split())
        found = CODE.search(text)
        if found:
            return found[1]
        return self.codes.get(text.casefold(), text[:LONGEST_CODE])


def all_places(session: Session) -> Places:
    """Return every region; names of places are nobody's secret."""
    rows = session.scalars(queries.visible_to(SYSTEM).order_by(Region.code))
    return Places({region.code: region.name for region in rows})


def language_label(code: str) -> str:
    """Return how a form shows a language: `Uab Meto (aoz)`; what is no code stays as it was written."""
    return f"{languages()[code].name} ({code})" if code in languages() else code


def language_names(codes: Iterable[str]) -> list[str]:
    """Return what the languages are called."""
    return [languages()[code].name if code in languages() else code for code in codes]


def find_language(text: str) -> str:
    """Return the code that `text` means; what means nothing comes back as it is, to be refused with its place."""
    text = " ".join(text.split())
    found = LANGUAGE.search(text)
    if found:
        return found[1]
    wanted = text.casefold()
    named = (code for code, language in languages().items() if language.name.casefold() == wanted)
    return next(named, text[:LONGEST_LANGUAGE])
