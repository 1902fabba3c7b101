"""Questions about effects whose time was over before what was answered had been sent"""

from __future__ import annotations

from alembic import op

revision = "0089"
down_revision = "0085"
branch_labels = None
depends_on = None

BEFORE = "state IN ('due', 'opened', 'answered', 'skipped', 'lapsed', 'stopped')"
AFTER = "state IN ('due', 'opened', 'answered', 'closed', 'skipped', 'lapsed', 'stopped')"


def upgrade() -> None:
    _allow(AFTER)


def downgrade() -> None:
    op.execute("UPDATE effect_askings SET state = 'answered' WHERE state = 'closed'")
    _allow(BEFORE)


def _allow(states: str) -> None:
    with op.batch_alter_table("effect_askings", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_effect_askings_state_is_known"), type_="check")
        batch_op.create_check_constraint(op.f("ck_effect_askings_state_is_known"), states)
