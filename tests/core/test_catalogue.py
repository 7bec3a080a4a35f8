"""Every sentence that a person can meet is there in Indonesian, with the same places to fill in."""

from __future__ import annotations

import ast
from collections import defaultdict
from functools import cache
from pathlib import Path
from string import Formatter

from babel.messages.catalog import Message
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

import app.main  # noqa: F401 - every slice, so that all errors and rules are known
from app.core.access import RULES
from app.core.i18n import APP_FOLDER, catalogue_files
from app.core.problems import Problem

# What takes a sentence of the catalogue, and in which place.
KEYWORDS = {
    "mark": None,
    "_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "navigation": (2,),
}
IN_TEMPLATES = {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}


def sentences() -> dict[str, str]:
    """Return each sentence in the source with the place where it stands first."""
    found: dict[str, str] = {}
    for path in sorted(APP_FOLDER.rglob("*")):
        if path.suffix == ".py":
            rows = extract_from_file("python", path, keywords=KEYWORDS)
        elif path.suffix in {".html", ".txt"} and "templates" in path.parts:
            rows = extract_from_file("jinja2.ext:babel_extract", path, keywords=KEYWORDS, options=IN_TEMPLATES)
        else:
            continue
        for line, message, *_ in rows:
            # Of two forms the first one is the key.
            key = message if isinstance(message, str) else message[0]
            found.setdefault(key, f"{path.relative_to(APP_FOLDER.parent)}:{line}")
    return found


@cache
def entries() -> tuple[tuple[Path, Message], ...]:
    """Return every Indonesian entry with the file it stands in."""
    found: list[tuple[Path, Message]] = []
    for path in catalogue_files("id"):
        with path.open("rb") as file:
            found += [(path.relative_to(APP_FOLDER.parent), message) for message in read_po(file, locale="id")]
    return tuple((path, message) for path, message in found if message.id)


def key_of(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def forms(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string or ())


def translated() -> set[str]:
    return {key_of(message) for _, message in entries() if message.string and not message.fuzzy}


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_the_extraction_finds_sentences_of_code_and_of_templates() -> None:
    found = sentences()
    assert found["Not found"].startswith("app/core/problems.py:")
    assert found["Log in"].startswith("app/identity/templates/login.html:")
    assert len(found) > 300


def test_every_sentence_has_its_indonesian_text() -> None:
    there = translated()
    missing = [f"{where}: {sentence}" for sentence, where in sentences().items() if sentence not in there]
    assert not missing, f"{len(missing)} sentences are in no locale/id.po:\n" + "\n".join(missing)


def test_errors_and_refusals_are_marked_for_the_catalogue() -> None:
    there = translated()
    said = [
        (f"{kind.__module__}.{kind.__qualname__}", one)
        for kind in Problem.known.values()
        for one in (kind.title, kind.message)
    ]
    said += [(f"rule {rule.name}", rule.tells) for rule in RULES.values() if rule.tells]
    missing = [f"{who}: {one}" for who, one in said if one not in there]
    assert not missing, "\n".join(missing)


def test_no_wrong_value_is_told_in_a_sentence_outside_the_catalogue() -> None:
    bare = [
        f"{path.relative_to(APP_FOLDER.parent)}:{said.lineno}: {said.value!r}"
        for path in sorted(APP_FOLDER.rglob("*.py"))
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "FieldError"
        for said in [*call.args[2:4], *(word.value for word in call.keywords if word.arg in {"message", "remedy"})]
        if isinstance(said, ast.Constant) and said.value
    ]
    assert not bare, "mark(...) these sentences:\n" + "\n".join(bare)


def test_a_text_fills_in_what_its_sentence_does() -> None:
    wrong = [
        f"{path}: {key_of(message)}"
        for path, message in entries()
        for text in forms(message)
        if places(text) != places(message.id if isinstance(message.id, str) else message.id[-1])
    ]
    assert not wrong, "\n".join(wrong)


def test_one_sentence_has_one_text_whichever_slice_says_it() -> None:
    texts: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for path, message in entries():
        texts[key_of(message)].setdefault(str(message.string), str(path))
    several = [f"{sentence}: {found}" for sentence, found in texts.items() if len(found) > 1]
    assert not several, "\n".join(several)
