"""Traces: what a collector receives of requests, duties and statements, and what it never does."""

from __future__ import annotations

import importlib.util
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from marketplace import tracing
from marketplace.app import create_app
from marketplace.config import ConfigurationError
from marketplace.worker import Duty, Round
from tests.accounts.conftest import PASSWORD, SECRET
from tests.conftest import settings_for
from tests.factories import NOW, make_user
from tests.forms import post_form

ERROR = 2
"""The status of a span that failed (opentelemetry.proto.trace.v1.Status.StatusCode)."""


@dataclass
class Collector:
    """What an OTLP collector was sent over HTTP."""

    address: str
    requests: list[ExportTraceServiceRequest] = field(default_factory=list)

    @property
    def spans(self) -> list[Any]:
        """Every span received until now."""
        tracing.flush()
        return [
            span
            for request in self.requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    def named(self, name: str) -> Any:
        """The one span of this name."""
        [found] = [span for span in self.spans if span.name == name]
        return found


def told(span: Any) -> dict[str, Any]:
    """The attributes of a span."""
    return {each.key: each.value.string_value or each.value.int_value for each in span.attributes}


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    """A collector on a port of this machine, to which this process is told to send."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == "/v1/traces"
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.requests.append(ExportTraceServiceRequest.FromString(body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_words: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    received = Collector(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    monkeypatch.setenv(tracing.VARIABLE, received.address)
    tracing._provider.cache_clear()
    yield received
    tracing.flush()
    tracing._provider.cache_clear()
    server.shutdown()
    server.server_close()
    thread.join(timeout=30)


@pytest.fixture
def traced(collector: Collector, database_url: str, tmp_path: Path) -> Iterator[Flask]:
    """A portal that was started with the address of the collector."""
    app = create_app(settings_for(database_url, tmp_path))
    app.config["TESTING"] = True
    app.extensions["clock"] = lambda: NOW
    yield app
    app.extensions["database"].dispose()


def test_a_request_is_a_span_with_its_statements_below_it(traced: Flask, collector: Collector) -> None:
    assert traced.test_client().get("/fi/services/999999?q=kukka").status_code == 404
    span = collector.named("GET /<any(fi, sv):lang>/services/<int:offer_id>")
    facts = told(span)
    assert facts["http.response.status_code"] == 404
    assert facts["palvelutori.room"] == "search"
    below = [each for each in collector.spans if each.parent_span_id == span.span_id]
    asked = [each for each in below if each.name != "BEGIN"]
    assert {each.name for each in asked} == {"SELECT offer_versions"}
    assert told(asked[0])["db.query.text"].startswith("SELECT offer_versions.id")
    assert {each.trace_id for each in below} == {span.trace_id}
    resource = collector.requests[0].resource_spans[0].resource
    assert {each.key: each.value.string_value for each in resource.attributes}[
        "service.name"
    ] == "palvelutori"


def test_nothing_of_a_person_is_in_a_span(traced: Flask, collector: Collector) -> None:
    with traced.extensions["database"].transaction() as session:
        make_user(
            session, email="salainen.sukunimi@example.fi", name="Salainen Sukunimi", password_hash=SECRET
        )
    browser = traced.test_client()
    page = "/fi/account/sign-in?next=/fi/services?q=hakusana"
    post_form(browser, page, {"email": "salainen.sukunimi@example.fi", "password": "väärä salasana"})
    post_form(browser, page, {"email": "salainen.sukunimi@example.fi", "password": PASSWORD})
    browser.get("/fi/account/", headers={"User-Agent": "Selain 7", "X-Forwarded-For": "203.0.113.9"})
    everything = "".join(str(each) for each in collector.spans).casefold()
    assert "post /<any(fi, sv):lang>/account/sign-in" in everything
    for word in (
        "salainen",
        "sukunimi",
        "väärä",
        PASSWORD.split()[0],
        "hakusana",
        "selain",
        "203.0.113",
        "127.0.0.1",
    ):
        assert word not in everything, word


def test_a_statement_that_fails_says_its_kind_and_not_its_words(traced: Flask, collector: Collector) -> None:
    database = traced.extensions["database"]
    with tracing.duty("try"), database.read() as session, pytest.raises(sa.exc.DBAPIError):
        session.execute(sa.text("SELECT * FROM nowhere WHERE name = :name"), {"name": "Salainen"})
    failed = collector.named("SELECT nowhere")
    assert failed.status.code == ERROR
    assert told(failed)["error.type"] in {"OperationalError", "UndefinedTable"}
    assert "Salainen" not in str(collector.spans)


def test_a_duty_is_a_span_also_when_it_fails(traced: Flask, collector: Collector) -> None:
    database = traced.extensions["database"]

    def look(_now: object) -> None:
        with database.read() as session:
            session.execute(sa.text("SELECT 1"))

    def fail(_now: object) -> None:
        raise RuntimeError("Salainen Sukunimi")

    every = NOW - NOW
    with traced.app_context():
        Round((Duty("look", every, look), Duty("fail", every, fail))).take_turn()
    span = collector.named("look")
    assert [each.parent_span_id for each in collector.spans if each.name == "SELECT"] == [span.span_id]
    failed = collector.named("fail")
    assert failed.status.code == ERROR
    assert told(failed) == {"error.type": "RuntimeError"}
    assert "Salainen" not in str(collector.spans)


@pytest.mark.parametrize("trusted", [0, 1])
def test_a_trace_goes_on_only_behind_a_proxy_that_is_trusted(
    collector: Collector, database_url: str, tmp_path: Path, trusted: int
) -> None:
    app = create_app(replace(settings_for(database_url, tmp_path), trusted_proxies=trusted))
    above = "4bf92f3577b34da6a3ce929d0e0e4736"
    app.test_client().get("/healthz", headers={"traceparent": f"00-{above}-00f067aa0ba902b7-01"})
    app.extensions["database"].dispose()
    assert (collector.named("GET /healthz").trace_id.hex() == above) is bool(trusted)


def test_a_collector_that_is_away_holds_up_no_page(
    monkeypatch: pytest.MonkeyPatch, database_url: str, tmp_path: Path
) -> None:
    monkeypatch.setenv(tracing.VARIABLE, "http://127.0.0.1:1")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")
    tracing._provider.cache_clear()
    app = create_app(settings_for(database_url, tmp_path))
    assert app.test_client().get("/fi/about/ordering").status_code == 200
    app.extensions["database"].dispose()
    tracing._provider.cache_clear()


def test_without_an_address_nothing_is_traced_and_nothing_needed(
    monkeypatch: pytest.MonkeyPatch, core_app: Flask
) -> None:
    monkeypatch.delenv(tracing.VARIABLE, raising=False)
    before = len(core_app.before_request_funcs[None])
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    tracing.init_app(core_app)
    tracing.flush()
    with tracing.duty("nothing"):
        assert len(core_app.before_request_funcs[None]) == before


def test_an_address_without_the_libraries_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, core_app: Flask
) -> None:
    monkeypatch.setenv(tracing.VARIABLE, "http://127.0.0.1:4318")
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(ConfigurationError, match="libraries of traces are not installed"):
        tracing.init_app(core_app)
