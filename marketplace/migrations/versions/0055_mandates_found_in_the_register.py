"""Mandates that were found in the register of mandates"""

from __future__ import annotations

from alembic import op

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None

NAME = "ck_client_mandates_source_is_known"


def upgrade() -> None:
    _known("'portal', 'paper', 'register'")


def downgrade() -> None:
    op.execute("UPDATE client_mandates SET source = 'paper' WHERE source = 'register'")
    _known("'portal', 'paper'")


def _known(sources: str) -> None:
    with op.batch_alter_table("client_mandates", schema=None) as batch_op:
        batch_op.drop_constraint(op.f(NAME), type_="check")
        batch_op.create_check_constraint(op.f(NAME), f"source IN ({sources})")
