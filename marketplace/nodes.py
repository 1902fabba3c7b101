"""Whether the settings fit several machines, and as many connections as they open: for `marketplace check`.

How many machines there are is read from the indexes that follow the log (`search.following`): each says every minute
how far it has come.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.config import Settings
from marketplace.search import following

AT_WORK: Final = timedelta(minutes=10)
"""An index that was heard of within this time belongs to a machine that serves."""

CLOCKS_MAY_DIFFER: Final = 5.0
"""Seconds between this machine's clock and the database's."""

LEFT_FOR_OTHERS: Final = 10
"""Connections that PostgreSQL should keep for the operator, backups and standbys."""


def problems(session: Session, settings: Settings, *, now: datetime) -> Iterator[str]:
    """What does not fit, in a sentence each, in English for the operator."""
    machines = following.machines(session, now - AT_WORK)
    if len(machines) > 1:
        named = f"{len(machines)} machines serve this portal ({', '.join(machines)})"
        if not settings.files_place:
            yield f"{named} and each keeps files on its own disk: set FILES_URL to a store that they share"
        if settings.keeps_own_secret:
            yield f"{named} and SECRET_KEY is not set: each signs with its own, and who changes machines is signed out"
    if session.get_bind().dialect.name == "postgresql":
        yield from _clock_problems(session)
        yield from _connection_problems(session, settings, max(len(machines), 1))


def notices(session: Session, settings: Settings, *, now: datetime) -> Iterator[str]:
    """What is no fault but should be known where several machines serve."""
    machines = following.machines(session, now - AT_WORK)
    hosts = settings.database_url.partition("?")[2].count("host=")
    if len(machines) > 1 and hosts < 2 and not settings.database_pooled:
        yield (
            "DATABASE_URL names one host: after a fail-over the machines reach the new primary only under the same "
            "address (docs/nodes.md)"
        )


def _clock_problems(session: Session) -> Iterator[str]:
    elsewhere: datetime = session.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    apart = abs(elsewhere.timestamp() - time.time())  # the machine's own clock, whatever the portal's says
    if apart > CLOCKS_MAY_DIFFER:
        yield f"the clocks of this machine and of the database are {apart:.0f} s apart: is NTP running on both?"


def _connection_problems(session: Session, settings: Settings, machines: int) -> Iterator[str]:
    most = int(session.scalar(sa.text("SHOW max_connections")) or 0)
    wanted = machines * (settings.web_workers + 1) * settings.database_pool
    if not settings.database_pooled and wanted > most - LEFT_FOR_OTHERS:
        yield (
            f"the portal may open {wanted} connections ({machines} machines × {settings.web_workers + 1} processes × "
            f"DATABASE_POOL {settings.database_pool}), and the database takes {most}: lower DATABASE_POOL, raise "
            "max_connections, or put PgBouncer between"
        )
