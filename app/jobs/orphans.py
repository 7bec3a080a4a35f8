"""A process that does not outlive the one that started it, whatever ends that one."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from typing import Final

PR_SET_PDEATHSIG: Final = 1
ORPHANED: Final = 3


def die_with(parent: int, how: signal.Signals = signal.SIGKILL) -> None:
    """Let the kernel send `how` to this process when `parent` dies (Linux); end now where it is dead already."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, how)
    if os.getppid() != parent:
        os._exit(ORPHANED)
