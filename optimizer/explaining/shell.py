"""`gotong explain`: one question about one solution, from a shell."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from optimizer.errors import DocumentRefused
from optimizer.explain import Explainer, Question, QuestionRefused
from optimizer.parallel import BackendMissing, backend
from optimizer.reading import read_problem
from optimizer.shell import check_language, check_names, fail, load, refuse
from optimizer.solve import Limits

EPILOG = (
    "Exit codes: 0 answered, 2 usage (also: the question names something unknown), 3 refused document (also: the solution does"
    " not belong to the problem, or does not verify).  Example: gotong explain problem.json solution.json --volunteer v2 --post p1"
)


def explain_command(
    problem: Annotated[Path, typer.Argument(help="The problem, .json or .json.gz.")],
    solution: Annotated[Path, typer.Argument(help="Its solution, .json or .json.gz.")],
    *,
    volunteer: Annotated[
        str | None, typer.Option(help="Why placed there, or why not (with --post: why not there).")
    ] = None,
    post: Annotated[str | None, typer.Option(help="Why a seat is empty.")] = None,
    fund: Annotated[str | None, typer.Option(help="What the fund's budget holds back.")] = None,
    agreement: Annotated[str | None, typer.Option(help="What the agreement's limits hold back.")] = None,
    policy: Annotated[str | None, typer.Option(help="What the rule costs.")] = None,
    language: Annotated[str, typer.Option(help="id (Indonesian) or en (English).")] = "id",
    time_limit: Annotated[float, typer.Option("--time-limit", min=0.0, help="Wall seconds for each solve.")] = 60.0,
    deep: Annotated[
        bool, typer.Option("--deep", help="Take each thing in the way out and solve again, to say which really is.")
    ] = False,
    workers: Annotated[int, typer.Option(min=1, help="With --deep: how many of these solves run at once.")] = 1,
    ray: Annotated[
        str | None, typer.Option(help="Run them on a Ray instead, such as auto or ray://head:10001 (extra `ray`).")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole answer as JSON.")] = False,
) -> None:
    """Say why: this post and not that one, unplaced, a seat empty; and what a fund, agreement or rule holds back."""
    check_names(problem, solution)
    check_language(language)
    question = Question(volunteer, post, fund, agreement, policy)
    try:
        read = read_problem(load(problem, as_json=as_json))
        limits = Limits(seconds=time_limit, workers=2 if workers == 1 and ray is None else 1)
        with backend("local" if ray is None else "ray", workers=workers, address=ray) as pool:
            asked = Explainer(read, load(solution, as_json=as_json), limits=limits, pool=pool)
            answer = asked.ask(question, deep=deep)
    except BackendMissing as error:
        fail(str(error))
    except QuestionRefused as error:
        fail("\n".join(f"{one.message} {one.remedy}" for one in error.errors))
    except DocumentRefused as error:
        refuse(error, as_json=as_json)
    if as_json:
        typer.echo(json.dumps(asked.document(answer), ensure_ascii=False))
        return
    first, *rest = asked.sentences(answer, language)
    typer.echo(first)
    for sentence in rest:
        typer.echo(f"  {sentence}")
