"""What the models cannot say: append-only tables, the beginning of the audit chain, keys that close a circle.

Revision 0002, after 0001.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = ("audit_entries", "ledger_entries")
# A round names its snapshot and result, which name their round: on PostgreSQL such a key can only come after both tables,
# and Alembic leaves it out of `create_table`. SQLite has it there already.
CIRCLES = {"snapshot_id": "snapshots", "result_id": "results"}


def upgrade() -> None:
    # Where the audit chain begins: no entry yet, and a hash of zeros for the first one to follow.
    head = sa.table("audit_head", sa.column("id"), sa.column("number"), sa.column("hash"))
    op.bulk_insert(head, [{"id": 1, "number": 0, "hash": "0" * 64}])
    if op.get_bind().dialect.name == "sqlite":
        for table in TABLES:
            for act in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER tr_{table}_no_{act.lower()} BEFORE {act} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                )
        return
    for column, target in CIRCLES.items():
        op.create_foreign_key(op.f(f"fk_rounds_{column}"), "rounds", target, [column], ["id"])
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    for table in TABLES:
        op.execute(
            f"CREATE TRIGGER tr_{table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table in TABLES:
            for act in ("update", "delete"):
                op.execute(f"DROP TRIGGER tr_{table}_no_{act}")
    else:
        for table in TABLES:
            op.execute(f"DROP TRIGGER tr_{table}_append_only ON {table}")
        op.execute("DROP FUNCTION refuse_change()")
        for column in CIRCLES:
            op.drop_constraint(op.f(f"fk_rounds_{column}"), "rounds", type_="foreignkey")
    op.execute("DELETE FROM audit_head")
