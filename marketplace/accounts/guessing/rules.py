"""How long a try has to wait after those that failed, and what is counted together.

Tries are counted for each account *from each place*, so that a stranger elsewhere never holds up the person; a browser
that the person has signed in with before is a place of its own, so that a stranger behind the same address does not
either. A wide count, which a known browser does not feel, bounds what many places allow together for one account. What
one place allows for all accounts is no such count but an allowance that comes back, for behind one place there may be a
whole county (`service.WRONG_FROM_PLACE`).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from marketplace.networks import network_of

FREE: Final = 5
"""Tries for one account from one place that need not wait."""

FREE_WIDE: Final = 100
"""Tries for one account, from strange browsers everywhere, that need not wait."""

LONGEST: Final = timedelta(minutes=15)
FORGOTTEN_AFTER: Final = timedelta(hours=1)
"""How long after the last try a count begins again."""

EVERYWHERE: Final = ""


@dataclass(frozen=True, slots=True)
class Count:
    """What is counted together: an account (hash), a place (hash, or everywhere), and how many tries are free."""

    account: str
    place: str
    free: int


def counts_of(account: str, *, address: str, browser: str | None) -> tuple[Count, ...]:
    """The counts of a try for `account` from a network address; `browser` is the person's own known one, if any.

    In one order, so that two tries lock them in the same.
    """
    who = _hash("account", account)
    if browser is not None:
        return (Count(who, _hash("browser", browser), FREE),)
    where = _hash("address", network_of(address))
    return (Count(who, EVERYWHERE, FREE_WIDE), Count(who, where, FREE))


def account_hash(account: str) -> str:
    """How an account is named in the counts."""
    return _hash("account", account)


def wait_after(failures: int, free: int) -> timedelta:
    """How long the next try waits after so many: nothing at first, then 2 s, 4 s, … up to a quarter of an hour."""
    over = failures - free
    return timedelta(0) if over < 0 else min(timedelta(seconds=2 ** min(over + 1, 20)), LONGEST)


def begins_anew(last_at: datetime, now: datetime) -> bool:
    """Whether the count is so old that it starts from nothing."""
    return now - last_at >= FORGOTTEN_AFTER


def _hash(kind: str, value: str) -> str:
    return hashlib.sha256(f"{kind}:{value}".encode()).hexdigest()
