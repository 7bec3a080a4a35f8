"""Offers know when somebody was reminded and when their answer was reported.

Revision 0008, after 0007.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.database import UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("offers", sa.Column("reminded_at", UtcDateTime(), nullable=True))
    op.add_column("offers", sa.Column("reported_at", UtcDateTime(), nullable=True))
    # Answers from before nobody was told are no news any more.
    op.execute("UPDATE offers SET reported_at = answered_at")


def downgrade() -> None:
    op.drop_column("offers", "reported_at")
    op.drop_column("offers", "reminded_at")
