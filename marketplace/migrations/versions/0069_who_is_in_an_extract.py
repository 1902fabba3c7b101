"""Of whom each research extract tells, so that two of them can be given that give nobody away together"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0069"
down_revision = "0068"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Of those that were given before, the logs of the clients tell."""
    op.create_table(
        "research_members",
        sa.Column("extract_id", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.CheckConstraint("part > 0", name=op.f("ck_research_members_is_in_a_part")),
        sa.ForeignKeyConstraint(
            ["extract_id"],
            ["research_extracts.id"],
            name=op.f("fk_research_members_extract_id"),
        ),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_research_members_client_id")),
        sa.PrimaryKeyConstraint("extract_id", "client_id", name=op.f("pk_research_members")),
    )
    op.execute(
        "INSERT INTO research_members (extract_id, client_id, part)"
        " SELECT DISTINCT research_extracts.id, client_accesses.client_id, 1"
        " FROM research_extracts JOIN client_accesses ON client_accesses.at = research_extracts.made_at"
        " AND client_accesses.recipient = research_extracts.recipient AND client_accesses.ground = 'consent'"
    )


def downgrade() -> None:
    op.drop_table("research_members")
