"""Documents on disk: strict JSON, plain or gzip, written whole or not at all."""

from __future__ import annotations

import gzip
import json
import os
import tempfile
import zlib
from pathlib import Path
from typing import Any, NoReturn

from optimizer.errors import DocumentError, DocumentRefused


def load_document(path: Path) -> Any:
    """Return the JSON value in `path` (`.json` or `.json.gz`).

    Raises:
        OSError: the file cannot be read.
        DocumentRefused: it is not strict JSON in UTF-8 (duplicate keys, NaN and damaged gzip are refused).
    """
    data = path.read_bytes()
    if path.suffix == ".gz":
        try:
            data = gzip.decompress(data)
        except (OSError, EOFError, zlib.error) as error:
            raise _refused(
                "not-gzip", f"The file is not whole gzip data: {error}.", "Write it again, or name it .json."
            ) from error
    return parse_document(data)


def parse_document(data: bytes) -> Any:
    """Return the JSON value in `data`; raise DocumentRefused where it is not strict JSON in UTF-8."""
    try:
        return json.loads(data.decode("utf-8-sig"), object_pairs_hook=_object, parse_constant=_no_constant)
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
        keys = [key for key, _ in pairs]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        raise _refused("duplicate-key", f"One object has {', '.join(map(repr, twice))} twice.", "Keep one of them.")
    return found


def _no_constant(name: str) -> NoReturn:
    raise _refused("bad-number", f"{name} is not a number of JSON.", "Use a whole number.")


def _refused(code: str, message: str, remedy: str) -> DocumentRefused:
    return DocumentRefused([DocumentError("", code, message, remedy)])
