"""What the commands on documents share: file names, reading, and how a refusal is told."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, NoReturn

import typer

from optimizer.documents import load_document
from optimizer.errors import DocumentRefused

USAGE, REFUSED = 2, 3
SUFFIXES = (".json", ".json.gz")
LANGUAGES = ("id", "en")


def check_names(*paths: Path) -> None:
    """End with a sentence unless every name is that of a document."""
    for path in paths:
        if not path.name.endswith(SUFFIXES):
            fail(f"{path} is neither .json nor .json.gz.")


def check_language(language: str) -> None:
    """End with a sentence unless it is one that sentences are written in."""
    if language not in LANGUAGES:
        fail(f"There is no language {language!r}; use one of: {', '.join(LANGUAGES)}.")


def load(path: Path, *, as_json: bool) -> Any:
    """Return the document in a file, or end with a sentence."""
    try:
        return load_document(path)
    except OSError as error:
        fail(f"Cannot read {path}: {error.strerror}.")
    except DocumentRefused as error:
        refuse(error, as_json=as_json)


def fail(sentence: str) -> NoReturn:
    """End as after wrong usage."""
    typer.echo(sentence, err=True)
    raise typer.Exit(USAGE)


def refuse(error: DocumentRefused, *, as_json: bool) -> NoReturn:
    """Tell every error of a document, and end."""
    if as_json:
        listed = [
            {"pointer": one.pointer, "code": one.code, "message": one.message, "remedy": one.remedy}
            for one in error.errors
        ]
        typer.echo(json.dumps({"status": "refused", "errors": listed}, ensure_ascii=False))
    else:
        for one in error.errors:
            sys.stderr.write(f"{one}\n")
        sys.stderr.write(f"{len(error.errors)} error(s): the document is refused and nothing was solved.\n")
    raise typer.Exit(REFUSED)
