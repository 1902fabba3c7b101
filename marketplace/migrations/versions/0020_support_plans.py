"""Support plans"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "support_plans",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("writer", sa.String(length=12), nullable=False),
        sa.Column("written_by_id", sa.Integer(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("goals", sa.Text(), nullable=False),
        sa.Column("helps", sa.Text(), nullable=False),
        sa.Column("lines", JSON, nullable=False),
        sa.Column("in_decision", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "writer IN ('client', 'helper', 'counsellor')", name=op.f("ck_support_plans_writer_is_known")
        ),
        sa.CheckConstraint("number > 0", name=op.f("ck_support_plans_number_is_positive")),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_support_plans_client_id")),
        sa.ForeignKeyConstraint(["written_by_id"], ["users.id"], name=op.f("fk_support_plans_written_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_support_plans")),
        sa.UniqueConstraint("client_id", "number", name=op.f("uq_support_plans_client_id_number")),
    )


def downgrade() -> None:
    op.drop_table("support_plans")
