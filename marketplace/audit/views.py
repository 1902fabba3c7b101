"""The auditor's page: what happened in the organisation's matters, who did it and what it changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import current_app, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from marketplace.audit import fields, labels, queries, subjects
from marketplace.audit.audit_actions import TrailAudit
from marketplace.audit.forms import AuditForm
from marketplace.audit.models import AuditEvent
from marketplace.audit.subjects import AskedClient, KnownThing
from marketplace.audit.viewing import record_view
from marketplace.errors import NotAllowed
from marketplace.i18n import _, datetime_text, helsinki_date
from marketplace.permissions import Permission
from marketplace.sheets import Value
from marketplace.sorting import sort_key
from marketplace.web.forms import options
from marketplace.web.frame import current_actor, feature_blueprint, now, render, requires, session
from marketplace.web.page_links import asked_page, page_links
from marketplace.web.tables import table_file

blueprint = feature_blueprint("audit", __name__, "/office/audit")
_FILTERS = ("who", "action", "company", "client", "subject", "first", "last")


@dataclass(frozen=True, slots=True)
class _EventRow:
    """An event as it is shown; `href` is empty where the reader may not open the thing's page or there is none."""

    event: AuditEvent
    thing: str
    company: str
    href: str
    changes: list[fields.FieldChange]


@dataclass(frozen=True, slots=True)
class _AskedFor:
    """The form of the filters, what of it holds, and the client that it names."""

    form: Any
    chosen: Mapping[str, Any]
    client: AskedClient | None


@blueprint.get("")
@requires(Permission.VIEW_AUDIT, may_lag=True)
def events() -> ResponseReturnValue:
    """The events of the auditor's own organisation, the newest first; the filters are in the address."""
    organisation = _organisation()
    asked = _asked(organisation)
    found = queries.events(session(), organisation, _filter(asked, asked_page()))
    kept: dict[str, Any] = {name: request.args[name] for name in _FILTERS if request.args.get(name)}
    return render(
        "audit/events.html",
        form=asked.form,
        page=found.page,
        more=found.more,
        most=queries.MOST,
        rows=list(_rows(found.page.rows, organisation)),
        page_url=page_links(kept),
        file_url=lambda kind: url_for("audit.events_file", kind=kind, **kept),
    )


@blueprint.get("/list.<any(csv, xlsx):kind>")
@requires(Permission.VIEW_AUDIT)
def events_file(kind: str) -> ResponseReturnValue:
    """The events that the filters leave, all pages of them, for a spreadsheet; that they were taken is an event too."""
    organisation = _organisation()
    asked = _asked(organisation)
    found = queries.events(session(), organisation, _filter(asked, 1), size=queries.MOST)
    heads = [
        _("When"),
        _("Who"),
        _("What was done"),
        _("To what"),
        _("Company"),
        _("What changed"),
    ]
    file = table_file(
        kind,
        heads,
        [_file_row(row) for row in _rows(found.page.rows, organisation)],
        title=_("Audit trail"),
        name=f"audit-{helsinki_date(now()).isoformat()}",
    )
    record_view(
        ("Organisation", organisation),
        organisation=organisation,
        action=TrailAudit.DOWNLOAD,
        after={"events": found.page.total, "narrowed": _told(asked)},
    )
    return file


def _organisation() -> str:
    organisation = current_actor().organisation
    if organisation is None:
        raise NotAllowed(_("Your account does not belong to an organisation."))
    return organisation


def _asked(organisation: str) -> _AskedFor:
    """What the address asks for; what it asks for wrongly does not narrow, and is told at its field.

    Clients are asked for by those who may read the register of their agreements, and it is a look at their data.
    """
    form: Any = AuditForm(formdata=MultiDict(request.args.items(multi=True)))
    known = queries.actions(session(), organisation)
    named = sorted(((key, labels.action_name(key)) for key in known), key=lambda pair: sort_key(pair[1]))
    form.action.choices = options([("", _("Anything")), *named])
    if not current_actor().may(Permission.VIEW_AGREEMENTS, organisation=organisation):
        del form.client
    chosen = {
        each.name: each.data for each in form if each.name in _FILTERS and each.validate(form) and each.data
    }
    number = chosen.pop("client", "")
    clients = [ask(number) for ask in subjects.client_asked] if number else []
    return _AskedFor(form, chosen, clients[0] if clients else None)


def _filter(asked: _AskedFor, page: int) -> queries.TrailFilter:
    chosen = {name: value for name, value in asked.chosen.items() if name != "subject"}
    kind, identity = labels.subject_asked(asked.chosen.get("subject", ""))
    return queries.TrailFilter(
        **chosen,
        subject_type=kind,
        subject_id=identity,
        client=asked.client.number if asked.client else "",
        page=page,
    )


def _told(asked: _AskedFor) -> dict[str, Any]:
    """The filters for the trail: a client stands there by the number of the row, which tells nobody who it is."""
    told = {
        name: value if isinstance(value, str) else value.isoformat() for name, value in asked.chosen.items()
    }
    return told | ({"client": asked.client.row} if asked.client and asked.client.row else {})


def _rows(found: Iterable[AuditEvent], organisation: str) -> Iterator[_EventRow]:
    shown = list(found)
    described = subjects.describe(session(), shown)
    may_open = _may_open(organisation)
    for event in shown:
        about = described.get((event.subject_type, event.subject_id), KnownThing())
        yield _EventRow(
            event,
            labels.thing_name(event.subject_type, event.subject_id, about.title),
            about.company,
            url_for(about.page[0], **about.page[1]) if about.page and may_open(about.page[0]) else "",
            fields.changes(event),
        )


def _may_open(organisation: str) -> Callable[[str], bool]:
    """Whether the reader may open a page of the organisation, by its endpoint."""
    actor = current_actor()
    views: Mapping[str, Any] = current_app.view_functions
    return lambda endpoint: actor.may(views[endpoint].permission, organisation=organisation)


def _file_row(row: _EventRow) -> list[Value]:
    return [
        datetime_text(row.event.at),
        row.event.who,
        labels.action_name(row.event.action),
        row.thing,
        row.company,
        "; ".join(_change_text(each) for each in row.changes),
    ]


def _change_text(change: fields.FieldChange) -> str:
    if change.before is None:
        return _("%(field)s: %(after)s", field=change.name, after=change.after)
    return _("%(field)s: %(before)s → %(after)s", field=change.name, before=change.before, after=change.after)
