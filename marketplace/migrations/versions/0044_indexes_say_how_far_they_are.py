"""Indexes on several machines say how far they have followed the log of changes"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "catalogue_followers",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("low", sa.BigInteger(), nullable=False),
        sa.Column("timeline", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_catalogue_followers")),
    )
    op.create_table(
        "catalogue_trimming",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("trimmed_to", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalogue_trimming")),
    )
    op.execute(
        "INSERT INTO catalogue_trimming (id, trimmed_to) "
        "SELECT 1, coalesce(min(id), 1) - 1 FROM catalogue_changes"
    )


def downgrade() -> None:
    op.drop_table("catalogue_trimming")
    op.drop_table("catalogue_followers")
