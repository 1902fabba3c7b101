"""Information sessions have an audience and a line of those who wait for a seat"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

BEFORE = "state IN ('asked', 'coming', 'withdrawn')"
AFTER = "state IN ('asked', 'coming', 'waiting', 'offered', 'withdrawn')"


def upgrade() -> None:
    with op.batch_alter_table("information_sessions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("audience", sa.Text(), server_default="providers", nullable=False))
    with op.batch_alter_table("session_registrations", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_session_registrations_state_is_known"), type_="check")
        batch_op.add_column(sa.Column("offered_until", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("session_registrations", schema=None) as batch_op:
        batch_op.create_check_constraint(op.f("ck_session_registrations_state_is_known"), AFTER)


def downgrade() -> None:
    op.execute("UPDATE session_registrations SET state = 'withdrawn' WHERE state IN ('waiting', 'offered')")
    with op.batch_alter_table("session_registrations", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_session_registrations_state_is_known"), type_="check")
        batch_op.drop_column("offered_until")
    with op.batch_alter_table("session_registrations", schema=None) as batch_op:
        batch_op.create_check_constraint(op.f("ck_session_registrations_state_is_known"), BEFORE)
    with op.batch_alter_table("information_sessions", schema=None) as batch_op:
        batch_op.drop_column("audience")
