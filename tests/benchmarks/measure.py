"""Runs engines in child processes and keeps what each reached, how it went, its peak memory, and what the verifier says."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from optimizer import load_document, verify, write_document

Document = dict[str, Any]
Result = dict[str, Any]
ENGINES = ("ours", "cp-sat", "highs")


def measure(engine: str, name: str, document: Document, folder: Path, seconds: float, ceiling: float) -> Result:
    """Return the result of one engine on one document; a child that takes far too long or too much memory is ended."""
    problem, out = folder / f"{name}.json", folder / f"{name}-{engine}"
    if not problem.exists():
        write_document(problem, document)
    for old in (out.with_suffix(".json"), out.with_suffix(".trace.json")):
        old.unlink(missing_ok=True)
    program = [
        sys.executable,
        "-m",
        "tests.benchmarks.child",
        engine,
        str(problem),
        str(out),
        str(seconds),
        str(ceiling),
    ]
    with out.with_suffix(".log").open("wb") as log:
        child = subprocess.Popen(program, stdout=log, stderr=log)
        code, peak, killed = _wait(child, seconds * 1.5 + 120)
    result: Result = {
        "engine": engine,
        "round": name,
        "limit": seconds,
        "peak": peak,
        "seconds": None,
        "tiers": [],
        "trace": [],
        "status": "time" if killed else failure(out.with_suffix(".log"), code),
        "verified": None,
    }
    told = out.with_suffix(".trace.json")
    if told.exists():
        result |= json.loads(told.read_text(encoding="utf-8"))
    if out.with_suffix(".json").exists():
        _check(result, document, load_document(out.with_suffix(".json")))
    return result


def failure(log: Path, code: int) -> str:
    """Return why a child ended as it did: only what says so itself, or what the kernel killed, was short of memory."""
    if not code:
        return "nothing"
    told = log.read_text(encoding="utf-8", errors="replace")
    return "memory" if code == -signal.SIGKILL or "MemoryError" in told or "bad_alloc" in told else "failed"


def _check(result: Result, document: Document, solution: Document) -> None:
    started = time.monotonic()
    report = verify(document, solution)
    result["verifying"] = time.monotonic() - started
    result["verified"] = report.ok
    result["findings"] = [one.message for one in report.findings[:3]]
    result["status"] = solution["status"]
    result["tiers"] = solution["tiers"]
    result["placed"] = len(solution["placements"])


def _wait(child: subprocess.Popen[bytes], seconds: float) -> tuple[int, int, bool]:
    """Return the exit code, the peak memory in MiB, and whether the child had to be ended."""
    deadline, killed = time.monotonic() + seconds, False
    while True:
        done, status, usage = os.wait4(child.pid, os.WNOHANG)
        if done:
            child.returncode = os.waitstatus_to_exitcode(status)
            return child.returncode, usage.ru_maxrss // 1024, killed
        if time.monotonic() > deadline and not killed:
            killed = True
            child.send_signal(signal.SIGKILL)
        time.sleep(0.05)  # asks again; there is no wait4 with a time limit


def gap(tier: Document) -> float | None:
    """Return (bound − value) ÷ |value| of a tier; None where it was not reached."""
    if tier["bound"] is None:
        return None
    distance = tier["bound"] - tier["value"]
    return float(distance / max(1, abs(tier["value"]))) if distance else 0.0


def first_seconds(result: Result) -> float | None:
    """Return when the first solution was there."""
    times = [point[0] for point in result["trace"] if point[2] is not None]
    return min(times, default=None)
