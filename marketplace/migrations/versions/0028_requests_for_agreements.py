"""Agreements that clients ask for and providers answer; the register that stood is carried over"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

PARTIES = "('client', 'helper', 'provider', 'office')"
OPEN = sa.text("state = 'in_force' AND ends_on IS NULL")
OPEN_BEFORE = sa.text("ends_on IS NULL")
REQUESTED = sa.text("state = 'requested'")
WHOSE = ["organisation_key", "client_number", "offer_id"]


def upgrade() -> None:
    with op.batch_alter_table("agreements", schema=None) as batch_op:
        batch_op.drop_index("uq_agreements_open", sqlite_where=OPEN_BEFORE, postgresql_where=OPEN_BEFORE)
        batch_op.add_column(sa.Column("state", sa.Text(), server_default="in_force", nullable=False))
        batch_op.add_column(sa.Column("asked_by", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("wanted", _json(), server_default="{}", nullable=False))
        batch_op.add_column(sa.Column("answer_until", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("answered_by_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("reason", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("ended_by", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("replaces_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("file_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("revision", sa.Integer(), server_default="1", nullable=False))
    op.execute("UPDATE agreements SET state = 'ending', ended_by = 'office' WHERE ends_on IS NOT NULL")
    with op.batch_alter_table("agreements", schema=None) as batch_op:
        for column, kind in (("state", sa.Text()), ("wanted", _json()), ("reason", sa.Text())):
            batch_op.alter_column(column, existing_type=kind, server_default=None)
        batch_op.alter_column("revision", existing_type=sa.Integer(), server_default=None)
        batch_op.create_foreign_key("fk_agreements_answered_by_id", "users", ["answered_by_id"], ["id"])
        batch_op.create_foreign_key("fk_agreements_replaces_id", "agreements", ["replaces_id"], ["id"])
        batch_op.create_foreign_key("fk_agreements_file_id", "stored_files", ["file_id"], ["id"])
        for name, condition in CHECKS.items():
            batch_op.create_check_constraint(op.f(f"ck_agreements_{name}"), condition)
        batch_op.create_index(
            "uq_agreements_open", WHOSE, unique=True, sqlite_where=OPEN, postgresql_where=OPEN
        )
        batch_op.create_index(
            "uq_agreements_requested", WHOSE, unique=True, sqlite_where=REQUESTED, postgresql_where=REQUESTED
        )
        batch_op.create_index(
            "uq_agreements_replaces_id",
            ["replaces_id"],
            unique=True,
            sqlite_where=REQUESTED,
            postgresql_where=REQUESTED,
        )
        batch_op.create_index("ix_agreements_state_answer_until", ["state", "answer_until"])


CHECKS = {
    "state_is_known": "state IN ('requested', 'in_force', 'ending', 'stopped', 'called_off', 'declined', 'lapsed', "
    "'withdrawn', 'price_changed')",
    "asker_is_known": f"asked_by IN {PARTIES}",
    "ender_is_known": f"ended_by IN {PARTIES}",
    "requests_are_answered": "(asked_by IS NULL) = (answer_until IS NULL)",
    "ends_some_day": "state NOT IN ('ending', 'stopped') OR ends_on IS NOT NULL",
    "has_a_reason": "state NOT IN ('declined', 'stopped') OR reason <> ''",
    "only_requests_wait": "state IN ('in_force', 'ending', 'stopped', 'called_off') OR asked_by IS NOT NULL",
}


def downgrade() -> None:
    op.execute("UPDATE agreements SET replaces_id = NULL")
    op.execute("DELETE FROM agreements WHERE state NOT IN ('in_force', 'ending', 'stopped')")
    with op.batch_alter_table("agreements", schema=None) as batch_op:
        batch_op.drop_index("ix_agreements_state_answer_until")
        for name in ("uq_agreements_replaces_id", "uq_agreements_requested"):
            batch_op.drop_index(name, sqlite_where=REQUESTED, postgresql_where=REQUESTED)
        batch_op.drop_index("uq_agreements_open", sqlite_where=OPEN, postgresql_where=OPEN)
        for name in CHECKS:
            batch_op.drop_constraint(op.f(f"ck_agreements_{name}"), type_="check")
        for name in ("answered_by_id", "replaces_id", "file_id"):
            batch_op.drop_constraint(f"fk_agreements_{name}", type_="foreignkey")
        for column in (
            "revision",
            "file_id",
            "replaces_id",
            "ended_by",
            "reason",
            "answered_at",
            "answered_by_id",
            "answer_until",
            "wanted",
            "asked_by",
            "state",
        ):
            batch_op.drop_column(column)
        batch_op.create_index(
            "uq_agreements_open", WHOSE, unique=True, sqlite_where=OPEN_BEFORE, postgresql_where=OPEN_BEFORE
        )


def _json() -> Any:
    from sqlalchemy.dialects.postgresql import JSONB

    return sa.JSON().with_variant(JSONB(), "postgresql")
