"""Letters with codes, mandates, and requests for erasure"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "client_letters",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_client_letters_client_id")),
        sa.ForeignKeyConstraint(["made_by_id"], ["users.id"], name=op.f("fk_client_letters_made_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client_letters")),
    )
    with op.batch_alter_table("client_letters", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_client_letters_client_id"), ["client_id"], unique=False)
        batch_op.create_index(
            "uq_client_letters_open",
            ["client_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "client_mandates",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("helper_id", sa.Integer(), nullable=True),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("scope", sa.String(length=10), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("given_by_id", sa.Integer(), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("scope IN ('see', 'act')", name=op.f("ck_client_mandates_scope_is_known")),
        sa.CheckConstraint("source IN ('portal', 'paper')", name=op.f("ck_client_mandates_source_is_known")),
        sa.CheckConstraint(
            "(accepted_at IS NULL) = (helper_id IS NULL)",
            name=op.f("ck_client_mandates_accepted_by_a_helper"),
        ),
        sa.CheckConstraint(
            "(revoked_at IS NULL) = (revoked_by_id IS NULL)",
            name=op.f("ck_client_mandates_revoked_by_somebody"),
        ),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_client_mandates_client_id")),
        sa.ForeignKeyConstraint(["given_by_id"], ["users.id"], name=op.f("fk_client_mandates_given_by_id")),
        sa.ForeignKeyConstraint(["helper_id"], ["users.id"], name=op.f("fk_client_mandates_helper_id")),
        sa.ForeignKeyConstraint(
            ["revoked_by_id"], ["users.id"], name=op.f("fk_client_mandates_revoked_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client_mandates")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_client_mandates_token_hash")),
    )
    with op.batch_alter_table("client_mandates", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_client_mandates_client_id"), ["client_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_client_mandates_helper_id"), ["helper_id"], unique=False)

    op.create_table(
        "client_codes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("letter_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["letter_id"], ["client_letters.id"], name=op.f("fk_client_codes_letter_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client_codes")),
        sa.UniqueConstraint("letter_id", "code_hash", name=op.f("uq_client_codes_letter_id_code_hash")),
    )
    with op.batch_alter_table("clients", schema=None) as batch_op:
        batch_op.add_column(sa.Column("erasure_asked_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("clients", schema=None) as batch_op:
        batch_op.drop_column("erasure_asked_at")

    op.drop_table("client_codes")
    with op.batch_alter_table("client_mandates", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_client_mandates_helper_id"))
        batch_op.drop_index(batch_op.f("ix_client_mandates_client_id"))

    op.drop_table("client_mandates")
    with op.batch_alter_table("client_letters", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_client_letters_open",
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_client_letters_client_id"))

    op.drop_table("client_letters")
