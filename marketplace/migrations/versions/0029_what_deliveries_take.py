"""What deliveries take from budgets, when visits were cancelled, and whether a client is asked each time"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.add_column(sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("budget_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("takes", sa.BigInteger(), nullable=False, server_default="0"))
        batch_op.create_foreign_key("fk_deliveries_budget_id", "budgets", ["budget_id"], ["id"])
        batch_op.create_check_constraint(op.f("ck_deliveries_takes_no_less_than_nothing"), "takes >= 0")
        batch_op.create_index(op.f("ix_deliveries_budget_id"), ["budget_id"], unique=False)
    with op.batch_alter_table("clients", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("ask_each_time", sa.Boolean(), nullable=False, server_default=sa.false())
        )


def downgrade() -> None:
    with op.batch_alter_table("clients", schema=None) as batch_op:
        batch_op.drop_column("ask_each_time")
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.drop_index(op.f("ix_deliveries_budget_id"))
        batch_op.drop_constraint(op.f("ck_deliveries_takes_no_less_than_nothing"), type_="check")
        batch_op.drop_constraint("fk_deliveries_budget_id", type_="foreignkey")
        batch_op.drop_column("takes")
        batch_op.drop_column("budget_id")
        batch_op.drop_column("cancelled_at")
