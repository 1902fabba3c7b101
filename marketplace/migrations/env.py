"""Alembic's environment: the tables of every feature, on SQLite and PostgreSQL."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

import marketplace.accounts.models
import marketplace.approvals.applying.models
import marketplace.approvals.inviting.models
import marketplace.approvals.inviting.sessions.models
import marketplace.approvals.messages.models
import marketplace.approvals.models
import marketplace.approvals.reviewing.models
import marketplace.approvals.standing.models
import marketplace.audit.models
import marketplace.kept_forms
import marketplace.outbox
import marketplace.pilots.models
import marketplace.providers.company.models
import marketplace.providers.models
import marketplace.providers.units.models
import marketplace.search.models
import marketplace.vouchers.models  # noqa: F401
from marketplace.db import Base, Database

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
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        render_item=render_item,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
database.dispose()
