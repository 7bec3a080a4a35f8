"""Writes a migration from the difference between the models and the steps so far.

    python tools/migration.py "Needs have a season"    a new step, to be read before it is committed
    python tools/migration.py --initial                0001 anew from the models, while nothing is released

It works on an empty SQLite database of its own, so nobody's data is touched.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from alembic import command

from app.core import migrations

INITIAL = "0001"


def main() -> int:
    """Write the step; return an exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("message", nargs="?", help="what the step does, a sentence")
    parser.add_argument("--initial", action="store_true", help="write 0001 anew from the models")
    asked = parser.parse_args()
    if asked.initial == bool(asked.message):
        parser.error("say what the step does, or --initial")
    written = write_initial(migrations.FOLDER / "versions") if asked.initial else write_next(asked.message)
    for tool in ("check --fix-only --quiet", "format --quiet"):
        subprocess.run([sys.executable, "-m", "ruff", *tool.split(), str(written)], check=True)
    print(f"{written.relative_to(Path.cwd())} is written. Read it, then run the tests.")
    return 0


def write_initial(folder: Path) -> Path:
    """Write 0001 into `folder`, in the place of an older one, and return the file."""
    with tempfile.TemporaryDirectory() as scratch:
        made = _write(f"sqlite:///{scratch}/empty.db", "Every table", INITIAL, Path(scratch), after="base")
        # One rename, so that whoever migrates at this moment finds the old file or the new one.
        beside = folder / f"{made.name}.new"
        shutil.move(made, beside)
        return beside.replace(folder / made.name)


def write_next(message: str) -> Path:
    """Write the step after the newest one, and return the file."""
    last = migrations.head()
    folder = migrations.FOLDER / "versions"
    with tempfile.TemporaryDirectory() as scratch:
        url = f"sqlite:///{scratch}/newest.db"
        migrations.upgrade(url)
        return _write(url, message, f"{int(last or 0) + 1:04}", folder, after="head")


def _write(url: str, message: str, revision: str, versions: Path, *, after: str) -> Path:
    config = migrations.configuration(url, versions=versions)
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    made = command.revision(config, message, autogenerate=True, rev_id=revision, head=after, version_path=str(versions))
    if made is None or isinstance(made, list):
        raise RuntimeError("one step was asked for")
    return Path(made.path)


if __name__ == "__main__":
    sys.exit(main())
