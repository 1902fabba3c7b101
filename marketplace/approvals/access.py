"""What the office's views share: finding the application, the way back to it, what happened to it meanwhile."""

from __future__ import annotations

from typing import Final

from flask import request, url_for

from marketplace.applications import queries, rules
from marketplace.applications.audit_actions import ApplicationAudit
from marketplace.applications.models import Application
from marketplace.applications.rules import ApplicationAction
from marketplace.audit.labels import action_name
from marketplace.audit.viewing import record_view
from marketplace.files.models import StoredFile
from marketplace.i18n import _, datetime_text
from marketplace.pilots.branding import show_organisation
from marketplace.web.frame import SAFE_METHODS, session, work
from marketplace.web.posting import Elsewhere

APPLICATION: Final = "/office/applications/<int:application_id>"

_MOVES: Final = frozenset(ApplicationAudit.of(action) for action in rules.APPLICATION.all_actions)


def office_application(application_id: int) -> Application:
    """The application of the actor's organisation, locked when the request changes it. Raises NotFound."""
    lock = request.method not in SAFE_METHODS
    application = queries.for_office(work(), application_id, lock=lock)
    show_organisation(application.pilot.organisation)
    return application


def opened_file(application_id: int, file_id: int) -> StoredFile:
    """A file of the application that is handed out now; that it was opened is written down. Raises NotFound."""
    application = office_application(application_id)
    file = queries.file_of(session(), application, file_id)
    organisation = application.pilot.organisation_key
    record_view(application, organisation=organisation, action=ApplicationAudit.VIEW_FILE, detail=file.name)
    return file


def review_url(application: Application) -> str:
    """The application's own page in the office."""
    return url_for("approvals.review", application_id=application.id)


def demand_still(application: Application, action: ApplicationAction) -> None:
    """Leads back to the review page (Elsewhere), told what happened, when the step is no longer possible."""
    if not rules.APPLICATION.allows(application.state, action):
        raise Elsewhere(review_url(application), what_happened(application))


def what_happened(application: Application) -> str:
    """Who has moved the application on, when and how, for somebody who comes too late."""
    moves = (each for each in queries.history(session(), application) if each.action in _MOVES)
    last = next(moves, None)
    if last is None:
        return _("The application has moved on: this step is no longer possible. See below where it is now.")
    if last.action == ApplicationAudit.DECIDE:
        return _(
            "Decision %(number)s has already been made by %(person)s on %(moment)s. Nothing more was done now.",
            number=last.after["number"],
            person=last.actor_name,
            moment=datetime_text(last.at),
        )
    return _(
        "Somebody came first: %(what)s by %(person)s on %(moment)s. Nothing more was done now.",
        what=action_name(last.action),
        person=last.actor_name,
        moment=datetime_text(last.at),
    )
