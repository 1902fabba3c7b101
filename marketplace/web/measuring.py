"""What is counted and logged of requests: by room and outcome, never by person.

Each request has an id: the one that a trusted proxy gives it, otherwise a new one. It stands in the answer's
`X-Request-Id` and in every line that is logged meanwhile.
"""

from __future__ import annotations

import functools
import os
import re
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from flask import Flask, Response, current_app, g, request

from marketplace.db import Database

FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"
"""The variable by which the library of metrics is told where the processes of one machine count together."""

ROUTE, REQUEST_ID = "palvelutori.route", "palvelutori.request_id"
"""Under these names the WSGI environment holds the pattern of the address, and the id."""

SECONDS: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)

_ID: Final = re.compile(r"[A-Za-z0-9_.:-]{8,64}")


@dataclass(frozen=True, slots=True)
class Meters:
    """What the processes of one machine count; `registry` is None where they count together in a folder."""

    requests: Any
    connections: Any
    registry: Any


@functools.cache
def meters() -> Meters:
    """The meters of this process; made where they are first used, after the fork."""
    import prometheus_client as prometheus

    together = FOLDER in os.environ
    registry = None if together else prometheus.CollectorRegistry()
    requests = prometheus.Histogram(
        "palvelutori_request_seconds",
        "Requests by room, method and class of the answer",
        ("room", "method", "answer"),
        buckets=SECONDS,
        registry=registry,
    )
    connections = prometheus.Gauge(
        "palvelutori_database_connections",
        "Connections to the database that are in use",
        multiprocess_mode="livesum",
        registry=registry,
    )
    return Meters(requests, connections, registry)


def count_together(folder: Path) -> None:
    """Have the processes that are made from now on count in one folder, which is emptied."""
    folder.mkdir(parents=True, exist_ok=True)
    for leftover in folder.glob("*.db"):
        leftover.unlink()
    os.environ[FOLDER] = str(folder)


def forget_process(pid: int) -> None:
    """A process has ended: what it held at that moment does not count any more."""
    if FOLDER in os.environ:
        from prometheus_client import multiprocess

        multiprocess.mark_process_dead(pid)  # type: ignore[no-untyped-call]


def request_metrics() -> bytes:
    """What has been counted, as Prometheus reads it."""
    from prometheus_client import CollectorRegistry, generate_latest, multiprocess

    registry = meters().registry
    if registry is None:
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return bytes(generate_latest(registry))


def init_app(app: Flask) -> None:
    """Measure every request of `app`."""
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> None:
    given = request.headers.get("X-Request-Id", "")
    trusted = current_app.extensions["settings"].trusted_proxies and _ID.fullmatch(given)
    g.request_id = given if trusted else uuid.uuid4().hex
    g.began = time.perf_counter()
    request.environ[REQUEST_ID] = g.request_id
    request.environ[ROUTE] = request.url_rule.rule if request.url_rule else "-"


def _end(response: Response) -> Response:
    if "began" in g:
        response.headers["X-Request-Id"] = g.request_id
        room = (request.blueprint or "-").partition(".")[0]
        kept = meters()
        kept.requests.labels(room, request.method, f"{response.status_code // 100}xx").observe(
            time.perf_counter() - g.began
        )
        database: Database = current_app.extensions["database"]
        kept.connections.set(database.connections_in_use)
    return response
