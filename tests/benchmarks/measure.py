"""Runs engines in child processes and keeps what each reached, how it went, what it took, and what the verifier says."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, TypedDict

from optimizer import load_document, verify, write_document
from tests.benchmarks.machine import commit, machine

Document = dict[str, Any]
Point = tuple[float, int, int | None, int | None]  # seconds, tier, value, bound
ENGINES = ("ours", "cp-sat", "highs")
POINTS = 120  # of a trace that is kept: more than a chart can show


class Result(TypedDict):
    """What one engine did with one document; times in seconds, memory in MiB."""

    engine: str
    round: str
    name: str
    volunteers: int
    limit: float
    status: str
    tiers: list[dict[str, int | None]]
    placed: int
    trace: list[Point]
    wall: float | None  # document read to solution written; None: it did not come so far
    verifying: float | None
    cpu: float
    peak: int
    verified: bool | None
    findings: list[str]
    machine: str
    commit: str
    day: str


class Ended(NamedTuple):
    """How a child process ended; `peak` in MiB."""

    code: int
    cpu: float
    peak: int
    killed: bool


def measure(engine: str, name: str, document: Document, folder: Path, seconds: float, ceiling: float) -> Result:
    """Return the result of one engine on one document; a child that takes far too long or too much memory is ended."""
    problem, out = folder / f"{name}.json", folder / f"{name}-{engine}"
    if not problem.exists():
        write_document(problem, document)
    answer, told, log = out.with_suffix(".json"), out.with_suffix(".trace.json"), out.with_suffix(".log")
    for old in (answer, told):
        old.unlink(missing_ok=True)
    program = [sys.executable, "-m", "tests.benchmarks.child", engine]
    with log.open("wb") as file:
        child = subprocess.Popen(
            [*program, str(problem), str(out), str(seconds), str(ceiling)], stdout=file, stderr=file
        )
        ended = _wait(child, seconds * 1.5 + 120)
    story = json.loads(told.read_text(encoding="utf-8")) if told.exists() else {"wall": None, "trace": []}
    result: Result = {
        "engine": engine,
        "round": name,
        "name": document["name"],
        "volunteers": len(document["volunteers"]),
        "limit": seconds,
        "status": "time" if ended.killed else failure(log, ended.code),
        "tiers": [],
        "placed": 0,
        "trace": thinned(story["trace"]),
        "wall": story["wall"],
        "verifying": None,
        "cpu": ended.cpu,
        "peak": ended.peak,
        "verified": None,
        "findings": [],
        "machine": machine(),
        "commit": commit(),
        "day": dt.datetime.now(dt.UTC).date().isoformat(),
    }
    if answer.exists():
        _check(result, document, load_document(answer))
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


def _wait(child: subprocess.Popen[bytes], seconds: float) -> Ended:
    """Wait for the child and watch its memory, its own children's too; end it when `seconds` are over."""
    deadline, killed, peak = time.monotonic() + seconds, False, 0
    while True:
        done, status, usage = os.wait4(child.pid, os.WNOHANG)
        if done:
            child.returncode = os.waitstatus_to_exitcode(status)
            return Ended(child.returncode, usage.ru_utime + usage.ru_stime, peak // 1024, killed)
        peak = max(peak, memory(child.pid))
        if time.monotonic() > deadline and not killed:
            killed = True
            child.send_signal(signal.SIGKILL)
        time.sleep(0.02)  # asks again; there is no wait4 with a time limit


def memory(process: int) -> int:
    """Return the KiB that a process has held at most, and that its children hold now.

    Not the kernel's `ru_maxrss`: that of a child starts at what its parent held when it was started.
    """
    return _status(process, "VmHWM") + sum(_status(one, "VmRSS") for one in _children(process))


def _children(process: int) -> Iterator[int]:
    try:
        found = [
            int(one) for tasks in Path(f"/proc/{process}/task").glob("*/children") for one in tasks.read_text().split()
        ]
    except (FileNotFoundError, ProcessLookupError):  # ended meanwhile
        return
    for one in found:
        yield one
        yield from _children(one)


def _status(process: int, field: str) -> int:
    try:
        lines = Path(f"/proc/{process}/status").read_text(encoding="ascii", errors="replace").splitlines()
    except (FileNotFoundError, ProcessLookupError):  # ended meanwhile
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(f"{field}:")), 0)


def thinned(trace: list[Point]) -> list[Point]:
    """Return the points of a trace at which value or bound were better than before; of many, evenly chosen ones and the last."""
    kept: list[Point] = []
    best: dict[int, tuple[int | None, int | None]] = {}
    for at, tier, value, bound in trace:
        before = best.get(tier, (None, None))
        after = _best(max, before[0], value), _best(min, before[1], bound)
        if after != before:
            best[tier] = after
            kept.append((round(at, 3), tier, *after))
    step = -(-len(kept) // POINTS)
    chosen = {*range(0, len(kept), max(1, step))} | {n for n in range(len(kept)) if _ends(kept, n)}
    return [kept[number] for number in sorted(chosen)]


def _ends(points: list[Point], number: int) -> bool:
    """Return whether a point is the first or the last of its tier."""
    around = (number - 1, number + 1)
    return any(not 0 <= other < len(points) or points[other][1] != points[number][1] for other in around)


def _best(choose: Callable[[list[int]], int], one: int | None, other: int | None) -> int | None:
    known = [value for value in (one, other) if value is not None]
    return choose(known) if known else None


def gap(value: int | None, bound: int | None) -> float | None:
    """Return (bound − value) ÷ |value|; None where one of them is not known."""
    if value is None or bound is None:
        return None
    return float((bound - value) / max(1, abs(value)))


def first_seconds(result: Result) -> float | None:
    """Return when the first solution was there."""
    times = [at for at, _, value, _ in result["trace"] if value is not None]
    return min(times, default=result["wall"] if result["tiers"] else None)
