"""Rights to act that the register of mandates has shown"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0072"
down_revision = "0071"
branch_labels = None
depends_on = None

KNOWN = "ck_provider_rights_shown_by_is_known"
AGAIN = "ck_provider_rights_the_register_is_asked_again"
BEFORE = "'send_letter', 'enter_code', 'approve', 'hand_over'"
SINCE = f"{BEFORE}, 'ask_register', 'revoke', 'lapse'"


def upgrade() -> None:
    with op.batch_alter_table("provider_rights", schema=None) as batch_op:
        batch_op.add_column(sa.Column("codes", sa.Text(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("checked_until", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("told_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(batch_op.f("ix_provider_rights_checked_until"), ["checked_until"], unique=False)
        batch_op.drop_constraint(op.f(KNOWN), type_="check")
        batch_op.create_check_constraint(op.f(KNOWN), f"shown_by IN ({SINCE})")
        batch_op.create_check_constraint(
            op.f(AGAIN),
            "(checked_until IS NOT NULL) = (shown_by IS NOT NULL AND shown_by = 'ask_register')",
        )


def downgrade() -> None:
    """What the register has shown is unproven to the version before: nobody of the office has said it."""
    op.execute(
        "UPDATE provider_rights SET state = 'unproven', shown_by = NULL, shown_at = NULL, shown_by_id = NULL,"
        " checked_until = NULL WHERE shown_by = 'ask_register'"
    )
    with op.batch_alter_table("provider_rights", schema=None) as batch_op:
        batch_op.drop_constraint(op.f(AGAIN), type_="check")
        batch_op.drop_constraint(op.f(KNOWN), type_="check")
        batch_op.create_check_constraint(op.f(KNOWN), f"shown_by IN ({BEFORE})")
        batch_op.drop_index(batch_op.f("ix_provider_rights_checked_until"))
        batch_op.drop_column("told_at")
        batch_op.drop_column("checked_until")
        batch_op.drop_column("codes")
