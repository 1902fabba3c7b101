"""When clients were last told of deliveries to look at, and of which; the paper of a mandate"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0083"
down_revision = "0078"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("clients") as table:
        table.add_column(sa.Column("deliveries_told_at", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("deliveries_told_to", sa.Integer(), nullable=True))
    with op.batch_alter_table("client_mandates") as table:
        table.add_column(sa.Column("file_id", sa.Integer(), nullable=True))
        table.create_foreign_key(op.f("fk_client_mandates_file_id"), "stored_files", ["file_id"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("client_mandates") as table:
        table.drop_constraint(op.f("fk_client_mandates_file_id"), type_="foreignkey")
        table.drop_column("file_id")
    with op.batch_alter_table("clients") as table:
        table.drop_column("deliveries_told_to")
        table.drop_column("deliveries_told_at")
