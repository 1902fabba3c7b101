"""Entries that outlive an expired session or an old page.

When a form arrives too late (signed out meanwhile, its anti-forgery token has expired, or a proof of who one is comes
first), what was typed is kept for a day under a random token that only that browser holds, and comes back in the form:
to the same person, on the same page. Account numbers never come back, for whoever plants a form would choose theirs.
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
from marketplace.web import sent_forms

COOKIE: Final = "kept_form"
LIFETIME: Final = timedelta(days=1)
MAX_CHARACTERS: Final = 400_000
_NEVER_KEPT: Final = ("csrf_token", sent_forms.FIELD, "password", "iban", "credential", "identity_code")


class KeptForm(Base):
    """One set of entries, found by the hash of its token. `user_id`: whose they are, when somebody had signed in."""

    __tablename__ = "kept_forms"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    form_name: Mapped[str]
    user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    page: Mapped[str]
    entries: Mapped[list[dict[str, Any]]]
    kept_at: Mapped[datetime] = mapped_column(index=True)


def keep(
    session: Session, entries: Iterable[tuple[str, str]], *, user_id: int | None, page: str, now: datetime
) -> str | None:
    """Keep the entries of a posted form; the token that brings them back, or None when there is nothing worth it.

    `entries` are (field, value) pairs in form order; `user_id` whose they are, None when that is not known; `page` is
    the address of the form's page. Passwords, account numbers, identity codes and tokens are never kept.
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
            user_id=user_id,
            page=_place(page),
            entries=[{"name": name, "value": value} for name, value in pairs],
            kept_at=now,
        )
    )
    return token


def recall(
    session: Session, token: str, form_name: str, *, user_id: int | None, page: str, now: datetime
) -> MultiDict[str, str] | None:
    """The entries kept under `token` for that form on that page, or None when there are none or they are too old.

    What was kept of somebody comes back to that person alone.
    """
    kept = session.get(KeptForm, _digest(token))
    if kept is None or kept.form_name != form_name or kept.kept_at < now - LIFETIME:
        return None
    if kept.user_id not in (None, user_id) or kept.page != _place(page):
        return None
    return MultiDict((entry["name"], entry["value"]) for entry in kept.entries)


def forget(session: Session, token: str, form_name: str) -> bool:
    """Drop the entries of `token` when they are of the form just sent; whether they were.

    Signing in and proving who one is are forms, too: what waits behind them stays.
    """
    result = session.execute(
        sa.delete(KeptForm).where(KeptForm.token_hash == _digest(token), KeptForm.form_name == form_name)
    )
    return int(getattr(result, "rowcount", 0)) > 0


def purge(session: Session, *, now: datetime) -> int:
    """Drop everything older than a day; the number of forms dropped."""
    result = session.execute(sa.delete(KeptForm).where(KeptForm.kept_at < now - LIFETIME))
    return int(getattr(result, "rowcount", 0))


def _place(page: str) -> str:
    """The address of a page without its language and query: somebody may go on in the other language."""
    return page.partition("?")[0].lstrip("/").partition("/")[2]


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
