"""Agreements at a price of nothing, reminders of requests, keys that expire, kept figures of payment"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None

KEYS = sa.table("api_keys", sa.column("expires_at", sa.DateTime(timezone=True)))


def upgrade() -> None:
    with op.batch_alter_table("agreements", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.drop_constraint(op.f("ck_agreements_holds_something"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_agreements_holds_no_less_than_nothing"), "monthly IS NULL OR monthly >= 0"
        )
    with op.batch_alter_table("api_keys", schema=None) as batch_op:
        batch_op.add_column(sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("told_at", sa.DateTime(timezone=True), nullable=True))
    # keys that programs hold today go on for a year, and their companies are told before it is over
    moment = datetime.now(UTC) + timedelta(days=365)
    if op.get_bind().dialect.name == "sqlite":
        moment = moment.replace(tzinfo=None)
    op.execute(KEYS.update().values(expires_at=moment))
    with op.batch_alter_table("api_keys", schema=None) as batch_op:
        batch_op.alter_column("expires_at", existing_type=sa.DateTime(timezone=True), nullable=False)
    op.create_table(
        "paid_month_figures",
        sa.Column("pilot_key", sa.Text(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["pilot_key"], ["pilots.key"], name=op.f("fk_paid_month_figures_pilot_key")),
        sa.PrimaryKeyConstraint("pilot_key", "month", name=op.f("pk_paid_month_figures")),
    )


def downgrade() -> None:
    op.drop_table("paid_month_figures")
    with op.batch_alter_table("api_keys", schema=None) as batch_op:
        batch_op.drop_column("told_at")
        batch_op.drop_column("expires_at")
    op.execute("UPDATE agreements SET monthly = 1 WHERE monthly = 0")
    with op.batch_alter_table("agreements", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_agreements_holds_no_less_than_nothing"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_agreements_holds_something"), "monthly IS NULL OR monthly > 0"
        )
        batch_op.drop_column("reminded_at")
