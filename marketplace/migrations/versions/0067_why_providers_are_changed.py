"""Why clients change to another provider"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0067"
down_revision = "0066"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("agreements", schema=None) as batch_op:
        batch_op.add_column(sa.Column("change_reason", sa.Text(), nullable=True))
        batch_op.create_check_constraint(
            op.f("ck_agreements_only_changes_have_a_why"), "change_reason IS NULL OR replaces_id IS NOT NULL"
        )


def downgrade() -> None:
    with op.batch_alter_table("agreements", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_agreements_only_changes_have_a_why"), type_="check")
        batch_op.drop_column("change_reason")
