"""`pin`: that placement is made."""

from __future__ import annotations

from optimizer.formulation.build import Builder
from optimizer.formulation.model import Tag
from optimizer.made import Made
from optimizer.problem import Pin
from optimizer.rules import words


def rows(policy: Pin, build: Builder) -> None:
    """Add the row of one policy; a pair that may not be placed leaves an empty row, which no solution satisfies."""
    person, post = build.index.volunteer[policy.volunteer], build.index.post[policy.post]
    terms: dict[int, int] = {}
    if policy.agreement is None:
        column = build.pairs.get((person, post))
        terms = {} if column is None else {column: 1}
    else:
        payer = build.index.agreement[policy.agreement]
        for one in build.classes_at.get(post, ()):
            if one.volunteers == (person,) and payer in one.options:
                terms = one.options[payer]
    if policy.penalty is None:
        build.model.row(Tag("policy", policy.id), terms, 1, None)
        return
    build.penalty_constant += policy.penalty
    for column in terms:
        build.penalty[column] = build.penalty.get(column, 0) - policy.penalty


def violation(policy: Pin, made: Made) -> int:
    """Return 1 if the placement is not made."""
    person, post = made.index.volunteer[policy.volunteer], made.index.post[policy.post]
    wanted = None if policy.agreement is None else made.index.agreement[policy.agreement]
    return int(
        not any(
            (one.volunteer, one.post) == (person, post) and wanted in {None, one.agreement} for one in made.placements
        )
    )


def sentence(policy: Pin, language: str, names: words.Names) -> str:
    """Return the rule in words."""
    person = names.listed("volunteer", [policy.volunteer], language)
    post = names.listed("post", [policy.post], language)
    payer = "" if policy.agreement is None else names.listed("agreement", [policy.agreement], language)
    if language == "id":
        under = f" menurut perjanjian {payer}" if payer else ""
        return f"Relawan {person} ditempatkan pada pos {post}{under}."
    under = f" under agreement {payer}" if payer else ""
    return f"Volunteer {person} is placed at post {post}{under}."
