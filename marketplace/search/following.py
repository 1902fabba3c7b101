"""Who follows the log of changes, and how far it may be trimmed.

Every index has a name and says now and then how far it has come. The log is trimmed to the least that any of them has
said within a week. An index that comes back later stands below what was trimmed: nobody can tell it what it missed,
and it is made again. So it is after a fail-over of PostgreSQL, when the index may hold changes that were lost.
"""

from __future__ import annotations

import secrets
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.db import insert_missing
from marketplace.search.models import CatalogueChange, CatalogueFollower, CatalogueTrimming

KEPT: Final = timedelta(days=2)
"""How long change rows stay, for those who ask what happened."""

WAITED_FOR: Final = timedelta(days=7)
"""So long the log waits for an index that is not heard of."""

SAID_EVERY: Final = timedelta(minutes=1)
"""How often an index says how far it has come."""

SERVER: Final = "search server "
"""Begins the name of an index that machines share; every other name is a machine's."""

_TIMELINE: Final = sa.text("SELECT left(pg_walfile_name(pg_current_wal_lsn()), 8)")


@dataclass(frozen=True, slots=True)
class FollowerMark:
    """What the database knows of one index: the last it said, what has been trimmed, and the present timeline.

    `newest` is the highest number that a change has had.
    """

    said: CatalogueFollower | None
    trimmed_to: int
    newest: int
    timeline: str


def name_of(index_dir: Path) -> str:
    """The name of the index in a folder: the machine's, and some letters of its own that are kept in the folder."""
    place = index_dir / "name"
    try:
        return place.read_text(encoding="utf-8")
    except FileNotFoundError:
        fresh = place.with_name(f"name.{secrets.token_hex(4)}")
        fresh.write_text(f"{socket.gethostname()}-{secrets.token_hex(3)}", encoding="utf-8")
        fresh.replace(place)
        return place.read_text(encoding="utf-8")


def mark(session: Session, name: str) -> FollowerMark:
    """What is known of the index of a name."""
    trimmed = trimmed_to(session)
    newest = newest_change(session)
    return FollowerMark(
        session.get(CatalogueFollower, name), trimmed, max(newest, trimmed), _timeline(session)
    )


def newest_change(session: Session) -> int:
    """The highest number in the log of changes, 0 for an empty one."""
    return session.scalar(sa.select(sa.func.max(CatalogueChange.id))) or 0


def trimmed_to(session: Session) -> int:
    """The number up to which changes are no longer in the log."""
    return session.scalar(sa.select(CatalogueTrimming.trimmed_to)) or 0


def why_again(known: FollowerMark, low: int) -> str | None:
    """Why an index that holds the changes up to `low` has to be made again, or None."""
    if low < known.trimmed_to:
        return f"it holds changes up to {low}, and the log begins after {known.trimmed_to}"
    if low > known.newest:
        return f"it holds changes up to {low}, and the database knows of {known.newest}: it was restored"
    if known.said is not None and known.said.timeline != known.timeline:
        return f"the database has failed over (timeline {known.said.timeline}, now {known.timeline})"
    return None


def say(session: Session, name: str, low: int, timeline: str, now: datetime) -> None:
    """Note how far the index of a name has come."""
    values = {"low": low, "timeline": timeline, "seen_at": now}
    if not insert_missing(session, CatalogueFollower, {"name": name, **values}):
        session.execute(sa.update(CatalogueFollower).where(CatalogueFollower.name == name).values(values))


def trim(session: Session, now: datetime) -> int:
    """Drop change rows that every index seen within a week has long held; how many. Forget the other indexes."""
    session.execute(sa.delete(CatalogueFollower).where(CatalogueFollower.seen_at < now - WAITED_FOR))
    least = session.scalar(sa.select(sa.func.min(CatalogueFollower.low)))
    if least is None:
        return 0
    old = (CatalogueChange.at < now - KEPT, CatalogueChange.id <= least)
    last = session.scalar(sa.select(sa.func.max(CatalogueChange.id)).where(*old))
    if last is None:
        return 0
    gone = session.execute(sa.delete(CatalogueChange).where(*old)).rowcount  # type: ignore[attr-defined]
    if not insert_missing(session, CatalogueTrimming, {"id": 1, "trimmed_to": last}):
        session.execute(
            sa.update(CatalogueTrimming).where(CatalogueTrimming.trimmed_to < last).values(trimmed_to=last)
        )
    return int(gone)


def followers(session: Session) -> Sequence[CatalogueFollower]:
    """Every index that was heard of within a week, by name."""
    return session.scalars(sa.select(CatalogueFollower).order_by(CatalogueFollower.name)).all()


def machines(session: Session, since: datetime) -> Sequence[str]:
    """The machines that were heard of on the present timeline, by name.

    What was said on a former one came with a database that was brought back, or was said to the primary before this:
    the machines that serve say so again within a minute.
    """
    timeline = _timeline(session)
    heard = (each for each in followers(session) if each.seen_at > since and each.timeline == timeline)
    return [each.name for each in heard if not each.name.startswith(SERVER)]


def is_kept(session: Session) -> bool:
    """Whether the tables are new enough to know who follows."""
    return sa.inspect(session.connection()).has_table(CatalogueFollower.__tablename__)


def forget(session: Session) -> None:
    """Forget all indexes: those that the database speaks of follow another. One that serves says so within a minute."""
    session.execute(sa.delete(CatalogueFollower))


def _timeline(session: Session) -> str:
    """The timeline of PostgreSQL's history; empty on SQLite, which has one only."""
    if session.get_bind().dialect.name != "postgresql":
        return ""
    return str(session.scalar(_TIMELINE))
