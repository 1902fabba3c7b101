"""Further links of wishes to be told of a free place: asking again ends none of the earlier ones"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0087"
down_revision = "0083"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "place_notice_links",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["notice_id"],
            ["place_notices.id"],
            name=op.f("fk_place_notice_links_notice_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_place_notice_links")),
    )
    op.create_index(op.f("ix_place_notice_links_notice_id"), "place_notice_links", ["notice_id"])


def downgrade() -> None:
    op.drop_table("place_notice_links")
