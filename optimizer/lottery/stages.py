"""One stage of leximin: the probabilities over known solutions that raise the least chance most, exact where fractions can be found.

The linear program is solved in floats, which say what binds; the equations of what binds are then solved in fractions. Where these hold
every row exactly and both sides come to the same value, they are the exact optimum (weak duality); nothing rests on the floats.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from ortools.linear_solver.python import model_builder

GRID = 10**9
TINY, NEAR = 1e-9, 1e-8
# Equations with more unknowns than this stay in floats: fractions grow with each of them.
LARGEST_SYSTEM = 150
Floats = tuple[float, list[float], list[float]]
PRECISE = "primal_feasibility_tolerance: 1e-10 dual_feasibility_tolerance: 1e-10 use_preprocessing: false"


@dataclass(frozen=True, slots=True)
class Stage:
    """What a linear program gives.

    Attributes:
        value: the least chance of those that are not settled.
        probabilities: of each column.
        prices: of each chance; those of unsettled ones add up to 1.
        exact: whether value, probabilities and prices are proven exact for these columns.
    """

    value: Fraction
    probabilities: tuple[Fraction, ...]
    prices: tuple[Fraction, ...]
    exact: bool


def raise_least(sizes: Sequence[int], columns: Sequence[Sequence[int]], settled: Mapping[int, Fraction]) -> Stage:
    """Return the best distribution over `columns` (how many of each a solution places).

    Args:
        sizes: over how many people each chance is shared.
        columns: the known solutions; with them the settled chances can be reached.
        settled: those whose chance may not fall below what was reached in earlier stages.
    """
    found = _in_floats(sizes, columns, settled)
    exact = _exactly(sizes, columns, settled, found)
    if exact is not None:
        return exact
    value, probabilities, prices = found
    rounded = tuple(Fraction(round(max(0.0, price) * GRID), GRID) for price in prices)
    grid = tuple(Fraction(round(max(0.0, one) * GRID), GRID) for one in probabilities)
    return Stage(Fraction(max(0, int(value * GRID)), GRID), grid, rounded, exact=False)


def _in_floats(sizes: Sequence[int], columns: Sequence[Sequence[int]], settled: Mapping[int, Fraction]) -> Floats:
    model = model_builder.Model()  # type: ignore[no-untyped-call]
    least = model.new_num_var(0.0, 2.0, "least")  # never at this end, so that all its worth is in the prices
    shares = [model.new_num_var(0.0, 2.0, "") for _ in columns]
    model.add(sum(shares) == 1.0)
    rows = []
    for number, size in enumerate(sizes):
        chance = sum(
            column[number] / size * share for column, share in zip(columns, shares, strict=True) if column[number]
        )
        floor = least if number not in settled else max(0.0, float(settled[number]) - 1e-12)
        rows.append(model.add(chance - floor >= 0.0))
    model.maximize(least)
    solver = model_builder.Solver("GLOP")
    solver.set_solver_specific_parameters(PRECISE)
    status = solver.solve(model)
    if status != model_builder.SolveStatus.OPTIMAL:
        raise AssertionError(f"the linear program of a stage ended with {status}")
    prices = [-float(solver.dual_value(row)) for row in rows]
    return float(solver.value(least)), [float(solver.value(share)) for share in shares], prices


def _exactly(
    sizes: Sequence[int], columns: Sequence[Sequence[int]], settled: Mapping[int, Fraction], found: Floats
) -> Stage | None:
    """Return the stage in fractions, from the rows and columns that bind in floats; None where these do not prove it."""
    least, shares, floats = found
    each = [[Fraction(count, size) for count, size in zip(column, sizes, strict=True)] for column in columns]
    used = [place for place, share in enumerate(shares) if share > TINY]
    paid = [number for number, price in enumerate(floats) if price > TINY]
    chances = [sum(float(each[place][number]) * shares[place] for place in used) for number in range(len(sizes))]
    floors = [float(settled.get(number, least)) for number in range(len(sizes))]
    tight = [number for number in range(len(sizes)) if number in paid or chances[number] - floors[number] < NEAR]
    worths = [sum(float(column[number]) * floats[number] for number in paid) for column in each]
    dearest = [place for place in range(len(columns)) if place in used or max(worths) - worths[place] < NEAR]
    if max(len(used), len(paid)) > LARGEST_SYSTEM:
        return None
    # Probabilities: they add up to 1, and whoever is at the least chance, or at the chance settled before, is exactly there.
    rows = [
        (
            [*(each[place][number] for place in used), Fraction(-(number not in settled))],
            settled.get(number, Fraction()),
        )
        for number in tight
    ]
    solved = solve_exactly([([Fraction(1)] * len(used) + [Fraction()], Fraction(1)), *rows])
    # Prices: those of unsettled ones add up to 1, and the dearest solutions are all worth the same.
    sums = [Fraction(number not in settled) for number in paid]
    level = [([*(each[place][number] for number in paid), Fraction(-1)], Fraction()) for place in dearest]
    priced = solve_exactly([([*sums, Fraction()], Fraction(1)), *level])
    if solved is None or priced is None:
        return None
    probabilities, prices = [Fraction()] * len(columns), [Fraction()] * len(sizes)
    for place, share in zip(used, solved, strict=False):
        probabilities[place] = share
    for number, price in zip(paid, priced, strict=False):
        prices[number] = price
    stage = Stage(solved[-1], tuple(probabilities), tuple(prices), exact=True)
    return stage if _proves(stage, sizes, columns, settled) else None


def _proves(
    stage: Stage, sizes: Sequence[int], columns: Sequence[Sequence[int]], settled: Mapping[int, Fraction]
) -> bool:
    """Return whether probabilities and prices are allowed and come to the same value, so that neither can be bettered."""
    if min(stage.probabilities) < 0 or min(stage.prices) < 0 or sum(stage.probabilities) != 1:
        return False
    chances = chances_of(sizes, columns, stage.probabilities)
    if any(chance < settled.get(number, stage.value) for number, chance in enumerate(chances)):
        return False
    if sum(price for number, price in enumerate(stage.prices) if number not in settled) != 1:
        return False
    most = max(weight_of(sizes, column, stage.prices) for column in columns)
    return most - sum(stage.prices[number] * floor for number, floor in settled.items()) == stage.value


def solve_exactly(rows: Sequence[tuple[Sequence[Fraction], Fraction]]) -> list[Fraction] | None:
    """Return a solution of linear equations in fractions, what is free being 0; None where there is none."""
    matrix = [[*left, right] for left, right in rows]
    width = len(matrix[0]) - 1
    pivots: list[int] = []
    for column in range(width):
        top = len(pivots)
        pivot = next((place for place in range(top, len(matrix)) if matrix[place][column]), None)
        if pivot is None:
            continue
        matrix[top], matrix[pivot] = matrix[pivot], matrix[top]
        scale = matrix[top][column]
        matrix[top] = [entry / scale if entry else entry for entry in matrix[top]]
        for place, row in enumerate(matrix):
            factor = row[column]
            if place != top and factor:
                matrix[place] = [
                    entry - factor * other if other else entry for entry, other in zip(row, matrix[top], strict=True)
                ]
        pivots.append(column)
    if any(row[-1] for row in matrix[len(pivots) :]):
        return None
    found = [Fraction()] * width
    for place, column in enumerate(pivots):
        found[column] = matrix[place][-1]
    return found


def chances_of(sizes: Sequence[int], columns: Sequence[Sequence[int]], shares: Sequence[Fraction]) -> list[Fraction]:
    """Return each chance."""
    return [
        sum(
            (column[number] * share for column, share in zip(columns, shares, strict=True) if column[number]),
            Fraction(),
        )
        / size
        for number, size in enumerate(sizes)
    ]


def weight_of(sizes: Sequence[int], column: Sequence[int], prices: Sequence[Fraction]) -> Fraction:
    """Return what a solution is worth at prices for chances."""
    return sum((price * count / size for price, count, size in zip(prices, column, sizes, strict=True)), Fraction())
