"""Where the files lie: in the data folder, outside everything that a web server serves, each under a random name.

A file is written beside its place, brought to the disk and then given its name, so that there is either all of it or nothing.
Nobody but the service's own user can read it, and nothing there can be run. A name is 32 hexadecimal digits: what a person
writes never becomes a part of a path.
"""

from __future__ import annotations

import os
import re
import secrets
import time
from collections.abc import Collection
from pathlib import Path
from typing import Final

from app.settings import Settings

_NAME: Final = re.compile(r"[0-9a-f]{32}")
PARTIAL: Final = ".part"
LEFT_OVER_SECONDS: Final = 24 * 3600.0


class Store:
    """The documents of one installation."""

    def __init__(self, settings: Settings) -> None:
        self.folder = Path(settings.data_folder).absolute() / "documents"

    def put(self, content: bytes) -> str:
        """Store `content` for good and return the name under which it lies."""
        name = secrets.token_hex(16)
        place = self._place(name)
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        partial = place.with_name(name + PARTIAL)
        handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.rename(place)
        _sync_folder(place.parent)
        return name

    def get(self, name: str) -> bytes:
        """Return what was stored under `name`.

        Raises:
            FileNotFoundError: Where it is not there any more.
        """
        return self._place(name).read_bytes()

    def remove(self, name: str) -> None:
        """Delete what was stored under `name`, if it is there."""
        self._place(name).unlink(missing_ok=True)

    def sweep(self, known: Collection[str]) -> int:
        """Delete the files older than a day that no document knows: of uploads that were undone. Return how many."""
        kept, swept = set(known), 0
        for path in self.folder.glob("??/*"):
            is_old = time.time() - path.stat().st_mtime > LEFT_OVER_SECONDS
            if is_old and path.name not in kept:
                path.unlink(missing_ok=True)
                swept += 1
        return swept

    def _place(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise ValueError("not the name of a stored document")
        return self.folder / name[:2] / name


def _sync_folder(folder: Path) -> None:
    """Bring the new name in `folder` to the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
