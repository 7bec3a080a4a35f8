"""Pins and bans of a round, and what a scenario changes.

Revision 0004, after 0003.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.database import Json, UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "round_choices",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("round_id", sa.String(length=36), nullable=False),
        sa.Column("applicant_id", sa.String(length=36), nullable=False),
        sa.Column("need_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=3), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_by", sa.String(length=36), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("kind IN ('pin', 'ban')", name=op.f("ck_round_choices_kind")),
        sa.ForeignKeyConstraint(["applicant_id"], ["applicants.id"], name=op.f("fk_round_choices_applicant_id")),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_round_choices_created_by")),
        sa.ForeignKeyConstraint(["need_id"], ["needs.id"], name=op.f("fk_round_choices_need_id")),
        sa.ForeignKeyConstraint(
            ["round_id"], ["rounds.id"], name=op.f("fk_round_choices_round_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round_choices")),
        sa.UniqueConstraint(
            "round_id", "applicant_id", "need_id", name=op.f("uq_round_choices_round_id_applicant_id_need_id")
        ),
    )
    op.create_index(op.f("ix_round_choices_applicant_id"), "round_choices", ["applicant_id"])
    op.create_index(op.f("ix_round_choices_need_id"), "round_choices", ["need_id"])
    op.add_column("rounds", sa.Column("overrides", Json, nullable=False, server_default=sa.text("'{}'")))


def downgrade() -> None:
    op.drop_column("rounds", "overrides")
    op.drop_index(op.f("ix_round_choices_need_id"), table_name="round_choices")
    op.drop_index(op.f("ix_round_choices_applicant_id"), table_name="round_choices")
    op.drop_table("round_choices")
