"""Deliveries and what is said about them"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agreement_id", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("organisation_key", sa.Text(), nullable=False),
        sa.Column("client_number", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("activity", sa.Text(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("lines", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("shortest", sa.Integer(), nullable=True),
        sa.Column("recorded_by_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("objection_until", sa.Date(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dispute_reason", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('given', 'cancelled_late')", name=op.f("ck_deliveries_kind_is_known")),
        sa.CheckConstraint(
            "state IN ('recorded', 'confirmed', 'disputed', 'rejected', 'withdrawn')",
            name=op.f("ck_deliveries_state_is_known"),
        ),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_deliveries_amount_is_not_negative")),
        sa.CheckConstraint(
            "ends_at IS NULL OR ends_at > starts_at", name=op.f("ck_deliveries_ends_after_start")
        ),
        sa.CheckConstraint(
            "(starts_at IS NULL) = (ends_at IS NULL)", name=op.f("ck_deliveries_both_times_or_none")
        ),
        sa.CheckConstraint(
            "state <> 'disputed' OR (dispute_reason <> '' AND due_on IS NOT NULL)",
            name=op.f("ck_deliveries_dispute_has_a_reason"),
        ),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreements.id"], name=op.f("fk_deliveries_agreement_id")),
        sa.ForeignKeyConstraint(["provider_id"], ["providers.id"], name=op.f("fk_deliveries_provider_id")),
        sa.ForeignKeyConstraint(
            ["organisation_key"], ["organisations.key"], name=op.f("fk_deliveries_organisation_key")
        ),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["users.id"], name=op.f("fk_deliveries_recorded_by_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_deliveries_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
    )
    op.create_index(op.f("ix_deliveries_agreement_id"), "deliveries", ["agreement_id"])
    op.create_index(op.f("ix_deliveries_objection_until"), "deliveries", ["objection_until"])
    op.create_index("ix_deliveries_provider_id_day", "deliveries", ["provider_id", "day"])
    op.create_index(
        "ix_deliveries_organisation_key_client_number_day",
        "deliveries",
        ["organisation_key", "client_number", "day"],
    )
    op.create_index("ix_deliveries_organisation_key_state", "deliveries", ["organisation_key", "state"])
    op.create_index(
        "uq_deliveries_reference",
        "deliveries",
        ["provider_id", "reference"],
        unique=True,
        sqlite_where=sa.text("reference <> ''"),
        postgresql_where=sa.text("reference <> ''"),
    )
    op.create_table(
        "delivery_messages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["deliveries.id"], name=op.f("fk_delivery_messages_delivery_id")
        ),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("fk_delivery_messages_author_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_messages")),
    )
    op.create_index(op.f("ix_delivery_messages_delivery_id"), "delivery_messages", ["delivery_id"])


def downgrade() -> None:
    op.drop_table("delivery_messages")
    op.drop_table("deliveries")
