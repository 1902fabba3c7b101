"""Forms that have been carried out, so that a second press of the same button does nothing twice.

Every form carries a token of its own, made when the page is drawn. When what it asked for has been done, the token is
spent in the same transaction, together with where the answer led. The same form sent once more, while the first is
being dealt with or after it, then leads to the same place. It is the same form when the person, the address, the token
and everything written in it are the same: whoever goes back and writes something else has something else to send.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from flask_wtf.csrf import generate_csrf
from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy.orm import Mapped, Session, mapped_column
from werkzeug import Request

from marketplace.db import Base, insert_missing

FIELD: Final = "form_token"
LIFETIME: Final = timedelta(days=1)
"""Longer than a page may be open before it is sent (`WTF_CSRF_TIME_LIMIT`): what is forgotten cannot be sent again."""


class SentForm(Base):
    """A form that has been carried out, by what it was (SHA-256, 64 hex digits), and the address its answer led to."""

    __tablename__ = "sent_forms"

    key: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    answer: Mapped[str]
    sent_at: Mapped[datetime] = mapped_column(index=True)


def new_token() -> str:
    """A token for one form on one page."""
    return secrets.token_urlsafe(12)


def form_tokens() -> dict[str, str]:
    """What a form that is no `BaseForm` carries hidden (field → value): that it is ours, and is carried out once."""
    return {"csrf_token": generate_csrf(), FIELD: new_token()}


def key_of(request: Request, who: object) -> str | None:
    """What a sent form is known by, from everything that it says; None when it carries no token.

    `who` is the person, or what tells the browser from others. Of a file its name and length count.
    """
    token = request.form.get(FIELD)
    if not token:
        return None
    said: list[object] = [
        [name, values] for name, values in request.form.lists() if name not in ("csrf_token", FIELD)
    ]
    for name, file in request.files.items(multi=True):
        said.append([name, file.filename, file.stream.seek(0, os.SEEK_END)])
        file.stream.seek(0)
    told = json.dumps([token, str(who), request.path, said])
    return hashlib.sha256(told.encode()).hexdigest()


def spend(session: Session, key: str, answer: str, *, now: datetime) -> bool:
    """Note in the caller's transaction that the form led to `answer`; False when it has been carried out before.

    On PostgreSQL this waits for another transaction that has just spent the same; SQLite has one writer at a time.
    """
    return insert_missing(session, SentForm, {"key": key, "answer": answer, "sent_at": now})


def answer_of(session: Session, key: str) -> str | None:
    """Where the form led when it was carried out, or None when it has not been."""
    return session.scalar(sa.select(SentForm.answer).where(SentForm.key == key))


def purge(session: Session, *, now: datetime) -> int:
    """Forget forms that were carried out more than a day ago; how many there were."""
    result = session.execute(sa.delete(SentForm).where(SentForm.sent_at < now - LIFETIME))
    return int(getattr(result, "rowcount", 0))


def token_is_genuine(request: Request, keys: list[str]) -> bool:
    """Whether the form carries a token that the portal itself once gave, though it has expired or is another's."""
    signer = URLSafeTimedSerializer(keys, salt="wtf-csrf-token")
    try:
        signer.loads(request.form.get("csrf_token", ""))
    except BadData:
        return False
    return True
