"""Counting tries before they are looked at, and forgiving them."""

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
from marketplace.db import insert_missing
from marketplace.errors import DomainError
from marketplace.i18n import ngettext

_MINUTE: Final = 60


class TooManyTries(DomainError):
    """Too many failed tries; `wait` is how long the next try has to wait."""

    status = 429

    def __init__(self, wait: timedelta) -> None:
        self.wait = max(math.ceil(wait.total_seconds()), 1)
        super().__init__(_wait_sentence(self.wait))


def count_try(session: Session, counts: Iterable[Count], *, now: datetime) -> None:
    """Count a try before it is looked at, so that many at once cannot slip by. Raises TooManyTries, counting nothing.

    The rows stay locked until the caller's transaction ends, which is to be soon: before the password is verified.
    Of two tries at once the one that began first may come to the rows last: only a wait after the try before it counts.
    """
    held = [(count, _locked(session, count, now)) for count in counts]
    waits = [row.next_at - now for _count, row in held if row.next_at > max(now, row.last_at)]
    if waits:
        raise TooManyTries(max(waits))
    for count, row in held:
        row.failures = 1 if begins_anew(row.last_at, now) else row.failures + 1
        row.last_at = now
        row.next_at = now + wait_after(row.failures, count.free)
    session.flush()


def take_back(session: Session, counts: Iterable[Count], *, now: datetime) -> None:
    """The try that was counted has not been looked at after all: it was none, and the others stay as they are."""
    for count in counts:
        row = _locked(session, count, now)
        row.failures = max(row.failures - 1, 0)
        row.next_at = row.last_at + wait_after(row.failures, count.free)
    session.flush()


def forgive(session: Session, counts: Iterable[Count]) -> None:
    """The try that was counted was right: the person's own count goes, the wide ones lose that try."""
    for count in counts:
        which = (GuessCount.account == count.account, GuessCount.place == count.place)
        if EVERYWHERE in (count.account, count.place):
            session.execute(
                sa.update(GuessCount)
                .where(*which, GuessCount.failures > 0)
                .values(failures=GuessCount.failures - 1)
            )
        else:
            session.execute(sa.delete(GuessCount).where(*which))


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
        .execution_options(populate_existing=True)
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
