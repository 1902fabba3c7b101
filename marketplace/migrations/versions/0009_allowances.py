"""How often things may be done"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "allowance_uses",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("used_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_allowance_uses")),
    )
    with op.batch_alter_table("allowance_uses", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_allowance_uses_used_until"), ["used_until"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("allowance_uses", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_allowance_uses_used_until"))

    op.drop_table("allowance_uses")
