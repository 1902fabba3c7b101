"""Letters are not locked as a whole any more"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("client_letters", schema=None) as batch_op:
        batch_op.drop_column("locked_at")
        batch_op.drop_column("failures")


def downgrade() -> None:
    with op.batch_alter_table("client_letters", schema=None) as batch_op:
        batch_op.add_column(sa.Column("failures", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("locked_at", sa.DateTime(timezone=True), nullable=True))
