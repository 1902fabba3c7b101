"""Whose saved entries are, and of which page"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("kept_forms", schema=None) as batch_op:
        batch_op.add_column(sa.Column("user_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("page", sa.Text(), nullable=False, server_default=""))
        batch_op.create_foreign_key(batch_op.f("fk_kept_forms_user_id"), "users", ["user_id"], ["id"])
    with op.batch_alter_table("kept_forms", schema=None) as batch_op:
        batch_op.alter_column("page", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("kept_forms", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_kept_forms_user_id"), type_="foreignkey")
        batch_op.drop_column("page")
        batch_op.drop_column("user_id")
