"""The database roles under which the portal runs: everything but changing what has been recorded.

On PostgreSQL the owner of the tables migrates (`marketplace db upgrade`) and another role serves. The serving role may
add to the audit trail and read it, and neither change nor delete a row of it. A third one only reads.
"""

from __future__ import annotations

import re
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.errors import Invalid

APPEND_ONLY: Final = ("audit_events", "audit_seals", "audit_roots")
"""Tables whose rows the serving role cannot change. The ends of the chains (`audit_chains`) move on."""


def grant_runtime(session: Session, role: str) -> None:
    """Give `role` what serving needs and take from it what would let it rewrite the trail; run again after upgrades.

    Raises Invalid on SQLite, which has no roles, and for a name that no role of PostgreSQL has.
    """
    _ensure_role(session, role)
    for statement in (
        f"GRANT USAGE ON SCHEMA public TO {role}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
        *(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {role}" for table in APPEND_ONLY),
        f"REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM {role}",
    ):
        session.execute(sa.text(statement))


def grant_reading(session: Session, role: str) -> None:
    """Let `role` read every table and nothing more; run again after upgrades.

    Raises Invalid as `grant_runtime` does.
    """
    _ensure_role(session, role)
    for statement in (
        f"GRANT USAGE ON SCHEMA public TO {role}",
        f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}",
        f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {role}",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}",
    ):
        session.execute(sa.text(statement))


def _ensure_role(session: Session, role: str) -> None:
    if session.get_bind().dialect.name != "postgresql":
        raise Invalid(
            "SQLite has no roles: only PostgreSQL can keep the portal from changing the trail", field="role"
        )
    known = session.scalar(sa.text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": role})
    if not known or not re.fullmatch(r"[a-z_][a-z0-9_]*", role):
        raise Invalid(f"there is no database role called {role}", field="role")
