"""Sending an application, answering a completion request, withdrawing: what a provider hands to the office.

Each verb takes the application locked by `queries.for_provider(lock=True)`; done twice, the second changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from marketplace.applications import queries, rules
from marketplace.applications.completeness import Missing, missing
from marketplace.applications.filling.service import follow_definition, require
from marketplace.applications.mails import mail_applicant, mail_handler, mail_office
from marketplace.applications.models import Application
from marketplace.applications.sending.document import keep_copy
from marketplace.errors import Invalid
from marketplace.files.store import FileStore
from marketplace.i18n import _l, helsinki_date
from marketplace.permissions import Actor
from marketplace.pilots.trail import record_in_pilot
from marketplace.providers.models import Provider


class Incomplete(Invalid):
    """The application cannot be sent yet: something is missing."""


def submit(
    session: Session, application: Application, *, store: FileStore, actor: Actor, now: datetime
) -> None:
    """Send the application to the office; a copy is archived and mailed. Sending again changes nothing.

    Raises Incomplete when something is missing; `lacking` tells what.
    """
    require(actor, application.provider_id)
    if application.submitted_at is not None:
        return
    state = rules.WORKFLOW.next(application.state, "submit")
    follow_definition(session, application)
    _refuse_incomplete(lacking(session, application, now=now))
    application.state = state
    application.submitted_at = now
    record_in_pilot(
        session,
        application,
        "application.submit",
        actor,
        now,
        before={"state": "draft"},
        after=_snapshot(application),
    )
    copy = keep_copy(session, application, store=store, actor=actor, now=now)
    mail_applicant(session, application, "application_received", now, [copy])


def complete(
    session: Session, application: Application, *, store: FileStore, actor: Actor, now: datetime
) -> None:
    """Answer the completion request: back to the same handler, who is told by mail. A second time changes nothing.

    Raises Incomplete when something is missing.
    """
    require(actor, application.provider_id)
    request = queries.waiting_completion(application)
    if request is None and application.completion_requests and application.state == "in_review":
        return
    state = rules.WORKFLOW.next(application.state, "complete")
    _refuse_incomplete(lacking(session, application, now=now))
    application.state = state
    if request is not None:
        request.answered_at = now
    record_in_pilot(
        session,
        application,
        "application.complete",
        actor,
        now,
        before={"state": "completion_requested"},
        after=_snapshot(application),
    )
    keep_copy(session, application, store=store, actor=actor, now=now)
    mail_handler(session, application, "application_completed", now)


def withdraw(session: Session, application: Application, *, actor: Actor, now: datetime) -> None:
    """Take the application back; the office is told of one that was sent.

    Raises NoSuchTransition when it has been decided.
    """
    require(actor, application.provider_id)
    if application.state == "withdrawn":
        return
    before = application.state
    application.state = rules.WORKFLOW.next(before, "withdraw")
    record_in_pilot(
        session,
        application,
        "application.withdraw",
        actor,
        now,
        before={"state": before},
        after={"state": "withdrawn"},
    )
    if application.submitted_at is not None:
        mail_office(session, application, "application_withdrawn", now)


def withdraw_when_leaving(
    session: Session, provider_id: int, pilot_key: str | None, *, actor: Actor, now: datetime
) -> list[int]:
    """Take back what a provider that leaves a pilot (None: every pilot) has under way there.

    Gives the numbers of those that had been sent; a draft that nobody at the office has seen falls silently.
    """
    sent = []
    for application in queries.open_applications(session, provider_id, pilot_key):
        if application.submitted_at is not None:
            sent.append(application.id)
        withdraw(session, application, actor=actor, now=now)
    return sent


def lacking(session: Session, application: Application, *, now: datetime) -> tuple[Missing, ...]:
    """What keeps the application, or the answer to a completion request, from being sent.

    A completion is measured by the sections that the provider may change: the rest is the office's to ask for.
    """
    asked = queries.asked_sections(application)
    everything = missing(queries.outline_of(session, application, today=helsinki_date(now)))
    if application.state == "draft":
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
