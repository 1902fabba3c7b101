"""Asking for links, writing their letters, following them."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace import outbox
from marketplace.accounts.links import mails
from marketplace.accounts.links.models import MailedLink
from marketplace.accounts.links.rules import HOLDS, KEPT_FOR, LETTERS, Purpose
from marketplace.accounts.models import User
from marketplace.accounts.queries import user_by_email
from marketplace.accounts.rules import normal_email
from marketplace.accounts.sessions.queries import digest
from marketplace.db import Database
from marketplace.duties import each_by_itself
from marketplace.errors import NotFound
from marketplace.i18n import _l
from marketplace.permissions import SYSTEM
from marketplace.work import UnitOfWork


class LinkIsDead(NotFound):
    """The link is too old or has been used."""

    def __init__(self) -> None:
        super().__init__(_l("The link is too old or has been used. Ask for a new one."))


def ask(
    session: Session,
    purpose: Purpose,
    *,
    email: str,
    language: str,
    now: datetime,
    payload: Mapping[str, Any] | None = None,
) -> None:
    """Ask for a link by mail. Does the same whoever has the address; the worker sees who it is (`write_letters`)."""
    session.add(
        MailedLink(
            purpose=purpose,
            email=normal_email(email),
            language=language,
            payload=dict(payload or {}),
            asked_at=now,
            expires_at=now + HOLDS[purpose],
        )
    )


def issue(session: Session, purpose: Purpose, user: User, *, holds: timedelta, now: datetime) -> str:
    """A link's token for somebody who gets it by another way than mail; earlier ones of the person end."""
    end_links(session, purpose, user.email, now=now)
    token = secrets.token_urlsafe(32)
    session.add(
        MailedLink(
            purpose=purpose,
            email=user.email,
            language=user.language,
            payload={},
            token_hash=digest(token),
            asked_at=now,
            expires_at=now + holds,
            settled_at=now,
        )
    )
    session.flush()
    return token


def living_link(session: Session, purpose: Purpose, token: str, now: datetime) -> MailedLink:
    """The link of this token, locked until the transaction ends, so that it is used once. Raises LinkIsDead."""
    link = session.scalar(
        sa.select(MailedLink)
        .where(MailedLink.token_hash == digest(token), MailedLink.purpose == purpose)
        .with_for_update()
    )
    if link is None or link.used_at is not None or link.expires_at <= now:
        raise LinkIsDead()
    return link


def use(session: Session, link: MailedLink, *, now: datetime) -> None:
    """The link has done its work: it and the others for the same address and purpose end."""
    link.used_at, link.payload = now, {}
    end_links(session, link.purpose, link.email, now=now)


def end_links(session: Session, purpose: Purpose, email: str, *, now: datetime) -> None:
    """End every link of a purpose to an address, also those whose letter is not written yet."""
    session.execute(
        sa.update(MailedLink)
        .where(
            MailedLink.purpose == purpose,
            MailedLink.email == email,
            MailedLink.used_at.is_(None),
            MailedLink.asked_at <= now,
        )
        .values(used_at=now, payload={}, settled_at=sa.func.coalesce(MailedLink.settled_at, now))
    )


def write_letters(database: Database, *, now: datetime) -> int:
    """Write the letters that were asked for, each in a transaction of its own; how many requests were settled.

    An address that has an account gets the letter of people who have one, another the letter of newcomers, or none.
    """
    with database.read() as session:
        asked = session.scalars(
            sa.select(MailedLink.id).where(MailedLink.settled_at.is_(None)).order_by(MailedLink.id)
        ).all()

    def do(link_id: int) -> bool:
        with database.transaction() as session:
            return _settle(UnitOfWork(session, SYSTEM, now), link_id)

    return sum(each_by_itself(database, "write a letter with a link", asked, do, now=now))


def purge(session: Session, *, now: datetime) -> int:
    """Drop the links that have been dead for a week, and the letters to those who may not even know of the portal:
    anybody can register with the address of somebody else. How many links there were.
    """
    outbox.forget_letters(
        session, ["registration_confirm"], before=now - HOLDS[Purpose.REGISTRATION] - KEPT_FOR
    )
    result = session.execute(sa.delete(MailedLink).where(MailedLink.expires_at < now - KEPT_FOR))
    return int(getattr(result, "rowcount", 0))


def _settle(work: UnitOfWork, link_id: int) -> bool:
    """Write the letter of a link, unless another worker has it in hand."""
    link = work.session.scalar(
        sa.select(MailedLink)
        .where(MailedLink.id == link_id, MailedLink.settled_at.is_(None))
        .with_for_update(skip_locked=True)
    )
    if link is not None:
        write_letter(work, link)
    return link is not None


def _had_enough(session: Session, link: MailedLink, now: datetime) -> bool:
    return any(_written_since(session, link, now - within) >= most for most, within in LETTERS[link.purpose])


def _written_since(session: Session, link: MailedLink, moment: datetime) -> int:
    lately = sa.select(sa.func.count()).where(
        MailedLink.email == link.email,
        MailedLink.purpose == link.purpose,
        MailedLink.token_hash.is_not(None),
        MailedLink.asked_at > moment,
    )
    return session.scalar(lately) or 0


def write_letter(work: UnitOfWork, link: MailedLink) -> None:
    """Settle a link that was asked for: write its letter, unless it is too old or the address had enough of them."""
    link.settled_at = work.now
    if link.expires_at <= work.now or _had_enough(work.session, link, work.now):
        return
    user = user_by_email(work.session, link.email)
    token = secrets.token_urlsafe(32)
    link.token_hash = digest(token)  # also where no letter goes: it counts as one
    if link.purpose is Purpose.PASSWORD:
        if user is not None:
            mails.account_password(work, user, token)
    elif user is None:
        mails.registration_confirm(work, link, token)
    else:
        link.used_at, link.payload = work.now, {}
        mails.registration_known(work, user)
