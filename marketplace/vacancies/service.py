"""Verbs of free places: somebody asks to be told, confirms and ends it; the worker tells and drops."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace import outbox
from marketplace.allowances import Allowance, take, to_a_mailbox
from marketplace.contact import kept_email
from marketplace.db import Database
from marketplace.duties import each_by_itself
from marketplace.i18n import helsinki_date
from marketplace.offers.models import Offer
from marketplace.permissions import SYSTEM
from marketplace.search import documents
from marketplace.vacancies import mails, queries
from marketplace.vacancies.models import PlaceNotice, PlaceNoticeLink
from marketplace.vacancies.rules import CONFIRMED_WITHIN, LASTS
from marketplace.work import UnitOfWork

FROM_ONE_ADDRESS: Final = Allowance("notices of free places from one address", 10, timedelta(hours=1))
TO_ONE_MAILBOX: Final = to_a_mailbox("letters that confirm a notice of a free place")
"""More letters are asked for only by who wants to annoy the owner of the mailbox."""

LETTERS_KEPT: Final = timedelta(days=7)
"""How long the notice itself is kept, with the address it goes to: a mail server that is away has five days."""


def ask(work: UnitOfWork, offer: Offer, *, email: str, language: str, source: str) -> PlaceNotice:
    """Ask to be told of a free place of a visible offer; a letter with a link asks the address to confirm.

    Asking again sends a further link: whoever asks need not own the address, so the earlier ones hold, and a wish that
    has been confirmed stays as it is. `source` is the address of the network from which it comes. Raises TooOften.
    """
    email = kept_email(email)
    take(work.session, FROM_ONE_ADDRESS, source, now=work.now)
    for allowance in TO_ONE_MAILBOX:
        take(work.session, allowance, email, now=work.now)
    token = secrets.token_urlsafe(32)
    notice = queries.of_address(work.session, offer.id, email)
    if notice is None:
        notice = PlaceNotice(offer=offer, email=email, asked_at=work.now, confirmed_at=None)
        notice.language, notice.token_hash = language, queries.digest(token)
        work.session.add(notice)
    else:
        notice.further_links.append(PlaceNoticeLink(token_hash=queries.digest(token)))
    if notice.confirmed_at is None:
        notice.expires_at = work.now + CONFIRMED_WITHIN
    work.session.flush()
    mails.free_place_confirm(work, notice, token, language)
    return notice


def confirm(work: UnitOfWork, notice: PlaceNotice) -> None:
    """The owner of the address wants it; doing so twice changes nothing."""
    if notice.confirmed_at is None:
        notice.confirmed_at, notice.expires_at = work.now, work.now + LASTS


def end(work: UnitOfWork, notice: PlaceNotice) -> None:
    """The owner of the address wants it no longer: nothing of it is kept."""
    work.session.delete(notice)


def tell(database: Database, *, now: datetime) -> int:
    """Tell those who wait for an offer that has a free place now, each once; how many were told.

    Each letter and the end of its wish are one transaction: a crash or a second worker never tells twice. Needs an
    application context for the templates.
    """
    day = helsinki_date(now)
    with database.read() as session:
        free = [
            face.row.offer.id
            for face in documents.faces(session, queries.wished(session), day)
            if face.values["available"]
        ]
        waiting = [notice for offer in free for notice in queries.confirmed(session, offer)]

    def do(notice_id: int) -> bool:
        with database.transaction() as session:
            notice = session.get(PlaceNotice, notice_id, with_for_update={"skip_locked": True})
            if notice is None or notice.confirmed_at is None:
                return False
            mails.free_place(UnitOfWork(session, SYSTEM, now), notice)
            session.delete(notice)
            return True

    return sum(each_by_itself(database, "tell of a free place", waiting, do, now=now))


def forget(session: Session, *, now: datetime) -> int:
    """Drop the wishes whose time is over, and the letters with their addresses; how many wishes."""
    outbox.forget_letters(session, ["free_place_confirm"], before=now - CONFIRMED_WITHIN)
    outbox.forget_letters(session, ["free_place"], before=now - LETTERS_KEPT)
    result = session.execute(sa.delete(PlaceNotice).where(PlaceNotice.expires_at <= now))
    return int(getattr(result, "rowcount", 0))
