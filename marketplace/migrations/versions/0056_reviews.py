"""Requests for a review of decisions"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None

STATES = "state IN ('new', 'pending', 'upheld', 'changed', 'set_aside', 'dismissed')"


def upgrade() -> None:
    op.create_table(
        "review_requests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=True),
        sa.Column("measure_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("settled_by_id", sa.Integer(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint(STATES, name=op.f("ck_review_requests_state_is_known")),
        sa.CheckConstraint(
            "(decision_id IS NULL) <> (measure_id IS NULL)", name=op.f("ck_review_requests_one_decision")
        ),
        sa.CheckConstraint(
            "(state IN ('new', 'pending')) = (decided_on IS NULL)",
            name=op.f("ck_review_requests_decided_has_a_day"),
        ),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decisions.id"], name=op.f("fk_review_requests_decision_id_decisions")
        ),
        sa.ForeignKeyConstraint(
            ["measure_id"],
            ["approval_measures.id"],
            name=op.f("fk_review_requests_measure_id_approval_measures"),
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["users.id"], name=op.f("fk_review_requests_recorded_by_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["settled_by_id"], ["users.id"], name=op.f("fk_review_requests_settled_by_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_requests")),
    )
    op.create_index(op.f("ix_review_requests_decision_id"), "review_requests", ["decision_id"])
    op.create_index(op.f("ix_review_requests_measure_id"), "review_requests", ["measure_id"])


def downgrade() -> None:
    op.drop_table("review_requests")
