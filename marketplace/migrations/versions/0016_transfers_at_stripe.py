"""Accounts, transfers and calls of Stripe"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "stripe_accounts",
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("takes_transfers", sa.Boolean(), nullable=False),
        sa.Column("pays_out", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["providers.id"], name=op.f("fk_stripe_accounts_provider_id")
        ),
        sa.PrimaryKeyConstraint("provider_id", name=op.f("pk_stripe_accounts")),
        sa.UniqueConstraint("account", name=op.f("uq_stripe_accounts_account")),
    )
    op.create_table(
        "stripe_transfers",
        sa.Column("payment", sa.Text(), nullable=False),
        sa.Column("order_key", sa.Text(), nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("first_tried_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("transfer", sa.Text(), nullable=True),
        sa.Column("receipt", sa.Text(), nullable=False),
        sa.Column("transferred_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("payout", sa.Text(), nullable=False),
        sa.Column("paid_out_on", sa.Date(), nullable=True),
        sa.Column("reversed_amount", sa.BigInteger(), nullable=False),
        sa.Column("refusal_code", sa.Text(), nullable=False),
        sa.Column("refusal", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('sending', 'transferred', 'paid_out', 'refused', 'reversed')",
            name=op.f("ck_stripe_transfers_state_is_known"),
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_stripe_transfers_amount_is_positive")),
        sa.CheckConstraint("attempt > 0", name=op.f("ck_stripe_transfers_attempt_is_positive")),
        sa.CheckConstraint(
            "reversed_amount >= 0 AND reversed_amount <= amount",
            name=op.f("ck_stripe_transfers_reversed_is_part"),
        ),
        sa.CheckConstraint(
            "state IN ('sending', 'refused') OR transfer IS NOT NULL",
            name=op.f("ck_stripe_transfers_transferred_has_a_name"),
        ),
        sa.PrimaryKeyConstraint("payment", name=op.f("pk_stripe_transfers")),
        sa.UniqueConstraint("transfer", name=op.f("uq_stripe_transfers_transfer")),
    )
    for column in ("order_key", "payout", "receipt", "state"):
        op.create_index(op.f(f"ix_stripe_transfers_{column}"), "stripe_transfers", [column])
    op.create_table(
        "stripe_events",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stripe_events")),
    )
    op.create_index("ix_stripe_events_handled_at_received_at", "stripe_events", ["handled_at", "received_at"])


def downgrade() -> None:
    op.drop_table("stripe_events")
    op.drop_table("stripe_transfers")
    op.drop_table("stripe_accounts")
