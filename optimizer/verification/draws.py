"""Replays a draw: the commitment, the numbers that come from it, who takes whose place, and the placement drawn."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from optimizer.canonical import digest
from optimizer.verification.findings import Finding, Findings, brief
from optimizer.verification.lotteries import check_lottery

FIELDS = ("format", "problem", "lottery", "public", "seed", "outcome", "solution")
FORMAT = "placement-draw/1"


def draw_findings(problem: Mapping[str, Any], drawn: object) -> tuple[Finding, ...]:
    """Return everything that is wrong with a draw but its solution, which is checked as every solution is."""
    findings = Findings()
    if findings.fields(drawn, "", FIELDS) and isinstance(drawn, dict):
        _check(problem, drawn, findings)
    return tuple(findings.found)


def _check(problem: Mapping[str, Any], drawn: dict[str, Any], findings: Findings) -> None:
    if drawn["format"] != FORMAT:
        findings.add("/format", "unknown-format", f"{brief(drawn['format'])} is not {FORMAT!r}.")
    right = digest(problem)
    if drawn["problem"] != right:
        message = f"The hash of the problem is {right}, not {brief(drawn['problem'])}: this is another problem's draw."
        findings.add("/problem", "other-problem", message)
    inner = Findings()
    check_lottery(problem, drawn["lottery"], inner)
    for one in inner.found:
        findings.add(f"/lottery{one.pointer}", one.code, one.message)
    if not isinstance(drawn["public"], str) or not drawn["public"]:
        findings.add("/public", "wrong-type", f"{brief(drawn['public'])} is not a text.")
    if findings.found:
        return
    lottery = drawn["lottery"]
    secret = f"gotong/draw/1\0{digest(lottery)}\0{drawn['public']}"
    seed = hashlib.sha256(secret.encode("utf-8")).digest()
    if drawn["seed"] != seed.hex():
        message = f"From this lottery and this public value comes the seed {seed.hex()}, not {brief(drawn['seed'])}."
        findings.add("/seed", "wrong-seed", message)
        return
    _replay(drawn, lottery, _blocks(seed), findings)


def _blocks(seed: bytes) -> Iterator[int]:
    number = 0
    while True:
        yield int(hashlib.sha256(b"gotong/draw/1/stream\x00" + seed + number.to_bytes(8, "big")).hexdigest(), 16)
        number += 1


def _below(size: int, blocks: Iterator[int]) -> int:
    most = 2**256 // size * size
    return next(block for block in blocks if block < most) % size


def _replay(drawn: dict[str, Any], lottery: dict[str, Any], blocks: Iterator[int], findings: Findings) -> None:
    point, upto = _below(lottery["denominator"], blocks), 0
    chosen: dict[str, Any] = {}
    for outcome in sorted(lottery["outcomes"], key=lambda one: int(one["number"])):
        upto += outcome["parts"]
        if point < upto:
            chosen = outcome
            break
    if drawn["outcome"] != chosen["number"]:
        message = f"The seed draws outcome {chosen['number']}, not {brief(drawn['outcome'])}."
        findings.add("/outcome", "wrong-outcome", message)
    instead: dict[str, str] = {}
    for kind in sorted(lottery["kinds"], key=lambda one: int(one["number"])):
        order = list(kind["volunteers"])
        for end in reversed(range(1, len(order))):
            swap = _below(end + 1, blocks)
            order[end], order[swap] = order[swap], order[end]
        instead |= dict(zip(kind["volunteers"], order, strict=True))
    expected = sorted((instead[one["volunteer"]], one["post"], one["agreement"]) for one in chosen["placements"])
    solution = drawn["solution"]
    listed = solution.get("placements") if isinstance(solution, dict) else None
    if not isinstance(listed, list) or expected != sorted(map(_named, listed)):
        findings.add("/solution/placements", "wrong-placements", "The seed draws another placement than this one.")


def _named(one: object) -> tuple[str, str, str]:
    row = one if isinstance(one, dict) else {}
    return str(row.get("volunteer")), str(row.get("post")), str(row.get("agreement"))
