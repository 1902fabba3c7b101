"""Completion requests that the office takes back, and the letter that says so"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0086"
down_revision = "0095"
branch_labels = None
depends_on = None

KINDS = (
    "'hearing', 'completion', 'decision', 'correction', 'measure_hearing', 'measure_decision', 'measure_end', "
    "'request', 'not_met', 'put_off', 'circular'"
)


def _kinds(known: str) -> None:
    with op.batch_alter_table("served_documents") as table:
        table.drop_constraint(op.f("ck_served_documents_kind_is_known"), type_="check")
        table.create_check_constraint(op.f("ck_served_documents_kind_is_known"), f"kind IN ({known})")


def upgrade() -> None:
    with op.batch_alter_table("completion_requests") as table:
        table.add_column(sa.Column("taken_back_reason", sa.Text(), nullable=False, server_default=""))
    _kinds(f"{KINDS}, 'completion_end'")


def downgrade() -> None:
    # the letter that said so has no name before; the reason stays in the audit trail
    op.execute("DELETE FROM served_documents WHERE kind = 'completion_end'")
    _kinds(KINDS)
    with op.batch_alter_table("completion_requests") as table:
        table.drop_column("taken_back_reason")
