"""Entries that outlive an expired session or an old page.

When a form arrives too late (signed out meanwhile, or its anti-forgery token has expired), what was typed is kept
for a day under a random token that only that browser holds, and comes back in the form.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column
from werkzeug.datastructures import MultiDict

from marketplace.db import Base

COOKIE: Final = "kept_form"
LIFETIME: Final = timedelta(days=1)
MAX_CHARACTERS: Final = 400_000
_NEVER_KEPT: Final = ("csrf_token", "password")


class KeptForm(Base):
    """One set of entries, found by the hash of its token."""

    __tablename__ = "kept_forms"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    form_name: Mapped[str]
    entries: Mapped[list[dict[str, Any]]]
    kept_at: Mapped[datetime] = mapped_column(index=True)


def keep(session: Session, entries: Iterable[tuple[str, str]], *, now: datetime) -> str | None:
    """Keep the entries of a posted form; the token that brings them back, or None when there is nothing worth it.

    `entries` are (field, value) pairs in form order. Passwords and tokens are never kept.
    """
    pairs = [(name, value) for name, value in entries if not any(word in name for word in _NEVER_KEPT)]
    form_name = next((value for name, value in pairs if name == "form_name"), "")
    if not form_name or sum(len(value) for _, value in pairs) > MAX_CHARACTERS:
        return None
    token = secrets.token_urlsafe(32)
    session.add(
        KeptForm(
            token_hash=_digest(token),
            form_name=form_name,
            entries=[{"name": name, "value": value} for name, value in pairs],
            kept_at=now,
        )
    )
    return token


def recall(session: Session, token: str, form_name: str, *, now: datetime) -> MultiDict[str, str] | None:
    """The entries kept under `token` for that form, or None when there are none or they are too old."""
    kept = session.get(KeptForm, _digest(token))
    if kept is None or kept.form_name != form_name or kept.kept_at < now - LIFETIME:
        return None
    return MultiDict((entry["name"], entry["value"]) for entry in kept.entries)


def forget(session: Session, token: str) -> None:
    """Drop the entries of `token`: the form has been sent."""
    session.execute(sa.delete(KeptForm).where(KeptForm.token_hash == _digest(token)))


def purge(session: Session, *, now: datetime) -> int:
    """Drop everything older than a day; the number of forms dropped."""
    result = session.execute(sa.delete(KeptForm).where(KeptForm.kept_at < now - LIFETIME))
    return int(getattr(result, "rowcount", 0))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
