"""The programming interface of providers: `POST /api/v1/deliveries` and `GET /api/v1/statements`, with a key.

A delivery has the fields of the file's columns and is recorded by the same reader, with the same answers: a good row is
recorded, once however often it is sent by its number; a bad one is told with its reasons and holds up no other.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from marketplace.clients.looking import note_when_shown
from marketplace.clients.rules import Ground, Part
from marketplace.deliveries import importing, sheet
from marketplace.payments.statements import queries as statements
from marketplace.payments.statements.audit_actions import StatementAudit
from marketplace.payments.statements.models import Statement
from marketplace.permissions import Permission
from marketplace.programs.calls import Caller, answer, with_key
from marketplace.programs.description import MOST_DELIVERIES, SentDeliveryOutcome, specification
from marketplace.search.api import RequestRefused
from marketplace.sheets import Cell
from marketplace.text import one_line
from marketplace.web.frame import database, now, requires, session, settings
from marketplace.web.page_links import asked_page
from marketplace.work import UnitOfWork

blueprint = Blueprint("programs", __name__, url_prefix="/api/v1")

_DAYS: Final = frozenset({"day", "cancelled_day"})


@blueprint.get("/deliveries/openapi.json")
@requires(Permission.PUBLIC)
def description() -> ResponseReturnValue:
    """The description of this interface (OpenAPI 3.1)."""
    return answer(specification(settings().public_url))


@blueprint.post("/deliveries")
@requires(Permission.PUBLIC, by_form=False, once=False, counted=False)
@with_key
def record(caller: Caller) -> Any:
    """Record deliveries; gives what became of each, in the order in which they were sent."""
    rows = [sheet.read_row(number, _cells(each, number)) for number, each in enumerate(_sent(), 1)]
    return {
        "deliveries": [
            _outcome(each) for each in importing.record_rows(caller.work(), caller.provider_id, rows)
        ]
    }


def _sent() -> list[Any]:
    """The deliveries of the request. Raises RequestRefused for what is no list of them."""
    try:
        body = request.get_json(silent=True)
    except RecursionError:  # brackets within brackets, deeper than Python reads
        body = None
    found = body.get("deliveries") if isinstance(body, dict) else None
    if not isinstance(found, list) or not found:
        raise RequestRefused(400, "no_deliveries", 'send {"deliveries": [ … ]}', "deliveries")
    if len(found) > MOST_DELIVERIES:
        raise RequestRefused(400, "too_many", f"send at most {MOST_DELIVERIES} at a time", "deliveries")
    return found


def _cells(row: Any, number: int) -> Mapping[str, Cell]:
    """The fields of a delivery as cells of a sheet; days as they are written in JSON, `2026-11-22`."""
    where = f"deliveries[{number - 1}]"
    if not isinstance(row, dict):
        raise RequestRefused(400, "no_delivery", "a delivery is an object", where)
    for name, value in row.items():
        if name not in sheet.COLUMNS:
            raise RequestRefused(400, "unknown_field", f"a delivery has no {one_line(name)[:40]}", where)
        if isinstance(value, bool) or not isinstance(value, str | int | float | None):
            raise RequestRefused(400, "no_text", f"{name} is a text or a number", where)
    return {name: _cell(name, row.get(name)) for name in sheet.COLUMNS}


def _cell(name: str, value: str | float | None) -> Cell:
    text = "" if value is None else str(value)
    if name in _DAYS:
        try:
            return date.fromisoformat(text)
        except ValueError:
            return text
    return text


def _outcome(outcome: sheet.SheetRowOutcome) -> dict[str, Any]:
    told = {"reference": outcome.row.cells.get("reference", ""), "problems": list(outcome.problems)}
    if outcome.delivery is None:
        return told | {"outcome": SentDeliveryOutcome.REFUSED, "delivery": None}
    delivery = outcome.delivery
    facts = {
        "id": delivery.id,
        "state": delivery.state,
        "amount": delivery.amount.cents,
        "own_share": delivery.own_share.cents,
        "objection_until": _iso(delivery.objection_until),
    }
    return told | {"outcome": SentDeliveryOutcome.RECORDED, "delivery": facts}


@blueprint.get("/statements")
@requires(Permission.PUBLIC)
@with_key
def own_statements(caller: Caller) -> Any:
    """A page of the provider's statements, the latest first."""
    page = statements.of_provider(session(), caller.provider_id, asked_page())
    return {"page": page.page, "pages": page.pages, "statements": [_head(each) for each in page.rows]}


@blueprint.get("/statements/<int:statement_id>")
@requires(Permission.PUBLIC)
@with_key
def own_statement(caller: Caller, statement_id: int) -> Any:
    """One statement with its rows. They tell the numbers of clients, so the look is written down."""
    statement = statements.for_provider(caller.work(), caller.provider_id, statement_id)
    with database().transaction() as noting:
        work = UnitOfWork(noting, caller.actor, now())
        organisation, key = statement.organisation_key, {"key": caller.actor.key}
        work.record(StatementAudit.EXPORT, statement, organisation=organisation, after=key)
    clients = statements.clients_on(session(), statement.id)
    note_when_shown(clients, Part.DELIVERIES, Ground.SERVICE, caller.actor)
    rows = [
        {
            "position": row.position,
            "kind": row.kind,
            "delivery": row.delivery_id,
            "reference": row.delivery.reference,
            "client": row.delivery.client_number,
            "day": _iso(row.day),
            "service": row.service_key,
            "band": row.band,
            "unit": row.unit,
            "quantity": row.quantity,
            "minutes": row.minutes,
            "unit_price": row.unit_price_cents,
            "value": row.value_cents,
            "own_share": row.own_share_cents,
            "gross": row.gross_cents,
            "net": row.net_cents,
            "vat": row.vat_cents,
            "vat_code": row.vat_code,
            "vat_percent": row.vat_percent,
            "corrects": None if row.corrects is None else row.corrects.delivery_id,
        }
        for row in statement.rows
    ]
    return _head(statement) | {"rows": rows}


def _head(statement: Statement) -> dict[str, Any]:
    return {
        "id": statement.id,
        "number": statement.name,
        "organisation": statement.organisation_key,
        "pilot": statement.pilot_key,
        "month": f"{statement.month:%Y-%m}",
        "state": statement.state,
        "total": statement.total_cents,
        "carried": statement.carried_cents,
        "payable": statement.payable_cents,
        "objection_until": _iso(statement.objection_until),
    }


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
