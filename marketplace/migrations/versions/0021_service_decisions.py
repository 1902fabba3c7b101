"""Decisions on clients' services, their lines, and the budgets that they open"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "service_decisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("pilot_key", sa.Text(), nullable=False),
        sa.Column("pilot_version_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("applied_on", sa.Date(), nullable=True),
        sa.Column("voucher_accepted_on", sa.Date(), nullable=True),
        sa.Column("consumer", sa.Text(), nullable=False),
        sa.Column("supporter", sa.Text(), nullable=False),
        sa.Column("municipal", sa.Text(), nullable=False),
        sa.Column("grounds", sa.Text(), nullable=False),
        sa.Column("replaces_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposed_by_id", sa.Integer(), nullable=False),
        sa.Column("return_reason", sa.Text(), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("file_id", sa.Integer(), nullable=True),
        sa.Column("posted_on", sa.Date(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('grant', 'change', 'end')", name=op.f("ck_service_decisions_kind_is_known")
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'proposed', 'made', 'replaced', 'discarded')",
            name=op.f("ck_service_decisions_state_is_known"),
        ),
        sa.CheckConstraint(
            "consumer IN ('alone', 'with_support', 'not_able')",
            name=op.f("ck_service_decisions_consumer_is_known"),
        ),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_service_decisions_ends_after_start")),
        sa.CheckConstraint(
            "(kind = 'grant') = (replaces_id IS NULL)",
            name=op.f("ck_service_decisions_changes_and_ends_replace"),
        ),
        sa.CheckConstraint(
            "(state IN ('made', 'replaced')) = (number IS NOT NULL AND decided_by_id IS NOT NULL"
            " AND decided_at IS NOT NULL AND file_id IS NOT NULL)",
            name=op.f("ck_service_decisions_made_with_number_and_letter"),
        ),
        sa.CheckConstraint(
            "posted_on IS NULL OR number IS NOT NULL", name=op.f("ck_service_decisions_posted_when_made")
        ),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_service_decisions_client_id")),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["users.id"], name=op.f("fk_service_decisions_decided_by_id")
        ),
        sa.ForeignKeyConstraint(["file_id"], ["stored_files.id"], name=op.f("fk_service_decisions_file_id")),
        sa.ForeignKeyConstraint(["pilot_key"], ["pilots.key"], name=op.f("fk_service_decisions_pilot_key")),
        sa.ForeignKeyConstraint(
            ["pilot_version_id"], ["pilot_versions.id"], name=op.f("fk_service_decisions_pilot_version_id")
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by_id"], ["users.id"], name=op.f("fk_service_decisions_proposed_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["replaces_id"], ["service_decisions.id"], name=op.f("fk_service_decisions_replaces_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_decisions")),
        sa.UniqueConstraint("number", name=op.f("uq_service_decisions_number")),
    )
    op.create_index(op.f("ix_service_decisions_client_id"), "service_decisions", ["client_id"])
    op.create_index(op.f("ix_service_decisions_pilot_key"), "service_decisions", ["pilot_key"])
    op.create_index(
        "uq_service_decisions_replaces_id",
        "service_decisions",
        ["replaces_id"],
        unique=True,
        sqlite_where=sa.text("state <> 'discarded'"),
        postgresql_where=sa.text("state <> 'discarded'"),
    )
    op.create_table(
        "decision_lines",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("service_key", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("every", sa.Text(), nullable=False),
        sa.Column("carry", sa.Text(), nullable=False),
        sa.Column("bands", _json(), nullable=False),
        sa.Column("value_kind", sa.Text(), nullable=False),
        sa.Column("unit_value", sa.BigInteger(), nullable=True),
        sa.Column("fee_ground", sa.Text(), nullable=False),
        sa.Column("legal_basis", sa.Text(), nullable=False),
        sa.CheckConstraint("unit IN ('cents', 'minutes')", name=op.f("ck_decision_lines_unit_is_known")),
        sa.CheckConstraint("every IN ('month', 'period')", name=op.f("ck_decision_lines_every_is_known")),
        sa.CheckConstraint(
            "carry IN ('none', 'next_month', 'period')", name=op.f("ck_decision_lines_carry_is_known")
        ),
        sa.CheckConstraint(
            "value_kind IN ('fixed', 'income')", name=op.f("ck_decision_lines_value_kind_is_known")
        ),
        sa.CheckConstraint(
            "fee_ground IN ('free_by_law', 'free_by_decision', 'fixed_fee', 'income_tied')",
            name=op.f("ck_decision_lines_fee_ground_is_known"),
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_decision_lines_grants_something")),
        sa.CheckConstraint(
            "unit_value IS NULL OR unit_value > 0", name=op.f("ck_decision_lines_value_is_something")
        ),
        sa.CheckConstraint(
            "every = 'month' OR carry = 'none'", name=op.f("ck_decision_lines_only_months_carry")
        ),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["service_decisions.id"], name=op.f("fk_decision_lines_decision_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision_lines")),
    )
    op.create_index(op.f("ix_decision_lines_decision_id"), "decision_lines", ["decision_id"])
    op.create_table(
        "budgets",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("own", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("last_on >= first_on", name=op.f("ck_budgets_ends_after_start")),
        sa.CheckConstraint("own > 0", name=op.f("ck_budgets_grants_something")),
        sa.ForeignKeyConstraint(["account_id"], ["ledger_accounts.id"], name=op.f("fk_budgets_account_id")),
        sa.ForeignKeyConstraint(["line_id"], ["decision_lines.id"], name=op.f("fk_budgets_line_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_budgets")),
        sa.UniqueConstraint("account_id", name=op.f("uq_budgets_account_id")),
        sa.UniqueConstraint("line_id", "first_on", name=op.f("uq_budgets_line_id_first_on")),
    )
    op.create_index(op.f("ix_budgets_last_on"), "budgets", ["last_on"])


def downgrade() -> None:
    op.drop_table("budgets")
    op.drop_table("decision_lines")
    op.drop_table("service_decisions")


def _json() -> Any:
    from sqlalchemy.dialects.postgresql import JSONB

    return sa.JSON().with_variant(JSONB(), "postgresql")
