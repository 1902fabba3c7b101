"""Downloads of the list of approved providers: CSV, XLSX and JSON, open to everybody.

A file holds until something is written into the log of the catalogue, or something happens to a provider or an
approval; not until anything happens at all, for somebody signs in or is refused all the time. And never longer than
some minutes, because days pass and parallel transactions may come out of their order.
"""

from __future__ import annotations

import json
from datetime import date
from typing import Final

import sqlalchemy as sa
from flask import Response, current_app, request
from flask.typing import ResponseReturnValue

from marketplace.audit.models import AuditEvent
from marketplace.errors import NotFound
from marketplace.i18n import _, current_language, helsinki_date
from marketplace.permissions import Permission
from marketplace.pilots import queries as pilots
from marketplace.pilots import vocabulary
from marketplace.providers.models import Provider, ServiceApproval
from marketplace.search.following import newest_change
from marketplace.search.kept_files import KeptFiles
from marketplace.search.provider_list import listing as provider_list
from marketplace.sheets import CSV, XLSX, as_csv, as_xlsx
from marketplace.web.frame import feature_blueprint, now, requires, session

blueprint = feature_blueprint("provider_list", __name__, "/providers")

HOLDS: Final = 300
"""Seconds that a file holds at most."""

LISTED: Final = (Provider.__name__, ServiceApproval.__name__)
"""What events are about that change the list."""

MEDIA_TYPES: Final = {
    "csv": CSV,
    "xlsx": XLSX,
    "json": "application/json",
}


@blueprint.get("/list.<any(csv, xlsx, json):kind>")
@requires(Permission.PUBLIC)
def download(kind: str) -> ResponseReturnValue:
    """The providers, narrowed to the pilot, the service and the municipality of the address; an unknown one is 404."""
    narrowed = _narrowed()
    day = helsinki_date(now())
    state = (newest_change(session()), _latest_event(), vocabulary.digest(), int(now().timestamp() // HOLDS))
    kept: KeptFiles = current_app.extensions.setdefault("provider_lists", KeptFiles())
    content = kept.file(state, (kind, narrowed, current_language()), lambda: _made(kind, narrowed, day))
    name = f"palvelutori-{narrowed.pilot or 'providers'}-{day.isoformat()}.{kind}"
    return Response(
        content,
        content_type=MEDIA_TYPES[kind],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _narrowed() -> provider_list.Narrowing:
    asked = provider_list.Narrowing(
        *(request.args.get(name) or None for name in ("pilot", "service", "municipality"))
    )
    if asked.pilot is not None:
        pilots.pilot(session(), asked.pilot)
    for key, known in ((asked.service, vocabulary.SERVICES), (asked.municipality, vocabulary.MUNICIPALITIES)):
        if key is not None and key not in known:
            raise NotFound()
    return asked


def _latest_event() -> int | None:
    """Of what the list shows and the log of the catalogue may leave out: approvals that nothing is offered for."""
    return session().scalar(sa.select(sa.func.max(AuditEvent.id)).where(AuditEvent.subject_type.in_(LISTED)))


def _made(kind: str, narrowed: provider_list.Narrowing, day: date) -> bytes:
    found = provider_list.listed(session(), narrowed, day)
    if kind == "json":
        return json.dumps(provider_list.as_data(found, day), ensure_ascii=False).encode()
    heads, table = provider_list.header(), provider_list.rows(session(), found, current_language())
    return as_csv(heads, table) if kind == "csv" else as_xlsx(heads, table, title=_("Approved providers"))
