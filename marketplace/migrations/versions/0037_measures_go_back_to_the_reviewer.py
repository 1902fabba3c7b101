"""Measures come back to the reviewer after the hearing, with an answer to the explanation; leaving closes them"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

BEFORE = "state IN ('new', 'hearing', 'proposed', 'dropped', 'decided')"
AFTER = "state IN ('new', 'hearing', 'with_reviewer', 'proposed', 'dropped', 'decided', 'fallen')"
OPEN_BEFORE = sa.text("state IN ('hearing', 'proposed')")
OPEN = sa.text("state IN ('hearing', 'with_reviewer', 'proposed')")


def upgrade() -> None:
    with op.batch_alter_table("approval_measures", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_approval_measures_open", sqlite_where=OPEN_BEFORE, postgresql_where=OPEN_BEFORE
        )
        batch_op.drop_constraint(op.f("ck_approval_measures_state_is_known"), type_="check")
        batch_op.add_column(sa.Column("response", sa.Text(), server_default="", nullable=False))
    with op.batch_alter_table("approval_measures", schema=None) as batch_op:
        batch_op.alter_column("response", existing_type=sa.Text(), server_default=None)
        batch_op.create_check_constraint(op.f("ck_approval_measures_state_is_known"), AFTER)
        batch_op.create_index(
            "uq_approval_measures_open",
            ["approval_id"],
            unique=True,
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        )
    # A measure that was left open when its approval had ended is closed as it would be now.
    op.execute(
        "UPDATE approval_measures SET state = 'fallen' WHERE state IN ('hearing', 'proposed') AND approval_id IN "
        "(SELECT id FROM service_approvals WHERE state = 'ended')"
    )


def downgrade() -> None:
    op.execute("UPDATE approval_measures SET state = 'hearing' WHERE state = 'with_reviewer'")
    op.execute("UPDATE approval_measures SET state = 'dropped' WHERE state = 'fallen'")
    with op.batch_alter_table("approval_measures", schema=None) as batch_op:
        batch_op.drop_index("uq_approval_measures_open", sqlite_where=OPEN, postgresql_where=OPEN)
        batch_op.drop_constraint(op.f("ck_approval_measures_state_is_known"), type_="check")
        batch_op.drop_column("response")
    with op.batch_alter_table("approval_measures", schema=None) as batch_op:
        batch_op.create_check_constraint(op.f("ck_approval_measures_state_is_known"), BEFORE)
        batch_op.create_index(
            "uq_approval_measures_open",
            ["approval_id"],
            unique=True,
            sqlite_where=OPEN_BEFORE,
            postgresql_where=OPEN_BEFORE,
        )
