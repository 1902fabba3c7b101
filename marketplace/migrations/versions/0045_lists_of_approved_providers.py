"""Lists of approved providers that the office looks through before it confirms them"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sent_lists",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pilot_key", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("content", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("sent_by_id", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_by_id", sa.Integer(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.JSON(none_as_null=True), nullable=True),
        sa.CheckConstraint(
            "(confirmed_at IS NULL) = (outcome IS NULL)",
            name=op.f("ck_sent_lists_is_confirmed_with_its_outcome"),
        ),
        sa.ForeignKeyConstraint(
            ["confirmed_by_id"], ["users.id"], name=op.f("fk_sent_lists_confirmed_by_id")
        ),
        sa.ForeignKeyConstraint(["pilot_key"], ["pilots.key"], name=op.f("fk_sent_lists_pilot_key")),
        sa.ForeignKeyConstraint(["sent_by_id"], ["users.id"], name=op.f("fk_sent_lists_sent_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sent_lists")),
    )
    op.create_index(op.f("ix_sent_lists_pilot_key"), "sent_lists", ["pilot_key"])
    op.create_index(op.f("ix_sent_lists_sent_at"), "sent_lists", ["sent_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_sent_lists_sent_at"), table_name="sent_lists")
    op.drop_index(op.f("ix_sent_lists_pilot_key"), table_name="sent_lists")
    op.drop_table("sent_lists")
