"""Sending an application, answering a completion request, withdrawing: what a provider hands to the office.

Each verb takes the application locked by `queries.for_provider(lock=True)`; done twice, the second changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from marketplace.applications import mails, queries, rules
from marketplace.applications.audit_actions import ApplicationAudit
from marketplace.applications.completeness import Missing, missing
from marketplace.applications.filling.service import follow_definition, require
from marketplace.applications.models import Application
from marketplace.applications.rules import ApplicationAction, ApplicationState
from marketplace.applications.sending.document import keep_copy
from marketplace.errors import Conflict, Invalid
from marketplace.files.store import FileStore
from marketplace.i18n import _l, helsinki_date
from marketplace.pilots import queries as pilots
from marketplace.pilots.trail import record_in_pilot
from marketplace.providers.models import Provider
from marketplace.work import UnitOfWork


class Incomplete(Invalid):
    """The application cannot be sent yet: something is missing."""


def submit(work: UnitOfWork, application: Application, *, store: FileStore) -> None:
    """Send the application to the office; a copy is archived and mailed. Sending again changes nothing.

    Raises Incomplete when something is missing; `lacking` tells what.
    """
    require(work.actor, application.provider_id)
    if application.submitted_at is not None:
        return
    state = rules.APPLICATION.next(application.state, ApplicationAction.SUBMIT)
    follow_definition(work.session, application)
    _refuse_incomplete(lacking(work.session, application, now=work.now))
    application.state = state
    application.submitted_at = work.now
    record_in_pilot(
        work,
        ApplicationAudit.SUBMIT,
        application,
        before={"state": ApplicationState.DRAFT},
        after=_snapshot(application),
    )
    copy = keep_copy(work, application, store=store)
    mails.application_received(work, application, copy)


def complete(work: UnitOfWork, application: Application, *, store: FileStore) -> None:
    """Answer the completion request: back to the same handler, who is told by mail; the applicant gets a copy, as when
    it was sent. A second time changes nothing.

    Raises Incomplete when something is missing, NoSuchTransition when the office waits for nothing any more.
    """
    require(work.actor, application.provider_id)
    request = queries.waiting_completion(application)
    if (
        request is None
        and application.completion_requests
        and queries.ended_unanswered(application) is None
        and application.state == ApplicationState.IN_REVIEW
    ):
        return
    state = rules.APPLICATION.next(application.state, ApplicationAction.COMPLETE)
    _refuse_incomplete(lacking(work.session, application, now=work.now))
    definition = pilots.kept_definition(work.session, application.definition_version_id)
    unchanged = queries.untouched_sections(application, definition)
    application.state = state
    if request is not None:
        request.answered_at = work.now
    record_in_pilot(
        work,
        ApplicationAudit.COMPLETE,
        application,
        before={"state": ApplicationState.COMPLETION_REQUESTED},
        after=_snapshot(application),
    )
    copy = keep_copy(work, application, store=store)
    mails.application_received(work, application, copy, completed=True)
    mails.application_completed(work, application, unchanged)


def withdraw(work: UnitOfWork, application: Application) -> None:
    """Take the application back; the office is told of one that was sent.

    Raises NoSuchTransition when it has been decided.
    """
    require(work.actor, application.provider_id)
    if application.state == ApplicationState.WITHDRAWN:
        return
    before = application.state
    application.state = rules.APPLICATION.next(before, ApplicationAction.WITHDRAW)
    application.withdrawn_at = work.now
    record_in_pilot(
        work,
        ApplicationAudit.WITHDRAW,
        application,
        before={"state": before},
        after={"state": ApplicationState.WITHDRAWN},
    )
    if application.submitted_at is not None:
        mails.application_withdrawn(work, application)


def bring_back(work: UnitOfWork, application: Application) -> None:
    """Make a draft again of one that was withdrawn before it was ever sent, with everything that was written.

    Its company is locked before it (`queries.for_provider`), so that no other is opened meanwhile. Raises Conflict
    after the last day, for one that had been sent, when another application to the pilot is open, or when the pilot
    takes no applications; NoSuchTransition when it is not withdrawn.
    """
    require(work.actor, application.provider_id)
    before = application.state
    state = rules.APPLICATION.next(before, ApplicationAction.BRING_BACK)
    until = queries.brought_back_until(application)
    if until is None or until < work.today:
        raise Conflict(_l("This draft can no longer be brought back. Begin a new application."))
    if queries.open_application(work.session, application.provider_id, application.pilot_key) is not None:
        raise Conflict(
            _l("You have another open application to this pilot. Go on with it, or withdraw it first.")
        )
    if not pilots.current_definition(work.session, application.pilot_key).takes_applications(work.today):
        raise Conflict(_l("This pilot does not take applications now."))
    application.state, application.withdrawn_at = state, None
    record_in_pilot(
        work, ApplicationAudit.BRING_BACK, application, before={"state": before}, after={"state": state}
    )
    follow_definition(work.session, application)


def withdraw_when_leaving(work: UnitOfWork, provider_id: int, pilot_key: str | None) -> list[int]:
    """Take back what a provider that leaves a pilot (None: every pilot) has under way there.

    Gives the numbers of those that had been sent; a draft that nobody at the office has seen falls silently.
    """
    sent = []
    for application in queries.open_applications(work.session, provider_id, pilot_key):
        if application.submitted_at is not None:
            sent.append(application.id)
        withdraw(work, application)
    return sent


def lacking(session: Session, application: Application, *, now: datetime) -> tuple[Missing, ...]:
    """What keeps the application, or the answer to a completion request, from being sent.

    A completion is measured by the sections that the provider may change: the rest is the office's to ask for.
    """
    asked = queries.asked_sections(application)
    everything = missing(queries.outline_of(session, application, today=helsinki_date(now)))
    if application.state == ApplicationState.DRAFT:
        return everything
    return tuple(
        each for each in everything if rules.may_edit_section(application.state, each.section, asked)
    )


def _refuse_incomplete(left: Sequence[Missing]) -> None:
    if left:
        raise Incomplete(_l("The application is not complete yet. What is missing is listed below."))


def _company_snapshot(provider: Provider) -> dict[str, str]:
    """The company's facts; of the account number only its end, which tells whether it changed."""
    facts = queries.company_facts(provider)
    return {**facts, "iban": facts["iban"] and f"…{facts['iban'][-4:]}"}


def _snapshot(application: Application) -> dict[str, Any]:
    """The application as it was sent: what a later comparison and the audit trail rest on."""
    return {
        "state": application.state,
        "answers": application.answers,
        "company": _company_snapshot(application.provider),
        "areas": {line.service_key: line.municipalities for line in application.lines},
        "evidence": [proof.id for proof in application.evidence],
        "pilot_version": application.pilot_version_id,
    }
