"""The placement engine: reads a problem document, solves it, explains and verifies the answer. Knows nothing of HTTP or databases."""

from optimizer.canonical import canonical_bytes, digest
from optimizer.documents import load_document, parse_document, write_document
from optimizer.errors import DocumentError, DocumentRefused
from optimizer.problem import Problem
from optimizer.reading import read_problem
from optimizer.rules import sentence
from optimizer.solve import Limits, Progress, Solution, solve
from optimizer.verify import Finding, Report, verify

__all__ = [
    "DocumentError",
    "DocumentRefused",
    "Finding",
    "Limits",
    "Problem",
    "Progress",
    "Report",
    "Solution",
    "canonical_bytes",
    "digest",
    "load_document",
    "parse_document",
    "read_problem",
    "sentence",
    "solve",
    "verify",
    "write_document",
]
