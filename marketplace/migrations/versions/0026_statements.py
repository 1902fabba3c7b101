"""Statements of what organisations owe providers; confirmed deliveries that are taken back"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_deliveries_state_is_known"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_deliveries_state_is_known"),
            "state IN ('recorded', 'confirmed', 'disputed', 'rejected', 'withdrawn', 'reversed')",
        )
    op.create_table(
        "statements",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_key", sa.Text(), nullable=False),
        sa.Column("pilot_key", sa.Text(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("frozen_by_id", sa.Integer(), nullable=True),
        sa.Column("objection_until", sa.Date(), nullable=False),
        sa.Column("agreed_on", sa.Date(), nullable=False),
        sa.Column("seller", JSON, nullable=False),
        sa.Column("buyer", JSON, nullable=False),
        sa.Column("total_cents", sa.BigInteger(), nullable=False),
        sa.Column("carried_cents", sa.BigInteger(), nullable=False),
        sa.Column("payable_cents", sa.BigInteger(), nullable=False),
        sa.Column("carried_from_id", sa.Integer(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("objection", sa.Text(), nullable=False),
        sa.Column("objected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('frozen', 'objected', 'payable')", name=op.f("ck_statements_state_is_known")
        ),
        sa.CheckConstraint("number > 0", name=op.f("ck_statements_number_is_positive")),
        sa.CheckConstraint("carried_cents <= 0", name=op.f("ck_statements_only_debts_are_carried")),
        sa.CheckConstraint(
            "payable_cents = CASE WHEN total_cents + carried_cents > 0 THEN total_cents + carried_cents ELSE 0 END",
            name=op.f("ck_statements_payable_is_the_sum"),
        ),
        sa.CheckConstraint(
            "(carried_cents = 0) = (carried_from_id IS NULL)",
            name=op.f("ck_statements_carried_from_a_statement"),
        ),
        sa.CheckConstraint(
            "state <> 'objected' OR objection <> ''", name=op.f("ck_statements_objection_has_words")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_key"], ["organisations.key"], name=op.f("fk_statements_organisation_key")
        ),
        sa.ForeignKeyConstraint(["pilot_key"], ["pilots.key"], name=op.f("fk_statements_pilot_key")),
        sa.ForeignKeyConstraint(["provider_id"], ["providers.id"], name=op.f("fk_statements_provider_id")),
        sa.ForeignKeyConstraint(["frozen_by_id"], ["users.id"], name=op.f("fk_statements_frozen_by_id")),
        sa.ForeignKeyConstraint(
            ["carried_from_id"], ["statements.id"], name=op.f("fk_statements_carried_from_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statements")),
        sa.UniqueConstraint("organisation_key", "number", name=op.f("uq_statements_organisation_key_number")),
        sa.UniqueConstraint(
            "pilot_key", "provider_id", "month", name=op.f("uq_statements_pilot_key_provider_id_month")
        ),
        sa.UniqueConstraint("carried_from_id", name=op.f("uq_statements_carried_from_id")),
    )
    op.create_index("ix_statements_provider_id_month", "statements", ["provider_id", "month"])
    op.create_index("ix_statements_organisation_key_month", "statements", ["organisation_key", "month"])
    op.create_table(
        "statement_rows",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("statement_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("service_key", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("band", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Text(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("unit_price_cents", sa.BigInteger(), nullable=False),
        sa.Column("gross_cents", sa.BigInteger(), nullable=False),
        sa.Column("net_cents", sa.BigInteger(), nullable=False),
        sa.Column("vat_cents", sa.BigInteger(), nullable=False),
        sa.Column("vat_code", sa.Text(), nullable=False),
        sa.Column("vat_percent", sa.Text(), nullable=False),
        sa.Column("corrects_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('delivery', 'correction')", name=op.f("ck_statement_rows_kind_is_known")
        ),
        sa.CheckConstraint("net_cents + vat_cents = gross_cents", name=op.f("ck_statement_rows_adds_up")),
        sa.CheckConstraint(
            "(kind = 'correction') = (corrects_id IS NOT NULL)",
            name=op.f("ck_statement_rows_corrections_name_a_row"),
        ),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["statements.id"], name=op.f("fk_statement_rows_statement_id")
        ),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["deliveries.id"], name=op.f("fk_statement_rows_delivery_id")
        ),
        sa.ForeignKeyConstraint(
            ["corrects_id"], ["statement_rows.id"], name=op.f("fk_statement_rows_corrects_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement_rows")),
        sa.UniqueConstraint("statement_id", "position", name=op.f("uq_statement_rows_statement_id_position")),
        sa.UniqueConstraint(
            "delivery_id", "line", "kind", name=op.f("uq_statement_rows_delivery_id_line_kind")
        ),
        sa.UniqueConstraint("corrects_id", name=op.f("uq_statement_rows_corrects_id")),
    )


def downgrade() -> None:
    op.drop_table("statement_rows")
    op.drop_table("statements")
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_deliveries_state_is_known"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_deliveries_state_is_known"),
            "state IN ('recorded', 'confirmed', 'disputed', 'rejected', 'withdrawn')",
        )
