"""What `/metrics` tells beside the requests: mail, index, jobs, files and payments, from the database and the disk.

Names and labels are written down in docs/operations.md. Nothing of a person or a company is among them.
"""

from __future__ import annotations

import hmac
import shutil
import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from ipaddress import ip_address
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from werkzeug.datastructures import Headers

from marketplace import outbox, parts
from marketplace.config import VERSION, ConfigurationError, Settings
from marketplace.db import Database
from marketplace.duties import DutyFault
from marketplace.files.models import StoredFile
from marketplace.files.rules import FileState
from marketplace.payments.batches.models import Batch
from marketplace.payments.batches.rules import BatchState
from marketplace.search import queries as catalogue
from marketplace.search.engine import Engine

UNDER_WAY = (
    BatchState.PREPARED,
    BatchState.CHECKED,
    BatchState.RELEASED,
    BatchState.WRITTEN,
    BatchState.SENT,
)
"""Batches of payments that wait for somebody, or for the bank."""

Value = tuple[str, str, Mapping[str, str], float]
"""A name, what it means, labels, and the value."""


def may_read(settings: Settings, headers: Headers, address: str) -> bool:
    """Whether who asks may read the metrics: with METRICS_TOKEN, or without one from this machine itself."""
    if settings.metrics_token:
        given = headers.get("Authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), settings.metrics_token.encode())
    return _is_here(address) and "X-Forwarded-For" not in headers


def _is_here(address: str) -> bool:
    """Whether an address is this machine's own. Who comes through a Unix socket or a muddled proxy has none."""
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


def state_metrics(database: Database, settings: Settings, index: Engine, *, now: datetime) -> bytes:
    """The state of the portal at this moment, as Prometheus reads it."""
    from prometheus_client import CollectorRegistry, Gauge, generate_latest

    registry, gauges = CollectorRegistry(), dict[str, Any]()
    for name, meaning, labels, value in _values(database, settings, index, now):
        if name not in gauges:
            gauges[name] = Gauge(f"palvelutori_{name}", meaning, tuple(labels), registry=registry)
        (gauges[name].labels(**labels) if labels else gauges[name]).set(value)
    return bytes(generate_latest(registry))


def _values(database: Database, settings: Settings, index: Engine, now: datetime) -> Iterator[Value]:
    yield "version", "The version of the program", {"version": VERSION}, 1
    yield "disk_free_bytes", "Room under DATA_DIR", {}, shutil.disk_usage(settings.data_dir).free
    try:
        silent = time.time() - settings.alive_file.stat().st_mtime
    except OSError:
        silent = float("inf")
    yield "worker_silent_seconds", "Since the worker's last sign of life", {}, silent
    for part, problem in parts.silence(database, settings).items():
        yield "part_up", "Whether a part beside the database answers", {"part": part}, problem is None
    try:
        with database.read() as session:
            told = [*_of_database(session, index, now)]
    except (DBAPIError, ConfigurationError):
        yield "database_up", "Whether the database answers", {}, 0
        return
    yield "database_up", "Whether the database answers", {}, 1
    yield from told


def _of_database(session: Session, index: Engine, now: datetime) -> Iterator[Value]:
    fresh = catalogue.freshness(session, index, now=now)
    yield "index_fresh", "Whether the search index holds what the database says", {}, bool(fresh["fresh"])
    yield "index_waiting", "Changes that the index does not hold yet", {}, fresh["waiting"] or 0
    yield "index_lag_seconds", "Age of the oldest of them", {}, fresh["lag_seconds"] or 0
    waiting, given_up = outbox.late(session, before=now)
    yield "mail_waiting", "Messages that no server has taken yet", {}, waiting
    yield "mail_given_up", "Those of them that are not tried any more", {}, given_up
    yield "job_faults", "Things at which a duty of the worker has failed", {}, _count(session, DutyFault)
    quarantined = StoredFile.state == FileState.QUARANTINED
    yield "files_quarantined", "Files that wait for the scanner", {}, _count(session, StoredFile, quarantined)
    rows = session.execute(
        sa.select(Batch.state, sa.func.count()).where(Batch.state.in_(UNDER_WAY)).group_by(Batch.state)
    )
    batches = {row[0]: row[1] for row in rows}
    for state in UNDER_WAY:
        yield (
            "payment_batches",
            "Batches of payments under way",
            {"state": state.value},
            batches.get(state, 0),
        )


def _count(session: Session, model: Any, *conditions: sa.ColumnElement[bool]) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(model).where(*conditions)) or 0
