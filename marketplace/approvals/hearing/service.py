"""Hearing the provider before a rejection, and its answer.

A party is heard before a matter is decided against it (Administrative Procedure Act 434/2003, sections 34 and 36): it
is told what is intended and why, and by when it may answer. A due date that passes does not stop the decision.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from marketplace.applications import queries, rules
from marketplace.applications.audit_actions import ApplicationAudit
from marketplace.applications.models import AnswerAttachment, Application, Hearing
from marketplace.applications.rules import ApplicationAction
from marketplace.approvals import mails
from marketplace.approvals.hearing.queries import open_hearing, unanswered
from marketplace.approvals.hearing.rules import came_fault, hearing_faults
from marketplace.approvals.serving.labels import SHORT_HEARING, TOO_SOON
from marketplace.approvals.serving.rules import Served
from marketplace.approvals.serving.service import reach_of, serve
from marketplace.approvals.steps import move, record_step, require_action
from marketplace.decisions.service import Refused, demand_words
from marketplace.errors import Conflict, Fault, NotAllowed, NotFound, refuse_all
from marketplace.files.service import keep_file
from marketplace.files.store import ReceivedFile
from marketplace.i18n import _l, helsinki_date
from marketplace.work import UnitOfWork

_FAULTS: Final[dict[str, Any]] = {
    "past": TOO_SOON,
    "short": SHORT_HEARING,
    "nothing": _l("Choose the services on which you hear the provider."),
    "unknown": _l("The application has no such service."),
    "no_reasons": _l("Write what you intend to propose and why, so that the provider can answer."),
}


def hear(
    work: UnitOfWork,
    application: Application,
    services: Sequence[str],
    reasons: str,
    *,
    due_on: date,
    short_reason: str = "",
) -> Hearing:
    """Hear the provider on services that may be rejected, until `due_on`; it is told by mail, or by a letter to post.

    Raises Refused without services or reasons and for a due date that is not in the future or, without a reason, near;
    NoSuchTransition when the application is not in review.
    """
    require_action(work, application, ApplicationAction.HEAR)
    if faults := refusals(
        application, services, reasons, due_on=due_on, now=work.now, short_reason=short_reason
    ):
        raise Refused(faults)
    applied = queries.service_keys(application)
    before = move(application, ApplicationAction.HEAR)
    hearing = Hearing(
        application_id=application.id,
        services=[key for key in applied if key in services],
        reasons=reasons.strip(),
        due_on=due_on,
        short_reason=short_reason.strip(),
        heard_by_id=work.actor.user_id,
        heard_at=work.now,
    )
    work.session.add(hearing)
    application.handler_id = application.handler_id or work.actor.user_id
    asked = {"services": hearing.services, "reasons": hearing.reasons, "due_on": due_on.isoformat()}
    record_step(work, application, ApplicationAudit.HEAR, before=before, after=asked)
    reach = reach_of(work.session, application.provider, application.created_by)
    serve(
        work,
        Served.HEARING,
        application.provider,
        application.pilot_key,
        reach,
        lambda to: mails.application_hearing(work, to, application, hearing),
        hearing_id=hearing.id,
    )
    return hearing


def refusals(
    application: Application,
    services: Sequence[str],
    reasons: str,
    *,
    due_on: date | None,
    now: datetime,
    short_reason: str = "",
) -> list[tuple[str, Any]]:
    """Everything for which the provider cannot be heard like this, as (field, message)."""
    applied = queries.service_keys(application)
    faults = hearing_faults(services, applied, reasons, due_on, helsinki_date(now), short_reason)
    return [(field, _FAULTS[fault]) for field, fault in faults]


def answer(
    work: UnitOfWork, application: Application, words: str, attachments: Sequence[ReceivedFile] = ()
) -> None:
    """The provider's answer with its attachments: back to the same handler, who is told by mail.

    The application is locked by `queries.for_provider`.

    Raises Invalid without words, NoSuchTransition when nobody is being heard any more.
    """
    if not work.actor.may(
        rules.ACTION_PERMISSIONS[ApplicationAction.ANSWER], provider=application.provider_id
    ):
        raise NotFound()
    if work.actor.user_id is None:
        raise NotAllowed(_l("Only a person can do this."))
    missing = _l("Write your answer. If you have nothing to add, write that.")
    said = demand_words(words, missing, field="answer")
    before = move(application, ApplicationAction.ANSWER)
    hearing = open_hearing(work.session, application)
    if hearing is None:
        raise NotFound()
    hearing.answer, hearing.answered_by_id, hearing.closed_at = said, work.actor.user_id, work.now
    hearing.attachments = attached(work, attachments)
    after: dict[str, Any] = {"answer": hearing.answer, **attachments_told(hearing.attachments)}
    record_step(work, application, ApplicationAudit.ANSWER, before=before, after=after)
    mails.application_heard(work, application, hearing)


def attached(work: UnitOfWork, files: Sequence[ReceivedFile]) -> list[AnswerAttachment]:
    """The rows of files that go with an answer; they stay with it from then on."""
    return [AnswerAttachment(file=keep_file(work, each)) for each in files]


def attachments_told(attachments: Sequence[AnswerAttachment]) -> dict[str, Any]:
    """What the audit trail says of attachments: their number and their checksums."""
    return {"attachments": [each.file.sha256 for each in attachments]} if attachments else {}


@dataclass(frozen=True, slots=True)
class WrittenAnswer:
    """An answer that came by letter or mail: its words, the day on which it came and, if it is kept, the letter."""

    words: str
    came_on: date
    letter: ReceivedFile | None = None


def came_refusals(came_on: date | None, asked_on: date, today: date) -> list[Fault]:
    """What is wrong with the day of an answer that came by letter, as (field, message); a day left out is the form's
    to say.
    """
    if came_on is None or came_fault(came_on, asked_on, today) is None:
        return []
    return [("came_on", _l("The answer came between the day on which it was asked for and today."))]


def write_down(work: UnitOfWork, application: Application, given: WrittenAnswer) -> Hearing:
    """Write down the provider's answer to the newest hearing, which came by letter or mail.

    It is still possible after the last day, as long as no decision is proposed. Raises Invalid without words or for a
    day that cannot be, Conflict when no answer is waited for, NotAllowed. The application must be locked.
    """
    require_action(work, application, ApplicationAction.HEAR)
    hearing = unanswered(work.session, application)
    if hearing is None:
        raise Conflict(_l("No answer to a hearing is waited for any more."))
    said = demand_words(given.words, _l("Write the answer as the provider gave it."), field="answer")
    refuse_all(came_refusals(given.came_on, helsinki_date(hearing.heard_at), work.today))
    before: dict[str, str] = {"state": application.state}
    if hearing.closed_at is None:
        before = move(application, ApplicationAction.ANSWER)
        hearing.closed_at = work.now
    hearing.answer, hearing.answered_by_id, hearing.answer_came_on = said, work.actor.user_id, given.came_on
    hearing.answer_file_id = keep_file(work, given.letter).id if given.letter else None
    after = {"answer": said, "came_on": given.came_on.isoformat()}
    record_step(work, application, ApplicationAudit.ANSWER, before=before, after=after)
    if application.handler_id != work.actor.user_id:
        mails.application_heard(work, application, hearing)
    return hearing
