"""Why a round is impossible: an irreducible conflict by tag, and the cheapest single changes that make it possible.

The conflict comes from a deletion filter (Chinneck, *Feasibility and Infeasibility in Optimization*, 2008): leave tags out, first in large
blocks and at last one by one, as long as the rest still cannot hold. Every step is decided by a complete solve, so the set is irreducible
by construction; CP-SAT's own cores are not used, since they are not minimal.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from optimizer.engines.cpsat import CpSat, Run
from optimizer.formulation.assemble import assemble, triples_of
from optimizer.formulation.build import Builder
from optimizer.formulation.model import Expression, Tag
from optimizer.index import Index
from optimizer.made import Made
from optimizer.problem import Agreement, Average, Count, Each, Fund, Policy, Problem, Share, Spend
from optimizer.rules import each

REMOVABLE = ("policy", "fund", "agreement")
NO_GOAL = Expression({})


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """An irreducible set of tags that cannot hold together (None: not found within the limits), and changes that help."""

    conflict: tuple[dict[str, str], ...] | None
    relaxations: tuple[dict[str, Any], ...]


def diagnose(build: Builder, run: Run) -> Diagnosis:
    """Return what clashes in an infeasible formulation, and the single changes that make it feasible."""
    conflict = _irreducible(build, run)
    if conflict is None:
        return Diagnosis(None, ())
    relaxations = [found for tag in conflict if (found := _relaxation(build.problem, tag, run)) is not None]
    return Diagnosis(tuple({"kind": tag.kind, "id": tag.id} for tag in conflict), tuple(relaxations))


def _irreducible(build: Builder, run: Run) -> list[Tag] | None:
    # Funds and agreements are tried first, so that a conflict that policies alone explain speaks of policies alone.
    kept = sorted(
        {row.tag for row in build.model.rows if row.tag.kind in REMOVABLE}, key=lambda tag: (tag.kind == "policy", tag)
    )
    gone: set[Tag] = set()
    size = max(1, len(kept) // 2)
    while True:
        position = 0
        while position < len(kept):
            block = kept[position : position + size]
            status = CpSat(build.model, frozenset(gone | set(block))).maximise(NO_GOAL, run).status
            if status == "unknown":
                return None
            if status == "infeasible":
                gone |= set(block)
                del kept[position : position + size]
            else:
                position += size
        if size == 1:
            return sorted(kept)
        size = max(1, size // 2)


def _relaxation(problem: Problem, tag: Tag, run: Run) -> dict[str, Any] | None:
    """Return the smallest change of one rule that makes the round possible, or None if changing it alone does not."""
    if tag.kind == "policy":
        policy = next(one for one in problem.policies if one.id == tag.id)
        others = tuple(
            replace(one, penalty=0) if one.penalty is not None else one for one in problem.policies if one is not policy
        )
        made = _least_broken(replace(problem, policies=(*others, replace(policy, penalty=1))), run)
        return None if made is None else _changed_policy(policy, made)
    build = assemble(Index(problem))
    row_terms = {row.tag: row.terms for row in build.model.rows if row.tag.kind in REMOVABLE}
    outcome = CpSat(build.model, frozenset([tag])).maximise(Expression({c: -a for c, a in row_terms[tag].items()}), run)
    if outcome.values is None:
        return None
    made = Made(build.index, triples_of(build, outcome.values))
    if tag.kind == "fund":
        return _changed_fund(next(fund for fund in problem.funds if fund.id == tag.id), made)
    return _changed_agreement(next(one for one in problem.agreements if one.id == tag.id), made)


def _least_broken(problem: Problem, run: Run) -> Made | None:
    build = assemble(Index(problem))
    goal = build.model.measures["penalty"]
    outcome = CpSat(build.model).maximise(Expression({c: -a for c, a in goal.terms.items()}, -goal.constant), run)
    return None if outcome.values is None else Made(build.index, triples_of(build, outcome.values))


def _change(place: tuple[str, str, str], today: object, works: object, made: Made) -> dict[str, Any]:
    reached = {name: value for name, value in made.measures(0).items() if name in {"placed", "need", "cost"}}
    kind, key, parameter = place
    return {"kind": kind, "id": key, "parameter": parameter, "today": today, "works": works, "reaches": reached}


def _changed_fund(fund: Fund, made: Made) -> dict[str, Any]:
    paid = sum(made.paid_by(one, frozenset([fund.id])) for one in made.placements)
    return _change(("fund", fund.id, "budget"), fund.budget, paid, made)


def _changed_agreement(agreement: Agreement, made: Made) -> dict[str, Any]:
    position = made.index.agreement[agreement.id]
    number = sum(one.agreement == position for one in made.placements)
    if number < agreement.min_placements:
        return _change(("agreement", agreement.id, "min_placements"), agreement.min_placements, number, made)
    return _change(("agreement", agreement.id, "max_placements"), agreement.max_placements, number, made)


def _changed_policy(policy: Policy, made: Made) -> dict[str, Any]:
    if isinstance(policy, Count | Spend | Each):
        numbers = _numbers(policy, made)
        if min(numbers) < policy.min:
            return _change(("policy", policy.id, "min"), policy.min, min(numbers), made)
        return _change(("policy", policy.id, "max"), policy.max, max(numbers), made)
    if isinstance(policy, Share):
        money = policy.of == "cost"
        part = sum(one.cost if money else 1 for one in made.matched(policy.where))
        whole = sum(one.cost if money else 1 for one in made.matched(policy.among))
        works = min(policy.percent, 100 * part // max(1, whole))
        return _change(("policy", policy.id, "percent"), policy.percent, works, made)
    if isinstance(policy, Average):
        chosen = made.matched(policy.where)
        value = {"fit": lambda one: one.fit, "preference": lambda one: one.preference}.get(
            policy.of, lambda one: made.index.problem.volunteers[one.volunteer].suitability
        )
        return _change(("policy", policy.id, "min"), policy.min, sum(map(value, chosen)) // max(1, len(chosen)), made)
    return _change(("policy", policy.id, "active"), True, False, made)


def _numbers(policy: Count | Spend | Each, made: Made) -> list[int]:
    """Return the number (or rupiah) that the policy bounds, once for each thing on which its `min` binds."""
    chosen = made.matched(policy.where)
    if isinstance(policy, Count):
        return [len(chosen)]
    if isinstance(policy, Spend):
        return [sum(one.cost if policy.funds is None else made.paid_by(one, policy.funds) for one in chosen)]
    return list(each.binding_numbers(policy, made)) or [0]
