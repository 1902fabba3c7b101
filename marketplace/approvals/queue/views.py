"""The office's queue: every application with its age, state, whose turn it is, what is missing and its handler."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from marketplace.applications import labels, queries, rules
from marketplace.applications.findings import failed
from marketplace.applications.messages.rules import Side
from marketplace.applications.messages.views import new_messages
from marketplace.applications.models import Application, ApplicationLine
from marketplace.approvals.blueprint import blueprint
from marketplace.approvals.queue.forms import QueueForm
from marketplace.approvals.queue.queries import (
    NOBODY,
    QueueFilter,
    due_dates,
    handlers,
    limits,
    organisation_pilots,
    whole_queue,
)
from marketplace.approvals.queue.queries import queue as find_queue
from marketplace.approvals.queue.rules import lateness
from marketplace.errors import NotAllowed
from marketplace.i18n import _, current_language, helsinki_date
from marketplace.paging import Page
from marketplace.permissions import Permission
from marketplace.pilots import queries as pilots
from marketplace.pilots.branding import show_organisation
from marketplace.pilots.definition import PilotDefinition
from marketplace.pilots.models import Organisation
from marketplace.pilots.vocabulary import municipalities_by_name
from marketplace.sheets import Value
from marketplace.web.forms import options
from marketplace.web.frame import current_actor, now, render, requires, session
from marketplace.web.page_links import asked_page, page_links
from marketplace.web.tables import table_file

FILTERS = ("words", "state", "pilot", "service", "municipality", "handler", "late", "sort")


@blueprint.get("/office/applications")
@requires(Permission.VIEW_APPLICATIONS)
def queue() -> ResponseReturnValue:
    """What waits in the organisation's pilots, the oldest first; the filters are in the address."""
    organisation, known = _known()
    form = _queue_form(organisation, known)
    wanted = _wanted(form)
    page = find_queue(session(), organisation, wanted, limits(known, helsinki_date(now())))
    show_organisation(session().get_one(Organisation, organisation))
    kept: dict[str, Any] = {name: request.args[name] for name in FILTERS if request.args.get(name)}
    return render(
        "approvals/queue.html",
        form=form,
        page=page,
        rows=_rows(page, known),
        news=new_messages(page.rows, Side.OFFICE),
        page_url=page_links(kept),
        sort=wanted.sort,
        sort_url=lambda sort: url_for("approvals.queue", **(kept | {"sort": sort or None})),
        file_url=lambda kind: url_for("approvals.queue_file", kind=kind, **kept),
    )


@blueprint.get("/office/applications/list.<any(csv, xlsx):kind>")
@requires(Permission.VIEW_APPLICATIONS)
def queue_file(kind: str) -> ResponseReturnValue:
    """What the filters of the queue leave, all pages of it, for a spreadsheet."""
    organisation, known = _known()
    wanted = _wanted(_queue_form(organisation, known))
    page = whole_queue(session(), organisation, wanted, limits(known, helsinki_date(now())))
    heads = [
        _("Application"),
        _("Provider"),
        _("Business ID"),
        _("Pilot"),
        _("Services"),
        _("State"),
        _("Sent"),
        _("Age, days"),
        _("What is missing"),
        _("Handler"),
        _("Decision"),
    ]
    return table_file(
        kind,
        heads,
        [_file_row(row) for row in _rows(page, known)],
        title=_("Applications"),
        name=f"applications-{helsinki_date(now()).isoformat()}",
    )


def _file_row(row: dict[str, Any]) -> list[Value]:
    application: Application = row["application"]
    return [
        application.id,
        application.provider.name,
        application.provider.business_id,
        row["pilot"],
        "; ".join(row["services"]),
        str(row["state"][0]),
        helsinki_date(application.submitted_at) if application.submitted_at else None,
        row["age"],
        "; ".join(row["lacking"]),
        application.handler.name if application.handler else "",
        "; ".join(decision.number for decision in application.decisions),
    ]


def _known() -> tuple[str, dict[str, PilotDefinition]]:
    """The actor's organisation and the definitions of its pilots."""
    organisation = current_actor().organisation
    if organisation is None:
        raise NotAllowed(_("Your account does not belong to an organisation."))
    return organisation, {
        pilot.key: pilots.current_definition(session(), pilot.key)
        for pilot in organisation_pilots(session(), organisation)
    }


def _wanted(form: QueueForm) -> QueueFilter:
    """What the address asks for; what it asks for wrongly does not narrow."""
    given: dict[str, Any] = {name: form[name].data or "" for name in FILTERS if form[name].validate(form)}
    return QueueFilter(**(given | {"late": bool(given.get("late"))}), page=asked_page())


def _queue_form(organisation: str, known: dict[str, PilotDefinition]) -> QueueForm:
    form = QueueForm(formdata=MultiDict(request.args.items(multi=True)))
    language = current_language()
    names = [(key, definition.name[language]) for key, definition in known.items()]
    people = [(str(person.id), person.name) for person in handlers(session(), organisation)]
    states = [(key, labels.STATES[key][0]) for key in rules.APPLICATION.sent]
    keys = dict.fromkeys(key for definition in known.values() for key in definition.service_keys)
    services = [(key, labels.service_name(key)) for key in keys]
    codes = {code for definition in known.values() for code in definition.municipalities}
    places = [(place.code, place.name[language]) for place in municipalities_by_name(codes, language)]
    form.service.choices = options([("", _("All services")), *services])
    form.municipality.choices = options([("", _("All municipalities")), *places])
    form.sort.choices = options(
        [
            ("", _("The oldest first")),
            ("newest", _("The newest first")),
            ("name", _("By company")),
            ("handler", _("By handler")),
        ]
    )
    form.state.choices = options([("", _("All that wait")), *states])
    form.pilot.choices = options([("", _("All pilots")), *names])
    form.handler.choices = options([("", _("Anybody")), (NOBODY, _("Nobody yet")), *people])
    form.late.choices = options([("", _("All")), ("1", _("Only those that are late"))])
    return form


def _service_text(line: ApplicationLine) -> str:
    """The service, with what was decided about it."""
    name = labels.service_name(line.service_key)
    if line.outcome is None:
        return name
    return _("%(service)s: %(outcome)s", service=name, outcome=labels.OUTCOMES[line.outcome][0])


def _rows(page: Page[Application], known: dict[str, PilotDefinition]) -> Sequence[dict[str, Any]]:
    today = helsinki_date(now())
    due = due_dates(session(), [application.id for application in page.rows])
    rows = []
    for application in page.rows:
        definition = pilots.kept_definition(session(), application.definition_version_id)
        judged_on = min((decision.decided_on for decision in application.decisions), default=today)
        lacking = failed(queries.findings_of(session(), application, today=judged_on))
        age = rules.age_in_days(queries.applied_on(application, today), judged_on)
        turn, due_on = rules.TURNS[application.state], due.get(application.id)
        rows.append(
            {
                "application": application,
                "pilot": definition.name[current_language()],
                "services": [_service_text(line) for line in application.lines],
                "state": labels.STATES[application.state],
                "age": age,
                "due_on": due_on,
                "late": lateness(turn, age, known[application.pilot_key].handling_days, due_on, today),
                "turn": labels.TURNS[turn],
                "lacking": [labels.lacking_text(finding, definition) for finding in lacking],
            }
        )
    return rows
