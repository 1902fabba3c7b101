"""The follower: brings the index up with the database, a change at most a second after its commit.

It runs in the worker process, every quarter of a second. Change rows are never missed, also when transactions commit
in another order than they got their numbers: a row counts as settled only when it is older than any transaction can
be, and the newer ones are remembered one by one. Applying a row twice does no harm.
"""

from __future__ import annotations

import fcntl
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from marketplace.backends import SearchServer
from marketplace.db import Database
from marketplace.duties import each_by_itself
from marketplace.i18n import helsinki_date
from marketplace.search import documents as offers
from marketplace.search import following, passing_days, turns
from marketplace.search.catalogue import Catalogue
from marketplace.search.engine import DamagedIndex, Document, Position, SearchAway
from marketplace.search.models import CatalogueChange

SETTLED: Final = timedelta(minutes=10)
"""No transaction lasts longer."""

FRAGMENTED: Final = 40
"""Segments after which the index is rebuilt, in the background of the same process."""

Progress = Callable[[int, int], None]
"""Called with how many offers are done and how many there are."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pending:
    """Change rows that the index does not hold yet, and the position after them. `everything` asks for a rebuild."""

    offers: frozenset[int]
    everything: bool
    position: Position


def pending(session: Session, position: Position, *, now: datetime) -> Pending:
    """What has changed since `position`, the calendar included."""
    rows = session.execute(
        sa.select(CatalogueChange.id, CatalogueChange.offer_id, CatalogueChange.at)
        .where(CatalogueChange.id > position.low)
        .order_by(CatalogueChange.id)
    ).all()
    known = set(position.seen)
    new = [row for row in rows if row.id not in known]
    low = position.low
    for row in rows:
        if row.at > now - SETTLED:
            break
        low = row.id
    today = helsinki_date(now)
    touched = {row.offer_id for row in new if row.offer_id is not None}
    everything = any(row.offer_id is None for row in new) or position.definitions != offers.fingerprint()
    shown = date.fromisoformat(position.day) if position.day else today
    if shown > today or passing_days.vat_changes_between(shown, today):
        everything = True
    elif shown < today:
        touched |= passing_days.changed_between(session, shown, today)
    seen = tuple(row.id for row in rows if row.id > low)
    after = Position(low, seen, today.isoformat(), offers.fingerprint())
    return Pending(frozenset(touched), everything, after)


class Follower:
    """Applies the change log to the index of one folder, or to that of a search server, which machines share.

    `asks`: another process has the analysers of words.
    """

    def __init__(
        self,
        database: Database,
        index_dir: Path,
        *,
        asks: bool = False,
        server: SearchServer | None = None,
    ) -> None:
        self._database = database
        self._catalogue = Catalogue(index_dir, analyses=not asks, server=server)
        self._machine = following.name_of(index_dir)
        self._server = server
        self._away = False
        self._said: datetime | None = None
        self._trimmed: datetime | None = None

    @property
    def _name(self) -> str:
        """The name of the index: the machine's, or the server's and that of the rules that made it."""
        if self._server is None:
            return self._machine
        return f"{following.SERVER}{self._server.name} {offers.fingerprint()}"

    def catch_up(self, *, now: datetime) -> int:
        """Bring the index up with the database and return how many offers were written again.

        An index that is lost, damaged, made by other rules or left behind by the log is built again. One that
        machines share is left to whoever has the turn, and a search server that is away is waited for: the log keeps
        what it lacks.
        """
        if not self._catalogue.index.shared:
            return self._catch_up(now)
        with turns.turn(self._database, self._catalogue.folder, wait=False) as mine:
            if not mine:
                return 0
            try:
                done = self._catch_up(now)
            except SearchAway as error:
                if not self._away:
                    _log.warning("the search index waits: %s", error)
                self._away = True
                return 0
        if self._away:
            _log.warning("the search server answers again")
        self._away = False
        return done

    def _catch_up(self, now: datetime) -> int:
        index = self._catalogue.index
        if self._catalogue.is_reported_damaged() or not index.exists:
            return self._rebuild(now)
        try:
            index.refresh()
            with self._database.read() as session:
                found = pending(session, index.position(), now=now)
                known = following.mark(session, self._name)  # after the rows: none of them can be gone unseen
                if reason := following.why_again(known, index.position().low):
                    _log.warning("the search index is made again: %s", reason)
                    return self._rebuild(now)
                if found.everything:
                    return self._rebuild(now)
                if found.offers:
                    self._apply(session, found, now)
                elif found.position != index.position():
                    index.keep_position(found.position)
            index.tidy()
        except SearchAway:
            raise
        except DamagedIndex:
            _log.exception("the search index cannot be read and is made again")
            return self._rebuild(now)
        self._tell(now, known.timeline)
        return len(found.offers)

    def _apply(self, session: Session, found: Pending, now: datetime) -> None:
        made, gone = self._documents(session, found, now)
        self._catalogue.index.write(made, gone, found.position)
        self._catalogue.lexicon.flush()

    def _documents(self, session: Session, found: Pending, now: datetime) -> tuple[list[Document], set[int]]:
        day = date.fromisoformat(found.position.day)
        made: list[Document] = []
        ordered = sorted(found.offers)
        for start in range(0, len(ordered), offers.BATCH):
            made += self._batch(session, ordered[start : start + offers.BATCH], day, now)
        return made, set(found.offers) - {document.id for document in made}

    def _batch(self, session: Session, ids: Sequence[int], day: date, now: datetime) -> list[Document]:
        """The documents of a batch; an offer that cannot be read is left out, and the others stand all the same."""
        try:
            return list(offers.documents(session, self._catalogue.keys, ids, day))
        except OperationalError:
            raise
        except Exception:  # noqa: BLE001 - found again below, by itself
            _log.exception("a batch of offers cannot be read for the index: they are read one by one")
        found = each_by_itself(
            self._database,
            "bring an offer into the index",
            ids,
            lambda offer: list(offers.documents(session, self._catalogue.keys, [offer], day)),
            now=now,
            rests=False,
        )
        return [document for documents in found for document in documents]

    def rebuild(self, *, now: datetime, progress: Progress | None = None) -> int:
        """Rebuild the whole index beside the served one and swap it in; return how many offers it holds.

        Raises SearchAway when the search server does not answer.
        """
        if not self._catalogue.index.shared:
            return self._rebuild(now, progress)
        with turns.turn(self._database, self._catalogue.folder, wait=True):
            return self._rebuild(now, progress)

    def _rebuild(self, now: datetime, progress: Progress | None = None) -> int:
        index = self._catalogue.index
        with (self._catalogue.folder / "rebuild.lock").open("w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            with self._database.read() as session:
                known = following.mark(session, self._name)
                start = pending(session, Position(low=known.trimmed_to), now=now).position
                made = index.rebuild(self._all(session, now, progress), start)
            with index.writing(), self._database.read() as session:
                found = pending(session, start, now=now)
                if found.offers:
                    documents, gone = self._documents(session, found, now)
                    made.apply(documents, gone, start if found.everything else found.position)
                made.swap()
            index.refresh()
            self._catalogue.forget_damage()
            self._catalogue.lexicon.flush()
            self._say(now, known.timeline)
        return index.status().offers

    def _all(self, session: Session, now: datetime, progress: Progress | None) -> Iterator[Document]:
        total, done = offers.count(session), 0
        for ids in offers.all_ids(session):
            yield from self._batch(session, ids, helsinki_date(now), now)
            session.expunge_all()
            done += len(ids)
            if progress is not None:
                progress(done, total)

    def _tell(self, now: datetime, timeline: str) -> None:
        """Say now and then how far the index has come, and trim the log every hour."""
        if self._said is None or now - self._said >= following.SAID_EVERY:
            self._say(now, timeline)
        if self._trimmed is None or now - self._trimmed >= timedelta(hours=1):
            self._trimmed = now
            with self._database.transaction() as session:
                following.trim(session, now)

    def _say(self, now: datetime, timeline: str) -> None:
        self._said = now
        low = self._catalogue.index.position().low
        with self._database.transaction() as session:
            for name in {self._name, self._machine}:
                following.say(session, name, low, timeline, now)
