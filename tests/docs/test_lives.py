"""docs/lives.md draws the tables of states that the code runs; `python -m tests.docs.test_lives` writes it anew."""

from pathlib import Path

from app.applicants.lifecycle import APPLICANT
from app.deployments.lifecycle import DEPLOYMENT
from app.funding.lifecycle import AGREEMENT, FUND
from app.jobs.lifecycle import JOB
from app.offers.lifecycle import OFFER
from app.privacy.lifecycle import BREACH, CORRECTION
from app.reviews.lifecycle import REVIEW
from app.rounds.lifecycle import ROUND
from app.schools.lifecycle import NEED
from app.transfers.lifecycle import IMPORT

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "lives.md"
LIVES = (APPLICANT, REVIEW, NEED, FUND, AGREEMENT, ROUND, OFFER, DEPLOYMENT, CORRECTION, BREACH, IMPORT, JOB)
HEAD = """# Lives of things

Drawn from the tables in each slice's `lifecycle.py`, the one source for code, tests and this page. A move that is not drawn here is refused
with 409 and what is possible instead.
"""


def written() -> str:
    parts = [f"## {life.name.capitalize()}\n\n```mermaid\n{life.diagram()}```\n" for life in LIVES]
    return "\n".join([HEAD, *parts])


def test_the_page_draws_what_the_code_does() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == written(), "run: python -m tests.docs.test_lives"


if __name__ == "__main__":
    DOCUMENT.write_text(written(), encoding="utf-8")
