"""The OpenAPI 3.1 description of the interface for providers' programs."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final

from marketplace.deliveries.rules import (
    MOST_ACTIVITY,
    MOST_REFERENCE,
    MOST_WORKER,
    DeliveryKind,
    DeliveryState,
)
from marketplace.i18n import LANGUAGES
from marketplace.payments.statements.rules import StatementRowKind, StatementState

MOST_DELIVERIES: Final = 500
"""Deliveries in one call."""

_TEXT: Final = {"type": "string"}
_CENTS: Final = {"type": "integer", "description": "Cents"}
_DAY: Final = {"type": "string", "format": "date"}
_TIME: Final = {"type": "string", "example": "8.30", "description": "By the clock in Finland; also 08:30"}
_NUMBER: Final = {"type": ["string", "number"]}


class SentDeliveryOutcome(StrEnum):
    """What became of a delivery that was sent."""

    RECORDED = "recorded"
    REFUSED = "refused"


def specification(server: str) -> dict[str, Any]:
    """The description, as JSON values; `server` is the portal's address."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Palvelutori interface for providers",
            "version": "1",
            "description": (
                "Deliveries recorded and statements read by a provider's own program, with a key that an admin of the"
                " provider makes on the portal. Messages are in the language `lang`. Amounts are cents."
            ),
        },
        "externalDocs": {"url": f"{server}/fi/about/developers#keys"},
        "servers": [{"url": f"{server}/api/v1"}],
        "security": [{"key": []}],
        "paths": {
            "/deliveries": {"post": _record()},
            "/statements": {
                "get": _operation(
                    "A page of the provider's statements, the latest first",
                    "Statements",
                    [{"name": "page", "in": "query", "schema": {"type": "integer", "minimum": 1}}],
                )
            },
            "/statements/{id}": {
                "get": _operation(
                    "One statement with its rows",
                    "StatementWithRows",
                    [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}],
                )
            },
        },
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            "schemas": _schemas(),
        },
    }


def _record() -> dict[str, Any]:
    body = _object({"deliveries": _list(_ref("Delivery")) | {"minItems": 1, "maxItems": MOST_DELIVERIES}})
    return _operation(
        "Record deliveries: good ones are recorded, once by their number; bad ones are told with the reasons",
        "Outcomes",
    ) | {"requestBody": {"required": True, "content": {"application/json": {"schema": body}}}}


def _operation(summary: str, schema: str, parameters: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    language = {"name": "lang", "in": "query", "schema": {"type": "string", "enum": list(LANGUAGES)}}
    problems = {
        "400": "Something in the request was not understood",
        "401": "The key does not hold",
        "404": "There is no such thing",
        "429": "Too many calls; Retry-After says when to go on",
        "503": "A part of the portal is away for a while",
    }
    return {
        "summary": summary,
        "parameters": [*(parameters or ()), language],
        "responses": {"200": _response("The answer", schema)}
        | {status: _response(words, "Error") for status, words in problems.items()},
    }


def _response(description: str, schema: str) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": _ref(schema)}}}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


def _object(properties: dict[str, Any], *, optional: tuple[str, ...] = ()) -> dict[str, Any]:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required}


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}


def _schemas() -> dict[str, Any]:
    statement = {
        "id": {"type": "integer"},
        "number": _TEXT,
        "organisation": _TEXT,
        "pilot": _TEXT,
        "month": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}$"},
        "state": {"type": "string", "enum": [each.value for each in StatementState]},
        "total": _CENTS,
        "carried": _CENTS,
        "payable": _CENTS,
        "objection_until": _DAY,
    }
    return {
        "Delivery": _object(
            {
                "reference": _TEXT
                | {"maxLength": MOST_REFERENCE, "description": "Your own number of the delivery"},
                "agreement": {"type": ["integer", "string"], "description": "The number of the agreement"},
                "client": _TEXT | {"description": "For your own eyes; not read"},
                "kind": {"type": "string", "enum": [each.value for each in DeliveryKind]},
                "day": _DAY,
                "start": _TIME,
                "end": _TIME,
                "band": _TEXT | {"description": "The price, of what is not counted in hours"},
                "quantity": _NUMBER,
                "activity": _TEXT | {"maxLength": MOST_ACTIVITY},
                "worker": _TEXT | {"maxLength": MOST_WORKER},
                "cancelled_day": _DAY,
                "cancelled_time": _TIME,
            },
            optional=(
                "client",
                "kind",
                "start",
                "end",
                "band",
                "quantity",
                "worker",
                "cancelled_day",
                "cancelled_time",
            ),
        ),
        "Outcomes": _object({"deliveries": _list(_ref("Outcome"))}),
        "Outcome": _object(
            {
                "reference": _TEXT,
                "outcome": {"type": "string", "enum": [each.value for each in SentDeliveryOutcome]},
                "problems": _list(_TEXT),
                "delivery": _or_null(_ref("RecordedDelivery")),
            }
        ),
        "RecordedDelivery": _object(
            {
                "id": {"type": "integer"},
                "state": {"type": "string", "enum": [each.value for each in DeliveryState]},
                "amount": _CENTS | {"description": "What the organisation owes, in cents"},
                "own_share": _CENTS | {"description": "What the client pays you, in cents"},
                "objection_until": _or_null(_DAY),
            }
        ),
        "Statements": _object(
            {
                "page": {"type": "integer"},
                "pages": {"type": "integer"},
                "statements": _list(_ref("Statement")),
            }
        ),
        "Statement": _object(statement),
        "StatementWithRows": _object(statement | {"rows": _list(_ref("StatementRow"))}),
        "StatementRow": _object(
            {
                "position": {"type": "integer"},
                "kind": {"type": "string", "enum": [each.value for each in StatementRowKind]},
                "delivery": {"type": "integer"},
                "reference": _TEXT,
                "client": _TEXT,
                "day": _DAY,
                "service": _TEXT,
                "band": _TEXT,
                "unit": _TEXT,
                "quantity": _TEXT,
                "minutes": _or_null({"type": "integer"}),
                "unit_price": _CENTS,
                "value": _or_null(_CENTS),
                "own_share": _CENTS,
                "gross": _CENTS,
                "net": _CENTS,
                "vat": _CENTS,
                "vat_code": _TEXT,
                "vat_percent": _TEXT,
                "corrects": _or_null({"type": "integer"}),
            }
        ),
        "Error": _object({"error": _object({"code": _TEXT, "message": _TEXT, "field": _or_null(_TEXT)})}),
    }
