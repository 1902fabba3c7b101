"""Names of the keys of what is hashed of clients, and checkpoints that end former keys of the trail"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("clients", sa.Column("identity_key_id", sa.String(length=12), nullable=True))
    op.add_column("client_letters", sa.Column("key_id", sa.String(length=12), nullable=True))
    op.add_column(
        "audit_roots",
        sa.Column("ends_former_keys", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    with op.batch_alter_table("audit_roots") as batch_op:
        batch_op.alter_column("ends_former_keys", server_default=None)


def downgrade() -> None:
    op.drop_column("audit_roots", "ends_former_keys")
    op.drop_column("client_letters", "key_id")
    op.drop_column("clients", "identity_key_id")
