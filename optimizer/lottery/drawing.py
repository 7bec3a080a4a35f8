"""The draw: from a lottery that was published before and a public value that nobody could know then, to one placement.

Seed: SHA-256 of the domain, the digest of the lottery in canonical form, and the public value. Everything else follows from it: which
outcome, and who of each kind takes which of its places. `optimizer/verification/draws.py` says the same a second time, and replays it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from optimizer.canonical import digest
from optimizer.errors import DocumentError, DocumentRefused
from optimizer.index import Index
from optimizer.made import Made
from optimizer.outcome import solution_document
from optimizer.problem import Problem
from optimizer.verification.findings import Findings
from optimizer.verification.lotteries import check_lottery

FORMAT = "placement-draw/1"
DOMAIN = b"gotong/draw/1"
BLOCK = 2**256


class Stream:
    """Whole numbers from a seed, each equally likely."""

    def __init__(self, seed: bytes) -> None:
        self._seed = seed
        self._number = 0

    def below(self, size: int) -> int:
        """Return a number from 0 to size − 1; what would make some likelier than others is drawn again."""
        fair = BLOCK - BLOCK % size
        while True:
            block = hashlib.sha256(DOMAIN + b"/stream\0" + self._seed + self._number.to_bytes(8, "big")).digest()
            self._number += 1
            value = int.from_bytes(block, "big")
            if value < fair:
                return value % size


def seed_of(lottery: Mapping[str, Any], public: str) -> bytes:
    """Return the seed of the draw."""
    return hashlib.sha256(DOMAIN + b"\0" + digest(lottery).encode("ascii") + b"\0" + public.encode("utf-8")).digest()


def draw(problem: Problem, lottery: Mapping[str, Any], public: str) -> dict[str, Any]:
    """Return the draw in format placement-draw/1, with the lottery and the placement drawn.

    Args:
        problem: what is placed.
        lottery: a document of format placement-lottery/1.
        public: the value that was not known when the lottery was published.

    Raises:
        DocumentRefused: the lottery does not belong to the problem, or one of its figures is wrong.
    """
    findings = Findings()
    check_lottery(problem.document, lottery, findings)
    if not public:
        findings.add("/public", "empty-value", "The public value is empty.")
    if findings.found:
        raise DocumentRefused(
            [
                DocumentError(one.pointer, one.code, one.message, "Use the lottery that was computed for this problem.")
                for one in findings.found
            ]
        )
    seed = seed_of(lottery, public)
    stream = Stream(seed)
    outcome = _outcome(lottery, stream)
    stands_for = _shuffled(lottery, stream)
    index = Index(problem)
    triples = index.triples(one | {"volunteer": stands_for[one["volunteer"]]} for one in outcome["placements"])
    return {
        "format": FORMAT,
        "problem": digest(problem.document),
        "lottery": dict(lottery),
        "public": public,
        "seed": seed.hex(),
        "outcome": outcome["number"],
        "solution": solution_document(Made(index, triples), lottery["seed"], lottery["tiers"]),
    }


def _outcome(lottery: Mapping[str, Any], stream: Stream) -> Any:
    left = stream.below(lottery["denominator"])
    for outcome in sorted(lottery["outcomes"], key=lambda one: int(one["number"])):
        if left < outcome["parts"]:
            return outcome
        left -= outcome["parts"]
    raise AssertionError("the parts of a checked lottery add up to its denominator")


def _shuffled(lottery: Mapping[str, Any], stream: Stream) -> dict[str, str]:
    """Return who takes whose place: each kind is shuffled by itself (Fisher and Yates)."""
    found: dict[str, str] = {}
    for kind in sorted(lottery["kinds"], key=lambda one: int(one["number"])):
        people = list(kind["volunteers"])
        for last in range(len(people) - 1, 0, -1):
            other = stream.below(last + 1)
            people[last], people[other] = people[other], people[last]
        found.update(zip(kind["volunteers"], people, strict=True))
    return found
