"""The shell: `gotong --help`. Each command is thin; what it does lives in the slice or in the optimizer."""

from __future__ import annotations

import re
import signal
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Annotated, NoReturn, ParamSpec, TypeVar

import typer
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from app.audit.chain import verify_chain
from app.core import migrations
from app.core.database import Database
from app.core.problems import Problem
from app.demo.cohort import PRESETS, make_cohort
from app.demo.document import placement_problem
from app.demo.journey import WorkerFailed
from app.identity import service as identity
from app.identity.actor import ROLES, SYSTEM
from app.identity.models import User
from app.jobs.orphans import die_with
from app.offers import checking
from app.rounds.models import Round
from app.rounds.replay import replay as replay_result
from app.rounds.replay import results_for
from app.serving import PortTaken, serve_web
from app.settings import Settings, SettingsRefused
from optimizer import write_document
from optimizer.again.shell import again_command
from optimizer.cli import solve_command, verify_command
from optimizer.comparing.shell import compare_command
from optimizer.diagnosing.shell import diagnose_command
from optimizer.dropouts.shell import waitlist_command
from optimizer.explaining.shell import explain_command
from optimizer.fairness.shell import fairness_command
from optimizer.lottery.shell import chance_command, draw_command, lottery_command
from optimizer.prices.shell import prices_command
from optimizer.rolling.shell import rolling_command
from optimizer.wishes.shell import wishes_command

P = ParamSpec("P")
R = TypeVar("R")
FAILED, USAGE = 1, 2

cli = typer.Typer(
    help="Gotong places volunteers where they are needed most, and says why.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
users = typer.Typer(help="Accounts.", no_args_is_help=True)
cli.add_typer(users, name="user")
audit = typer.Typer(help="The record of who did what.", no_args_is_help=True)
cli.add_typer(audit, name="audit")
rounds = typer.Typer(help="Placement rounds.", no_args_is_help=True)
cli.add_typer(rounds, name="round")
cli.command("solve", epilog="Example: gotong solve problem.json --out solution.json --time-limit 60 --seed 7")(
    solve_command
)
cli.command("verify", epilog="Example: gotong verify problem.json solution.json")(verify_command)
cli.command("explain", epilog="Example: gotong explain problem.json solution.json --volunteer v2 --post p1")(
    explain_command
)
cli.command("compare", epilog="Example: gotong compare problem.json optimum.json wishes.json")(compare_command)
cli.command("wishes", epilog="Example: gotong wishes problem.json --out wishes.json --seed 7 --language en")(
    wishes_command
)
cli.command("diagnose", epilog="Example: gotong diagnose problem.json --time-limit 60")(diagnose_command)
cli.command("fairness", epilog="Example: gotong fairness problem.json --over regions --steps 5")(fairness_command)
cli.command("lottery", epilog="Example: gotong lottery problem.json --out lottery.json --tiers 1")(lottery_command)
cli.command("chance", epilog="Example: gotong chance problem.json lottery.json --volunteer v2")(chance_command)
cli.command(
    "draw", epilog="Example: gotong draw problem.json lottery.json --public 'drand 4512345 8f2c' --out draw.json"
)(draw_command)
cli.command("waitlist", epilog="Example: gotong waitlist problem.json solution.json --certain 95 --risk 5")(
    waitlist_command
)
cli.command("prices", epilog="Example: gotong prices problem.json solution.json --language en")(prices_command)
cli.command("again", epilog="Example: gotong again problem.json solution.json --without v1 --out new.json")(
    again_command
)
cli.command("rolling", epilog="Example: gotong rolling season.json --history earlier.json --batches 10 --orders 10")(
    rolling_command
)


def main() -> None:
    """Run the shell."""
    cli()


def fail(sentence: str, code: int = FAILED) -> NoReturn:
    """Print one sentence and end with `code`."""
    typer.echo(f"gotong: {sentence}", err=True)
    raise typer.Exit(code)


def told(command: Callable[P, R]) -> Callable[P, R]:
    """Turn what an operator can mend into a sentence instead of a traceback."""

    @wraps(command)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except SettingsRefused as error:
            fail(str(error), USAGE)
        except (PortTaken, WorkerFailed) as error:
            fail(str(error))
        except Problem as error:
            fail("\n".join([error.detail(), *(f"  {one.pointer}: {one.message}" for one in error.errors)]))
        except OperationalError as error:
            fail(f"the database does not answer or is not migrated ({error.orig}). Try: gotong doctor")

    return wrapper


@cli.command(epilog="Example: gotong serve --port 8080")
@told
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; GOTONG_HOST otherwise.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; GOTONG_PORT otherwise.")] = None,
) -> None:
    """Serve the API and the pages."""
    settings = Settings.from_environment()
    behind = migrations.pending(settings.database_url)
    if behind:
        fail(f"the database is {len(behind)} migration(s) behind ({', '.join(behind)}). Run: gotong migrate")
    serve_web(settings, host or settings.host, port or settings.port)


@cli.command(epilog="Example: GOTONG_DATABASE_URL=postgresql+psycopg://gotong@db/gotong gotong worker")
@told
def worker(
    *,
    until_idle: Annotated[bool, typer.Option("--until-idle", help="Stop when no job is waiting.")] = False,
    parent: Annotated[
        int | None, typer.Option(help="Stop when this process ends, which has started the worker.")
    ] = None,
) -> None:
    """Take jobs from the queue until told to stop."""
    if parent is not None:
        # The kernel asks as an operator would, so that the job at hand is given back.
        die_with(parent, signal.SIGTERM)
    from app.worker import run  # noqa: PLC0415 - the worker's imports are heavy, and no other command needs them

    run(Settings.from_environment(), until_idle=until_idle)


@cli.command(epilog="Example: gotong migrate")
@told
def migrate() -> None:
    """Bring the database up to date."""
    settings = Settings.from_environment()
    done = migrations.upgrade(settings.database_url)
    typer.echo(f"{len(done)} migration(s) applied." if done else "The database is up to date.")


@cli.command(epilog="Exit code 1 where something is wrong. Example: gotong doctor")
@told
def doctor() -> None:
    """Say what is wrong with this installation, and how to mend it."""
    settings = Settings.from_environment()
    complaints = []
    try:
        behind = migrations.pending(settings.database_url)
        if behind:
            complaints.append(f"{len(behind)} migration(s) are missing: {', '.join(behind)}. Run: gotong migrate")
        else:
            complaints += [
                f"the database differs from the models: {one}" for one in migrations.differences(settings.database_url)
            ]
            complaints += _wrong_books(settings)
    except OperationalError as error:
        complaints.append(f"the database at {settings.database_url.split('@')[-1]} does not answer: {error.orig}")
    for one in complaints:
        typer.echo(f"✗ {one}")
    if complaints:
        raise typer.Exit(FAILED)
    typer.echo("✓ settings, database, migrations and books are in order.")


def _wrong_books(settings: Settings) -> list[str]:
    """Check the money here and now, as the worker does every night."""
    with Database(settings.database_url) as database, database.reading() as session:
        return [f"the books do not add up: {one}" for one in checking.sentences(checking.check(session))]


@cli.command(epilog="Example: gotong cohort --size national --seed 7 --out national.json.gz")
def cohort(
    out: Annotated[Path, typer.Option(help="Where to write the problem, .json or .json.gz.")],
    size: Annotated[str, typer.Option(help=f"One of: {', '.join(PRESETS)}.")] = "demo",
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same cohort.")] = 7,
) -> None:
    """Write an invented cohort on real places as a problem document."""
    if size not in PRESETS:
        fail(f"there is no size {size!r}; use one of: {', '.join(PRESETS)}.", USAGE)
    if not out.name.endswith((".json", ".json.gz")):
        fail(f"{out} is neither .json nor .json.gz.", USAGE)
    document = placement_problem(make_cohort(PRESETS[size], seed))
    try:
        write_document(out, document)
    except OSError as error:
        fail(f"cannot write {out}: {error.strerror}.")
    typer.echo(f"{len(document['volunteers'])} volunteers and {len(document['posts'])} posts written to {out}")


@cli.command(epilog="Example: gotong demo --check")
@told
def demo(
    *,
    check: Annotated[bool, typer.Option("--check", help="Do not serve; exit non-zero if anything is off.")] = False,
    size: Annotated[str, typer.Option(help=f"One of: {', '.join(PRESETS)}.")] = "demo",
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same cohort.")] = 7,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the pages and the API.")] = 8000,
) -> None:
    """Carry a whole cohort on real Indonesian places through a round, then serve it on 127.0.0.1."""
    from app.demo import show  # noqa: PLC0415 - brings the worker along

    if size not in PRESETS:
        fail(f"there is no size {size!r}; use one of: {', '.join(PRESETS)}.", USAGE)
    raise typer.Exit(show.check(size, seed) if check else show.serve(size, seed, port))


@rounds.command("list", epilog="Example: gotong round list")
@told
def list_rounds() -> None:
    """List the rounds, the newest first, with their ids."""
    with _database() as database, database.reading() as session:
        for row in session.scalars(select(Round).order_by(Round.created_at.desc())):
            typer.echo(f"{row.id}  {row.state:10} {row.name}")


@rounds.command(
    epilog="Exit code 1 where anything differs. Example: gotong round replay 0193b7a4-1c1e-7f6e-9d55-2f1d6f0c8a11"
)
@told
def replay(round_id: Annotated[str, typer.Argument(help="Id of a round, or of one of its results.")]) -> None:
    """Solve a round's archived snapshots again with their seeds and compare every placement."""
    with _database() as database, database.reading() as session:
        found = results_for(session, round_id)
        if not found:
            fail(f"there is no result of {round_id!r}; see: gotong round list", USAGE)
        different = 0
        for result in found:
            seen = replay_result(session, result)
            different += not seen.identical
            typer.echo(
                f"result {result.number}: {seen.placements} placements, {'identical' if seen.identical else 'DIFFERENT'}"
            )
            for line in seen.differences:
                typer.echo(f"  {line}")
    if different:
        raise typer.Exit(FAILED)


@users.command(
    "add", epilog="Example: gotong user add rina@example.org --name Rina --role manager (asks for the password)"
)
@told
def add_user(
    email: str,
    name: Annotated[str, typer.Option(help="How the person is shown.")],
    role: Annotated[str, typer.Option(help=f"One of: {', '.join(ROLES)}.")],
    organisation: Annotated[str | None, typer.Option(help="Code of the organisation; sponsors and partners.")] = None,
    region: Annotated[str | None, typer.Option(help="Code of the region; officers.")] = None,
) -> None:
    """Make an account; the password is asked for, or read from standard input."""
    password = _password()
    with _database() as database, database.transaction() as session:
        made = identity.create_user(
            session,
            SYSTEM,
            email=email,
            name=name,
            role=role,
            password=password,
            organisation_code=organisation,
            region_code=region,
        )
        typer.echo(f"{made.email} is a {made.role} now.")


@users.command("list", epilog="Example: gotong user list")
@told
def list_users() -> None:
    """List the accounts."""
    with _database() as database, database.reading() as session:
        for user in session.scalars(select(User).order_by(User.role, User.email)):
            typer.echo(f"{user.role:10} {user.email:40} {user.name}{'' if user.active else '  (closed)'}")


@users.command("password", epilog="Example: gotong user password rina@example.org")
@told
def set_password(email: str) -> None:
    """Give an account a new password; every session and token of it ends."""
    password = _password()
    with _database() as database, database.transaction() as session:
        identity.set_password(session, SYSTEM, email, password)
        typer.echo(f"The password of {email} is changed; log in again everywhere.")


@audit.command(
    "verify", epilog="Exit code 1 where something does not fit. Example: gotong audit verify --kept 1207:9f64a7…"
)
@told
def verify_audit(
    kept: Annotated[
        list[str] | None, typer.Option(help="NUMBER:HASH that an earlier check printed and you kept elsewhere.")
    ] = None,
) -> None:
    """Look for entries that were changed, removed or put in after they were written, and say where."""
    links = dict(_link(one) for one in kept or ())
    with _database() as database, database.reading() as session:
        report = verify_chain(session, links)
    for fault in report.faults:
        typer.echo(f"✗ entry {fault.number}: {fault.finding}")
    if not report.holds:
        raise typer.Exit(FAILED)
    typer.echo(f"✓ {report.entries} entries follow one another without a gap.")
    typer.echo(f"Keep this elsewhere, and a later check can be held against it: --kept {report.number}:{report.hash}")


def _link(text: str) -> tuple[int, str]:
    found = re.fullmatch(r"(\d{1,18}):([0-9a-f]{64})", text)
    if found is None:
        fail(f"{text!r} is not NUMBER:HASH, as gotong audit verify prints it.", USAGE)
    return int(found[1]), found[2]


def _password() -> str:
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\n")


def _database() -> Database:
    return Database(Settings.from_environment().database_url)
