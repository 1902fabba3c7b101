"""Keys of links to registrations are kept as hashes, as those of other links are"""

from __future__ import annotations

import hashlib

import sqlalchemy as sa
from alembic import op

revision = "0063"
down_revision = "0062"
branch_labels = None
depends_on = None

REGISTRATIONS = sa.table(
    "session_registrations", sa.column("id", sa.Integer()), sa.column("token", sa.Text())
)


def upgrade() -> None:
    # Links that were sent go on opening: the portal hashes their key and finds this.
    connection = op.get_bind()
    for row in connection.execute(sa.select(REGISTRATIONS.c.id, REGISTRATIONS.c.token)).all():
        connection.execute(
            sa.update(REGISTRATIONS)
            .where(REGISTRATIONS.c.id == row.id)
            .values(token=hashlib.sha256(row.token.encode()).hexdigest())
        )


def downgrade() -> None:
    """A hash cannot be undone: links of letters that were sent open nothing in the version before."""
