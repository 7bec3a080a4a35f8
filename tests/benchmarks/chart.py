"""Draws the measurements as one SVG, a row for each round: value and bound of the first tier, every tier's gap over time, peak memory.

It carries its own two palettes, so that it can be read on a light and on a dark page, and no script.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from html import escape

from tests.benchmarks.measure import Point, Result, gap
from tests.benchmarks.report import NAMES

Line = list[tuple[float, float]]
Scale = Callable[[float], float]
CLASSES = {"ours": "o", "cp-sat": "c", "highs": "h"}
NOTES = {
    "memory": "out of memory",
    "time": "ended",
    "nothing": "nothing found",
    "unknown": "nothing found",
    "failed": "failed",
}
WIDTH, HEIGHT, GUTTER, LEFT, TOP, FOOT = 220, 130, 62, 74, 84, 62
NEVER, LEAST = 0.05, 1e-6  # seconds before which, and gap below which, nothing is told apart
STYLE = """
svg{--ink:#1f2328;--soft:#59636e;--rule:#d1d9e0;--page:#fff;--o:#0b6e4f;--c:#b4490f;--h:#3557a6}
@media(prefers-color-scheme:dark){svg{--ink:#e6edf3;--soft:#9aa4ae;--rule:#3d444d;--page:#0d1117;--o:#3fc28f;--c:#f0884c;--h:#86a8f8}}
rect.page{fill:var(--page)}text{font:13px system-ui,sans-serif;fill:var(--ink)}text.s{font-size:11px;fill:var(--soft)}
text.b{font-weight:600}.r{stroke:var(--rule);fill:none}.l{fill:none;stroke-width:2}
.l.o{stroke:var(--o)}.l.c{stroke:var(--c)}.l.h{stroke:var(--h)}rect.o{fill:var(--o)}rect.c{fill:var(--c)}rect.h{fill:var(--h)}
.l.c{stroke-dasharray:7 3}.l.h{stroke-dasharray:2 3}.l.t{stroke-width:1;opacity:.75}
"""


def draw(results: list[Result]) -> str:
    """Return the chart of all results."""
    rounds = list(dict.fromkeys(one["round"] for one in results))
    tiers = max((len(one["tiers"]) for one in results), default=1)
    width = LEFT + (tiers + 2) * (WIDTH + GUTTER)
    height = TOP + len(rounds) * (HEIGHT + FOOT)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" role="img">'
    parts = [head, "<title>Value, bound, gap over time and peak memory of Gotong, plain CP-SAT and plain HiGHS</title>"]
    parts += [f"<style>{STYLE}</style>", f'<rect class="page" width="{width}" height="{height}"/>', *_legend()]
    titles = ["Tier 1: value, and bound (thin)", *(f"Tier {number + 1}: gap" for number in range(tiers)), "Peak memory"]
    parts += [_text(_left(column), TOP - 24, title, "b") for column, title in enumerate(titles)]
    for row, name in enumerate(rounds):
        parts += _row([one for one in results if one["round"] == name], TOP + row * (HEIGHT + FOOT), tiers)
    return "\n".join([*filter(None, parts), "</svg>"]) + "\n"


def _left(column: int) -> float:
    return LEFT + column * (WIDTH + GUTTER)


def _legend() -> Iterator[str]:
    for place, (engine, name) in enumerate(NAMES.items()):
        x = LEFT + 150 * place
        yield f'<path class="l {CLASSES[engine]}" d="M{x} 26h28"/>'
        yield _text(x + 36, 30, name)


def _text(x: float, y: float, text: str, kind: str = "", anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}">{escape(text)}</text>'


def _row(results: list[Result], top: float, tiers: int) -> Iterator[str]:
    """Yield one round: all its panels share the axis of time."""
    last = max([1.0, *(one["wall"] or one["limit"] for one in results)])
    across = _logarithmic(NEVER, last, 0, WIDTH)
    yield _text(LEFT, top - 6, results[0]["name"].removeprefix("Benchmark "), "s")
    yield from _values(results, top, across, last)
    for tier in range(tiers):
        yield from _gaps(results, tier, top, across, last)
    yield from _memory(results, _left(tiers + 1), top)


def over_time(result: Result, tier: int) -> list[Point]:
    """Return how one tier went, up to what the solution says of it."""
    found = [point for point in result["trace"] if point[1] == tier]
    if tier < len(result["tiers"]):
        later = [at for at, number, *_ in result["trace"] if number > tier]
        end = min(later, default=result["wall"] or result["limit"])
        found.append((end, tier, result["tiers"][tier]["value"], result["tiers"][tier]["bound"]))
    return found


def _values(results: list[Result], top: float, across: Scale, last: float) -> Iterator[str]:
    values: dict[str, Line] = {}
    bounds: dict[str, Line] = {}
    for one in results:
        points = over_time(one, 0)
        values[one["engine"]] = [(at, value) for at, _, value, _ in points if value is not None]
        bounds[one["engine"]] = [(at, bound) for at, *_, bound in points if bound is not None]
    ends = [line[-1][1] for line in [*values.values(), *bounds.values()] if line]
    low, high = min(ends, default=0.0), max(ends, default=1.0)
    room = max((high - low) * 0.5, abs(high) * 0.01, 1.0)
    up = _linear(low - room, high + room, HEIGHT, 0)
    yield from _panel(LEFT, top, across, last)
    apart = max(0.0, 12 - (up(low) - up(high))) / 2 if low < high else 0.0
    for end, shift in {low: apart, high: -apart}.items():
        yield _text(LEFT - 6, top + up(end) + 4 + shift, f"{end:,.0f}", "s", "end")
    for kind, lines in (("", values), (" t", bounds)):
        for engine, line in lines.items():
            yield _path(line, LEFT, top, across, up, CLASSES[engine] + kind)


def _gaps(results: list[Result], tier: int, top: float, across: Scale, last: float) -> Iterator[str]:
    left, up = _left(tier + 1), _logarithmic(LEAST, 1.0, HEIGHT, 0)
    yield from _panel(left, top, across, last)
    for share, name in ((1.0, "100 %"), (1e-2, "1 %"), (1e-4, "0.01 %"), (LEAST, "proven")):
        yield f'<path class="r" d="M{left - 3} {top + up(share):.1f}h3"/>'
        yield _text(left - 6, top + up(share) + 4, name, "s", "end")
    for one in results:
        shares = [(at, gap(value, bound)) for at, _, value, bound in over_time(one, tier)]
        line = [(at, share) for at, share in shares if share is not None]
        yield _path(line, left, top, across, up, CLASSES[one["engine"]])


def _panel(left: float, top: float, across: Scale, last: float) -> Iterator[str]:
    yield f'<rect class="r" x="{left}" y="{top}" width="{WIDTH}" height="{HEIGHT}"/>'
    for at in (0.1, 1, 10, 100, 1000):
        if at <= last:
            x = left + across(at)
            yield f'<path class="r" d="M{x:.1f} {top}v{HEIGHT}"/>'
            yield _text(x, top + HEIGHT + 15, f"{at:g} s", "s", "middle")


def _path(line: Line, left: float, top: float, across: Scale, up: Scale, kind: str) -> str:
    """Return the line as a staircase: a figure stays until the next is known."""
    if not line:
        return ""
    places = [(left + across(at), top + up(value)) for at, value in line]
    steps = [f"M{places[0][0]:.1f} {places[0][1]:.1f}", *(f"H{x:.1f}V{y:.1f}" for x, y in places[1:])]
    return f'<path class="l {kind}" d="{"".join(steps)}"/>'


def _logarithmic(low: float, high: float, start: float, end: float) -> Scale:
    span = math.log(high / low)
    return lambda value: start + (end - start) * math.log(min(max(value, low), high) / low) / span


def _linear(low: float, high: float, start: float, end: float) -> Scale:
    return lambda value: start + (end - start) * (min(max(value, low), high) - low) / (high - low)


def _memory(results: list[Result], left: float, top: float) -> Iterator[str]:
    most = max(one["peak"] for one in results) or 1
    for place, one in enumerate(results):
        y, length = top + 8 + 42 * place, (WIDTH - 80) * one["peak"] / most
        yield f'<rect class="{CLASSES[one["engine"]]}" x="{left}" y="{y}" width="{length:.1f}" height="14"/>'
        yield _text(left + length + 6, y + 12, f"{one['peak']:,} MiB", "s")
        if one["status"] in NOTES:
            yield _text(left, y + 28, NOTES[one["status"]], "s")
