"""Two who pay: Agro Lestari, a company, and the government of NTT; and the people who act for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.core import clock
from app.core.database import Database
from app.geography.service import load_reference
from app.identity.models import Organisation

Log = Callable[..., TestClient]
Document = dict[str, Any]


@pytest.fixture
def payers(database: Database) -> dict[str, str]:
    """Ids of the organisations by code; the regions are there too."""
    wanted = (
        ("agro", "company", None),
        ("tambang", "company", None),
        ("pemprov-ntt", "government", "53"),
        ("kemendik", "government", None),
    )
    with database.transaction() as session:
        load_reference(session)
        rows = [
            Organisation(code=code, kind=kind, name=f"Organisasi {code}", region_code=region, created_at=clock.now())
            for code, kind, region in wanted
        ]
        session.add_all(rows)
        session.flush()
        return {row.code: row.id for row in rows}


@pytest.fixture
def rina(payers: dict[str, str], as_role: Log) -> TestClient:
    """Rina, the programme manager."""
    return as_role("manager", name="Rina")


@pytest.fixture
def dewi(payers: dict[str, str], as_role: Log) -> TestClient:
    """Dewi, who is responsible for CSR at Agro Lestari."""
    return as_role("sponsor", name="Dewi", organisation=payers["agro"])


@pytest.fixture
def agustina(payers: dict[str, str], as_role: Log) -> TestClient:
    """Agustina, of the education office of NTT."""
    return as_role("officer", name="Agustina", region="53")


@pytest.fixture
def stranger(payers: dict[str, str], as_role: Log) -> TestClient:
    """Somebody of another company."""
    return as_role("sponsor", name="Budi", organisation=payers["tambang"])


def pledge(who: TestClient, code: str, amount: int = 900_000_000, **fields: Any) -> Document:
    """Pledge a fund and return it as the API shows it."""
    body = {
        "code": code,
        "name": f"Dana {code}",
        "amount": amount,
        "starts_on": "2027-01-01",
        "ends_on": "2028-12-31",
        **fields,
    }
    answer = who.post("/api/v1/funds", json=body)
    assert answer.status_code == 201, answer.text
    made: Document = answer.json()
    return made


@pytest.fixture
def agro_fund(dewi: TestClient) -> Document:
    """What Agro Lestari has pledged."""
    return pledge(dewi, "agro-sd")


@pytest.fixture
def ntt_fund(agustina: TestClient, payers: dict[str, str]) -> Document:
    """What the government of NTT has pledged."""
    return pledge(agustina, "ntt-apbd", organisation_id=payers["pemprov-ntt"])


@pytest.fixture
def draft(rina: TestClient, agro_fund: Document, ntt_fund: Document) -> Document:
    """An agreement that nobody has signed: NTT pays the stipend, Agro Lestari the rest."""
    body = {
        "code": "ntt-agro",
        "title_id": "NTT membayar uang saku, Agro Lestari sisanya",
        "title_en": "NTT pays the stipend, Agro Lestari the rest",
        "lines": [{"line": "*", "fund_id": agro_fund["id"]}, {"line": "stipend", "fund_id": ntt_fund["id"]}],
        "regions": ["53"],
    }
    answer = rina.post("/api/v1/agreements", json=body)
    assert answer.status_code == 201, answer.text
    made: Document = answer.json()
    return made
