"""Reviews, screening, consent, documents and privacy

Revision 0006, after 0005.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

SENT = "state IN ('draft', 'withdrawn') OR {erased}(gender IS NOT NULL AND birth_year IS NOT NULL AND home_code IS NOT NULL)"


def upgrade() -> None:
    op.create_table(
        "breaches",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("data_kinds", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("measures", sa.Text(), nullable=True),
        sa.Column("told_people_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_authority_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("created_by", sa.String(length=36), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name=op.f("ck_breaches_closed")),
        sa.CheckConstraint(
            "state = 'open' OR (told_people_at IS NOT NULL AND told_authority_at IS NOT NULL AND measures IS NOT NULL)",
            name=op.f("ck_breaches_told"),
        ),
        sa.CheckConstraint("state IN ('open', 'closed')", name=op.f("ck_breaches_state")),
        sa.CheckConstraint("people >= 0", name=op.f("ck_breaches_people")),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_breaches_created_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_breaches")),
    )
    with op.batch_alter_table("breaches", schema=None) as batch_op:
        batch_op.create_index("ix_breaches_found_at", ["found_at", "id"], unique=False)

    op.create_table(
        "consents",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("user_id", sa.String(length=36), nullable=False),
        sa.Column("purpose", sa.String(length=30), nullable=False),
        sa.Column("version", sa.String(length=20), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("withdrawn_at IS NULL OR withdrawn_at >= given_at", name=op.f("ck_consents_withdrawn")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_consents_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
    )
    with op.batch_alter_table("consents", schema=None) as batch_op:
        batch_op.create_index("ix_consents_user_id_purpose", ["user_id", "purpose"], unique=False)

    op.create_table(
        "rubrics",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("cohort_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("criteria", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("allowed_difference", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.String(length=36), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("allowed_difference BETWEEN 0 AND 100", name=op.f("ck_rubrics_allowed_difference")),
        sa.ForeignKeyConstraint(["cohort_id"], ["cohorts.id"], name=op.f("fk_rubrics_cohort_id")),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_rubrics_created_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rubrics")),
        sa.UniqueConstraint("cohort_id", "number", name=op.f("uq_rubrics_cohort_id_number")),
    )
    op.create_table(
        "screening_rules",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("cohort_id", sa.String(length=36), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("parameters", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("effect", sa.String(length=4), nullable=False),
        sa.Column("legal_basis", sa.Text(), nullable=False),
        sa.Column("reason_id", sa.Text(), nullable=False),
        sa.Column("reason_en", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("created_by", sa.String(length=36), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("effect IN ('bar', 'flag')", name=op.f("ck_screening_rules_effect")),
        sa.CheckConstraint("valid_until IS NULL OR valid_from <= valid_until", name=op.f("ck_screening_rules_period")),
        sa.ForeignKeyConstraint(["cohort_id"], ["cohorts.id"], name=op.f("fk_screening_rules_cohort_id")),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_screening_rules_created_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_screening_rules")),
    )
    with op.batch_alter_table("screening_rules", schema=None) as batch_op:
        batch_op.create_index("ix_screening_rules_cohort_id_valid_from", ["cohort_id", "valid_from"], unique=False)

    op.create_table(
        "correction_requests",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("user_id", sa.String(length=36), nullable=False),
        sa.Column("applicant_id", sa.String(length=36), nullable=True),
        sa.Column("wish", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.String(length=36), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(state = 'asked') = (settled_at IS NULL)", name=op.f("ck_correction_requests_settled")),
        sa.CheckConstraint("state <> 'refused' OR answer IS NOT NULL", name=op.f("ck_correction_requests_answer")),
        sa.CheckConstraint("state IN ('asked', 'done', 'refused')", name=op.f("ck_correction_requests_state")),
        sa.ForeignKeyConstraint(["applicant_id"], ["applicants.id"], name=op.f("fk_correction_requests_applicant_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_correction_requests_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction_requests")),
    )
    with op.batch_alter_table("correction_requests", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_correction_requests_applicant_id"), ["applicant_id"], unique=False)
        batch_op.create_index("ix_correction_requests_state_due_at", ["state", "due_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_correction_requests_user_id"), ["user_id"], unique=False)

    op.create_table(
        "documents",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("applicant_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("media_type", sa.String(length=30), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("stored", sa.String(length=64), nullable=False),
        sa.Column("uploaded_by", sa.String(length=36), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('identity', 'diploma', 'health', 'resume', 'permission', 'other')", name=op.f("ck_documents_kind")
        ),
        sa.CheckConstraint(
            "media_type IN ('application/pdf', 'image/jpeg', 'image/png')", name=op.f("ck_documents_media_type")
        ),
        sa.CheckConstraint("size > 0", name=op.f("ck_documents_size")),
        sa.ForeignKeyConstraint(["applicant_id"], ["applicants.id"], name=op.f("fk_documents_applicant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_documents")),
        sa.UniqueConstraint("stored", name=op.f("uq_documents_stored")),
    )
    with op.batch_alter_table("documents", schema=None) as batch_op:
        batch_op.create_index("ix_documents_applicant_id_created_at", ["applicant_id", "created_at"], unique=False)

    op.create_table(
        "reviews",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("applicant_id", sa.String(length=36), nullable=False),
        sa.Column("reviewer_id", sa.String(length=36), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=True),
        sa.Column("rubric_id", sa.String(length=36), nullable=True),
        sa.Column("scores", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("release_reason", sa.Text(), nullable=True),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'done') = (done_at IS NOT NULL AND rubric_id IS NOT NULL)", name=op.f("ck_reviews_done")
        ),
        sa.CheckConstraint("(state = 'released') = (released_at IS NOT NULL)", name=op.f("ck_reviews_released")),
        sa.CheckConstraint("state IN ('assigned', 'done', 'released')", name=op.f("ck_reviews_state")),
        sa.ForeignKeyConstraint(["applicant_id"], ["applicants.id"], name=op.f("fk_reviews_applicant_id")),
        sa.ForeignKeyConstraint(["reviewer_id"], ["users.id"], name=op.f("fk_reviews_reviewer_id")),
        sa.ForeignKeyConstraint(["rubric_id"], ["rubrics.id"], name=op.f("fk_reviews_rubric_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviews")),
        sa.UniqueConstraint("applicant_id", "reviewer_id", name=op.f("uq_reviews_applicant_id_reviewer_id")),
    )
    with op.batch_alter_table("reviews", schema=None) as batch_op:
        batch_op.create_index("ix_reviews_assigned_at", ["assigned_at", "id"], unique=False)
        batch_op.create_index("ix_reviews_reviewer_id_state", ["reviewer_id", "state"], unique=False)
        batch_op.create_index(batch_op.f("ix_reviews_rubric_id"), ["rubric_id"], unique=False)

    with op.batch_alter_table("applicants", schema=None) as batch_op:
        batch_op.add_column(sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index("ix_applicants_ended_at", ["ended_at"], unique=False)
        # Whoever was erased has no gender, year of birth and home any more, whatever became of the application.
        batch_op.drop_constraint(batch_op.f("ck_applicants_complete"), type_="check")
        batch_op.create_check_constraint(
            batch_op.f("ck_applicants_complete"), SENT.format(erased="erased_at IS NOT NULL OR ")
        )
    # Those who ended before: when they were sent is the best that is known.
    op.execute(
        "UPDATE applicants SET ended_at = COALESCE(submitted_at, created_at) WHERE state IN ('rejected', 'withdrawn')"
    )


def downgrade() -> None:
    # Whoever was erased cannot be told in the older form: the constraint would not hold, and this step stops.
    with op.batch_alter_table("applicants", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_applicants_complete"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_applicants_complete"), SENT.format(erased=""))
        batch_op.drop_index("ix_applicants_ended_at")
        batch_op.drop_column("erased_at")
        batch_op.drop_column("ended_at")

    with op.batch_alter_table("reviews", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reviews_rubric_id"))
        batch_op.drop_index("ix_reviews_reviewer_id_state")
        batch_op.drop_index("ix_reviews_assigned_at")

    op.drop_table("reviews")
    with op.batch_alter_table("documents", schema=None) as batch_op:
        batch_op.drop_index("ix_documents_applicant_id_created_at")

    op.drop_table("documents")
    with op.batch_alter_table("correction_requests", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_correction_requests_user_id"))
        batch_op.drop_index("ix_correction_requests_state_due_at")
        batch_op.drop_index(batch_op.f("ix_correction_requests_applicant_id"))

    op.drop_table("correction_requests")
    with op.batch_alter_table("screening_rules", schema=None) as batch_op:
        batch_op.drop_index("ix_screening_rules_cohort_id_valid_from")

    op.drop_table("screening_rules")
    op.drop_table("rubrics")
    with op.batch_alter_table("consents", schema=None) as batch_op:
        batch_op.drop_index("ix_consents_user_id_purpose")

    op.drop_table("consents")
    with op.batch_alter_table("breaches", schema=None) as batch_op:
        batch_op.drop_index("ix_breaches_found_at")

    op.drop_table("breaches")
