"""Why this post and not that one, why unplaced, why a seat is empty, and what a fund, an agreement or a rule holds back.

Every loss comes from solving the problem again with the other outcome forced by one hard rule more (or with one limit or rule less); none
is an estimate. Where a solve is not proven within the limits, the answer says so tier by tier.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from typing import Any

from optimizer.eligibility import obstacles
from optimizer.explaining import editing
from optimizer.explaining.answers import Answer, Relief, try_document, verdict
from optimizer.explaining.blockers import Board, Way
from optimizer.explaining.forcing import UNASKED, Forced, force, lost_between, solve_again
from optimizer.explaining.questions import Question, QuestionRefused
from optimizer.explaining.standing import Standing, stand
from optimizer.explaining.wording import say
from optimizer.index import Index
from optimizer.made import Made
from optimizer.parallel import Pool, backend
from optimizer.problem import Problem
from optimizer.rules import IDENTIFIERS, Names, penalty_of, violation
from optimizer.solve import Limits

__all__ = ["Answer", "Explainer", "Question", "QuestionRefused", "explain"]
MOST_RELIEFS = 4


def explain(
    problem: Problem, solution: Any, question: Question, *, limits: Limits | None = None, deep: bool = False
) -> Answer:
    """Return the answer to one question about a solution document.

    Raises:
        DocumentRefused: the solution does not belong to the problem or does not verify.
        QuestionRefused: the question names something unknown, or not one thing.
    """
    return Explainer(problem, solution, limits=limits).ask(question, deep=deep)


class Explainer:
    """Answers questions about one solution; checking it, and counting what is used up, is done once."""

    def __init__(
        self,
        problem: Problem,
        solution: Any,
        *,
        limits: Limits | None = None,
        pool: Pool | None = None,
        solving: bool = True,
    ) -> None:
        """Check the solution, which is a document; what can be solved side by side uses the pool, which is open.

        With `solving` false answers hold only what can be counted at once, and say that the rest was not worked out.

        Raises:
            DocumentRefused: it does not belong to the problem, or does not verify.
        """
        self.problem = problem
        self.standing: Standing = stand(problem, solution)
        self.index: Index = self.standing.index
        self.made: Made = self.standing.made
        self.limits = limits or Limits(seconds=60.0)
        self.pool = pool
        self.solving = solving
        self.board = Board(self.standing)

    def ask(self, question: Question, *, deep: bool = False) -> Answer:
        """Return the answer; with `deep` also which of the things in the way really make the placement dear."""
        question.check(self.index)
        answer: Answer = {
            "volunteer": self._volunteer,
            "volunteer-at-post": self._volunteer_at_post,
            "post": self._post,
            "fund": self._fund,
            "agreement": self._agreement,
            "policy": self._policy,
        }[question.kind](question)
        answer = replace(answer, tries={name: one for name, one in answer.tries.items() if one.status != UNASKED})
        return self._relieved(answer) if deep and answer.ways and "forced" in answer.tries else answer

    def sentences(self, answer: Answer, language: str, names: Names = IDENTIFIERS, *, whole: bool = True) -> list[str]:
        """Return the answer in words, `id` or `en`, in which nobody but the person asked about is named.

        Without `whole` they hold no figure of the round's goals and of what funds have left, for readers who may not know those.
        """
        return say(answer, self.standing, language, names, whole=whole)

    def document(self, answer: Answer) -> dict[str, Any]:
        """Return the answer as JSON-ready data, with its sentences in both languages."""
        return {
            "question": answer.question.named(),
            "code": answer.code,
            "facts": dict(answer.facts),
            "tries": {name: try_document(one) for name, one in answer.tries.items()},
            "ways": [
                {
                    "agreement": self.problem.agreements[way.agreement].id,
                    "blockers": [
                        {"kind": one.kind, "id": one.id, "short": one.short, "left": one.left} for one in way.blockers
                    ],
                }
                for way in answer.ways
            ],
            "reliefs": [
                {"kind": one.kind, "id": one.id, "helps": one.helps, "losses": one.losses and list(one.losses)}
                for one in answer.reliefs
            ],
            "sentences": {language: self.sentences(answer, language) for language in ("id", "en")},
        }

    # volunteers --------------------------------------------------------------------------------------------------------------

    def _volunteer(self, question: Question) -> Answer:
        name = question.volunteer or ""
        person = self.index.volunteer[name]
        post = self.standing.post_of(person)
        if post is not None:
            probe = editing.not_placed_at(name, self.problem.posts[post].id)
            forced = self._force(probe, about=person)
            facts = {**self._placement_facts(person, post), "instead": self._place_in(forced, person)}
            return Answer(question, "placed", facts, {"forced": forced})
        closed = self._closed_for(person)
        if closed is not None:
            return Answer(question, *closed)
        forced = self._force(editing.placed_anywhere(name), about=person)
        best = self._place_in(forced, person)
        ways = () if best is None else tuple(self.board.ways(person, self.index.post[best]))
        return Answer(question, f"unplaced-{verdict(forced)}", {"instead": best}, {"forced": forced}, ways)

    def _closed_for(self, person: int) -> tuple[str, dict[str, Any]] | None:
        """Return code and facts where no post at all is open to the volunteer."""
        counted: Counter[str] = Counter()
        unpaid = 0
        for place, post in enumerate(self.problem.posts):
            found = obstacles(self.index, person, place)
            counted.update(found if post.seats else ["no-seats"])
            if not found and post.seats:
                if self._payers(person, place):
                    return None
                unpaid += 1
        if unpaid:
            return "unplaced-no-agreement", {"posts": unpaid}
        return "unplaced-no-eligible-post", {"obstacles": dict(sorted(counted.items()))}

    def _volunteer_at_post(self, question: Question) -> Answer:
        name, at = question.volunteer or "", question.post or ""
        person, post = self.index.volunteer[name], self.index.post[at]
        if self.standing.post_of(person) == post:
            return replace(self._volunteer(Question(volunteer=name)), question=question)
        found = obstacles(self.index, person, post)
        if found:
            return Answer(question, "may-not", {"obstacles": found, **self._missing(person, post)})
        if not self.problem.posts[post].seats:
            return Answer(question, "no-seats")
        if not self._payers(person, post):
            return Answer(question, "no-agreement", {"lines": sorted(self.index.cost_lines(person, post))})
        forced = self._force(editing.placed_at(name, at), about=person)
        here = self.standing.post_of(person)
        facts = {"here": None if here is None else self.problem.posts[here].id}
        return Answer(question, verdict(forced), facts, {"forced": forced}, tuple(self.board.ways(person, post)))

    def _missing(self, person: int, post: int) -> dict[str, Any]:
        record, place = self.problem.volunteers[person], self.problem.posts[post]
        return {
            "missing": sorted(place.requires - record.tags),
            "hardship": place.hardship,
            "max_hardship": record.max_hardship,
        }

    def _placement_facts(self, person: int, post: int) -> dict[str, Any]:
        one = next(one for one in self.made.placements if one.volunteer == person)
        return {
            "here": self.problem.posts[post].id,
            "agreement": self.problem.agreements[one.agreement].id,
            "cost": one.cost,
            "fit": one.fit,
            "preference": one.preference,
        }

    def _place_in(self, forced: Forced, person: int) -> str | None:
        """Return the post that a volunteer has in the other solution."""
        return next((self.problem.posts[p].id for v, p, _ in forced.placements if v == person), None)

    # posts, money, rules -----------------------------------------------------------------------------------------------------

    def _post(self, question: Question) -> Answer:
        name = question.post or ""
        post = self.index.post[name]
        seats, number = self.problem.posts[post].seats, self.standing.number_at(post)
        facts = {"seats": seats, "filled": number}
        if number >= seats:
            return Answer(question, "full" if seats else "no-seats", facts)
        able = [v for v in range(len(self.problem.volunteers)) if not obstacles(self.index, v, post)]
        if not able:
            return Answer(question, "empty-no-eligible-volunteer", facts)
        if not any(self._payers(v, post) for v in able):
            return Answer(question, "empty-no-agreement", facts)
        forced = self._force(editing.filled(name, number + 1))
        facts |= {"able": len(able), "free": sum(v not in self.made.post_of for v in able)}
        return Answer(question, f"empty-{verdict(forced)}", facts, {"forced": forced}, self._ways_of(forced, post))

    def _ways_of(self, forced: Forced, post: int) -> tuple[Way, ...]:
        """Return what stands in the way today of the placement that the other solution adds at the post."""
        added = [v for v, p, _ in forced.placements if p == post and self.made.post_of.get(v) != post]
        return tuple(self.board.ways(added[0], post)) if added else ()

    def _fund(self, question: Question) -> Answer:
        name = question.fund or ""
        fund = self.problem.funds[self.index.fund[name]]
        spent = self.board.spent[name]
        without = self._changed(editing.without(self.problem, "fund", name))
        facts: dict[str, Any] = {"budget": fund.budget, "spent": spent, "left": fund.budget - spent}
        tries = {"without": without}
        if spent < fund.budget and verdict(without) == "same":
            tries["more"] = self._force(editing.spent(name, spent + 1))
        return Answer(question, f"fund-{_held_back(without)}", facts, tries)

    def _agreement(self, question: Question) -> Answer:
        name = question.agreement or ""
        position = self.index.agreement[name]
        agreement = self.problem.agreements[position]
        number = sum(one.agreement == position for one in self.made.placements)
        facts = {"placements": number, "min": agreement.min_placements, "max": agreement.max_placements}
        tries = {}
        code = "unlimited"
        if agreement.min_placements or agreement.max_placements is not None:
            tries["without"] = self._changed(editing.without(self.problem, "agreement", name))
            code = _held_back(tries["without"])
        if code not in {"binds", "unknown", UNASKED} and (
            agreement.max_placements is None or number < agreement.max_placements
        ):
            tries["more"] = self._force(editing.under(name, number + 1))
        return Answer(question, f"agreement-{code}", facts, tries)

    def _policy(self, question: Question) -> Answer:
        policy = next(one for one in self.problem.policies if one.id == question.policy)
        changed = editing.without(self.problem, "policy", policy.id)
        without = self._changed(changed, now=self._counted_by(changed))
        facts = {
            "kind": type(policy).__name__.lower(),
            "hard": policy.penalty is None,
            "penalty": policy.penalty,
            "broken": violation(policy, self.made),
        }
        return Answer(question, f"policy-{_held_back(without)}", facts, {"without": without})

    def _counted_by(self, changed: Problem) -> list[int]:
        """Return what each tier is worth now as `changed` counts it: a soft rule that is gone costs nothing any more."""
        measures = self.made.measures(penalty_of(changed.policies, self.made))
        return [sum(w * measures[m] for m, w in tier.weights.items()) for tier in changed.objective]

    # solving again -----------------------------------------------------------------------------------------------------------

    def _force(self, probe: editing.Document, *, about: int | None = None) -> Forced:
        changed, name = editing.with_policy(self.problem, probe)
        return self._changed(changed, probe=name, about=about)

    def _changed(
        self, changed: Problem, *, probe: str = "", about: int | None = None, now: Sequence[int] = ()
    ) -> Forced:
        """Return what the changed problem gives, or that it was not solved."""
        if not self.solving:
            return Forced(UNASKED)
        return force(self.standing, changed, self.limits, probe=probe, about=about, now=now)

    def _payers(self, person: int, post: int) -> bool:
        lines = self.index.cost_lines(person, post)
        return any(
            self.index.agreement_covers(one, post) and self.index.can_pay(one, lines) for one in self.problem.agreements
        )

    def _relieved(self, answer: Answer) -> Answer:
        """Take each thing in the way out and force again: only what makes the forcing cheaper is really the reason."""
        forced = answer.tries["forced"]
        named = Counter(
            (one.kind, one.id)
            for way in answer.ways
            for one in way.blockers
            if one.kind in {"fund", "agreement", "policy"}
        )
        for tag in forced.conflict or ():
            named[tag] += len(answer.ways) + 1
        likely = sorted(named, key=lambda tag: (-named[tag], tag))[:MOST_RELIEFS]
        before = tuple(tier.loss for tier in forced.tiers) if forced.status == "possible" else None
        reliefs = []
        for (kind, name), losses in zip(likely, self._losses_without(likely, self._probe_of(answer)), strict=True):
            helps = losses is not None and (before is None or losses < before)
            reliefs.append(Relief(kind, name, helps, losses))
        return replace(answer, reliefs=tuple(reliefs))

    def _probe_of(self, answer: Answer) -> editing.Document:
        question = answer.question
        if question.kind == "volunteer-at-post":
            return editing.placed_at(question.volunteer or "", question.post or "")
        if question.kind == "volunteer":
            return editing.placed_anywhere(question.volunteer or "")
        return editing.filled(question.post or "", answer.facts["filled"] + 1)

    def _losses_without(self, tags: list[tuple[str, str]], probe: editing.Document) -> list[tuple[int, ...] | None]:
        """Return what forcing loses in each tier without each of the things; None where even then it cannot be."""
        eased = [editing.without(self.problem, kind, name) for kind, name in tags]
        forced = [editing.with_policy(one, probe)[0] for one in eased]
        function = partial(solve_again, self.limits, self.standing.seed)
        with nullcontext(self.pool) if self.pool else backend(workers=1) as pool:
            found = [answer for _, answer in pool.run(function, eased + forced)]
        return [lost_between(*pair) for pair in zip(found[: len(eased)], found[len(eased) :], strict=True)]


def _held_back(without: Forced) -> str:
    """Return whether a limit or rule that was taken out had cost anything."""
    if without.status != "possible":
        return UNASKED if without.status == UNASKED else "unknown"
    return "binds" if without.first_change < 0 else "free"
