"""Asking the provider to complete an application, and taking that back.

The application is locked by `queries.for_office(lock=True)`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from marketplace.applications import queries, rules
from marketplace.applications.audit_actions import ApplicationAudit
from marketplace.applications.models import Application, CompletionRequest
from marketplace.applications.rules import ApplicationAction
from marketplace.approvals import mails
from marketplace.approvals.completion.rules import AskedItem, completion_faults
from marketplace.approvals.serving.labels import SHORT_COMPLETION, TOO_SOON
from marketplace.approvals.serving.models import ServedDocument
from marketplace.approvals.serving.queries import is_unserved
from marketplace.approvals.serving.rules import Served
from marketplace.approvals.serving.service import call_off, reach_of, serve
from marketplace.approvals.steps import move, record_step, require_action
from marketplace.decisions.service import Refused, demand_words
from marketplace.errors import NotFound
from marketplace.i18n import _l, helsinki_date
from marketplace.pilots.queries import kept_definition
from marketplace.work import UnitOfWork

COMPLETION_FAULTS: Final[dict[str, Any]] = {
    "past": TOO_SOON,
    "short": SHORT_COMPLETION,
    "nothing": _l("Choose at least one part of the application and write what is missing in it."),
    "unknown_section": _l("The application has no such part."),
    "no_words": _l("Write what you ask for in this part, or leave the part out."),
}


def request_completion(
    work: UnitOfWork,
    application: Application,
    items: Sequence[AskedItem],
    *,
    due_on: date,
    short_reason: str = "",
) -> CompletionRequest:
    """Ask the provider to complete the named sections by `due_on`; it is told by mail, or by a letter to post.

    Raises Refused for a day that is past or, without a reason, near, for no section, an unknown one or one without
    words.
    """
    require_action(work, application, ApplicationAction.REQUEST_COMPLETION)
    if faults := completion_refusals(
        work.session, application, items, due_on=due_on, now=work.now, short_reason=short_reason
    ):
        raise Refused(faults)
    definition = kept_definition(work.session, application.definition_version_id)
    before = move(application, ApplicationAction.REQUEST_COMPLETION)
    request = CompletionRequest(
        requested_by_id=work.actor.user_id,
        requested_at=work.now,
        due_on=due_on,
        short_reason=short_reason.strip(),
        items=[
            {
                "section": item.section,
                "text": item.text.strip(),
                "seen": rules.fingerprint(queries.section_values(application, definition, item.section)),
            }
            for item in items
        ],
    )
    application.completion_requests.append(request)
    application.handler_id = application.handler_id or work.actor.user_id
    asked = [{"section": item.section, "text": item.text.strip()} for item in items]
    record_step(
        work,
        application,
        ApplicationAudit.REQUEST_COMPLETION,
        before=before,
        after={"due_on": due_on.isoformat(), "items": asked},
    )
    reach = reach_of(work.session, application.provider, application.created_by)
    serve(
        work,
        Served.COMPLETION,
        application.provider,
        application.pilot_key,
        reach,
        lambda to: mails.application_completion(work, to, application, request),
        completion_id=request.id,
    )
    return request


def take_back(work: UnitOfWork, application: Application, reason: str) -> CompletionRequest:
    """Wait for the completion no longer: the application is in review again, and the provider is told why.

    What the provider has saved meanwhile stays in the application. A request whose letter still waits to be posted has
    reached nobody: the letter is dropped, and nobody is told. Raises NoSuchTransition when nothing is waited for,
    Invalid without a reason, NotAllowed.
    """
    require_action(work, application, ApplicationAction.TAKE_BACK)
    before = move(application, ApplicationAction.TAKE_BACK)
    request = queries.waiting_completion(application)
    if request is None:
        raise NotFound()
    why = demand_words(
        reason, _l("Write why the request is taken back. The provider reads it."), field="reason"
    )
    request.lapsed_at, request.taken_back_reason = work.now, why
    record_step(work, application, ApplicationAudit.TAKE_BACK, before=before, after={"reason": why})
    unread = is_unserved(work.session, Served.COMPLETION, ServedDocument.completion_id, request.id)
    call_off(work.session, ServedDocument.completion_id, request.id)
    if not unread:
        serve(
            work,
            Served.COMPLETION_END,
            application.provider,
            application.pilot_key,
            reach_of(work.session, application.provider, application.created_by),
            lambda to: mails.completion_taken_back(work, to, application, request),
            completion_id=request.id,
        )
    return request


def completion_refusals(
    session: Session,
    application: Application,
    items: Sequence[AskedItem],
    *,
    due_on: date | None,
    now: datetime,
    short_reason: str = "",
) -> list[tuple[str, Any]]:
    """Everything for which the completion cannot be asked for, as (field, message)."""
    known = queries.section_keys(application, kept_definition(session, application.definition_version_id))
    faults = completion_faults(items, known, due_on, helsinki_date(now), short_reason)
    return [(field, COMPLETION_FAULTS[fault]) for field, fault in faults]
