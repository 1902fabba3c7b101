"""Batches of payments, the bank's answers and what they say of each payment"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
LIVE = "state IN ('accepted', 'paid', 'sent', 'transferred', 'waiting')"


def upgrade() -> None:
    op.create_table(
        "payment_batches",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_key", sa.Text(), nullable=False),
        sa.Column("rail", sa.Text(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("pay_on", sa.Date(), nullable=False),
        sa.Column("payer", JSON, nullable=False),
        sa.Column("prepared_by_id", sa.Integer(), nullable=False),
        sa.Column("prepared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by_id", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("released_by_id", sa.Integer(), nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=True),
        sa.Column("sent_by_id", sa.Integer(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('prepared', 'checked', 'released', 'written', 'sent', 'confirmed', 'partly_paid', "
            "'refused', 'cancelled')",
            name=op.f("ck_payment_batches_state_is_known"),
        ),
        sa.CheckConstraint(
            "rail IN ('sepa', 'stripe', 'journal')", name=op.f("ck_payment_batches_rail_is_known")
        ),
        sa.CheckConstraint(
            "(released_by_id IS NULL) = (digest = '')", name=op.f("ck_payment_batches_release_has_a_digest")
        ),
        sa.CheckConstraint(
            "released_by_id IS NULL OR (released_by_id <> prepared_by_id AND released_by_id <> changed_by_id)",
            name=op.f("ck_payment_batches_another_person_releases"),
        ),
        sa.CheckConstraint(
            "state IN ('cancelled', 'checked', 'prepared') OR released_by_id IS NOT NULL",
            name=op.f("ck_payment_batches_nothing_leaves_without_a_release"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_key"], ["organisations.key"], name=op.f("fk_payment_batches_organisation_key")
        ),
        sa.ForeignKeyConstraint(
            ["prepared_by_id"], ["users.id"], name=op.f("fk_payment_batches_prepared_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["users.id"], name=op.f("fk_payment_batches_changed_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["released_by_id"], ["users.id"], name=op.f("fk_payment_batches_released_by_id")
        ),
        sa.ForeignKeyConstraint(["sent_by_id"], ["users.id"], name=op.f("fk_payment_batches_sent_by_id")),
        sa.ForeignKeyConstraint(["file_id"], ["stored_files.id"], name=op.f("fk_payment_batches_file_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_batches")),
    )
    op.create_index(
        "ix_payment_batches_organisation_key_state", "payment_batches", ["organisation_key", "state"]
    )
    op.create_table(
        "payment_rows",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("statement_id", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("payee_name", sa.Text(), nullable=False),
        sa.Column("iban", sa.Text(), nullable=False),
        sa.Column("bic", sa.Text(), nullable=False),
        sa.Column("business_id", sa.Text(), nullable=False),
        sa.Column("stripe_account", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("bookings", JSON, nullable=False),
        sa.Column("verdict", sa.Text(), nullable=True),
        sa.Column("verdict_name", sa.Text(), nullable=False),
        sa.Column("verdict_iban", sa.Text(), nullable=False),
        sa.Column("known_name", sa.Text(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reasons", JSON, nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'sent', 'accepted', 'transferred', 'paid', 'rejected', 'returned', 'left_out')",
            name=op.f("ck_payment_rows_state_is_known"),
        ),
        sa.CheckConstraint(
            "verdict IN ('RCVC', 'RVMC', 'RVNM', 'RVNA')", name=op.f("ck_payment_rows_verdict_is_known")
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payment_rows_amount_is_positive")),
        sa.ForeignKeyConstraint(["batch_id"], ["payment_batches.id"], name=op.f("fk_payment_rows_batch_id")),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["statements.id"], name=op.f("fk_payment_rows_statement_id")
        ),
        sa.ForeignKeyConstraint(["provider_id"], ["providers.id"], name=op.f("fk_payment_rows_provider_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_rows")),
    )
    op.create_index(op.f("ix_payment_rows_batch_id"), "payment_rows", ["batch_id"])
    op.create_index(op.f("ix_payment_rows_statement_id"), "payment_rows", ["statement_id"])
    op.create_index("ix_payment_rows_provider_id_state", "payment_rows", ["provider_id", "state"])
    op.create_index(
        "uq_payment_rows_statement_id_live",
        "payment_rows",
        ["statement_id"],
        unique=True,
        sqlite_where=sa.text(LIVE),
        postgresql_where=sa.text(LIVE),
    )
    op.create_table(
        "bank_answers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_key", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_by_id", sa.Integer(), nullable=True),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("known", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_key"], ["organisations.key"], name=op.f("fk_bank_answers_organisation_key")
        ),
        sa.ForeignKeyConstraint(["file_id"], ["stored_files.id"], name=op.f("fk_bank_answers_file_id")),
        sa.ForeignKeyConstraint(["read_by_id"], ["users.id"], name=op.f("fk_bank_answers_read_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_answers")),
        sa.UniqueConstraint(
            "organisation_key", "sha256", name=op.f("uq_bank_answers_organisation_key_sha256")
        ),
    )
    op.create_table(
        "payment_news",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("payment_id", sa.Integer(), nullable=False),
        sa.Column("answer_id", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("receipt", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('accepted', 'transferred', 'paid', 'rejected', 'returned')",
            name=op.f("ck_payment_news_outcome_is_known"),
        ),
        sa.ForeignKeyConstraint(["payment_id"], ["payment_rows.id"], name=op.f("fk_payment_news_payment_id")),
        sa.ForeignKeyConstraint(["answer_id"], ["bank_answers.id"], name=op.f("fk_payment_news_answer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_news")),
    )
    op.create_index(op.f("ix_payment_news_payment_id"), "payment_news", ["payment_id"])
    op.create_index(op.f("ix_payment_news_answer_id"), "payment_news", ["answer_id"])


def downgrade() -> None:
    for table in ("payment_news", "bank_answers", "payment_rows", "payment_batches"):
        op.drop_table(table)
