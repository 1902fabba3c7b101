"""Answers to hearings that came by letter, and days that are put off"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None

KINDS_BEFORE = (
    "hearing",
    "completion",
    "decision",
    "correction",
    "measure_hearing",
    "measure_decision",
    "measure_end",
    "request",
    "not_met",
)
KINDS = (*KINDS_BEFORE, "put_off")

TABLES = ("hearings", "approval_measures")


def _kinds(kinds: tuple[str, ...]) -> None:
    known = ", ".join(f"'{kind}'" for kind in kinds)
    with op.batch_alter_table("served_documents", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_served_documents_kind_is_known"), type_="check")
        batch_op.create_check_constraint(op.f("ck_served_documents_kind_is_known"), f"kind IN ({known})")


def upgrade() -> None:
    for table in TABLES:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column("answer_came_on", sa.Date(), nullable=True))
            batch_op.add_column(sa.Column("answer_file_id", sa.Integer(), nullable=True))
            batch_op.create_foreign_key(
                op.f(f"fk_{table}_answer_file_id_stored_files"), "stored_files", ["answer_file_id"], ["id"]
            )
    _kinds(KINDS)


def downgrade() -> None:
    op.execute("DELETE FROM served_documents WHERE kind = 'put_off'")
    _kinds(KINDS_BEFORE)
    for table in reversed(TABLES):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_constraint(op.f(f"fk_{table}_answer_file_id_stored_files"), type_="foreignkey")
            batch_op.drop_column("answer_file_id")
            batch_op.drop_column("answer_came_on")
