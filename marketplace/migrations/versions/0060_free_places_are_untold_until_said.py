"""Free places are untold until somebody says how it is

Offers that say “free now” since the moment they were made say what nobody told: the program had assumed it.
"""

from __future__ import annotations

from alembic import op

revision = "0060"
down_revision = "0059"
branch_labels = None
depends_on = None

NAME = "ck_offers_availability_is_known"
BEFORE = "availability_state IN ('now', 'from', 'queue', 'full')"
AFTER = "availability_state IN ('untold', 'now', 'from', 'queue', 'full')"


def upgrade() -> None:
    _replace(AFTER)
    op.execute(
        "UPDATE offers SET availability_state = 'untold'"
        " WHERE availability_state = 'now' AND availability_updated_at = created_at"
    )


def downgrade() -> None:
    op.execute("UPDATE offers SET availability_state = 'now' WHERE availability_state = 'untold'")
    _replace(BEFORE)


def _replace(condition: str) -> None:
    with op.batch_alter_table("offers", schema=None) as batch_op:
        batch_op.drop_constraint(op.f(NAME), type_="check")
    with op.batch_alter_table("offers", schema=None) as batch_op:
        batch_op.create_check_constraint(op.f(NAME), condition)
