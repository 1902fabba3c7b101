"""Effects among the kept figures of reports"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

BEFORE = (
    "invited", "applied", "refused", "days_to_decision", "approved", "offers", "price_of_ceiling", "searches", "agreements",
    "changes", "ended_by_client", "ended_by_provider", "ended_at_once", "declined", "unanswered", "days_to_first",
    "clients", "spent", "granted_cents", "reserved_cents", "used_cents", "returned_cents", "carried_cents",
    "granted_minutes", "reserved_minutes", "used_minutes", "returned_minutes", "carried_minutes", "days_to_paid",
)  # fmt: skip
EFFECTS = ("better", "same", "worse", "answered", "not_answered")
TABLES = ("all", "month", "service", "municipality", "language", "group")


def upgrade() -> None:
    _may_hold((*BEFORE, *EFFECTS), (*TABLES, "item"))


def downgrade() -> None:
    op.execute(sa.text(f"DELETE FROM report_cells WHERE measure IN {EFFECTS}"))
    _may_hold(BEFORE, TABLES)


def _may_hold(measures: tuple[str, ...], tables: tuple[str, ...]) -> None:
    with op.batch_alter_table("report_cells", schema=None) as batch_op:
        for column, values in (("measure", measures), ("dimension", tables)):
            name = op.f(f"ck_report_cells_{column}_is_known")
            batch_op.drop_constraint(name, type_="check")
            batch_op.create_check_constraint(name, f"{column} IN {values}")
