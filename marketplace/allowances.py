"""How often something may be done by one person, for one recipient or from one address, counted for all processes.

Each count is one row: the moment until which the allowance is used up. Every use moves it on by the time that one use
costs; it may lie as far ahead as the whole allowance lasts (the generic cell rate algorithm, ITU-T I.371). So a whole
allowance can be used at once, and comes back little by little.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from marketplace.db import Base, insert_missing
from marketplace.errors import DomainError
from marketplace.i18n import ngettext

_MINUTE: Final = 60


@dataclass(frozen=True, slots=True)
class Allowance:
    """A limit of `times` uses within a time; `name` keeps the counts of different things apart."""

    name: str
    times: int
    within: timedelta


def to_a_mailbox(letters: str) -> tuple[Allowance, ...]:
    """How many letters anybody may have sent to an address that is perhaps somebody else's, which `letters` names:
    three in an hour and six in a day. Each must hold for longer than a day, so that whoever uses them up takes
    nothing from the owner of the mailbox.
    """
    return (
        Allowance(letters, 3, timedelta(hours=1)),
        Allowance(f"{letters} of a day", 6, timedelta(days=1)),
    )


class AllowanceUse(Base):
    """Until when an allowance is used up; whose it is is kept as a hash (SHA-256, 64 hex digits)."""

    __tablename__ = "allowance_uses"

    key: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    used_until: Mapped[datetime] = mapped_column(index=True)


class TooOften(DomainError):
    """The allowance is used up; `wait` is the number of seconds until the next use."""

    status = 429

    def __init__(self, wait: timedelta) -> None:
        self.wait = max(math.ceil(wait.total_seconds()), 1)
        super().__init__(
            ngettext(
                "This has been done too often. Try again in %(num)d minute.",
                "This has been done too often. Try again in %(num)d minutes.",
                math.ceil(self.wait / _MINUTE),
            )
        )


def take(session: Session, allowance: Allowance, who: object, *, now: datetime, cost: int = 1) -> None:
    """Use an allowance of `who`, `cost` times at once, in the caller's transaction.

    Its row stays locked until that ends. Raises TooOften, and counts nothing, when it is used up.
    """
    key = _key(allowance, who)
    insert_missing(session, AllowanceUse, {"key": key, "used_until": now})
    row = session.scalars(sa.select(AllowanceUse).where(AllowanceUse.key == key).with_for_update()).one()
    used_until = max(row.used_until, now) + allowance.within * cost / allowance.times
    if used_until - now > allowance.within:
        raise TooOften(used_until - now - allowance.within)
    row.used_until = used_until
    session.flush()


def is_used_up(session: Session, allowance: Allowance, who: object, *, now: datetime) -> bool:
    """Whether the next use of an allowance would be refused now."""
    row = session.get(AllowanceUse, _key(allowance, who), populate_existing=True)
    return row is not None and row.used_until + allowance.within / allowance.times - now > allowance.within


def give_back(session: Session, allowance: Allowance, who: object, *, cost: int) -> None:
    """Take back what `take` has counted: it came to something, and only what comes to nothing is limited."""
    row = session.get(AllowanceUse, _key(allowance, who), with_for_update=True)
    if row is not None:
        row.used_until -= allowance.within * cost / allowance.times


def _key(allowance: Allowance, who: object) -> str:
    return hashlib.sha256(f"{allowance.name}:{who}".encode()).hexdigest()


def purge(session: Session, *, now: datetime) -> int:
    """Drop the counts of allowances that are whole again; how many there were."""
    result = session.execute(sa.delete(AllowanceUse).where(AllowanceUse.used_until < now))
    return int(getattr(result, "rowcount", 0))
