"""The curve of the price of fairness as coordinates for a drawing; the table beside it has the figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor
from typing import Final

from app.rounds.fairness_schemas import PointOut

WIDTH: Final = 320
HEIGHT: Final = 180
LEFT, RIGHT, TOP, BOTTOM = 40, 12, 10, 32
TICKS: Final = 4
NICE: Final = (0.01, 0.02, 0.04, 0.08, 0.2, 0.4, 0.6, 1.0)


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis: where, and the part that it stands for."""

    at: float
    part: float


@dataclass(frozen=True, slots=True)
class Drawn:
    """A curve to be drawn: dots, the steps between them, and the marks of both axes."""

    dots: tuple[tuple[float, float], ...]
    path: str
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    bottom: int = HEIGHT - BOTTOM


def drawn(points: Sequence[PointOut]) -> Drawn | None:
    """Return the drawing of a curve, from what the least served gets to what it costs; None where there is nothing to compare."""
    priced = [(one.least or 0.0, one.price) for one in points if one.price is not None]
    known = sorted((least, max(price, 0.0)) for least, price in priced if price is not None)
    if len(known) < 2:
        return None
    dearest = max(price for _, price in known)
    top = next((one for one in NICE if one >= dearest), float(ceil(dearest)))

    # Only the stretch of tenths between the lowest and the highest floor, or dots would lie on one another.
    low, high = floor(known[0][0] * 10) / 10, ceil(known[-1][0] * 10) / 10
    high = max(high, low + 0.1)

    def across(part: float) -> float:
        return round(LEFT + (part - low) / (high - low) * (WIDTH - LEFT - RIGHT), 1)

    def up(part: float) -> float:
        return round(HEIGHT - BOTTOM - part / top * (HEIGHT - TOP - BOTTOM), 1)

    dots = tuple((across(least), up(price)) for least, price in known)
    return Drawn(
        dots,
        "M" + " L".join(f"{x} {y}" for x, y in dots),
        tuple(Tick(across(at), at) for at in (low + (high - low) * one / TICKS for one in range(TICKS + 1))),
        tuple(Tick(up(top * one / TICKS), top * one / TICKS) for one in range(TICKS + 1)),
    )
