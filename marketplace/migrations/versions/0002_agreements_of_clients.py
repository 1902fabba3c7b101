"""Agreements between clients and providers"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "agreements",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_key", sa.Text(), nullable=False),
        sa.Column("client_number", sa.Text(), nullable=False),
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("recorded_by_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "ends_on IS NULL OR ends_on >= starts_on", name=op.f("ck_agreements_ends_after_start")
        ),
        sa.CheckConstraint(
            "length(client_number) BETWEEN 1 AND 40", name=op.f("ck_agreements_client_number_is_short")
        ),
        sa.ForeignKeyConstraint(["offer_id"], ["offers.id"], name=op.f("fk_agreements_offer_id")),
        sa.ForeignKeyConstraint(
            ["organisation_key"], ["organisations.key"], name=op.f("fk_agreements_organisation_key")
        ),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["users.id"], name=op.f("fk_agreements_recorded_by_id")),
        sa.ForeignKeyConstraint(["version_id"], ["offer_versions.id"], name=op.f("fk_agreements_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreements")),
    )
    with op.batch_alter_table("agreements", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_agreements_offer_id"), ["offer_id"], unique=False)
        batch_op.create_index(
            "ix_agreements_organisation_key_starts_on", ["organisation_key", "starts_on"], unique=False
        )
        batch_op.create_index(
            "uq_agreements_open",
            ["organisation_key", "client_number", "offer_id"],
            unique=True,
            sqlite_where=sa.text("ends_on IS NULL"),
            postgresql_where=sa.text("ends_on IS NULL"),
        )


def downgrade() -> None:
    with op.batch_alter_table("agreements", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_agreements_open",
            sqlite_where=sa.text("ends_on IS NULL"),
            postgresql_where=sa.text("ends_on IS NULL"),
        )
        batch_op.drop_index("ix_agreements_organisation_key_starts_on")
        batch_op.drop_index(batch_op.f("ix_agreements_offer_id"))
    op.drop_table("agreements")
