"""How often offers are looked at and compared: numbers by day, without cookies, addresses or anything about who looked.

Counting must not slow a page down. Each process gathers its counts and writes them together with a later one, every
five seconds at most. What a process has not written when it stops is lost; these are hints for providers, not accounts.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from marketplace.db import Database
from marketplace.offers.models import Offer, OfferViews

Kind = Literal["views", "comparisons"]

SHOWN_DAYS: Final = 30
PAUSE_SECONDS: Final = 5.0
"""How long a process gathers before it writes again."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Interest:
    """How often an offer was looked at and compared in the last `SHOWN_DAYS` days."""

    views: int = 0
    comparisons: int = 0


class Tally:
    """The counts of one process on their way to the database."""

    def __init__(self, database: Database, *, pause: float = PAUSE_SECONDS) -> None:
        self._database = database
        self._pause = pause
        self._counts: Counter[tuple[int, date, Kind]] = Counter()
        self._written_at = -pause
        self._lock = threading.Lock()

    def count(self, kind: Kind, offer_ids: Iterable[int], day: date) -> None:
        """Count each offer once; writes when the last writing is long enough ago."""
        with self._lock:
            self._counts.update((offer_id, day, kind) for offer_id in offer_ids)
            due = time.monotonic() - self._written_at >= self._pause
        if due:
            self.write()

    def write(self) -> None:
        """Write what has gathered. A database that is busy gets it the next time."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
            self._written_at = time.monotonic()
        if not counts:
            return
        try:
            with self._database.transaction(briefly=True) as session:
                for (offer_id, day, kind), number in sorted(counts.items()):
                    session.execute(_addition(session, offer_id, day, kind, number))
        except IntegrityError:
            _log.warning("counts of an offer that is gone were dropped", exc_info=True)
        except OperationalError:
            _log.warning("counts of offers were not written and wait", exc_info=True)
            with self._lock:
                self._counts.update(counts)


def _addition(session: Session, offer_id: int, day: date, kind: Kind, number: int) -> sa.Executable:
    """Add to the row of the offer and day, which is made when it is not there."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    counted = {"views": 0, "comparisons": 0, kind: number}
    row = insert(OfferViews).values(offer_id=offer_id, day=day, **counted)
    total = getattr(OfferViews, kind) + number
    return row.on_conflict_do_update(index_elements=["offer_id", "day"], set_={kind: total})


def interest_in(session: Session, provider_id: int, today: date) -> dict[int, Interest]:
    """Offer id → how often it was looked at and compared lately, for the provider's offers that were."""
    rows = session.execute(
        sa.select(OfferViews.offer_id, sa.func.sum(OfferViews.views), sa.func.sum(OfferViews.comparisons))
        .join(Offer, Offer.id == OfferViews.offer_id)
        .where(Offer.provider_id == provider_id, OfferViews.day > today - timedelta(days=SHOWN_DAYS))
        .group_by(OfferViews.offer_id)
    )
    return {offer_id: Interest(int(views), int(comparisons)) for offer_id, views, comparisons in rows}
