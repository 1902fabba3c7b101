"""The own last day of proofs that were added before it was kept beside the day when a new one is due"""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from alembic import op

revision = "0078"
down_revision = "0080"
branch_labels = None
depends_on = None

RENEWED = (
    "reliable_partner",
    "tax",
    "prepayment_register",
    "trade_register",
    "pension",
    "accident_insurance",
    "collective_agreement",
    "occupational_health",
    "liability_insurance",
    "patient_insurance",
    "self_monitoring_plan",
)
"""The kinds of which a new proof is due twelve months after the day of issue."""


def upgrade() -> None:
    """A day that is not that of the renewal was the document's own; of the others the own day is lost."""
    proofs = sa.table(
        "evidence",
        sa.column("id"),
        sa.column("kind"),
        sa.column("issued_on", sa.Date),
        sa.column("stated_until", sa.Date),
        sa.column("valid_until", sa.Date),
    )
    unstated = sa.select(proofs).where(proofs.c.stated_until.is_(None), proofs.c.valid_until.is_not(None))
    own = [
        row.id
        for row in op.get_bind().execute(unstated).all()
        if row.kind not in RENEWED or row.valid_until != _year_later(row.issued_on)
    ]
    for start in range(0, len(own), 500):
        op.execute(
            sa.update(proofs)
            .where(proofs.c.id.in_(own[start : start + 500]))
            .values(stated_until=proofs.c.valid_until)
        )


def downgrade() -> None:
    """The days stay: what wrote them before reads them as well."""


def _year_later(day: date) -> date:
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return date(day.year + 1, 2, 28)
