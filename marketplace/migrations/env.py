"""Alembic's environment: the tables of every feature, on SQLite and PostgreSQL."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy.exc import IntegrityError

import marketplace
from marketplace.db import Base, Database

TABLES_ELSEWHERE = (
    "marketplace.allowances",
    "marketplace.outbox",
    "marketplace.web.saved_entries",
    "marketplace.web.sent_forms",
)
"""Modules with a table of their own that are not called `models`."""

for module in pkgutil.walk_packages(marketplace.__path__, "marketplace."):
    if module.name.endswith(".models") or module.name in TABLES_ELSEWHERE:
        importlib.import_module(module.name)

PLAIN_TYPES = {
    "UtcDateTime": "sa.DateTime(timezone=True)",
    "MoneyColumn": "sa.BigInteger()",
    "LocalizedTextColumn": "JSON",
    "JSON": "JSON",
}


def render_item(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """Write a new migration in the database's own types, so that old ones never depend on the code of today."""
    return PLAIN_TYPES.get(type(item).__name__, False) if kind == "type" else False


database = Database(context.config.attributes["url"])
with database.writer.connect() as connection:
    on_sqlite = connection.dialect.name == "sqlite"
    if on_sqlite:
        # A table that is rebuilt is dropped for a moment, while others refer to its rows (sqlite.org/lang_altertable).
        # The keys are checked before anything is committed.
        connection.connection.cursor().execute("PRAGMA foreign_keys=OFF")
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=on_sqlite,
        render_item=render_item,
    )
    with context.begin_transaction():
        context.run_migrations()
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall() if on_sqlite else []
        if broken:
            raise IntegrityError(
                "PRAGMA foreign_key_check", None, Exception(f"rows that refer to nothing: {broken[:5]}")
            )
    connection.commit()
database.dispose()
