"""Disqualifications"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "disqualifications",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column(
            "cause", sa.Enum("role", "declared", name="cause", native_enum=False, length=20), nullable=False
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "cause <> 'declared' OR reason <> ''",
            name=op.f("ck_disqualifications_a_declaration_has_a_reason"),
        ),
        sa.CheckConstraint("cause IN ('role', 'declared')", name=op.f("ck_disqualifications_cause_is_known")),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["providers.id"], name=op.f("fk_disqualifications_provider_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_disqualifications_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disqualifications")),
    )
    with op.batch_alter_table("disqualifications", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_disqualifications_provider_id"), ["provider_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_disqualifications_user_id"), ["user_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("disqualifications", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_disqualifications_user_id"))
        batch_op.drop_index(batch_op.f("ix_disqualifications_provider_id"))

    op.drop_table("disqualifications")
