"""The real stripe-mock on this machine, and a relay before it that remembers what stripe-mock forgets.

stripe-mock looks at every path and parameter as the API version of the SDK has them, and answers with examples. The
relay passes each call on to it and gives its answer back; only of transfers and payouts, which it does not keep, the
relay tells what was transferred before.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import pytest

from marketplace.config import ROOT

OWN = ROOT / "build" / "bin" / "stripe-mock"
KEY = "sk_test_123"
PASSED_ON = ("Authorization", "Content-Type", "Stripe-Version", "Stripe-Account", "Idempotency-Key")


@contextmanager
def stripe_mock() -> Iterator[str]:
    """The address of a stripe-mock on this machine, both of whose ports are on loopback.

    `make test` builds it; without it a test fails where CI is set and says so elsewhere.
    """
    program = str(OWN) if OWN.exists() else shutil.which("stripe-mock")
    if program is None:
        message = "stripe-mock is not there: install Go and run make build/stamps/stripe-mock"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    ports = ["-http-addr", "127.0.0.1:0", "-https-addr", "127.0.0.1:0"]
    with subprocess.Popen(
        [program, *ports, "-strict-version-check"], stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        found = next(line.split()[-1] for line in running.stdout if "Listening for HTTP at" in line)
        yield f"http://{found}"
        running.terminate()


@dataclass
class Remembering:
    """What was transferred over the relay, by Stripe's name of it, and the payouts; `base` is its own address."""

    mock: str
    base: str = ""
    transfers: dict[str, dict[str, Any]] = field(default_factory=dict)
    payouts: dict[str, list[str]] = field(default_factory=dict)
    arrives: datetime | None = None
    asked: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def pay_out(self, account: str, on: datetime) -> str:
        """Stripe pays out what has been transferred to an account; the name of the payout."""
        with self.lock:
            name, self.arrives = f"po_{len(self.payouts) + 1}", on
            self.payouts[name] = [
                each["destination_payment"]
                for each in self.transfers.values()
                if each["destination"] == account
            ]
        return name

    def told(self, method: str, path: str, answer: dict[str, Any]) -> dict[str, Any]:
        """The answer of stripe-mock, with what it has forgotten."""
        parts = urlsplit(path)
        place = parts.path.removeprefix("/v1/").split("/")
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        with self.lock:
            self.asked.append(f"{method} {parts.path}")
            match method, place:
                case "POST", ["transfers"]:
                    number = len(self.transfers) + 1
                    answer |= {"id": f"tr_{number}", "destination_payment": f"py_{number}"}
                    self.transfers[answer["id"]] = answer
                case "GET", ["transfers"]:
                    group = query.get("transfer_group")
                    answer["data"] = [
                        each for each in self.transfers.values() if each["transfer_group"] == group
                    ]
                case "GET", ["transfers", name]:
                    answer = self.transfers[name]
                case "GET", ["payouts", name]:
                    assert self.arrives is not None
                    answer |= {"id": name, "status": "paid", "arrival_date": int(self.arrives.timestamp())}
                case "GET", ["balance_transactions"]:
                    [example] = answer["data"]
                    answer["data"] = [
                        example | {"id": f"txn_{each}", "source": each}
                        for each in self.payouts[query["payout"]]
                    ]
        return answer


class _Handler(BaseHTTPRequestHandler):
    """Passes a call on and gives the answer back."""

    def do_GET(self) -> None:
        self._pass_on(None)

    def do_POST(self) -> None:
        self._pass_on(self.rfile.read(int(self.headers.get("Content-Length", 0))))

    def _pass_on(self, body: bytes | None) -> None:
        state = cast("_Server", self.server).state
        headers = {name: self.headers[name] for name in PASSED_ON if name in self.headers}
        call = urllib.request.Request(state.mock + self.path, body, headers, method=self.command)
        try:
            with urllib.request.urlopen(call, timeout=10) as answer:
                status, told = answer.status, state.told(self.command, self.path, json.load(answer))
        except urllib.error.HTTPError as refusal:
            status, told = refusal.code, json.load(refusal)
        content = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_given: object) -> None:
        """Tests are quiet."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, state: Remembering) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.state = state


@contextmanager
def remembering_mock() -> Iterator[Remembering]:
    """The relay before a stripe-mock."""
    with stripe_mock() as mock:
        state = Remembering(mock)
        server = _Server(state)
        state.base = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield state
        finally:
            server.shutdown()
            server.server_close()
            thread.join()
