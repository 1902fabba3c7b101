"""Putting off the day by which a provider answers. The application or approval is locked by whoever calls."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.applications.audit_actions import ApplicationAudit
from marketplace.applications.models import Application, CompletionRequest, Hearing
from marketplace.approvals.extending import mails
from marketplace.approvals.extending.labels import FAULTS
from marketplace.approvals.extending.queries import Asked, Awaited, column_of
from marketplace.approvals.extending.rules import put_off_faults
from marketplace.approvals.serving.queries import is_unserved
from marketplace.approvals.serving.rules import Served
from marketplace.approvals.serving.service import reach_of, reading_language, serve
from marketplace.approvals.standing.models import ApprovalCondition, ApprovalMeasure, StandingReminder
from marketplace.approvals.standing.rules import CONDITION_STEPS, needless
from marketplace.errors import Conflict, Fault, refuse_all
from marketplace.i18n import _l
from marketplace.permissions import Permission
from marketplace.pilots.trail import record_in_pilot
from marketplace.providers.audit_actions import ApprovalAudit
from marketplace.work import UnitOfWork


def put_off(work: UnitOfWork, awaited: Awaited, to: date, reason: str) -> None:
    """Give the provider until a later day, with a reason that it reads; its tasks and pages show the new day.

    Raises Invalid for a day that is not later or still to come and without a reason, Conflict while the letter that
    asked waits to be posted (its time has not begun), NotAllowed.
    """
    thing, subject = awaited.thing, awaited.subject
    work.ensure(needed(awaited), organisation=thing.pilot.organisation_key, about=thing.provider_id)
    if is_unserved(work.session, awaited.kind, column_of(awaited), subject.id):
        raise Conflict(
            _l(
                "The letter has not been posted yet, so its time has not begun. Post it and mark the day first."
            )
        )
    refuse_all(refusals(awaited, to, reason, work.today))
    why = reason.strip()
    _set(work, subject, to)
    record_in_pilot(
        work,
        ApplicationAudit.PUT_OFF if isinstance(thing, Application) else ApprovalAudit.PUT_OFF,
        thing,
        before={"due_on": awaited.due_on.isoformat()},
        after={"due_on": to.isoformat(), "letter": awaited.kind, "reason": why, **_text(subject)},
    )
    first = thing.created_by if isinstance(thing, Application) else None
    serve(
        work,
        Served.PUT_OFF,
        awaited.provider,
        thing.pilot_key,
        reach_of(work.session, awaited.provider, first),
        lambda who: mails.due_day_put_off(work, who, awaited, due_on=to, reason=why),
        **{column_of(awaited).key: subject.id},
    )


def refusals(awaited: Awaited, to: date | None, reason: str, today: date) -> list[Fault]:
    """Everything for which the day cannot be put off like this, as (field, message)."""
    return [(field, FAULTS[fault]) for field, fault in put_off_faults(awaited.due_on, to, today, reason)]


def language_of(session: Session, awaited: Awaited) -> str:
    """The language in which the provider reads the reason."""
    thing = awaited.thing
    if isinstance(thing, Application):
        return thing.created_by.language
    return reading_language(session, thing.provider)


def needed(awaited: Awaited) -> Permission:
    """What a person must be allowed to: the day of a condition stands in a decision, and a decider puts it off."""
    binds = isinstance(awaited.subject, ApprovalCondition) and awaited.subject.binding
    return Permission.DECIDE_APPLICATIONS if binds else Permission.REVIEW_APPLICATIONS


def _text(subject: Asked) -> dict[str, str]:
    """Which of the conditions and requests of an approval the trail speaks of."""
    return {"text": subject.text} if isinstance(subject, ApprovalCondition) else {}


def _set(work: UnitOfWork, subject: Asked, to: date) -> None:
    """The new day; who was reminded of the old one is reminded again, but not soon after the letter that tells it."""
    match subject:
        case ApprovalMeasure():
            subject.hearing_due_on = to
        case Hearing():
            subject.due_on = to
        case CompletionRequest():
            subject.due_on, subject.reminded_at = to, None
        case ApprovalCondition():
            subject.due_on = to
            about = StandingReminder.subject == f"condition:{subject.id}"
            work.session.execute(sa.delete(StandingReminder).where(about))
            work.session.add_all(
                StandingReminder(subject=f"condition:{subject.id}", step=step, sent_at=work.now)
                for step in CONDITION_STEPS
                if needless(step, to, work.today)
            )
