"""A solution document around given placements: how a peer's placements, or planted ones, come before the verifier."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from optimizer import Problem
from optimizer.index import Index
from optimizer.made import Made
from optimizer.outcome import solution_document

Document = dict[str, Any]
Triples = Iterable[tuple[str, str, str]]


def answer(problem: Problem, triples: Triples, bounds: Sequence[int | None] = ()) -> Document:
    """Return the placements (volunteer, post, agreement) as a solution document with every figure, list and reason."""
    index = Index(problem)
    made = Made(index, [(index.volunteer[v], index.post[p], index.agreement[a]) for v, p, a in triples])
    return solution_document(made, 0, bounds)
