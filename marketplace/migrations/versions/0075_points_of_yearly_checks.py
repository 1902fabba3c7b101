"""What was looked at in the yearly check of an approval, point by point"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0075"
down_revision = "0074"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    with op.batch_alter_table("approval_rechecks") as batch:
        batch.add_column(sa.Column("points", JSON, nullable=False, server_default="[]"))


def downgrade() -> None:
    with op.batch_alter_table("approval_rechecks") as batch:
        batch.drop_column("points")
