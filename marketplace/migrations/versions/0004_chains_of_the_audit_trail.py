"""A chain of the audit trail for each organisation, its seals apart from the events"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

FIRST_RELEASE = "first-release"
GENESIS = "0" * 64


def upgrade() -> None:
    op.create_table(
        "audit_chains",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("last_number", sa.Integer(), nullable=False),
        sa.Column("last_hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_audit_chains")),
    )
    op.create_table(
        "audit_roots",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("heads", _json(), nullable=False),
        sa.Column("root", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("previous_hash", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_roots")),
        sa.UniqueConstraint("hash", name=op.f("uq_audit_roots_hash")),
    )
    op.create_table(
        "audit_seals",
        sa.Column("event_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("chain", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("previous_hash", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_audit_seals")),
        sa.UniqueConstraint("chain", "number", name=op.f("uq_audit_seals_chain_number")),
        sa.UniqueConstraint("hash", name=op.f("uq_audit_seals_hash")),
        sa.ForeignKeyConstraint(["event_id"], ["audit_events.id"], name=op.f("fk_audit_seals_event_id")),
    )
    op.execute(
        "INSERT INTO audit_chains (key, last_number, last_hash)"
        f" SELECT '{FIRST_RELEASE}', last_id, last_hash FROM audit_head WHERE last_id > 0"
    )
    if _on_sqlite():
        # The table is made anew without the columns; the seals refer to it, and so come when it stands again.
        op.execute("CREATE TABLE audit_events_kept AS SELECT * FROM audit_events")
        op.execute("DELETE FROM audit_events")
        with op.batch_alter_table("audit_events") as batch_op:
            batch_op.drop_constraint("uq_audit_events_hash", type_="unique")
            batch_op.drop_column("previous_hash")
            batch_op.drop_column("hash")
        columns = (
            "id, at, actor_id, actor_name, action, subject_type, subject_id, organisation_key, before, after"
        )
        op.execute(f"INSERT INTO audit_events ({columns}) SELECT {columns} FROM audit_events_kept")
        _seal_from("audit_events_kept")
        op.drop_table("audit_events_kept")
    else:
        _seal_from("audit_events")
        op.drop_column("audit_events", "previous_hash")
        op.drop_column("audit_events", "hash")
        op.execute("CREATE SEQUENCE audit_events_id_seq OWNED BY audit_events.id")
        op.execute(
            "SELECT setval('audit_events_id_seq', (SELECT coalesce(max(id), 0) + 1 FROM audit_events), false)"
        )
        op.execute("ALTER TABLE audit_events ALTER COLUMN id SET DEFAULT nextval('audit_events_id_seq')")
    op.drop_table("audit_head")


def _seal_from(table: str) -> None:
    """Move the hashes of the events into seals of one chain."""
    op.execute(
        "INSERT INTO audit_seals (event_id, chain, number, key_id, previous_hash, hash)"
        f" SELECT id, '{FIRST_RELEASE}', id, '', previous_hash, hash FROM {table}"
    )


def downgrade() -> None:
    """Back to one chain without a key, made anew over all events in their order."""
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last_id", sa.Integer(), nullable=False),
        sa.Column("last_hash", sa.Text(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_audit_head_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    op.drop_table("audit_seals")
    op.drop_table("audit_roots")
    op.drop_table("audit_chains")
    if not _on_sqlite():
        op.execute("ALTER TABLE audit_events ALTER COLUMN id DROP DEFAULT")
        op.execute("DROP SEQUENCE audit_events_id_seq")
    with op.batch_alter_table("audit_events") as batch_op:
        batch_op.add_column(sa.Column("previous_hash", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("hash", sa.Text(), nullable=True))
    number, previous = _seal_as_before()
    with op.batch_alter_table("audit_events") as batch_op:
        batch_op.alter_column("previous_hash", existing_type=sa.Text(), nullable=False)
        batch_op.alter_column("hash", existing_type=sa.Text(), nullable=False)
        batch_op.create_unique_constraint(op.f("uq_audit_events_hash"), ["hash"])
    if number:
        op.execute(
            sa.text("INSERT INTO audit_head (id, last_id, last_hash) VALUES (1, :number, :hash)").bindparams(
                number=number, hash=previous
            )
        )


def _seal_as_before() -> tuple[int, str]:
    events = sa.table(
        "audit_events",
        *(
            sa.column(name, kind)
            for name, kind in {
                "id": sa.Integer(),
                "at": sa.DateTime(timezone=True),
                "actor_id": sa.Integer(),
                "actor_name": sa.Text(),
                "action": sa.Text(),
                "subject_type": sa.Text(),
                "subject_id": sa.Text(),
                "organisation_key": sa.Text(),
                "before": _json(),
                "after": _json(),
                "previous_hash": sa.Text(),
                "hash": sa.Text(),
            }.items()
        ),
    )
    connection, previous, number = op.get_bind(), GENESIS, 0
    for number, row in enumerate(
        connection.execute(sa.select(events).order_by(events.c.id)).mappings().all(), 1
    ):
        content = {key: value for key, value in row.items() if key not in ("previous_hash", "hash")}
        at: datetime = content["at"] if content["at"].tzinfo else content["at"].replace(tzinfo=UTC)
        content |= {
            "id": number,
            "at": at.astimezone(UTC).isoformat(timespec="microseconds"),
            "previous_hash": previous,
        }
        sealed = hashlib.sha256(
            json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        ).hexdigest()
        connection.execute(
            events.update()
            .where(events.c.id == row["id"])
            .values(id=number, previous_hash=previous, hash=sealed)
        )
        previous = sealed
    return number, previous


def _json() -> Any:
    from sqlalchemy.dialects.postgresql import JSONB

    return sa.JSON().with_variant(JSONB(), "postgresql")


def _on_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"
