"""Requests to the search server: whichever of its nodes answers, and never longer than a page may wait.

Everything that is sent may be sent twice. A server that did not answer is left alone for a moment, so that pages say at
once that it is away instead of waiting for it one after the other.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterable, Mapping
from typing import Any, Final

import requests

from marketplace.backends import SearchServer
from marketplace.search.engine import DamagedIndex, SearchAway

Json = dict[str, Any]

CONNECTS_WITHIN: Final = 2.0
ANSWERS_WITHIN: Final = 5.0
WRITES_WITHIN: Final = 120.0
"""Seconds that are waited for a connection, for an answer, and while much is written."""

BUSY_FOR: Final = 4.0
"""Seconds for which a node may say that it cannot just now: a shard moves to another node in two."""

LEFT_ALONE: Final = 1.0
"""Seconds for which a server that did not answer is not asked again."""

_BUSY: Final = frozenset({429, 502, 503, 504})


class ServerRefusal(Exception):
    """The server answered and will not do it: a fault of the request, or of what it is about."""

    def __init__(self, status: int, told: str) -> None:
        super().__init__(f"{status}: {told[:500]}")
        self.status = status
        self.told = told


class SearchClient:
    """The server as it is asked by one process; every thread has its own connections."""

    def __init__(self, server: SearchServer) -> None:
        self.server = server
        self._threads = threading.local()
        self._first = 0
        self._away_until = 0.0
        self._failed = ""

    def ask(
        self,
        method: str,
        path: str,
        body: Json | None = None,
        *,
        within: float = ANSWERS_WITHIN,
        **parameters: str,
    ) -> Json:
        """Send a request and return the answer. SearchAway when no node answers, DamagedIndex for what is not there."""
        data = None if body is None else json.dumps(body).encode()
        return self._send(method, path, data, parameters, "application/json", within)

    def ask_many(
        self, path: str, lines: Iterable[Json], *, within: float = ANSWERS_WITHIN, **parameters: str
    ) -> Json:
        """Send a request of many lines (`_bulk`, `_msearch`)."""
        data = "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines).encode()
        return self._send("POST", path, data, parameters, "application/x-ndjson", within)

    def _send(
        self,
        method: str,
        path: str,
        data: bytes | None,
        parameters: Mapping[str, str],
        kind: str,
        within: float,
    ) -> Json:
        if time.monotonic() < self._away_until:
            raise SearchAway(self._failed)
        until, addresses = time.monotonic() + BUSY_FOR, self.server.addresses
        tried = 0
        while tried <= len(addresses):  # the first one twice: its connection may have grown old
            address = addresses[(self._first + tried) % len(addresses)]
            try:
                answer = self._session().request(
                    method,
                    f"{address}/{path}",
                    params=parameters,
                    data=data,
                    headers={"Content-Type": kind},
                    timeout=(CONNECTS_WITHIN, within),
                    allow_redirects=False,
                )
            except requests.RequestException as error:
                self._failed = f"the search server does not answer ({address}: {type(error).__name__})"
                tried += 1
                if isinstance(error, requests.Timeout) and tried >= len(addresses):
                    break
                continue
            if answer.status_code in _BUSY and time.monotonic() < until:
                time.sleep(0.2)
                tried = 0
                self._first = (self._first + 1) % len(addresses)
                continue
            self._first = addresses.index(address)
            return _read(answer, address)
        self._away_until = time.monotonic() + LEFT_ALONE
        raise SearchAway(self._failed)

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._threads, "session", None)
        if session is None:
            session = self._threads.session = requests.Session()
            session.trust_env = False
            session.verify = self.server.authorities or True
            if self.server.user:
                session.auth = (self.server.user, self.server.password)
        return session


def _read(answer: requests.Response, address: str) -> Json:
    if answer.status_code in _BUSY:
        raise SearchAway(f"the search server is busy ({address}: {answer.status_code})")
    if answer.status_code == 404 and "index_not_found" in answer.text:
        raise DamagedIndex("there is no index yet")
    if answer.status_code in (401, 403):
        raise SearchAway(
            f"the search server does not let us ({address}: {answer.status_code} {answer.text[:200]})"
        )
    if answer.status_code >= 400:
        raise ServerRefusal(answer.status_code, answer.text)
    try:
        found: Json = answer.json()
    except ValueError as error:
        raise SearchAway(f"{address} does not answer like a search server") from error
    return found
