"""More figures of reports: places without supply, prices over time, why something changed or was left"""

from __future__ import annotations

from collections.abc import Sequence

from alembic import op

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None

MEASURES = (
    "invited", "applied", "refused", "days_to_decision", "approved", "offers", "price_of_ceiling", "searches", "agreements",
    "changes", "ended_by_client", "ended_by_provider", "ended_at_once", "declined", "unanswered", "days_to_first",
    "clients", "spent", "granted_cents", "reserved_cents", "used_cents", "returned_cents", "carried_cents",
    "granted_minutes", "reserved_minutes", "used_minutes", "returned_minutes", "carried_minutes", "days_to_paid",
    "better", "same", "worse", "answered", "not_answered",
)  # fmt: skip
NEW_MEASURES = ("without_offers", "price_of_year", "price", "per_month", "response_rate")
DIMENSIONS = ("all", "month", "service", "municipality", "language", "group", "item")
NEW_DIMENSIONS = ("ground", "cause", "leftover", "place", "band")


def upgrade() -> None:
    _constrain((*MEASURES, *NEW_MEASURES), (*DIMENSIONS, *NEW_DIMENSIONS))


def downgrade() -> None:
    op.execute(f"DELETE FROM report_cells WHERE measure IN {NEW_MEASURES} OR dimension IN {NEW_DIMENSIONS}")
    _constrain(MEASURES, DIMENSIONS)


def _constrain(measures: Sequence[str], dimensions: Sequence[str]) -> None:
    with op.batch_alter_table("report_cells", schema=None) as batch_op:
        for column, words in (("measure", measures), ("dimension", dimensions)):
            name = op.f(f"ck_report_cells_{column}_is_known")
            batch_op.drop_constraint(name, type_="check")
            batch_op.create_check_constraint(name, f"{column} IN {tuple(words)}")
