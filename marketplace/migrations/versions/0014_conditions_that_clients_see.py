"""Conditions of approvals that clients see; what was written before was written for the provider alone"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

# Added and dropped in place: on SQLite a batch would copy the tables, to which others refer.


def upgrade() -> None:
    op.add_column(
        "service_approvals", sa.Column("public_conditions", sa.Text(), server_default="", nullable=False)
    )
    op.add_column(
        "approval_conditions", sa.Column("public", sa.Boolean(), server_default=sa.false(), nullable=False)
    )


def downgrade() -> None:
    op.drop_column("approval_conditions", "public")
    op.drop_column("service_approvals", "public_conditions")
