"""The client's own share of deliveries, and on statements the value of an hour beside it"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.add_column(sa.Column("own_share", sa.BigInteger(), nullable=False, server_default="0"))
        batch_op.create_check_constraint(op.f("ck_deliveries_own_share_is_not_negative"), "own_share >= 0")
    with op.batch_alter_table("statement_rows", schema=None) as batch_op:
        batch_op.add_column(sa.Column("value_cents", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("own_share_cents", sa.BigInteger(), nullable=False, server_default="0"))


def downgrade() -> None:
    with op.batch_alter_table("statement_rows", schema=None) as batch_op:
        batch_op.drop_column("own_share_cents")
        batch_op.drop_column("value_cents")
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_deliveries_own_share_is_not_negative"), type_="check")
        batch_op.drop_column("own_share")
