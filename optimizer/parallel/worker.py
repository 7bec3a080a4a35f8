"""What a local worker process does: it runs one task after the other, and it ends with its parent."""

from __future__ import annotations

import os
import pickle
import signal
import threading
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.process import parent_process
from typing import Any, Final

FUNCTION: Final = 0
TASK: Final = 1
ORPHANED: Final = 3


def serve(connection: Connection) -> None:
    """Answer each task that comes with (answer, error), until the other end is closed.

    A message is its kind and a pickle: of the function of all tasks that follow, or of one task.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides what it means
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()
    function = b""
    while True:
        try:
            kind, content = connection.recv()
        except EOFError:
            return
        if kind == FUNCTION:
            function = content
        else:
            connection.send_bytes(_answer(function, content))


def _answer(function: bytes, task: bytes) -> bytes:
    """Return the pickled answer and error of one task; the errors of opening both pickles, and of making this one, are the task's too."""
    try:
        return pickle.dumps(attempt(pickle.loads(function), pickle.loads(task)))  # noqa: S301 - from our own parent
    except Exception as error:  # noqa: BLE001 - an object's own code may raise anything
        return pickle.dumps((None, _portable(error)))


def attempt(function: Callable[[Any], Any], task: Any) -> tuple[Any, Exception | None]:
    """Return what the function returns and None, or None and what it raises, fit to be sent to another process."""
    try:
        return function(task), None
    except Exception as error:  # noqa: BLE001 - whatever it is, it goes to the caller with its task
        return None, _portable(error)


def _portable(error: Exception) -> Exception:
    """Return the error with its traceback as a note; one that a pickle would lose or garble as a RuntimeError of the same words."""
    where = "".join(traceback.format_exception(error))
    try:
        copied = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
        kept = type(copied) is type(error) and str(copied) == str(error)
    except Exception:  # noqa: BLE001 - an exception's own code may raise anything
        kept = False
    told = error if kept else RuntimeError(f"{type(error).__qualname__}: {error}")
    told.add_note(f"In a worker process:\n{where}")
    return told


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(ORPHANED)
