"""What every step of an application shares: who may, the next state, the event, the mail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marketplace.applications import rules
from marketplace.applications.audit_actions import ApplicationAudit
from marketplace.applications.models import Application
from marketplace.pilots.trail import record_in_pilot
from marketplace.work import UnitOfWork


def require_action(work: UnitOfWork, application: Application, action: rules.ApplicationAction) -> None:
    """Raise NotAllowed unless the actor's role in the pilot's organisation allows the action."""
    work.ensure(
        rules.ACTION_PERMISSIONS[action],
        organisation=application.pilot.organisation_key,
        about=application.provider_id,
    )


def move(application: Application, action: rules.ApplicationAction) -> dict[str, str]:
    """Take the action by the workflow's table; the state before, for the audit trail."""
    before = application.state
    application.state = rules.APPLICATION.next(before, action)
    return {"state": before}


def record_step(
    work: UnitOfWork,
    application: Application,
    action: ApplicationAudit,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Write the event with the state it led to."""
    told = {"state": application.state, **(after or {})}
    record_in_pilot(work, action, application, before=before, after=told)
