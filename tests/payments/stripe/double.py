"""A small Stripe of our own that keeps what it is told, for what the real stripe-mock does not do.

It keeps idempotency keys as Stripe does: the first answer is repeated, 500s as well; another amount with the same key
is an error; a refusal by its balance is kept, too. `go_wrong` makes the next answers fail as networks do.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

Answer = tuple[int, dict[str, Any]]


@dataclass
class Stripe:
    """What Stripe has: its balance in cents, accounts, transfers and payouts; `asked` counts requests by their path."""

    balance: int = 10_000_000
    transfers: dict[str, dict[str, Any]] = field(default_factory=dict)
    accounts: dict[str, dict[str, Any]] = field(default_factory=dict)
    payouts: dict[str, dict[str, Any]] = field(default_factory=dict)
    keys: dict[str, tuple[Any, Answer]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    base: str = ""

    def go_wrong(self, *ways: str) -> None:
        """What happens to the next requests that change something.

        `lost`: done, then no answer; `unheard`: neither; `error`: 500, not done; `done_error`: 500, done; `busy`: 429.
        """
        self.wrong.extend(ways)

    def forget_keys(self) -> None:
        """A day has passed."""
        self.keys.clear()

    # --- requests ----------------------------------------------------------------------------------------------------

    def answer(self, method: str, path: str, query: dict[str, str], form: dict[str, str], key: str) -> Answer:
        with self.lock:
            self.asked.append(f"{method} {path}")
            if method == "GET":
                return self._get(path, query)
            if key and key in self.keys:
                before, kept = self.keys[key]
                return kept if before == (path, form) else _error(400, "idempotency_error", "another request")
            result = self._post(path, form)
            if key:
                self.keys[key] = (path, form), result
            return result

    def _get(self, path: str, query: dict[str, str]) -> Answer:
        parts = path.removeprefix("/v1/").split("/")
        if parts == ["transfers"]:
            group = query.get("transfer_group")
            return _listed([each for each in self.transfers.values() if each["transfer_group"] == group])
        if parts == ["balance"]:
            return 200, {"object": "balance", "available": [{"amount": self.balance, "currency": "eur"}]}
        if parts == ["balance_transactions"]:
            return _listed(
                [
                    {"object": "balance_transaction", "id": f"txn_{py}", "source": py}
                    for py in self.payouts[query["payout"]]["receipts"]
                ]
            )
        if parts[0] == "charges":
            behind = [
                each["id"] for each in self.transfers.values() if each["destination_payment"] == parts[1]
            ]
            return 200, {"object": "charge", "id": parts[1], "source_transfer": behind[0] if behind else None}
        shelf = {"transfers": self.transfers, "accounts": self.accounts, "payouts": self.payouts}[parts[0]]
        return (
            (200, shelf[parts[1]]) if parts[1] in shelf else _error(404, "resource_missing", "no such thing")
        )

    def _post(self, path: str, form: dict[str, str]) -> Answer:
        parts = path.removeprefix("/v1/").split("/")
        match parts:
            case ["accounts"]:
                made = {
                    "object": "account",
                    "id": f"acct_{len(self.accounts) + 1}",
                    "payouts_enabled": False,
                    "capabilities": {"transfers": "inactive"},
                }
                self.accounts[made["id"]] = made  # type: ignore[index]
                return 200, made
            case ["account_links"]:
                return 200, {"object": "account_link", "url": f"{self.base}/setup/{form['account']}"}
            case ["transfers"]:
                return self._transfer(form)
            case ["transfers", name, "reversals"]:
                transfer, cents = self.transfers[name], int(form["amount"])
                transfer["amount_reversed"] += cents
                self.balance += cents
                return 200, {"object": "transfer_reversal", "id": "trr_1", "amount": cents}
            case ["topups"]:
                self.balance += int(form["amount"])
                return 200, {"object": "topup", "id": "tu_1"}
        raise AssertionError(path)

    def _transfer(self, form: dict[str, str]) -> Answer:
        cents = int(form["amount"])
        if form["destination"] not in self.accounts:
            return _error(400, "resource_missing", "no such destination")
        if cents > self.balance:
            return _error(400, "balance_insufficient", "the balance is too low")
        number = len(self.transfers) + 1
        self.balance -= cents
        made = {
            "object": "transfer",
            "id": f"tr_{number}",
            "amount": cents,
            "amount_reversed": 0,
            "destination": form["destination"],
            "destination_payment": f"py_{number}",
            "transfer_group": form["transfer_group"],
            "metadata": {"payment": form["metadata[payment]"], "order": form["metadata[order]"]},
        }
        self.transfers[made["id"]] = made  # type: ignore[index]
        return 200, made

    # --- what happens there by itself --------------------------------------------------------------------------------

    def account(self) -> str:
        """An account that is ready."""
        with self.lock:
            _status, made = self._post("/v1/accounts", {})
            made |= {"payouts_enabled": True, "capabilities": {"transfers": "active"}}
        return str(made["id"])

    def pay_out(self, account: str, status: str = "paid") -> str:
        """A payout of everything at the account that no payout has carried yet."""
        carried = {py for each in self.payouts.values() for py in each["receipts"]}
        receipts = [
            each["destination_payment"]
            for each in self.transfers.values()
            if each["destination"] == account and each["destination_payment"] not in carried
        ]
        name = f"po_{len(self.payouts) + 1}"
        self.payouts[name] = {
            "object": "payout",
            "id": name,
            "status": status,
            "arrival_date": 1_795_608_000,
            "receipts": receipts,
        }
        return name

    def paid_to(self, payment: str) -> list[int]:
        """What was transferred for a payment row: one amount, if all is well."""
        return [each["amount"] for each in self.transfers.values() if each["metadata"]["payment"] == payment]


def _listed(rows: list[dict[str, Any]]) -> Answer:
    return 200, {"object": "list", "data": rows, "has_more": False, "url": "/v1/x"}


def _error(status: int, code: str, text: str) -> Answer:
    kind = code if code == "idempotency_error" else "invalid_request_error"
    return status, {"error": {"type": kind, "code": code, "message": text}}


class _Handler(BaseHTTPRequestHandler):
    """Carries requests to the state of the server and its answers back."""

    @property
    def _state(self) -> Stripe:
        return cast("_Server", self.server).state

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self._say(self._state.answer("GET", parts.path, _flat(parts.query), {}, ""))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        path, form, key = urlsplit(self.path).path, _flat(body), self.headers.get("Idempotency-Key", "")
        way = self._state.wrong.pop(0) if self._state.wrong else ""
        failed = _error(500, "api_error", "our fault")
        result = _error(429, "rate_limit", "too many") if way == "busy" else failed
        if way in ("", "lost", "done_error"):
            result = self._state.answer("POST", path, {}, form, key)
        if way in ("error", "done_error"):
            result = failed
            self._state.keys[key] = (path, form), failed
        if way in ("lost", "unheard"):
            self.close_connection = True
            self.connection.close()
        else:
            self._say(result)

    def _say(self, result: Answer) -> None:
        content = json.dumps(result[1]).encode()
        self.send_response(result[0])
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_given: object) -> None:
        """Tests are quiet."""

    def handle(self) -> None:
        with suppress(OSError, ValueError):  # a connection that was closed on purpose
            super().handle()

    def finish(self) -> None:
        with suppress(OSError, ValueError):
            super().finish()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, state: Stripe) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.state = state


@contextmanager
def stripe_double() -> Iterator[Stripe]:
    """A Stripe on a port of this machine."""
    state = Stripe()
    server = _Server(state)
    state.base = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _flat(query: str) -> dict[str, str]:
    return {name: values[-1] for name, values in parse_qs(query, keep_blank_values=True).items()}
