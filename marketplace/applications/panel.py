"""What the company's home page says of its applications, and what of them waits for the company."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from flask import render_template, url_for
from markupsafe import Markup
from sqlalchemy.orm import Session

from marketplace.applications import labels, queries
from marketplace.applications.messages.queries import unread_counts
from marketplace.applications.messages.rules import Side
from marketplace.applications.messages.views import new_messages
from marketplace.applications.models import Application
from marketplace.applications.rules import ApplicationState
from marketplace.i18n import _, current_language, date_text, ngettext
from marketplace.pilots.queries import kept_definition
from marketplace.providers.models import Provider
from marketplace.providers.queries import approvals_of
from marketplace.providers.todo import Task, TaskKind
from marketplace.web.frame import current_actor, session


def applications_panel(provider: Provider) -> Markup:
    """The provider's applications."""
    own = queries.of_provider(session(), provider.id)
    return Markup(  # noqa: S704 - the template escapes what it shows
        render_template(
            "applications/panel.html",
            provider=provider,
            applications=own,
            news=new_messages(own, Side.PROVIDER),
            definitions={each.id: kept_definition(session(), each.definition_version_id) for each in own},
            labels=labels,
        )
    )


def application_tasks(db: Session, provider: Provider, _today: date, _now: datetime) -> Iterator[Task]:
    """What the office asks and tells, an application that is not sent, and the first one of all."""
    own = queries.of_provider(db, provider.id)
    unread = unread_counts(db, [each.id for each in own], side=Side.PROVIDER, user_id=current_actor().user_id)
    for application in own:
        pilot = kept_definition(db, application.definition_version_id).name[current_language()]
        request = queries.waiting_completion(application)
        if application.state == ApplicationState.COMPLETION_REQUESTED and request is not None:
            yield Task(
                kind=TaskKind.COMPLETION,
                title=_("Complete your application: %(pilot)s", pilot=pilot),
                href=_page("applications.application", application),
                status=_("Answer by %(day)s", day=date_text(request.due_on)),
                tone="warning",
            )
        if application.state == ApplicationState.HEARING:
            yield Task(
                kind=TaskKind.HEARING,
                title=_("Read what the office intends and answer: %(pilot)s", pilot=pilot),
                href=_page("approvals.hearing", application),
                status=_("Answer by %(day)s", day=date_text(queries.hearing_due(db, application))),
                tone="danger",
            )
        if application.state == ApplicationState.DRAFT:
            yield Task(
                kind=TaskKind.APPLICATION_DRAFT,
                title=_("Finish and send your application: %(pilot)s", pilot=pilot),
                href=_page("applications.application", application),
                status=_("Not sent"),
                tone="warning",
            )
        if application.id in unread:
            yield Task(
                kind=TaskKind.MESSAGE,
                title=_("Read what the office has written: %(pilot)s", pilot=pilot),
                href=_page("applications.messages", application),
                status=ngettext("%(num)d new message", "%(num)d new messages", unread[application.id]),
                tone="info",
            )
    if not own and not approvals_of(db, provider.id):
        yield Task(
            kind=TaskKind.FIRST_APPLICATION,
            title=_("Apply to a pilot"),
            href=url_for("applications.applications", provider_id=provider.id),
            status=_("Not begun"),
            tone="info",
            hint=_("You can offer your services when the organisation has approved your company."),
        )


def _page(endpoint: str, application: Application) -> str:
    return url_for(endpoint, provider_id=application.provider_id, application_id=application.id)


def applications_link(provider: Provider) -> tuple[str, str]:
    """The applications among the pages of the provider's area."""
    return _("Applications"), url_for("applications.applications", provider_id=provider.id)
