"""Municipalities that an approval leaves out"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0064"
down_revision = "0063"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    with op.batch_alter_table("application_lines", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("proposed_left_out", JSON, server_default=sa.text("'[]'"), nullable=False)
        )


def downgrade() -> None:
    with op.batch_alter_table("application_lines", schema=None) as batch_op:
        batch_op.drop_column("proposed_left_out")
