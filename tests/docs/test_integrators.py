"""The client in docs/integrators.md is a program that works."""

import re
import subprocess
import sys
from pathlib import Path

from app.demo.accounts import LOGINS, PASSWORD

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "integrators.md"


def test_the_typed_client_runs_against_a_real_server(site: str, environment: dict[str, str]) -> None:
    program = re.search(r"```python\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.S)
    assert program is not None
    more = {"BASE": site, "EMAIL": LOGINS[0].email, "PASSWORD": PASSWORD}
    done = subprocess.run(
        [sys.executable, "-c", program[1]], env=environment | more, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    said = done.stdout.splitlines()
    assert said[0] == "120 people in the pool of Cohort 2027 (example)"
    assert said[1].startswith("frozen: ")
    assert said[2].startswith("409 illegal_move: ")
