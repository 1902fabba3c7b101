"""The last day that a proof itself names, beside the last day on which it counts"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0077"
down_revision = "0076"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("evidence") as batch:
        batch.add_column(sa.Column("stated_until", sa.Date()))


def downgrade() -> None:
    with op.batch_alter_table("evidence") as batch:
        batch.drop_column("stated_until")
