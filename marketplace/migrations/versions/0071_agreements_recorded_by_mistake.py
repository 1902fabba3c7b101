"""An agreement that was recorded by mistake is marked so, with its reason"""

from __future__ import annotations

from alembic import op

revision = "0071"
down_revision = "0070"
branch_labels = None
depends_on = None

STATES = "'requested', 'in_force', 'ending', 'stopped', 'called_off', 'declined', 'lapsed', 'withdrawn', 'price_changed'"


def _checks(more: str) -> dict[str, str]:
    return {
        "state_is_known": f"state IN ({STATES}{more})",
        "has_a_reason": f"state NOT IN ('declined', 'stopped'{more}) OR reason <> ''",
        "only_requests_wait": (
            f"state IN ('in_force', 'ending', 'stopped', 'called_off'{more}) OR asked_by IS NOT NULL"
        ),
    }


def _change(more: str) -> None:
    with op.batch_alter_table("agreements", schema=None) as batch_op:
        for name, check in _checks(more).items():
            batch_op.drop_constraint(op.f(f"ck_agreements_{name}"), type_="check")
            batch_op.create_check_constraint(op.f(f"ck_agreements_{name}"), check)


def upgrade() -> None:
    _change(", 'mistaken'")


def downgrade() -> None:
    """The version before knows no mistakes: what never held was called off."""
    op.execute("UPDATE agreements SET state = 'called_off' WHERE state = 'mistaken'")
    _change("")
