"""The ages that an offer is for; none: everybody who may get the service"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    with op.batch_alter_table("offer_versions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("ages", JSON, nullable=False, server_default="[]"))


def downgrade() -> None:
    with op.batch_alter_table("offer_versions", schema=None) as batch_op:
        batch_op.drop_column("ages")
