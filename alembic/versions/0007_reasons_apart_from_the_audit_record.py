"""Reasons apart from the audit record

Entries that are there already keep their reason, which their hash holds: the record is append-only.

Revision 0007, after 0006.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_reasons",
        sa.Column("entry_id", sa.String(length=36), nullable=False),
        sa.Column("salt", sa.String(length=32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["audit_entries.id"], name=op.f("fk_audit_reasons_entry_id")),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_audit_reasons")),
    )
    # Not as a batch: on SQLite that makes the table anew, and its triggers, which keep it append-only, would be gone.
    op.add_column("audit_entries", sa.Column("reason_digest", sa.String(length=64), nullable=True))
    op.create_index("ix_audit_entries_action", "audit_entries", ["action", "number"])


def downgrade() -> None:
    op.drop_index("ix_audit_entries_action", table_name="audit_entries")
    op.drop_column("audit_entries", "reason_digest")
    op.drop_table("audit_reasons")
