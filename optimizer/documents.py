"""Documents on disk: strict JSON, plain or gzip, written whole or not at all."""

from __future__ import annotations

import gzip
import json
import os
import re
import tempfile
import zlib
from collections import Counter
from pathlib import Path
from typing import Any, BinaryIO, Final, NoReturn

from optimizer.collection import paused_collection
from optimizer.errors import DocumentError, DocumentRefused
from optimizer.fields import shown

# A round of a million volunteers is a third of this.
LARGEST_FILE: Final = 2**30
HALF: Final = re.compile("[\ud800-\udfff]")


def load_document(path: Path) -> Any:
    """Return the JSON value in `path` (`.json` or `.json.gz`).

    Raises:
        OSError: the file cannot be read.
        DocumentRefused: it is not strict JSON in UTF-8 (duplicate keys, NaN and damaged gzip are refused), or larger than 1 GiB.
    """
    with path.open("rb") as file:
        return parse_document(_unpacked(file) if path.suffix == ".gz" else _whole(file))


def _unpacked(file: BinaryIO) -> bytes:
    try:
        with gzip.GzipFile(fileobj=file) as packed:
            return _whole(packed)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise _refused(
            "not-gzip", f"The file is not whole gzip data: {error}.", "Write it again, or name it .json."
        ) from error


def _whole(file: BinaryIO | gzip.GzipFile) -> bytes:
    """Return what is in a file; never more of it than the limit, however much a packed one promises."""
    found = bytearray()
    while piece := file.read(2**20):
        found += piece
        if len(found) > LARGEST_FILE:
            raise _refused("too-large", "The document is larger than 1 GiB.", "Split the round, or leave out `pairs`.")
    return bytes(found)


def parse_document(data: bytes) -> Any:
    """Return the JSON value in `data`; raise DocumentRefused where it is not strict JSON in UTF-8."""
    try:
        with paused_collection():
            found = json.loads(data.decode("utf-8-sig"), object_pairs_hook=_object, parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise _refused("not-utf8", f"Byte {error.start} is not UTF-8.", "Save the file as UTF-8.") from error
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise _refused("not-json", f"Not JSON at {place}: {error.msg}.", "Mend the text at that place.") from error
    except RecursionError as error:
        raise _refused(
            "too-deep", "The document is nested too deeply.", "A document needs at most 6 levels."
        ) from error
    except ValueError as error:  # a number with thousands of digits
        raise _refused("bad-number", f"{error}.", "Use whole numbers up to 10^15.") from error
    if b"\\ud" in data or b"\\uD" in data:
        _refuse_halves(found)
    return found


def _refuse_halves(document: Any) -> None:
    """Refuse text with one half of a surrogate pair: JSON can spell it, but it is no character and has no UTF-8."""
    waiting = [document]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting += value.keys()
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
        elif isinstance(value, str) and HALF.search(value):
            raise _refused("bad-text", "A text holds half a surrogate pair.", "Write the whole character.")


def write_document(path: Path, document: Any) -> None:
    """Write `document` to `path`, gzip if it ends in `.gz`; a crash leaves the old file or the new one, never half of it."""
    text = json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False) + "\n"
    data = text.encode("utf-8")
    if path.suffix == ".gz":
        data = gzip.compress(data, mtime=0)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = sorted(key for key, number in Counter(key for key, _ in pairs).items() if number > 1)
        named = ", ".join([*map(shown, twice[:5]), *(["…"] if len(twice) > 5 else [])])
        raise _refused("duplicate-key", f"One object has {named} twice.", "Keep one of them.")
    return found


def _no_constant(name: str) -> NoReturn:
    raise _refused("bad-number", f"{name} is not a number of JSON.", "Use a whole number.")


def _refused(code: str, message: str, remedy: str) -> DocumentRefused:
    return DocumentRefused([DocumentError("", code, message, remedy)])
