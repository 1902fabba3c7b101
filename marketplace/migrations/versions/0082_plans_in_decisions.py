"""The version of a support plan that is a part of a service decision"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0082"
down_revision = "0077"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("service_decisions") as table:
        table.add_column(sa.Column("plan_id", sa.Integer(), nullable=True))
        table.create_foreign_key(op.f("fk_service_decisions_plan_id"), "support_plans", ["plan_id"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("service_decisions") as table:
        table.drop_constraint(op.f("fk_service_decisions_plan_id"), type_="foreignkey")
        table.drop_column("plan_id")
