"""The kept figures of reports, by pilot and quarter"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

MEASURES = (
    "invited", "applied", "refused", "days_to_decision", "approved", "offers", "price_of_ceiling", "searches", "agreements",
    "changes", "ended_by_client", "ended_by_provider", "ended_at_once", "declined", "unanswered", "days_to_first",
    "clients", "spent", "granted_cents", "reserved_cents", "used_cents", "returned_cents", "carried_cents",
    "granted_minutes", "reserved_minutes", "used_minutes", "returned_minutes", "carried_minutes", "days_to_paid",
)  # fmt: skip
DIMENSIONS = ("all", "month", "service", "municipality", "language", "group")


def upgrade() -> None:
    op.create_table(
        "report_editions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pilot_key", sa.Text(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["pilot_key"], ["pilots.key"], name=op.f("fk_report_editions_pilot_key")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_editions")),
        sa.UniqueConstraint("pilot_key", "first_on", name=op.f("uq_report_editions_pilot_key_first_on")),
    )
    op.create_table(
        "report_cells",
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("dimension", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("contributors", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("largest", sa.BigInteger(), nullable=False),
        sa.Column("second", sa.BigInteger(), nullable=False),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.CheckConstraint("contributors >= 0", name=op.f("ck_report_cells_contributors_are_a_count")),
        sa.CheckConstraint(f"dimension IN {DIMENSIONS}", name=op.f("ck_report_cells_dimension_is_known")),
        sa.CheckConstraint(f"measure IN {MEASURES}", name=op.f("ck_report_cells_measure_is_known")),
        sa.ForeignKeyConstraint(
            ["edition_id"],
            ["report_editions.id"],
            name=op.f("fk_report_cells_edition_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("edition_id", "measure", "dimension", "key", name=op.f("pk_report_cells")),
    )


def downgrade() -> None:
    op.drop_table("report_cells")
    op.drop_table("report_editions")
