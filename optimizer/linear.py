"""The linear engine, HiGHS, without a word on standard output, which belongs to our own answers."""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np
import numpy.typing as npt
from highspy._core import HighsLp, _Highs
from scipy.sparse import csr_array

Reals = npt.NDArray[np.float64]


class NotSolvedError(Exception):
    """The linear engine gave up."""


@dataclass(frozen=True, slots=True)
class Best:
    """The best point: its value, its parts, and what one more unit of each row's end is worth (nothing where it is whole)."""

    value: float
    parts: Reals
    duals: Reals


def quiet_highs() -> _Highs:
    """Return an empty linear program, for one thread.

    It is the engine itself and not `highspy.Highs`: the wrapper sets callbacks when it is made, and that prints a banner (1.16) before
    any option could silence it. The number of threads is not set: HiGHS refuses to run where another user in the same process set another.
    """
    engine = _Highs()
    engine.setOptionValue("output_flag", False)
    engine.setOptionValue("parallel", "off")
    return engine


def maximise(worth: Reals, rows: csr_array, lower: Reals, upper: Reals, *, whole: bool = False) -> Best:
    """Return the best x in [0, 1] (`whole`: 0 or 1) with lower ≤ rows · x ≤ upper, to one part in ten thousand where it is whole.

    Raises:
        NotSolvedError: the engine gave up, or there is no such point.
    """
    made = HighsLp()
    made.num_row_, made.num_col_ = rows.shape
    made.sense_ = highspy.ObjSense.kMaximize
    made.col_cost_, made.col_lower_, made.col_upper_ = worth, np.zeros(len(worth)), np.ones(len(worth))
    made.row_lower_, made.row_upper_ = lower, upper
    made.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    made.a_matrix_.start_, made.a_matrix_.index_, made.a_matrix_.value_ = rows.indptr, rows.indices, rows.data
    engine = quiet_highs()
    if whole:
        made.integrality_ = [highspy.HighsVarType.kInteger] * len(worth)
        engine.setOptionValue("mip_rel_gap", 1e-4)
    engine.passModel(made)
    engine.run()
    status = engine.getModelStatus()
    if status != highspy.HighsModelStatus.kOptimal:
        raise NotSolvedError(engine.modelStatusToString(status))
    found = engine.getSolution()
    duals = np.zeros(len(lower)) if whole else np.array(found.row_dual)
    return Best(float(engine.getInfo().objective_function_value), np.array(found.col_value), duals)
