"""Alembic's environment: the tables of every feature, on SQLite and PostgreSQL."""

from __future__ import annotations

from alembic import context

import marketplace.accounts.models
import marketplace.approvals.models
import marketplace.audit.models
import marketplace.kept_forms
import marketplace.outbox
import marketplace.pilots.models
import marketplace.providers.models
import marketplace.search.models  # noqa: F401
from marketplace.db import Base, Database

database = Database(context.config.attributes["url"])
with database.writer.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
database.dispose()
