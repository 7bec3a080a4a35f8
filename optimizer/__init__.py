"""The placement engine: reads a problem document, solves it, explains and verifies the answer. Knows nothing of HTTP or databases."""

from optimizer.canonical import canonical_bytes, digest
from optimizer.documents import load_document, parse_document, write_document
from optimizer.errors import DocumentError, DocumentRefused
from optimizer.policy_reading import Known, read_policy
from optimizer.problem import Policy, Problem, Tier
from optimizer.reading import read_problem
from optimizer.rules import Names, sentence
from optimizer.solve import Limits, Progress, Solution, solve
from optimizer.verify import Finding, Report, verify, violations

__all__ = [
    "DocumentError",
    "DocumentRefused",
    "Finding",
    "Known",
    "Limits",
    "Names",
    "Policy",
    "Problem",
    "Progress",
    "Report",
    "Solution",
    "Tier",
    "canonical_bytes",
    "digest",
    "load_document",
    "parse_document",
    "read_policy",
    "read_problem",
    "sentence",
    "solve",
    "verify",
    "violations",
    "write_document",
]
