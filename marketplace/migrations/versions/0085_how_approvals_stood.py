"""How approvals stood before they were changed; which file an extract was; questions given on paper"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0085"
down_revision = "0084"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(JSONB(), "postgresql")

ACTIONS = ("approval.decide", "approval.end", "approval.leave", "approval.review")
"""What the audit trail calls what moves an approval from a state to another, with the state after it."""

approvals = sa.table("service_approvals", sa.column("id", sa.Integer), sa.column("municipalities", JSON))
events = sa.table(
    "audit_events",
    sa.column("id", sa.Integer),
    sa.column("at", sa.DateTime(timezone=True)),
    sa.column("action", sa.String),
    sa.column("subject_type", sa.String),
    sa.column("subject_id", sa.String),
    sa.column("after", JSON),
)


def upgrade() -> None:
    states = "'approved', 'suspended', 'ending', 'withdrawn', 'ended', 'private', 'private_ended'"
    former = op.create_table(
        "former_approvals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("approval_id", sa.Integer(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("municipalities", JSON, nullable=False),
        sa.CheckConstraint(f"state IN ({states})", name=op.f("ck_former_approvals_state_is_known")),
        sa.ForeignKeyConstraint(
            ["approval_id"], ["service_approvals.id"], name=op.f("fk_former_approvals_approval_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_former_approvals")),
    )
    op.create_index(op.f("ix_former_approvals_approval_id"), "former_approvals", ["approval_id"])
    with op.batch_alter_table("research_extracts") as table:
        table.add_column(sa.Column("file_sha256", sa.String(64), nullable=True))
    with op.batch_alter_table("effect_askings") as table:
        table.add_column(sa.Column("paper_on", sa.Date(), nullable=True))
    rows = list(_from_the_trail(op.get_bind()))
    if rows:
        op.bulk_insert(former, rows)


def _from_the_trail(connection: sa.Connection) -> Iterator[dict[str, Any]]:
    """How each approval stood before what the trail tells; areas of then are told nowhere and taken to be as today."""
    areas = {row.id: row.municipalities for row in connection.execute(sa.select(approvals))}
    states: dict[int, str] = {}
    told = sa.select(events.c.subject_id, events.c.at, events.c.after).where(
        events.c.subject_type == "ServiceApproval", events.c.action.in_(ACTIONS)
    )
    for subject, at, after in connection.execute(told.order_by(events.c.id)):
        approval, state = int(subject), after.get("state")
        before = states.get(approval, "approved")
        if approval in areas and state and state != before:
            states[approval] = state
            moment = at if at.tzinfo else at.replace(tzinfo=UTC)
            yield {
                "approval_id": approval,
                "until_on": moment.astimezone(ZoneInfo("Europe/Helsinki")).date(),
                "state": before,
                "municipalities": areas[approval],
            }


def downgrade() -> None:
    with op.batch_alter_table("effect_askings") as table:
        table.drop_column("paper_on")
    with op.batch_alter_table("research_extracts") as table:
        table.drop_column("file_sha256")
    op.drop_index(op.f("ix_former_approvals_approval_id"), table_name="former_approvals")
    op.drop_table("former_approvals")
