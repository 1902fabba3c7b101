"""What agreements hold in the budgets of service decisions"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("agreements", schema=None) as batch_op:
        batch_op.add_column(sa.Column("line_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("monthly", sa.BigInteger(), nullable=True))
        batch_op.create_foreign_key("fk_agreements_line_id", "decision_lines", ["line_id"], ["id"])
        batch_op.create_check_constraint(
            op.f("ck_agreements_held_in_a_line"), "(line_id IS NULL) = (monthly IS NULL)"
        )
        batch_op.create_check_constraint(
            op.f("ck_agreements_holds_something"), "monthly IS NULL OR monthly > 0"
        )
        batch_op.create_index(op.f("ix_agreements_line_id"), ["line_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("agreements", schema=None) as batch_op:
        batch_op.drop_index(op.f("ix_agreements_line_id"))
        batch_op.drop_constraint(op.f("ck_agreements_holds_something"), type_="check")
        batch_op.drop_constraint(op.f("ck_agreements_held_in_a_line"), type_="check")
        batch_op.drop_constraint("fk_agreements_line_id", type_="foreignkey")
        batch_op.drop_column("monthly")
        batch_op.drop_column("line_id")
