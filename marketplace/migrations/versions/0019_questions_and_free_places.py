"""Questions to providers, and wishes to be told of a free place"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "enquiries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("pilot_key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("answer_by", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'answered')", name=op.f("ck_enquiries_state_is_known")),
        sa.CheckConstraint("answer_by IN ('email', 'phone')", name=op.f("ck_enquiries_answer_by_is_known")),
        sa.CheckConstraint(
            "(state = 'answered') = (answered_at IS NOT NULL)",
            name=op.f("ck_enquiries_answered_has_a_moment"),
        ),
        sa.CheckConstraint(
            "(answer_by = 'email' AND email <> '') OR (answer_by = 'phone' AND phone <> '')",
            name=op.f("ck_enquiries_can_be_answered"),
        ),
        sa.ForeignKeyConstraint(["offer_id"], ["offers.id"], name=op.f("fk_enquiries_offer_id")),
        sa.ForeignKeyConstraint(["provider_id"], ["providers.id"], name=op.f("fk_enquiries_provider_id")),
        sa.ForeignKeyConstraint(["pilot_key"], ["pilots.key"], name=op.f("fk_enquiries_pilot_key")),
        sa.ForeignKeyConstraint(["answered_by_id"], ["users.id"], name=op.f("fk_enquiries_answered_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enquiries")),
    )
    for column in ("offer_id", "pilot_key", "asked_at"):
        op.create_index(op.f(f"ix_enquiries_{column}"), "enquiries", [column])
    op.create_index("ix_enquiries_provider_id_state", "enquiries", ["provider_id", "state"])
    op.create_table(
        "place_notices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["offer_id"], ["offers.id"], name=op.f("fk_place_notices_offer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place_notices")),
        sa.UniqueConstraint("offer_id", "email", name=op.f("uq_place_notices_offer_id_email")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_place_notices_token_hash")),
    )
    op.create_index(op.f("ix_place_notices_expires_at"), "place_notices", ["expires_at"])


def downgrade() -> None:
    op.drop_table("place_notices")
    op.drop_table("enquiries")
