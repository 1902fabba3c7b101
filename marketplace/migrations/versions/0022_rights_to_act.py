"""The right to act for a company"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

SHOW_APPROVED = """
    INSERT INTO provider_rights (provider_id, state, shown_by, shown_at, reason, tries, revision)
    SELECT id, 'proven', 'approve', created_at, '', 0, 1 FROM providers
    WHERE EXISTS (SELECT 1 FROM service_approvals WHERE service_approvals.provider_id = providers.id)
"""
"""Whom an organisation has approved for a service before, it has made sure of."""


def upgrade() -> None:
    op.create_table(
        "provider_rights",
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("shown_by", sa.Text(), nullable=True),
        sa.Column("shown_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("shown_by_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=True),
        sa.Column("code_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('unproven', 'letter_sent', 'proven')", name=op.f("ck_provider_rights_state_is_known")
        ),
        sa.CheckConstraint(
            "shown_by IN ('send_letter', 'enter_code', 'approve', 'hand_over')",
            name=op.f("ck_provider_rights_shown_by_is_known"),
        ),
        sa.CheckConstraint(
            "(state = 'proven') = (shown_at IS NOT NULL)", name=op.f("ck_provider_rights_proven_has_a_moment")
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["providers.id"], name=op.f("fk_provider_rights_provider_id_providers")
        ),
        sa.ForeignKeyConstraint(
            ["shown_by_id"], ["users.id"], name=op.f("fk_provider_rights_shown_by_id_users")
        ),
        sa.PrimaryKeyConstraint("provider_id", name=op.f("pk_provider_rights")),
    )
    op.execute(SHOW_APPROVED)


def downgrade() -> None:
    op.drop_table("provider_rights")
