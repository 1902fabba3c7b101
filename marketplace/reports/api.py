"""`/api/v1/opendata`: the sets of open data as JSON and CSV, and their description. No key, open to every origin."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, current_app, request
from flask.typing import ResponseReturnValue

from marketplace.i18n import in_english
from marketplace.permissions import Permission
from marketplace.reports import snapshots
from marketplace.reports.opendata import SETS
from marketplace.search.kept_files import KeptFiles
from marketplace.search.openapi import LICENCE_OF_DATA
from marketplace.search.page_cache import OPEN
from marketplace.sheets import CSV
from marketplace.web import compression
from marketplace.web.frame import requires, session, settings

blueprint = Blueprint("open_data_api", __name__, url_prefix="/api/v1/opendata")


@blueprint.get("/<any('supply', 'prices', 'days-to-paid'):name>.<any(json, csv):kind>")
@requires(Permission.PUBLIC)
def data_set(name: str, kind: str) -> ResponseReturnValue:
    """A set as it was when its snapshot of the day was made; the same from every process until the next day's is."""
    kept: KeptFiles = current_app.extensions.setdefault("open_data", KeptFiles())
    day = snapshots.made_on(session(), name)
    content = kept.file(day, (name, kind), lambda: snapshots.file_of(session(), name, kind))
    return _answer(content, CSV if kind == "csv" else "application/json; charset=utf-8")


@blueprint.get("/openapi.json")
@requires(Permission.PUBLIC)
def description() -> ResponseReturnValue:
    """The OpenAPI 3.1 description of the sets."""
    content = json.dumps(specification(settings().public_url)).encode()
    return _answer(content, "application/json; charset=utf-8")


def _answer(content: bytes, content_type: str) -> Response:
    response = Response(content, content_type=content_type)
    response.headers.update(OPEN)
    response.headers["Link"] = f'<{LICENCE_OF_DATA["url"]}>; rel="license"'
    compression.compress(response, request)
    return response


def specification(server: str) -> dict[str, Any]:
    """The description in English, as JSON values; `server` is the portal's address."""
    with in_english():
        return _specification(server)


def _specification(server: str) -> dict[str, Any]:
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Palvelutori open data",
            "version": "1",
            "description": "Supply, prices with their history, and days to paid. A snapshot of each day, with an ETag.",
            "license": LICENCE_OF_DATA,
        },
        "servers": [{"url": f"{server}/api/v1/opendata"}],
        "paths": {
            f"/{name}.{kind}": {"get": _operation(name, kind)} for name in SETS for kind in ("json", "csv")
        },
    }


def _operation(name: str, kind: str) -> dict[str, Any]:
    return {"summary": f"The set {name} as {kind.upper()}", "responses": _responses(name, kind)}


def _responses(name: str, kind: str) -> dict[str, Any]:
    row = {
        "type": "object",
        "required": list(SETS[name].columns),
        "properties": {
            column: {
                "type": [about.type, "null"],
                "description": str(about.text),
                **({"enum": [measure.value for measure in about.measures]} if about.measures else {}),
            }
            for column, about in SETS[name].columns.items()
        },
    }
    whole = {
        "type": "object",
        "required": ["day", "licence", "source", "rows"],
        "properties": {
            "day": {"type": "string", "format": "date"},
            "licence": {"type": "string"},
            "source": {"type": "string"},
            "rows": {"type": "array", "items": row},
        },
    }
    content = (
        {"application/json": {"schema": whole}}
        if kind == "json"
        else {"text/csv": {"schema": {"type": "string"}}}
    )
    return {
        "200": {"description": "The rows of this day", "content": content},
        "304": {"description": "Not changed since the ETag that was sent"},
    }
