"""A switch for each kind of mail to people of the office"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0065"
down_revision = "0064"
branch_labels = None
depends_on = None

KINDS = "kind IN ('morning', 'safety', 'answers', 'messages', 'handed', 'companies')"


def upgrade() -> None:
    op.create_table(
        "muted_mails",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(KINDS, name=op.f("ck_muted_mails_kind_is_known")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_muted_mails_user_id_users")),
        sa.PrimaryKeyConstraint("user_id", "kind", name=op.f("pk_muted_mails")),
    )
    op.execute(
        "INSERT INTO muted_mails (user_id, kind, since) SELECT user_id, 'morning', since FROM no_morning_letters"
    )
    op.drop_table("no_morning_letters")


def downgrade() -> None:
    op.create_table(
        "no_morning_letters",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_no_morning_letters_user_id")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_no_morning_letters")),
    )
    op.execute(
        "INSERT INTO no_morning_letters (user_id, since)"
        " SELECT user_id, since FROM muted_mails WHERE kind = 'morning'"
    )
    op.drop_table("muted_mails")
