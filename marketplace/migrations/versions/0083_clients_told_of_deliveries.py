"""When clients were last told of deliveries to look at, and of which"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0083"
down_revision = "0082"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("clients") as table:
        table.add_column(sa.Column("deliveries_told_at", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("deliveries_told_to", sa.Integer(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("clients") as table:
        table.drop_column("deliveries_told_to")
        table.drop_column("deliveries_told_at")
