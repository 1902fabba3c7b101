"""An approval is ending while clients of a provider that left are still served"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None

BEFORE = "state IN ('approved', 'suspended', 'withdrawn', 'ended')"
AFTER = "state IN ('approved', 'suspended', 'ending', 'withdrawn', 'ended')"
ENDS = "state <> 'ending' OR ends_on IS NOT NULL"


def upgrade() -> None:
    with op.batch_alter_table("service_approvals", schema=None) as batch_op:
        batch_op.add_column(sa.Column("ends_on", sa.Date(), nullable=True))
        batch_op.drop_constraint(op.f("ck_service_approvals_state_is_known"), type_="check")
    with op.batch_alter_table("service_approvals", schema=None) as batch_op:
        batch_op.create_check_constraint(op.f("ck_service_approvals_state_is_known"), AFTER)
        batch_op.create_check_constraint(op.f("ck_service_approvals_ends_some_day"), ENDS)


def downgrade() -> None:
    op.execute("UPDATE service_approvals SET state = 'ended' WHERE state = 'ending'")
    with op.batch_alter_table("service_approvals", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_service_approvals_ends_some_day"), type_="check")
        batch_op.drop_constraint(op.f("ck_service_approvals_state_is_known"), type_="check")
        batch_op.drop_column("ends_on")
    with op.batch_alter_table("service_approvals", schema=None) as batch_op:
        batch_op.create_check_constraint(op.f("ck_service_approvals_state_is_known"), BEFORE)
