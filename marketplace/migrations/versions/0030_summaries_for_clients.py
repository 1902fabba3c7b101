"""Summaries of a month for clients"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "client_summaries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("content", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mailed", sa.Boolean(), nullable=False),
        sa.Column("posted_on", sa.Date(), nullable=True),
        sa.Column("posted_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "NOT mailed OR posted_on IS NULL", name=op.f("ck_client_summaries_mailed_or_posted")
        ),
        sa.CheckConstraint(
            "(posted_on IS NULL) = (posted_by_id IS NULL)",
            name=op.f("ck_client_summaries_posted_by_somebody"),
        ),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_client_summaries_client_id")),
        sa.ForeignKeyConstraint(
            ["posted_by_id"], ["users.id"], name=op.f("fk_client_summaries_posted_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client_summaries")),
        sa.UniqueConstraint("client_id", "month", name=op.f("uq_client_summaries_client_id_month")),
    )


def downgrade() -> None:
    op.drop_table("client_summaries")
