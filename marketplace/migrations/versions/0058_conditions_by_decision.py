"""Conditions that measures set, and requests that bind to nothing"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None

KINDS = "kind IN ('condition', 'suspend', 'reinstate', 'withdraw')"
KINDS_BEFORE = "kind IN ('suspend', 'reinstate', 'withdraw')"
STATES = "state IN ('open', 'met', 'not_met', 'lifted')"
STATES_BEFORE = "state IN ('open', 'met', 'not_met')"


def upgrade() -> None:
    with op.batch_alter_table("approval_measures", schema=None) as batch_op:
        batch_op.add_column(sa.Column("condition", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("condition_due_on", sa.Date(), nullable=True))
        batch_op.add_column(
            sa.Column("condition_public", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
        batch_op.drop_constraint(op.f("ck_approval_measures_kind_is_known"), type_="check")
        batch_op.create_check_constraint(op.f("ck_approval_measures_kind_is_known"), KINDS)
        batch_op.create_check_constraint(
            op.f("ck_approval_measures_sets_its_condition"), "(kind = 'condition') = (condition <> '')"
        )
        batch_op.create_check_constraint(
            op.f("ck_approval_measures_its_condition_has_a_day"),
            "(condition <> '') = (condition_due_on IS NOT NULL)",
        )
    with op.batch_alter_table("approval_conditions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("binding", sa.Boolean(), server_default=sa.true(), nullable=False))
        batch_op.add_column(sa.Column("measure_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            op.f("fk_approval_conditions_measure_id_approval_measures"),
            "approval_measures",
            ["measure_id"],
            ["id"],
        )
        batch_op.create_index(op.f("ix_approval_conditions_measure_id"), ["measure_id"])
        batch_op.drop_constraint(op.f("ck_approval_conditions_state_is_known"), type_="check")
        batch_op.create_check_constraint(op.f("ck_approval_conditions_state_is_known"), STATES)
    # what the office set on an approval without a decision has no legal force: it is a request
    op.execute(
        "UPDATE approval_conditions SET binding = false, public = false WHERE EXISTS "
        "(SELECT 1 FROM audit_events WHERE audit_events.action = 'approval.condition'"
        " AND audit_events.at = approval_conditions.created_at)"
    )
    with op.batch_alter_table("approval_conditions", schema=None) as batch_op:
        batch_op.create_check_constraint(
            op.f("ck_approval_conditions_requests_are_not_public"), "binding OR NOT public"
        )
        batch_op.create_check_constraint(
            op.f("ck_approval_conditions_decisions_bind"), "binding OR measure_id IS NULL"
        )


def downgrade() -> None:
    op.execute("UPDATE approval_conditions SET state = 'met' WHERE state = 'lifted'")
    op.execute("UPDATE approval_conditions SET measure_id = NULL")
    for table in ("review_requests", "served_documents"):
        op.execute(
            f"DELETE FROM {table} WHERE measure_id IN (SELECT id FROM approval_measures WHERE kind = 'condition')"
        )
    op.execute("DELETE FROM approval_measures WHERE kind = 'condition'")
    with op.batch_alter_table("approval_conditions", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_approval_conditions_decisions_bind"), type_="check")
        batch_op.drop_constraint(op.f("ck_approval_conditions_requests_are_not_public"), type_="check")
        batch_op.drop_constraint(op.f("ck_approval_conditions_state_is_known"), type_="check")
        batch_op.create_check_constraint(op.f("ck_approval_conditions_state_is_known"), STATES_BEFORE)
        batch_op.drop_index(op.f("ix_approval_conditions_measure_id"))
        batch_op.drop_constraint(
            op.f("fk_approval_conditions_measure_id_approval_measures"), type_="foreignkey"
        )
        batch_op.drop_column("measure_id")
        batch_op.drop_column("binding")
    with op.batch_alter_table("approval_measures", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_approval_measures_its_condition_has_a_day"), type_="check")
        batch_op.drop_constraint(op.f("ck_approval_measures_sets_its_condition"), type_="check")
        batch_op.drop_constraint(op.f("ck_approval_measures_kind_is_known"), type_="check")
        batch_op.create_check_constraint(op.f("ck_approval_measures_kind_is_known"), KINDS_BEFORE)
        batch_op.drop_column("condition_public")
        batch_op.drop_column("condition_due_on")
        batch_op.drop_column("condition")
