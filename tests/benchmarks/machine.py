"""The machine and the programs that a measurement was made with, in a sentence each."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parents[2]


def machine() -> str:
    """Return the processor, memory, system and the engines' versions."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    engines = ", ".join(f"{name} {version(name)}" for name in ("ortools", "highspy", "numpy", "scipy"))
    system = f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    return f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GiB; {system}; {engines}"


def _processor() -> str:
    told = Path("/proc/cpuinfo")
    lines = told.read_text(encoding="utf-8", errors="replace").splitlines() if told.exists() else []
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def commit() -> str:
    """Return the short name of the commit that was measured, with a plus where files differ from it; "" outside a repository."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        return ""
    name = subprocess.run(
        [git, "-C", str(ROOT), "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True
    )
    changed = [git, "-C", str(ROOT), "status", "--porcelain", "--", "optimizer", "tests/benchmarks"]
    return name.stdout.strip() + ("+" if subprocess.run(changed, capture_output=True, check=True).stdout else "")
