"""Counting tries before they are looked at, for an account and for a place, and forgiving them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.accounts.guessing.models import GuessCount
from marketplace.accounts.guessing.rules import (
    EVERYWHERE,
    FORGOTTEN_AFTER,
    Count,
    account_hash,
    begins_anew,
    wait_after,
)
from marketplace.allowances import Allowance, TooOften, give_back, take
from marketplace.db import insert_missing
from marketplace.errors import DomainError
from marketplace.i18n import ngettext

FROM_PLACE: Final = Allowance("sign-ins from one place", 300, timedelta(minutes=1))
"""Right or wrong, of strange browsers: a county whose people all begin at eight comes from one place."""

WRONG_FROM_PLACE: Final = Allowance("wrong sign-ins from one place", 100, timedelta(hours=1))
"""So that nobody tries one password on many accounts. It comes back: slips of many keep nobody out for long."""

OF_ACCOUNT: Final = Allowance("sign-ins of an account from one place", 30, timedelta(minutes=1))
"""Right or wrong: the hash of a password is work."""

_MINUTE: Final = 60


class TooManyTries(DomainError):
    """Too many failed tries; `wait` is how long the next try has to wait."""

    status = 429

    def __init__(self, wait: timedelta) -> None:
        seconds = max(math.ceil(wait.total_seconds()), 1)
        super().__init__(self.sentence(seconds))
        self.wait = seconds

    @staticmethod
    def sentence(seconds: int) -> str:
        """What the person is told."""
        return _wait_sentence(seconds)


class TooManyFromPlace(TooManyTries):
    """Too many tries from one place, whosever they are; `wait` is the same."""

    @staticmethod
    def sentence(seconds: int) -> str:
        """What the person is told, who may have done nothing of it."""
        return str(
            ngettext(
                "Signing in has been tried too often from your network. Try again in %(num)d minute.",
                "Signing in has been tried too often from your network. Try again in %(num)d minutes.",
                math.ceil(seconds / _MINUTE),
            )
        )


def count_try(session: Session, counts: Iterable[Count], *, now: datetime, place: str | None = None) -> None:
    """Count a try before it is looked at, so that many at once cannot slip by. Raises TooManyTries, counting nothing.

    `place`: the network of a strange browser that signs in, whose tries for all accounts are counted too. The
    rows stay locked until the caller's transaction ends, which is to be soon: before the password is verified.
    Of two tries at once the one that began first may come to the rows last: only a wait after the try before it counts.
    """
    if place is not None:
        _count_for_place(session, place, now)
    held = [(count, _locked(session, count, now)) for count in counts]
    waits = [row.next_at - now for _count, row in held if row.next_at > max(now, row.last_at)]
    if waits:
        raise TooManyTries(max(waits))
    for count, row in held:
        row.failures = 1 if begins_anew(row.last_at, now) else row.failures + 1
        row.last_at = now
        row.next_at = now + wait_after(row.failures, count.free)
    session.flush()


def _count_for_place(session: Session, place: str, now: datetime) -> None:
    try:
        take(session, FROM_PLACE, place, now=now)
        take(session, WRONG_FROM_PLACE, place, now=now)
    except TooOften as error:
        raise TooManyFromPlace(timedelta(seconds=error.wait or 1)) from error


def take_back(session: Session, counts: Iterable[Count], *, now: datetime, place: str | None = None) -> None:
    """The try that was counted has not been looked at after all: it was none, and the others stay as they are."""
    _forgive_place(session, place)
    for count in counts:
        row = _locked(session, count, now)
        row.failures = max(row.failures - 1, 0)
        row.next_at = row.last_at + wait_after(row.failures, count.free)
    session.flush()


def forgive(session: Session, counts: Iterable[Count], *, place: str | None = None) -> None:
    """The try that was counted was right: the person's own count goes, the wide one is as if it had not been."""
    _forgive_place(session, place)
    for count in counts:
        which = (GuessCount.account == count.account, GuessCount.place == count.place)
        if count.place == EVERYWHERE:
            session.execute(
                sa.update(GuessCount)
                .where(*which, GuessCount.failures > 0)
                .values(failures=GuessCount.failures - 1, next_at=GuessCount.last_at)
            )
        else:
            session.execute(sa.delete(GuessCount).where(*which))


def _forgive_place(session: Session, place: str | None) -> None:
    """The try was not wrong; it comes before the counts of the account, which are locked in that order."""
    if place is not None:
        give_back(session, WRONG_FROM_PLACE, place, cost=1)


def unlock(session: Session, account: str) -> int:
    """Forget all tries for an account, wherever they came from; how many counts there were."""
    result = session.execute(sa.delete(GuessCount).where(GuessCount.account == account_hash(account)))
    return int(getattr(result, "rowcount", 0))


def purge(session: Session, *, now: datetime) -> int:
    """Drop the counts that would begin again anyway; how many there were."""
    result = session.execute(sa.delete(GuessCount).where(GuessCount.last_at < now - FORGOTTEN_AFTER))
    return int(getattr(result, "rowcount", 0))


def _locked(session: Session, count: Count, now: datetime) -> GuessCount:
    values = {"account": count.account, "place": count.place, "failures": 0, "last_at": now, "next_at": now}
    insert_missing(session, GuessCount, values)
    return session.scalars(
        sa.select(GuessCount)
        .where(GuessCount.account == count.account, GuessCount.place == count.place)
        .with_for_update()
    ).one()


def _wait_sentence(seconds: int) -> str:
    sentence: str = (
        ngettext(
            "Too many tries in vain. Wait %(num)d second and try again.",
            "Too many tries in vain. Wait %(num)d seconds and try again.",
            seconds,
        )
        if seconds < _MINUTE
        else ngettext(
            "Too many tries in vain. Wait %(num)d minute and try again, or ask for a new password.",
            "Too many tries in vain. Wait %(num)d minutes and try again, or ask for a new password.",
            math.ceil(seconds / _MINUTE),
        )
    )
    return sentence
