"""The office's own work beside an application: who handles it, the checklist, internal notes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from marketplace.accounts.impartiality.queries import is_disqualified
from marketplace.accounts.impartiality.service import declare
from marketplace.applications import queries
from marketplace.applications.audit_actions import ApplicationAudit
from marketplace.applications.models import Application
from marketplace.applications.rules import APPLICATION, ApplicationAction, ApplicationState
from marketplace.approvals import mails
from marketplace.approvals.queue.queries import handlers
from marketplace.approvals.reviewing.models import ChecklistMark, Note
from marketplace.approvals.reviewing.queries import marks
from marketplace.approvals.reviewing.rules import (
    Mark,
)
from marketplace.approvals.steps import move, record_step, require_action
from marketplace.decisions.service import demand_words
from marketplace.errors import Conflict, Invalid, NotAllowed
from marketplace.i18n import _l
from marketplace.permissions import Permission
from marketplace.pilots.queries import kept_definition
from marketplace.work import UnitOfWork

WRITERS: Final = (Permission.REVIEW_APPLICATIONS, Permission.DECIDE_APPLICATIONS)
"""Who may write internal notes: those who review and those who decide."""


def hand_over(work: UnitOfWork, application: Application, handler_id: int | None) -> None:
    """Give an application another handler, or none; the new one is told by mail unless it is the actor.

    Raises Invalid for a person who does not handle applications in the organisation, Conflict when the application
    waits for nobody any more.
    """
    organisation = application.pilot.organisation_key
    work.ensure(
        Permission.REVIEW_APPLICATIONS,
        organisation=application.pilot.organisation_key,
        about=application.provider_id,
    )
    if application.state not in APPLICATION.waiting:
        raise Conflict(_l("The application has been settled: it has no handler to change."))
    people = {person.id: person for person in handlers(work.session, organisation)}
    if handler_id is not None and handler_id not in people:
        raise Invalid(_l("Choose a person who handles applications in your organisation."), field="handler")
    if handler_id == application.handler_id:
        return
    if handler_id is not None and is_disqualified(
        work.session, people[handler_id], application.provider_id, work.now
    ):
        raise Invalid(
            _l("This person is disqualified in the matters of this company. Choose somebody else."),
            field="handler",
        )
    before = {"handler": application.handler_id}
    application.handler = people[handler_id] if handler_id is not None else None
    record_step(work, application, ApplicationAudit.HAND_OVER, before=before, after={"handler": handler_id})
    if handler_id is not None and handler_id != work.actor.user_id:
        mails.application_handed_over(work, application, people[handler_id])


def step_aside(work: UnitOfWork, application: Application, reason: str) -> None:
    """The actor is disqualified in the provider's matters, says why, and gives the application back to the others.

    Raises Invalid without a reason.
    """
    declare(work, application.provider_id, reason)
    if application.handler_id == work.actor.user_id and application.state in APPLICATION.waiting:
        application.handler = None
        before, after = {"handler": work.actor.user_id}, {"handler": None}
        record_step(work, application, ApplicationAudit.HAND_OVER, before=before, after=after)


def mark_checklist(work: UnitOfWork, application: Application, given: Mapping[str, str]) -> None:
    """Mark points of the pilot's checklist: item key → Mark. What stays the same keeps who and when.

    Raises Invalid for an unknown point or mark, Conflict when the application is not in review.
    """
    work.ensure(
        Permission.REVIEW_APPLICATIONS,
        organisation=application.pilot.organisation_key,
        about=application.provider_id,
    )
    if application.state != ApplicationState.IN_REVIEW:
        raise Conflict(_l("The checklist can be marked only while the application is being checked."))
    definition = kept_definition(work.session, application.definition_version_id)
    known = {item.key for item in definition.checklist_for(queries.service_keys(application))}
    if not set(given) <= known or not set(given.values()) <= set(Mark):
        raise Invalid(_l("The checklist has no such point."))
    held = marks(work.session, application)
    changed = {key: mark for key, mark in given.items() if key not in held or held[key].mark != mark}
    if not changed:
        return
    before = {key: held[key].mark for key in changed if key in held}
    for key, mark in changed.items():
        work.session.merge(
            ChecklistMark(
                application_id=application.id,
                item_key=key,
                mark=mark,
                marked_by_id=work.actor.user_id,
                marked_at=work.now,
            )
        )
    record_step(
        work, application, ApplicationAudit.CHECKLIST, before={"marks": before}, after={"marks": changed}
    )


def write_note(work: UnitOfWork, application: Application, text: str) -> Note:
    """Write an internal note. Raises Invalid for an empty or too long one."""
    if not any(
        work.may(each, organisation=application.pilot.organisation_key, about=application.provider_id)
        for each in WRITERS
    ):
        raise NotAllowed(_l("Your role does not allow this step."))
    words = demand_words(text, _l("Write the note first."), field="text")
    note = Note(application_id=application.id, author_id=work.actor.user_id, written_at=work.now, text=words)
    work.session.add(note)
    work.session.flush()
    record_step(work, application, ApplicationAudit.NOTE, after={"note": note.id})
    return note


def take(work: UnitOfWork, application: Application) -> None:
    """Take an application into review and become its handler. Raises NoSuchTransition when somebody else has."""
    require_action(work, application, ApplicationAction.TAKE)
    before = move(application, ApplicationAction.TAKE)
    application.handler_id = work.actor.user_id
    record_step(work, application, ApplicationAudit.TAKE, before=before)
