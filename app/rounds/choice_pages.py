"""Forms for pins, bans and what-if copies on the round's page, and the page on which results stand side by side."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel
from sqlalchemy.orm import Session

from app.applicants.forms import checked
from app.core.database import reading, transaction
from app.core.problems import Conflict, Invalid
from app.core.templating import render
from app.identity.actor import Actor
from app.identity.permissions import requires
from app.rounds import choice_facts, choices, comparing, queries, showing, words
from app.rounds.choice_schemas import MOST_COMPARED, ChoiceIn, ScenarioIn
from app.rounds.pages import act, show_round

router = APIRouter(include_in_schema=False)

Deciding = Annotated[Actor, requires("rounds.edit")]


class ChoiceForm(BaseModel):
    """The form of a pin or a ban; person and need by their codes."""

    kind: str = ""
    person: str = ""
    need: str = ""
    reason: str = ""


class ScenarioForm(BaseModel):
    """The form of a what-if copy: a row for each rule, and a few for funds; what is left empty changes nothing."""

    name: str = ""
    rule: list[str] = []
    change: list[str] = []
    penalty: list[str] = []
    fund: list[str] = []
    budget: list[str] = []
    method: str = "best"

    def body(self) -> ScenarioIn:
        """Return the copy that the form describes.

        Raises:
            Invalid: With every wrong value.
        """
        rules = zip(self.rule, self.change, self.penalty, strict=False)
        policies = {code: _override(change, penalty) for code, change, penalty in rules if change != "keep"}
        budgets = {
            code.strip(): {"budget": _whole(amount)}
            for code, amount in zip(self.fund, self.budget, strict=False)
            if code.strip()
        }
        overrides = {"policies": policies, "funds": budgets, "method": self.method}
        return checked(ScenarioIn, {"name": self.name.strip(), "overrides": overrides})


@router.post("/rounds/{round_id}/choices")
def choose_page(
    request: Request,
    round_id: str,
    filled: Annotated[ChoiceForm, Form()],
    actor: Deciding,
) -> Response:
    """Pin somebody to a need, or ban, with the reason."""

    def change(session: Session) -> object:
        person, need = choice_facts.keys_of(session, filled.person.strip(), filled.need.strip())
        values = {"kind": filled.kind, "applicant_id": person, "need_id": need, "reason": filled.reason.strip()}
        return choices.add_choice(session, actor, round_id, checked(ChoiceIn, values))

    return act(request, actor, round_id, change)


@router.post("/rounds/{round_id}/choices/{choice_id}/drop")
def drop_choice_page(request: Request, round_id: str, choice_id: str, actor: Deciding) -> Response:
    """Take a pin or a ban back."""
    return act(request, actor, round_id, lambda session: choices.drop_choice(session, actor, round_id, choice_id))


@router.post("/rounds/{round_id}/scenarios")
def copy_page(
    request: Request,
    round_id: str,
    filled: Annotated[ScenarioForm, Form()],
    actor: Annotated[Actor, requires("rounds.create")],
) -> Response:
    """Make a what-if copy, and lead to it."""
    try:
        body = filled.body()
        with transaction(request) as session:
            key = choices.create_scenario(session, actor, round_id, body).id
    except (Conflict, Invalid) as problem:
        return show_round(request, actor, round_id, problem=problem)
    return RedirectResponse(f"/rounds/{key}", 303)


@router.get("/rounds/{round_id}/comparison")
def comparison_page(
    request: Request,
    round_id: str,
    actor: Annotated[Actor, requires("rounds.documents")],
    other: Annotated[list[str] | None, Query(max_length=MOST_COMPARED)] = None,
) -> HTMLResponse:
    """Show the results of a round and of its copies side by side."""
    try:
        with reading(request) as session:
            round_ = queries.round_of(session, actor, round_id)
            found = comparing.compared(session, actor, round_id, other or [])
            return render(
                request,
                "rounds/comparison.html",
                round=round_,
                found=found,
                showing=showing,
                measures=words.MEASURES,
                **choice_facts.comparison_facts(session, found),
            )
    except Conflict as problem:
        return show_round(request, actor, round_id, problem=problem)


def _override(change: str, penalty: str) -> dict[str, Any]:
    if change == "off":
        return {"active": False}
    return {"penalty": None if change == "hard" else _whole(penalty)}


def _whole(text: str) -> int | str:
    """Return a whole number as people write it in a form, with or without points between thousands."""
    plain = text.strip().replace(".", "").replace(",", "").replace(" ", "")
    return int(plain) if plain.isascii() and plain.isdigit() and len(plain) < 19 else text
