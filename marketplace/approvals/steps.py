"""What every step of an application shares: who may, the next state, the event, the mail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from marketplace import outbox
from marketplace.accounts.models import User
from marketplace.applications import rules
from marketplace.applications.models import Application
from marketplace.errors import NotAllowed
from marketplace.i18n import _l
from marketplace.permissions import Actor
from marketplace.pilots.definition import PilotDefinition
from marketplace.pilots.trail import record_in_pilot


def require_action(actor: Actor, application: Application, action: str) -> None:
    """Raise NotAllowed unless the actor's role in the pilot's organisation allows the action."""
    permission = rules.ACTION_PERMISSIONS[action]
    if actor.user_id is None or not actor.may(permission, organisation=application.pilot.organisation_key):
        raise NotAllowed(_l("Your role does not allow this step."))


def move(application: Application, action: str) -> dict[str, str]:
    """Take the action by the workflow's table; the state before, for the audit trail."""
    before = application.state
    application.state = rules.WORKFLOW.next(before, action)
    return {"state": before}


def record_step(
    session: Session,
    application: Application,
    verb: str,
    actor: Actor,
    now: datetime,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Write the event `application.<verb>` with the state it led to."""
    told = {"state": application.state, **(after or {})}
    record_in_pilot(session, application, f"application.{verb}", actor, now, before=before, after=told)


def mail(
    session: Session,
    application: Application,
    person: User,
    template: str,
    now: datetime,
    *,
    form: PilotDefinition,
    attachments: Sequence[outbox.Attachment] = (),
    **context: Any,
) -> None:
    """Mail to a person in the person's language; `context` is what the template shows beside the application."""
    outbox.send(
        session,
        to=person.email,
        language=person.language,
        template=template,
        now=now,
        context={
            "name": person.name,
            "application": application,
            "pilot": form.name[person.language],
            "definition": form,
            **context,
        },
        attachments=attachments,
    )
