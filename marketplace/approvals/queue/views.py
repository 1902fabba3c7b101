"""The office's queue: every application with its age, state, whose turn it is, what is missing and its handler."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from marketplace.applications import labels, queries, rules
from marketplace.applications.findings import failed
from marketplace.applications.messages.rules import Side
from marketplace.applications.messages.views import new_messages
from marketplace.applications.models import Application
from marketplace.approvals.blueprint import blueprint
from marketplace.approvals.queue.forms import QueueForm
from marketplace.approvals.queue.queries import (
    NOBODY,
    Limits,
    QueueFilter,
    due_dates,
    handlers,
    organisation_pilots,
)
from marketplace.approvals.queue.queries import queue as find_queue
from marketplace.approvals.queue.rules import lateness
from marketplace.errors import NotAllowed
from marketplace.i18n import HELSINKI, _, current_language, helsinki_date
from marketplace.paging import Page
from marketplace.permissions import Permission
from marketplace.pilots import queries as pilots
from marketplace.pilots.branding import show_organisation
from marketplace.pilots.definition import PilotDefinition
from marketplace.pilots.models import Organisation
from marketplace.web.forms import options
from marketplace.web.frame import current_actor, now, render, requires, session
from marketplace.web.page_links import asked_page, page_links

FILTERS = ("state", "pilot", "handler", "late")


@blueprint.get("/office/applications")
@requires(Permission.VIEW_APPLICATIONS)
def queue() -> ResponseReturnValue:
    """What waits in the organisation's pilots, the oldest first; the filters are in the address."""
    organisation = current_actor().organisation
    if organisation is None:
        raise NotAllowed(_("Your account does not belong to an organisation."))
    known = {
        pilot.key: pilots.current_definition(session(), pilot.key)
        for pilot in organisation_pilots(session(), organisation)
    }
    form = _queue_form(organisation, known)
    given = {name: form[name].data or "" for name in FILTERS if form[name].validate(form)}
    wanted = QueueFilter(
        state=given.get("state", ""),
        pilot=given.get("pilot", ""),
        handler=given.get("handler", ""),
        late=bool(given.get("late")),
        page=asked_page(),
    )
    page = find_queue(session(), organisation, wanted, limits(known, helsinki_date(now())))
    show_organisation(session().get_one(Organisation, organisation))
    return render(
        "approvals/queue.html",
        form=form,
        page=page,
        rows=_rows(page, known),
        news=new_messages(page.rows, Side.OFFICE),
        page_url=page_links({name: request.args.get(name) for name in FILTERS}),
    )


def _queue_form(organisation: str, known: dict[str, PilotDefinition]) -> QueueForm:
    form = QueueForm(formdata=MultiDict(request.args.items(multi=True)))
    language = current_language()
    names = [(key, definition.name[language]) for key, definition in known.items()]
    people = [(str(person.id), person.name) for person in handlers(session(), organisation)]
    states = [(key, labels.STATES[key][0]) for key in rules.APPLICATION.sent]
    form.state.choices = options([("", _("All that wait")), *states])
    form.pilot.choices = options([("", _("All pilots")), *names])
    form.handler.choices = options([("", _("Anybody")), (NOBODY, _("Nobody yet")), *people])
    form.late.choices = options([("", _("All")), ("1", _("Only those that are late"))])
    return form


def limits(known: dict[str, PilotDefinition], today: date) -> Limits:
    """The moments before which an application must have been sent to be late, pilot by pilot."""
    days = {key: today - timedelta(days=definition.handling_days) for key, definition in known.items()}
    return Limits({key: datetime.combine(day, time(0), HELSINKI) for key, day in days.items()}, today)


def _rows(page: Page[Application], known: dict[str, PilotDefinition]) -> Sequence[dict[str, Any]]:
    today = helsinki_date(now())
    due = due_dates(session(), [application.id for application in page.rows])
    rows = []
    for application in page.rows:
        definition = pilots.kept_definition(session(), application.definition_version_id)
        lacking = failed(queries.findings_of(session(), application, today=today))
        age = rules.age_in_days(queries.applied_on(application, today), today)
        turn, due_on = rules.TURNS[application.state], due.get(application.id)
        rows.append(
            {
                "application": application,
                "pilot": definition.name[current_language()],
                "services": [labels.service_name(key) for key in queries.service_keys(application)],
                "state": labels.STATES[application.state],
                "age": age,
                "due_on": due_on,
                "late": lateness(turn, age, known[application.pilot_key].handling_days, due_on, today),
                "turn": labels.TURNS[turn],
                "lacking": [labels.finding_title(finding, definition) for finding in lacking],
            }
        )
    return rows
