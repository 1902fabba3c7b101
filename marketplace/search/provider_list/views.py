"""Downloads of the list of approved providers: CSV, XLSX and JSON, open to everybody."""

from __future__ import annotations

import json
from typing import Final

from flask import Response, request
from flask.typing import ResponseReturnValue

from marketplace.i18n import _, current_language, helsinki_date
from marketplace.permissions import Permission
from marketplace.pilots import queries as pilots
from marketplace.search.provider_list import listing as provider_list
from marketplace.sheets import CSV, XLSX, as_csv, as_xlsx
from marketplace.web.frame import feature_blueprint, now, requires, session

blueprint = feature_blueprint("provider_list", __name__, "/providers")

MEDIA_TYPES: Final = {
    "csv": CSV,
    "xlsx": XLSX,
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
        heads, table = provider_list.header(), provider_list.rows(session(), found, current_language())
        content = (
            as_csv(heads, table) if kind == "csv" else as_xlsx(heads, table, title=_("Approved providers"))
        )
    name = f"palvelutori-{pilot or 'providers'}-{day.isoformat()}.{kind}"
    return Response(
        content,
        content_type=MEDIA_TYPES[kind],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
