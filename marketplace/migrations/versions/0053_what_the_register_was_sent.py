"""What the national service register has been sent of approved services"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "register_entries",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("organisation_key", sa.Text(), nullable=False),
        sa.Column("accepted", sa.String(length=64), nullable=True),
        sa.Column("content", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.CheckConstraint("failures >= 0", name=op.f("ck_register_entries_failures_are_counted")),
        sa.CheckConstraint("kind IN ('service', 'channel')", name=op.f("ck_register_entries_kind_is_known")),
        sa.ForeignKeyConstraint(
            ["organisation_key"], ["organisations.key"], name=op.f("fk_register_entries_organisation_key")
        ),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_register_entries")),
    )
    op.create_index("ix_register_entries_organisation_key", "register_entries", ["organisation_key"])
    op.create_table(
        "register_sendings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("action", sa.String(length=10), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "action IN ('create', 'update', 'withdraw')", name=op.f("ck_register_sendings_action_is_known")
        ),
        sa.ForeignKeyConstraint(
            ["source"], ["register_entries.source"], name=op.f("fk_register_sendings_source")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_register_sendings")),
    )
    op.create_index("ix_register_sendings_source", "register_sendings", ["source"])
    op.create_index("ix_register_sendings_at", "register_sendings", ["at"])


def downgrade() -> None:
    op.drop_table("register_sendings")
    op.drop_table("register_entries")
