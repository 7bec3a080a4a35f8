"""The words of a reason go with the person they tell of; that they went is on record, and nobody takes them out unseen."""

from __future__ import annotations

from sqlalchemy import select, text

from app.audit.chain import verify_chain
from app.audit.forgetting import forget_reasons
from app.audit.models import AuditEntry
from app.audit.record import record
from app.core.database import Database
from tests.audit.conftest import RINA, Intruder

ABOUT = "Markus Boimau told me that his mother is ill."


def faults(database: Database) -> list[tuple[int, str]]:
    with database.reading() as session:
        return [(fault.number, fault.finding) for fault in verify_chain(session).faults]


def reject(database: Database, applicant: str, reason: str) -> None:
    with database.transaction() as session:
        record(session, RINA, "applicants.reject", "applicant", applicant, reason=reason, after={"state": "rejected"})


def test_words_about_one_person_go_and_the_chain_holds(database: Database, three_entries: None) -> None:
    reject(database, "a-1", ABOUT)
    reject(database, "a-2", "Sent too late.")
    with database.transaction() as session:
        assert forget_reasons(session, RINA, {"applicant": ["a-1", "a-9"], "offer": []}) == 1
    with database.reading() as session:
        told = {one.number: (one.action, one.reason) for one in session.scalars(select(AuditEntry))}
        assert session.scalars(text("SELECT text FROM audit_reasons ORDER BY entry_id")).all() == [
            "A reason.", "A reason.", "A reason.", "Sent too late.",
        ]  # fmt: skip
    assert told[4] == ("applicants.reject", None)
    assert told[5] == ("applicants.reject", "Sent too late.")
    assert told[6] == ("audit.forget", None)
    assert faults(database) == []


def test_nothing_to_forget_leaves_no_entry(database: Database, three_entries: None) -> None:
    with database.transaction() as session:
        assert forget_reasons(session, RINA, {"applicant": ["a-1"], "offer": []}) == 0
        assert forget_reasons(session, RINA, {"offer": []}) == 0
    with database.reading() as session:
        assert verify_chain(session).entries == 3


def test_an_undone_erasure_keeps_the_words(database: Database) -> None:
    reject(database, "a-1", ABOUT)
    with database.transaction() as session:
        forget_reasons(session, RINA, {"applicant": ["a-1"]})
        session.rollback()
    with database.reading() as session:
        assert session.scalars(select(AuditEntry)).one().reason == ABOUT
    assert faults(database) == []


def test_words_that_were_changed_or_taken_out_unseen_are_found(
    database: Database, three_entries: None, intrude: Intruder
) -> None:
    reject(database, "a-1", ABOUT)
    intrude(
        "UPDATE audit_reasons SET text = 'Another.' WHERE entry_id = (SELECT id FROM audit_entries WHERE number = 2)",
        "DELETE FROM audit_reasons WHERE entry_id = (SELECT id FROM audit_entries WHERE number = 3)",
    )
    assert faults(database) == [
        (2, "the reason was changed after it was written"),
        (3, "the reason was taken out, and no erasure says so"),
    ]


def test_an_erasure_does_not_cover_what_comes_after_it(database: Database, intrude: Intruder) -> None:
    reject(database, "a-1", ABOUT)
    with database.transaction() as session:
        record(session, RINA, "audit.forget", "audit", "reasons", after={"numbers": [1, 3]})
    reject(database, "a-2", "Sent too late.")
    intrude("DELETE FROM audit_reasons")
    assert faults(database) == [(3, "the reason was taken out, and no erasure says so")]


def test_an_entry_from_before_still_holds_its_own_reason(database: Database, intrude: Intruder) -> None:
    with database.transaction() as session:
        record(session, RINA, "needs.verify", "need", "n-1")
        ((_, entry),) = session.info["gotong_audit_pending"]
        entry.old_reason = "Checked by telephone."
    with database.reading() as session:
        assert session.scalars(select(AuditEntry)).one().reason == "Checked by telephone."
    assert faults(database) == []
    intrude("UPDATE audit_entries SET reason = 'Another.'")
    assert faults(database) == [(1, "the entry was changed after it was written")]
