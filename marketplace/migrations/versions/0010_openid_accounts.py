"""Accounts at an OpenID Connect provider"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "openid_accounts",
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_openid_accounts_user_id")),
        sa.PrimaryKeyConstraint("issuer", "subject", name=op.f("pk_openid_accounts")),
    )
    with op.batch_alter_table("openid_accounts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_openid_accounts_user_id"), ["user_id"], unique=False)

    with op.batch_alter_table("user_sessions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("openid_session", sa.Text(), nullable=True))
        batch_op.create_index(batch_op.f("ix_user_sessions_openid_session"), ["openid_session"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("user_sessions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_user_sessions_openid_session"))
        batch_op.drop_column("openid_session")

    with op.batch_alter_table("openid_accounts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_openid_accounts_user_id"))

    op.drop_table("openid_accounts")
