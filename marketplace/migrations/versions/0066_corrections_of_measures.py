"""Corrections of decisions on approvals, and the words of those decisions"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0066"
down_revision = "0065"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    with op.batch_alter_table("approval_measures", schema=None) as batch_op:
        batch_op.add_column(sa.Column("content", JSON, nullable=True))
    with op.batch_alter_table("decision_corrections", schema=None) as batch_op:
        batch_op.add_column(sa.Column("measure_id", sa.Integer(), nullable=True))
        batch_op.alter_column("decision_id", existing_type=sa.Integer(), nullable=True)
        batch_op.create_foreign_key(
            op.f("fk_decision_corrections_measure_id_approval_measures"),
            "approval_measures",
            ["measure_id"],
            ["id"],
        )
        batch_op.create_index(op.f("ix_decision_corrections_measure_id"), ["measure_id"])
        batch_op.create_check_constraint(
            op.f("ck_decision_corrections_one_decision"), "(decision_id IS NULL) <> (measure_id IS NULL)"
        )


def downgrade() -> None:
    op.execute(
        "DELETE FROM served_documents WHERE correction_id IN"
        " (SELECT id FROM decision_corrections WHERE measure_id IS NOT NULL)"
    )
    op.execute("DELETE FROM decision_corrections WHERE measure_id IS NOT NULL")
    with op.batch_alter_table("decision_corrections", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_decision_corrections_one_decision"), type_="check")
        batch_op.drop_index(op.f("ix_decision_corrections_measure_id"))
        batch_op.drop_constraint(
            op.f("fk_decision_corrections_measure_id_approval_measures"), type_="foreignkey"
        )
        batch_op.alter_column("decision_id", existing_type=sa.Integer(), nullable=False)
        batch_op.drop_column("measure_id")
    with op.batch_alter_table("approval_measures", schema=None) as batch_op:
        batch_op.drop_column("content")
