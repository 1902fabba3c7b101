"""What the company's home page says of its applications, and what of them waits for the company."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

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


@dataclass(frozen=True, slots=True)
class OwnApplication:
    """An application of the provider with what its tasks are about; `answer_by` is the day of what the office asks."""

    application: Application
    pilot: str
    answer_by: date | None
    unread: int


@dataclass(frozen=True, slots=True)
class TaskRule:
    """When an application gives a task, where it leads, and its words; the words are made when they are asked for."""

    kind: TaskKind
    waits: Callable[[OwnApplication], bool]
    title: Callable[[OwnApplication], str]
    status: Callable[[OwnApplication], str]
    page: str
    tone: str


def _in(state: ApplicationState) -> Callable[[OwnApplication], bool]:
    return lambda own: own.application.state == state


def _answer_by(own: OwnApplication) -> str:
    return _("Answer by %(day)s", day=date_text(own.answer_by))


RULES: Final = (
    TaskRule(
        TaskKind.COMPLETION,
        waits=lambda own: _in(ApplicationState.COMPLETION_REQUESTED)(own) and own.answer_by is not None,
        title=lambda own: _("Complete your application: %(pilot)s", pilot=own.pilot),
        status=_answer_by,
        page="applications.application",
        tone="warning",
    ),
    TaskRule(
        TaskKind.HEARING,
        waits=_in(ApplicationState.HEARING),
        title=lambda own: _("Read what the office intends and answer: %(pilot)s", pilot=own.pilot),
        status=_answer_by,
        page="approvals.hearing",
        tone="danger",
    ),
    TaskRule(
        TaskKind.APPLICATION_DRAFT,
        waits=_in(ApplicationState.DRAFT),
        title=lambda own: _("Finish and send your application: %(pilot)s", pilot=own.pilot),
        status=lambda _own: _("Not sent"),
        page="applications.application",
        tone="warning",
    ),
    TaskRule(
        TaskKind.MESSAGE,
        waits=lambda own: own.unread > 0,
        title=lambda own: _("Read what the office has written: %(pilot)s", pilot=own.pilot),
        status=lambda own: ngettext("%(num)d new message", "%(num)d new messages", own.unread),
        page="applications.messages",
        tone="info",
    ),
)
"""What an application can ask of its provider, the most pressing first."""


def application_tasks(db: Session, provider: Provider, _today: date, _now: datetime) -> Iterator[Task]:
    """What the office asks and tells, an application that is not sent, and the first one of all."""
    applications = queries.of_provider(db, provider.id)
    for own in _own(db, applications):
        for rule in RULES:
            if rule.waits(own):
                yield Task(
                    kind=rule.kind,
                    title=rule.title(own),
                    href=_page(rule.page, own.application),
                    status=rule.status(own),
                    tone=rule.tone,
                )
    under_way = any(each.state != ApplicationState.WITHDRAWN for each in applications)
    if not under_way and not approvals_of(db, provider.id):
        yield Task(
            kind=TaskKind.FIRST_APPLICATION,
            title=_("Apply to a pilot"),
            href=url_for("applications.applications", provider_id=provider.id),
            status=_("Not begun"),
            tone="info",
            hint=_("You can offer your services when the organisation has approved your company."),
        )


def _own(db: Session, applications: Sequence[Application]) -> Iterator[OwnApplication]:
    unread = unread_counts(
        db, [each.id for each in applications], side=Side.PROVIDER, user_id=current_actor().user_id
    )
    for application in applications:
        yield OwnApplication(
            application,
            pilot=kept_definition(db, application.definition_version_id).name[current_language()],
            answer_by=_answer_day(db, application),
            unread=unread.get(application.id, 0),
        )


def _answer_day(db: Session, application: Application) -> date | None:
    if application.state == ApplicationState.HEARING:
        return queries.hearing_due(db, application)
    request = queries.waiting_completion(application)
    return None if request is None else request.due_on


def _page(endpoint: str, application: Application) -> str:
    return url_for(endpoint, provider_id=application.provider_id, application_id=application.id)


def applications_link(provider: Provider) -> tuple[str, str]:
    """The applications among the pages of the provider's area."""
    return _("Applications"), url_for("applications.applications", provider_id=provider.id)
