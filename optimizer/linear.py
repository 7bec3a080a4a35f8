"""The linear engine, HiGHS, without a word on standard output, which belongs to our own answers."""

from __future__ import annotations

from highspy._core import _Highs


def quiet_highs(threads: int = 1) -> _Highs:
    """Return an empty linear program.

    It is the engine itself and not `highspy.Highs`: the wrapper sets callbacks when it is made, and that prints a banner (1.16) before
    any option could silence it.
    """
    engine = _Highs()
    engine.setOptionValue("output_flag", False)
    engine.setOptionValue("threads", threads)
    return engine
