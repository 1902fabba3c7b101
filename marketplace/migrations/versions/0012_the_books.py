"""The books: accounts, entries and postings, and the triggers that keep them"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

APPEND_ONLY = ("ledger_entries", "ledger_postings")
CHANGED = "ledger: entries and postings are only added, a correction is a new entry"
UNBALANCED = "ledger: the postings of an entry add up to zero"
INCOMPLETE = "ledger: an entry has all its postings and no more"
HALF_RESOLVED = "ledger: a reservation is released in full"

# What both engines ask. The postings of an entry that resolves, and those of its reservation, leave nothing pending.
PENDING_LEFT = """
    SELECT 1 FROM ledger_postings
    WHERE flow IN ('reserved', 'expected') AND entry_id IN ({entry}, {resolved})
    GROUP BY account_id, flow HAVING sum(amount) <> 0
"""
OUT_OF_BALANCE = """
    SELECT 1 FROM ledger_postings WHERE entry_id = NEW.entry_id
    GROUP BY unit, flow IN ('reserved', 'expected') HAVING sum(amount) <> 0
"""
KEEP_SUMS = """
    UPDATE ledger_accounts SET
        granted = granted + CASE WHEN NEW.flow = 'granted' THEN NEW.amount ELSE 0 END,
        reserved = reserved - CASE WHEN NEW.flow = 'reserved' THEN NEW.amount ELSE 0 END,
        used = used - CASE WHEN NEW.flow = 'used' THEN NEW.amount ELSE 0 END,
        expected = expected + CASE WHEN NEW.flow = 'expected' THEN NEW.amount ELSE 0 END
    WHERE id = NEW.account_id;
"""


def upgrade() -> None:
    op.create_table(
        "ledger_accounts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("organisation_key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("granted", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("reserved", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("used", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("expected", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint(
            "kind IN ('funds', 'budget', 'provider', 'paid')", name=op.f("ck_ledger_accounts_kind_is_known")
        ),
        sa.CheckConstraint("unit IN ('cents', 'minutes')", name=op.f("ck_ledger_accounts_unit_is_known")),
        sa.CheckConstraint(
            "granted >= 0 AND reserved >= 0 AND used >= 0 AND expected >= 0",
            name=op.f("ck_ledger_accounts_nothing_is_negative"),
        ),
        sa.CheckConstraint(
            "kind <> 'budget' OR granted - reserved - used >= 0",
            name=op.f("ck_ledger_accounts_no_budget_is_overdrawn"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_key"], ["organisations.key"], name=op.f("fk_ledger_accounts_organisation_key")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_accounts")),
        sa.UniqueConstraint("key", name=op.f("uq_ledger_accounts_key")),
        sa.UniqueConstraint("id", "unit", name=op.f("uq_ledger_accounts_id_unit")),
    )
    # Entries and postings refer to each other. SQLite takes a table's keys only when the table is made and does not
    # ask for the other one before a row is added; PostgreSQL wants the other table to be there.
    op.create_table("ledger_entries", *_entry_columns(), *(_last_posting() if _on_sqlite() else ()))
    op.create_table(
        "ledger_postings",
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("leg", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("flow", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "flow IN ('granted', 'reserved', 'used', 'expected')",
            name=op.f("ck_ledger_postings_flow_is_known"),
        ),
        sa.CheckConstraint("unit IN ('cents', 'minutes')", name=op.f("ck_ledger_postings_unit_is_known")),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_ledger_postings_moves_something")),
        sa.CheckConstraint("leg > 0", name=op.f("ck_ledger_postings_legs_count_from_one")),
        sa.ForeignKeyConstraint(
            ["account_id", "unit"],
            ["ledger_accounts.id", "ledger_accounts.unit"],
            name=op.f("fk_ledger_postings_account_id_unit"),
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["ledger_entries.id"], name=op.f("fk_ledger_postings_entry_id")
        ),
        sa.PrimaryKeyConstraint("entry_id", "leg", name=op.f("pk_ledger_postings")),
    )
    op.create_index("ix_ledger_postings_account_id", "ledger_postings", ["account_id", "entry_id"])
    op.create_index(op.f("ix_ledger_entries_about"), "ledger_entries", ["about"])
    op.create_index(
        "ix_ledger_entries_lapses_on",
        "ledger_entries",
        ["lapses_on"],
        sqlite_where=sa.text("lapses_on IS NOT NULL"),
        postgresql_where=sa.text("lapses_on IS NOT NULL"),
    )
    if _on_sqlite():
        _triggers_of_sqlite()
    else:
        op.create_foreign_key(
            "fk_ledger_entries_id_legs",
            "ledger_entries",
            "ledger_postings",
            ["id", "legs"],
            ["entry_id", "leg"],
            deferrable=True,
            initially="DEFERRED",
        )
        _triggers_of_postgresql()


def _entry_columns() -> tuple[sa.schema.SchemaItem, ...]:
    return (
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("booked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("booked_by_id", sa.Integer(), nullable=True),
        sa.Column("legs", sa.Integer(), nullable=False),
        sa.Column("lapses_on", sa.Date(), nullable=True),
        sa.Column("resolves_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('grant', 'take_back', 'carry', 'reserve', 'post', 'void', 'time_out', 'correct', 'pay')",
            name=op.f("ck_ledger_entries_kind_is_known"),
        ),
        sa.CheckConstraint("legs > 1", name=op.f("ck_ledger_entries_has_two_sides")),
        sa.CheckConstraint(
            "(resolves_id IS NOT NULL) = (kind IN ('post', 'void', 'time_out'))",
            name=op.f("ck_ledger_entries_resolves_a_reservation"),
        ),
        sa.CheckConstraint(
            "lapses_on IS NULL OR kind = 'reserve'", name=op.f("ck_ledger_entries_only_reservations_lapse")
        ),
        sa.ForeignKeyConstraint(["booked_by_id"], ["users.id"], name=op.f("fk_ledger_entries_booked_by_id")),
        sa.ForeignKeyConstraint(
            ["resolves_id"], ["ledger_entries.id"], name=op.f("fk_ledger_entries_resolves_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_entries")),
        sa.UniqueConstraint("source", name=op.f("uq_ledger_entries_source")),
        sa.UniqueConstraint("resolves_id", name=op.f("uq_ledger_entries_resolves_id")),
    )


def _last_posting() -> tuple[sa.ForeignKeyConstraint, ...]:
    """An entry refers to the last of its postings: it cannot be committed without them."""
    return (
        sa.ForeignKeyConstraint(
            ["id", "legs"],
            ["ledger_postings.entry_id", "ledger_postings.leg"],
            deferrable=True,
            initially="DEFERRED",
            name=op.f("fk_ledger_entries_id_legs"),
        ),
    )


def _triggers_of_sqlite() -> None:
    """SQLite has no deferred triggers: the postings come in order, and the last one is taken when all are right.

    That it comes is the deferred key of the entry; that none comes after it is the first trigger.
    """
    for table in APPEND_ONLY:
        for event in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{CHANGED}'); END"
            )
    legs = "(SELECT legs FROM ledger_entries WHERE id = NEW.entry_id)"
    resolved = "(SELECT resolves_id FROM ledger_entries WHERE id = NEW.entry_id)"
    op.execute(
        f"CREATE TRIGGER ledger_postings_in_order BEFORE INSERT ON ledger_postings "
        f"WHEN NEW.leg > {legs} "
        f"OR NEW.leg <> 1 + (SELECT count(*) FROM ledger_postings WHERE entry_id = NEW.entry_id) "
        f"BEGIN SELECT RAISE(ABORT, '{INCOMPLETE}'); END"
    )
    op.execute(f"CREATE TRIGGER ledger_postings_kept AFTER INSERT ON ledger_postings BEGIN {KEEP_SUMS} END")
    op.execute(
        f"CREATE TRIGGER ledger_postings_balance AFTER INSERT ON ledger_postings WHEN NEW.leg = {legs} BEGIN "
        f"SELECT RAISE(ABORT, '{UNBALANCED}') WHERE EXISTS ({OUT_OF_BALANCE}); "
        f"SELECT RAISE(ABORT, '{HALF_RESOLVED}') WHERE {resolved} IS NOT NULL "
        f"AND EXISTS ({PENDING_LEFT.format(entry='NEW.entry_id', resolved=resolved)}); END"
    )


def _triggers_of_postgresql() -> None:
    """What an entry must be as a whole is asked when the transaction ends, whatever the order of its postings."""
    op.execute(
        "CREATE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"RAISE EXCEPTION USING MESSAGE = '{CHANGED}', ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()"
        )
    op.execute(
        "CREATE FUNCTION ledger_keep_sums() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"{KEEP_SUMS} RETURN NULL; END $$"
    )
    op.execute(
        "CREATE TRIGGER ledger_postings_kept AFTER INSERT ON ledger_postings "
        "FOR EACH ROW EXECUTE FUNCTION ledger_keep_sums()"
    )
    pending = PENDING_LEFT.format(entry="NEW.entry_id", resolved="whole.resolves_id")
    op.execute(
        "CREATE FUNCTION ledger_entry_holds() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "DECLARE whole ledger_entries%ROWTYPE; BEGIN "
        "SELECT * INTO whole FROM ledger_entries WHERE id = NEW.entry_id; "
        "IF whole.legs <> (SELECT count(*) FROM ledger_postings WHERE entry_id = NEW.entry_id) THEN "
        f"RAISE EXCEPTION USING MESSAGE = '{INCOMPLETE}', ERRCODE = 'integrity_constraint_violation'; END IF; "
        f"IF EXISTS ({OUT_OF_BALANCE}) THEN "
        f"RAISE EXCEPTION USING MESSAGE = '{UNBALANCED}', ERRCODE = 'integrity_constraint_violation'; END IF; "
        f"IF whole.resolves_id IS NOT NULL AND EXISTS ({pending}) THEN "
        f"RAISE EXCEPTION USING MESSAGE = '{HALF_RESOLVED}', ERRCODE = 'integrity_constraint_violation'; END IF; "
        "RETURN NULL; END $$"
    )
    op.execute(
        "CREATE CONSTRAINT TRIGGER ledger_postings_balance AFTER INSERT ON ledger_postings "
        "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_entry_holds()"
    )


def downgrade() -> None:
    if not _on_sqlite():
        op.drop_constraint("fk_ledger_entries_id_legs", "ledger_entries", type_="foreignkey")
    op.drop_table("ledger_postings")
    op.drop_table("ledger_entries")
    op.drop_table("ledger_accounts")
    if not _on_sqlite():
        for function in ("ledger_refuse", "ledger_keep_sums", "ledger_entry_holds"):
            op.execute(f"DROP FUNCTION {function}()")


def _on_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"
