"""Of which quarters each research extract has told rows of a client, for those that are made beside it"""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from alembic import op

revision = "0076"
down_revision = "0075"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Extracts that were given before count as if they had told rows of everybody in each of their quarters."""
    with op.batch_alter_table("research_members") as table:
        table.add_column(sa.Column("quarters", sa.Text(), nullable=False, server_default=""))
    extracts = sa.table(
        "research_extracts", sa.column("id"), sa.column("first_on", sa.Date), sa.column("last_on", sa.Date)
    )
    members = sa.table("research_members", sa.column("extract_id"), sa.column("quarters"))
    for extract, first, last in op.get_bind().execute(sa.select(extracts)).all():
        op.execute(
            sa.update(members)
            .where(members.c.extract_id == extract)
            .values(quarters=" ".join(_quarters(first, last)))
        )


def downgrade() -> None:
    with op.batch_alter_table("research_members") as table:
        table.drop_column("quarters")


def _quarters(first: date, last: date) -> list[str]:
    return [
        f"{year}-Q{number}"
        for year in range(first.year, last.year + 1)
        for number in range(1, 5)
        if first <= date(year, number * 3 - 2, 1) <= last
    ]
