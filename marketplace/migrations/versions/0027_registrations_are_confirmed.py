"""Registrations for information sessions that wait to be confirmed"""

from __future__ import annotations

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _states("'asked', 'coming', 'withdrawn'")


def downgrade() -> None:
    op.execute("DELETE FROM session_registrations WHERE state = 'asked'")
    _states("'coming', 'withdrawn'")


def _states(values: str) -> None:
    name = op.f("ck_session_registrations_state_is_known")
    with op.batch_alter_table("session_registrations") as batch_op:
        batch_op.drop_constraint(name, type_="check")
        batch_op.create_check_constraint(name, f"state IN ({values})")
