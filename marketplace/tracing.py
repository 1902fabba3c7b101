"""Traces for OpenTelemetry, where OTEL_EXPORTER_OTLP_ENDPOINT is set: of each request, each duty and each statement.

A span names the pattern of an address, a duty, a statement with its placeholders: never an address, a value or the
words of an error, which may repeat what people wrote. The libraries are the optional extra `tracing`; their own
settings (OTEL_SERVICE_NAME, OTEL_TRACES_SAMPLER, OTEL_EXPORTER_OTLP_HEADERS …) hold.
"""

from __future__ import annotations

import functools
import importlib.util
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from flask import Flask, Response, current_app, g, request
from sqlalchemy import event

from marketplace.config import VERSION, ConfigurationError
from marketplace.db import Database

VARIABLE: Final = "OTEL_EXPORTER_OTLP_ENDPOINT"

_LONGEST: Final = 4_000
"""Characters of a statement that are told."""

_TABLE: Final = re.compile(r"\b(?:FROM|INTO|UPDATE)\s+\"?(\w+)", re.IGNORECASE)


def is_on() -> bool:
    """Whether an operator has said where traces go."""
    return bool(os.environ.get(VARIABLE))


def init_app(app: Flask) -> None:
    """Trace what `app` and its database do. Nothing happens where no address is set.

    Raises ConfigurationError when one is and the libraries are not installed.
    """
    if not is_on():
        return
    if importlib.util.find_spec("opentelemetry") is None:
        raise ConfigurationError(
            f"{VARIABLE} is set, but the libraries of traces are not installed: pip install --require-hashes "
            "-r requirements.lock -r requirements-tracing.lock"
        )
    app.before_request(_begin_request)
    app.after_request(_tell_answer)
    app.teardown_request(_end_request)
    _follow(app.extensions["database"])


@functools.cache
def _provider(_pid: int) -> Any:
    """What makes spans and sends them in a thread of its own, which does not survive a fork."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    name = os.environ.get("OTEL_SERVICE_NAME", "palvelutori")
    provider = TracerProvider(resource=Resource.create({SERVICE_NAME: name, SERVICE_VERSION: VERSION}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider


def _tracer() -> Any:
    return _provider(os.getpid()).get_tracer("palvelutori", VERSION)


def flush() -> None:
    """Send what has been gathered: before a process ends."""
    if is_on():
        _provider(os.getpid()).force_flush()


@contextmanager
def duty(name: str) -> Iterator[None]:
    """A span of something that the worker does by itself."""
    if not is_on():
        yield
        return
    from opentelemetry.trace import Status, StatusCode

    with _tracer().start_as_current_span(name, record_exception=False, set_status_on_exception=False) as span:
        try:
            yield
        except Exception as error:
            span.set_attribute("error.type", type(error).__name__)
            span.set_status(Status(StatusCode.ERROR))
            raise


# --- requests --------------------------------------------------------------------------------------------------------


def _begin_request() -> None:
    from opentelemetry import context, trace
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    route = request.url_rule.rule if request.url_rule else "-"
    # a visitor could otherwise join a trace of somebody else's
    trusted = current_app.extensions["settings"].trusted_proxies
    heads = {name.lower(): value for name, value in request.headers} if trusted else {}
    above = TraceContextTextMapPropagator().extract(heads)
    g.span = _tracer().start_span(
        f"{request.method} {route}",
        context=above,
        kind=trace.SpanKind.SERVER,
        attributes={
            "http.request.method": request.method,
            "http.route": route,
            "palvelutori.room": (request.blueprint or "-").partition(".")[0],
            "palvelutori.request_id": g.get("request_id", "-"),
        },
    )
    g.span_token = context.attach(trace.set_span_in_context(g.span))


def _tell_answer(response: Response) -> Response:
    from opentelemetry.trace import Status, StatusCode

    if "span" in g:
        g.span.set_attribute("http.response.status_code", response.status_code)
        if response.status_code >= 500:
            g.span.set_status(Status(StatusCode.ERROR))
    return response


def _end_request(error: BaseException | None) -> None:
    from opentelemetry import context

    span = g.pop("span", None)
    if span is None:
        return
    if error is not None:
        span.set_attribute("error.type", type(error).__name__)
    context.detach(g.pop("span_token"))
    span.end()


# --- statements ------------------------------------------------------------------------------------------------------


def _follow(database: Database) -> None:
    for engine in filter(None, (database.engine, database.copy)):
        event.listen(engine, "before_cursor_execute", _begin_statement)
        event.listen(engine, "after_cursor_execute", _end_statement)
        event.listen(engine, "handle_error", _fail_statement)


def _begin_statement(
    connection: Any, _cursor: Any, statement: str, _values: Any, held: Any, _many: bool
) -> None:
    from opentelemetry import trace

    if not trace.get_current_span().get_span_context().is_valid:
        return
    verb = statement.lstrip("( \n").partition(" ")[0].upper()
    table = _TABLE.search(statement)
    held.span = _tracer().start_span(
        f"{verb} {table[1]}" if table else verb,
        kind=trace.SpanKind.CLIENT,
        attributes={
            "db.system.name": connection.dialect.name,
            "db.operation.name": verb,
            "db.query.text": statement[:_LONGEST],
        },
    )


def _end_statement(
    _connection: Any, _cursor: Any, _statement: str, _values: Any, held: Any, _many: bool
) -> None:
    span = getattr(held, "span", None)
    if span is not None:
        span.end()
        held.span = None


def _fail_statement(failure: Any) -> None:
    from opentelemetry.trace import Status, StatusCode

    span = getattr(failure.execution_context, "span", None)
    if span is not None:
        span.set_attribute("error.type", type(failure.original_exception).__name__)
        span.set_status(Status(StatusCode.ERROR))
        span.end()
        failure.execution_context.span = None
