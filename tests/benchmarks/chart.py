"""Draws the measurements as one SVG: value and bound, gap, and peak memory, a row for each round."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from html import escape
from typing import Any

Result = dict[str, Any]
Point = tuple[float, float]
COLOURS = {"ours": "#0b6e4f", "cp-sat": "#c1440e", "highs": "#3d5a9e"}
NAMES = {"ours": "Gotong", "cp-sat": "plain CP-SAT", "highs": "plain HiGHS"}
WIDTH, HEIGHT, LEFT, TOP, GUTTER = 300, 150, 70, 90, 80
STYLE = (
    "text{font:12px system-ui,sans-serif;fill:#222}.s{font-size:10px;fill:#555}.h{font-weight:600}"
    ".g{stroke:#ddd}.a{stroke:#888}.l{fill:none;stroke-width:2}"
)


def draw(results: list[Result]) -> str:
    """Return the chart of all results."""
    rounds = list(dict.fromkeys(result["round"] for result in results))
    width = LEFT + 3 * WIDTH + 2 * GUTTER + 30
    height = TOP + len(rounds) * (HEIGHT + GUTTER)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
    ]
    parts += [f"<style>{STYLE}</style>", f'<rect width="{width}" height="{height}" fill="#fff"/>']
    parts += _legend()
    for column, title in enumerate(("First tier: value (—) and bound (- -)", "First tier: gap", "Peak memory")):
        parts.append(_text(LEFT + column * (WIDTH + GUTTER), TOP - 24, title, "h"))
    for row, name in enumerate(rounds):
        parts += _row([one for one in results if one["round"] == name], name, TOP + row * (HEIGHT + GUTTER))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _legend() -> list[str]:
    found = []
    for place, (engine, colour) in enumerate(COLOURS.items()):
        x = LEFT + 150 * place
        found.append(f'<path class="l" stroke="{colour}" d="M{x} 30h24"/>')
        found.append(_text(x + 30, 34, NAMES[engine]))
    return found


def _text(x: float, y: float, text: str, kind: str = "", anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}">{escape(text)}</text>'


def _row(results: list[Result], name: str, top: float) -> list[str]:
    series = {result["engine"]: _series(result) for result in results}
    times = [point[0] for points in series.values() for point in points]
    low, high = max(0.05, min(times, default=0.1)), max([1.0, *times])
    across = _log_scale(low, high * 1.05, 0, WIDTH)
    values, gaps = [], []
    for engine, points in series.items():
        gaps.append(
            (
                engine,
                "",
                [(at, max(1e-5, (b - v) / max(1, abs(v)))) for at, v, b in points if v is not None and b is not None],
            )
        )
        values.append((engine, "", [(at, v) for at, v, _ in points if v is not None]))
        values.append((engine, ' stroke-dasharray="5 4"', [(at, b) for at, _, b in points if b is not None]))
    found = [_text(LEFT, top - 6, name, "s")]
    found += _panel(LEFT, top, values, across, _linear_scale(values), (low, high))
    gap_scale = _log_scale(1e-5, max([1e-2, *(y for *_, line in gaps for _, y in line)]), HEIGHT, 0)
    found += _panel(LEFT + WIDTH + GUTTER, top, gaps, across, gap_scale, (low, high), percent=True)
    return found + _bars(results, LEFT + 2 * (WIDTH + GUTTER), top)


def _series(result: Result) -> list[tuple[float, float | None, float | None]]:
    """Return the first tier over time; what was best so far stays."""
    found: list[tuple[float, float | None, float | None]] = []
    value: float | None = None
    bound: float | None = None
    for at, tier, new_value, new_bound in result["trace"]:
        if tier:
            continue
        value = new_value if value is None else value if new_value is None else max(value, new_value)
        bound = new_bound if bound is None else bound if new_bound is None else min(bound, new_bound)
        found.append((max(at, 0.05), value, bound))
    if result["tiers"]:
        end = result["seconds"] or result["limit"]
        found.append((max(end, 0.05), result["tiers"][0]["value"], result["tiers"][0]["bound"]))
    return found


def _log_scale(low: float, high: float, start: float, end: float) -> Callable[[float], float]:
    span = math.log(high / low) or 1.0
    return lambda value: start + (end - start) * math.log(min(max(value, low), high) / low) / span


def _linear_scale(lines: Iterable[tuple[str, str, list[Point]]]) -> Callable[[float], float]:
    final = [line[-1][1] for _, _, line in lines if line]
    low, high = min(final, default=0), max(final, default=1)
    room = max(high - low, abs(high) * 0.02, 1) * 0.5
    low, high = low - room, high + room
    return lambda value: HEIGHT * (1 - (min(max(value, low), high) - low) / (high - low))


def _panel(
    left: float,
    top: float,
    lines: list[tuple[str, str, list[Point]]],
    across: Callable[[float], float],
    up: Callable[[float], float],
    ends: tuple[float, float],
    *,
    percent: bool = False,
) -> list[str]:
    found = [f'<rect x="{left}" y="{top}" width="{WIDTH}" height="{HEIGHT}" fill="none" class="a"/>']
    for at in (0.1, 1, 10, 100, 1000):
        if ends[0] <= at <= ends[1]:
            x = left + across(at)
            found.append(f'<path class="g" d="M{x:.1f} {top}v{HEIGHT}"/>')
            found.append(_text(x, top + HEIGHT + 14, f"{at:g} s", "s", "middle"))
    if percent:
        shares = [share for share in (1e-4, 1e-3, 1e-2, 1e-1, 1) if up(share) > 0]
        found += [_text(left - 6, top + up(share) + 4, f"{100 * share:g} %", "s", "end") for share in shares]
    for engine, dash, line in lines:
        path = "L".join(f"{left + across(x):.1f} {top + up(y):.1f}" for x, y in _steps(line))
        if path:
            found.append(f'<path class="l" stroke="{COLOURS[engine]}"{dash} d="M{path}"/>')
        if line and not percent and not dash:
            found.append(_text(left + WIDTH - 4, top + up(line[-1][1]) - 4, f"{line[-1][1]:,.0f}", "s", "end"))
    return found


def _steps(line: list[Point]) -> list[Point]:
    """Return the line as a staircase: a value stays until the next is known."""
    found: list[Point] = []
    for point in line:
        if found:
            found.append((point[0], found[-1][1]))
        found.append(point)
    return found


def _bars(results: list[Result], left: float, top: float) -> list[str]:
    most = max([1, *(result["peak"] for result in results)])
    found = []
    for place, result in enumerate(results):
        y, length = top + 12 + 44 * place, (WIDTH - 90) * result["peak"] / most
        found.append(f'<rect x="{left}" y="{y}" width="{length:.1f}" height="24" fill="{COLOURS[result["engine"]]}"/>')
        note = {
            "memory": " · out of memory",
            "time": " · ended",
            "nothing": " · nothing found",
            "failed": " · failed",
        }.get(result["status"], "")
        found.append(_text(left + length + 6, y + 16, f"{result['peak']:,} MB{note}", "s"))
    return found
