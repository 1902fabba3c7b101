"""Downloads of the list of approved providers: CSV, XLSX and JSON, open to everybody."""

from __future__ import annotations

import json
from typing import Final

from flask import Response, request
from flask.typing import ResponseReturnValue

from marketplace.i18n import current_language, helsinki_date
from marketplace.permissions import Permission
from marketplace.pilots import queries as pilots
from marketplace.search.provider_list import listing as provider_list
from marketplace.web.frame import feature_blueprint, now, requires, session

blueprint = feature_blueprint("provider_list", __name__, "/providers")

MEDIA_TYPES: Final = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}


@blueprint.get("/list.<any(csv, xlsx, json):kind>")
@requires(Permission.PUBLIC)
def download(kind: str) -> ResponseReturnValue:
    """The providers of every pilot, or of the one that the address names; an unknown pilot is 404."""
    pilot = request.args.get("pilot") or None
    if pilot is not None:
        pilots.pilot(session(), pilot)
    day = helsinki_date(now())
    found = provider_list.listed(session(), pilot, day)
    if kind == "json":
        content = json.dumps(provider_list.as_data(found, day), ensure_ascii=False).encode()
    else:
        table = provider_list.rows(session(), found, current_language())
        content = provider_list.as_csv(table) if kind == "csv" else provider_list.as_xlsx(table)
    name = f"palvelutori-{pilot or 'providers'}-{day.isoformat()}.{kind}"
    return Response(
        content,
        content_type=MEDIA_TYPES[kind],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
