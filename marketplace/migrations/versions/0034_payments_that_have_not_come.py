"""What companies and payers say about payments that have not come"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("payment_rows", sa.Column("missed_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_payment_rows_missed_at",
        "payment_rows",
        ["missed_at"],
        sqlite_where=sa.text("missed_at IS NOT NULL"),
        postgresql_where=sa.text("missed_at IS NOT NULL"),
    )
    op.create_table(
        "payment_messages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("payment_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payment_rows.id"], name=op.f("fk_payment_messages_payment_id")
        ),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("fk_payment_messages_author_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_messages")),
    )
    op.create_index(op.f("ix_payment_messages_payment_id"), "payment_messages", ["payment_id"])


def downgrade() -> None:
    op.drop_table("payment_messages")
    op.drop_index("ix_payment_rows_missed_at", "payment_rows")
    op.drop_column("payment_rows", "missed_at")
