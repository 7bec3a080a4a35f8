"""Deployments with checklists, incidents and feedback; replacements

Revision 0005, after 0004.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "replacements",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("offer_id", sa.String(length=36), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("job_id", sa.String(length=36), nullable=True),
        sa.Column("options", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("documents", sa.LargeBinary(), nullable=True),
        sa.Column("new_offer_id", sa.String(length=36), nullable=True),
        sa.Column("created_by", sa.String(length=36), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(state = 'taken') = (new_offer_id IS NOT NULL)", name=op.f("ck_replacements_taken")),
        sa.CheckConstraint(
            "state IN ('asked', 'proposed', 'nothing', 'failed', 'taken', 'dropped')",
            name=op.f("ck_replacements_state"),
        ),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_replacements_created_by")),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_replacements_job_id")),
        sa.ForeignKeyConstraint(["new_offer_id"], ["offers.id"], name=op.f("fk_replacements_new_offer_id")),
        sa.ForeignKeyConstraint(["offer_id"], ["offers.id"], name=op.f("fk_replacements_offer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replacements")),
        sa.UniqueConstraint("new_offer_id", name=op.f("uq_replacements_new_offer_id")),
    )
    with op.batch_alter_table("replacements", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_replacements_offer_id"), ["offer_id"], unique=False)
        batch_op.create_index("ix_replacements_state_created_at", ["state", "created_at"], unique=False)

    op.create_table(
        "checklist_items",
        sa.Column("deployment_id", sa.String(length=36), nullable=False),
        sa.Column("item", sa.String(length=20), nullable=False),
        sa.Column("done_by", sa.String(length=36), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["deployment_id"], ["deployments.id"], name=op.f("fk_checklist_items_deployment_id")),
        sa.PrimaryKeyConstraint("deployment_id", "item", name=op.f("pk_checklist_items")),
    )
    op.create_table(
        "host_feedback",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("deployment_id", sa.String(length=36), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["deployment_id"], ["deployments.id"], name=op.f("fk_host_feedback_deployment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_host_feedback")),
    )
    with op.batch_alter_table("host_feedback", schema=None) as batch_op:
        batch_op.create_index(
            "ix_host_feedback_deployment_id_written_at", ["deployment_id", "written_at"], unique=False
        )

    op.create_table(
        "incidents",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("deployment_id", sa.String(length=36), nullable=False),
        sa.Column("reported_by", sa.String(length=36), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("severity", sa.String(length=10), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("resolution", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("severity IN ('note', 'serious', 'urgent')", name=op.f("ck_incidents_severity")),
        sa.CheckConstraint("(closed_at IS NULL) = (resolution IS NULL)", name=op.f("ck_incidents_closed")),
        sa.ForeignKeyConstraint(["deployment_id"], ["deployments.id"], name=op.f("fk_incidents_deployment_id")),
        sa.ForeignKeyConstraint(["reported_by"], ["users.id"], name=op.f("fk_incidents_reported_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incidents")),
    )
    with op.batch_alter_table("incidents", schema=None) as batch_op:
        batch_op.create_index("ix_incidents_deployment_id_created_at", ["deployment_id", "created_at"], unique=False)

    with op.batch_alter_table("deployments", schema=None) as batch_op:
        batch_op.add_column(sa.Column("placement_id", sa.String(length=36), nullable=True))
        batch_op.add_column(sa.Column("arrived_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("host_arrived_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("host_link", sa.Integer(), server_default="0", nullable=False))
    # The placement of the offer that was accepted, which those who are in service already have too.
    op.execute(
        "UPDATE deployments SET placement_id = "
        "(SELECT offers.placement_id FROM offers WHERE offers.id = deployments.offer_id)"
    )
    with op.batch_alter_table("deployments", schema=None) as batch_op:
        batch_op.alter_column("placement_id", existing_type=sa.String(length=36), nullable=False)
        batch_op.create_index("ix_deployments_state_starts_on", ["state", "starts_on"], unique=False)
        batch_op.create_unique_constraint(batch_op.f("uq_deployments_placement_id"), ["placement_id"])
        batch_op.create_foreign_key(batch_op.f("fk_deployments_placement_id"), "placements", ["placement_id"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("deployments", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_deployments_placement_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("uq_deployments_placement_id"), type_="unique")
        batch_op.drop_index("ix_deployments_state_starts_on")
        batch_op.drop_column("host_link")
        batch_op.drop_column("host_arrived_at")
        batch_op.drop_column("arrived_on")
        batch_op.drop_column("placement_id")

    with op.batch_alter_table("incidents", schema=None) as batch_op:
        batch_op.drop_index("ix_incidents_deployment_id_created_at")

    op.drop_table("incidents")
    with op.batch_alter_table("host_feedback", schema=None) as batch_op:
        batch_op.drop_index("ix_host_feedback_deployment_id_written_at")

    op.drop_table("host_feedback")
    op.drop_table("checklist_items")
    with op.batch_alter_table("replacements", schema=None) as batch_op:
        batch_op.drop_index("ix_replacements_state_created_at")
        batch_op.drop_index(batch_op.f("ix_replacements_offer_id"))

    op.drop_table("replacements")
