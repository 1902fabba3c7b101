"""Letters of the morning to the people of offices"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "morning_letters",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_morning_letters_user_id")),
        sa.PrimaryKeyConstraint("user_id", "day", name=op.f("pk_morning_letters")),
    )
    op.create_table(
        "no_morning_letters",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_no_morning_letters_user_id")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_no_morning_letters")),
    )


def downgrade() -> None:
    op.drop_table("no_morning_letters")
    op.drop_table("morning_letters")
