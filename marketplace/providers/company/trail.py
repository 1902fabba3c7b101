"""What is done to a company and its things, written into the audit trails of the organisations it concerns."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from marketplace.audit.service import record
from marketplace.permissions import Actor
from marketplace.providers.company.queries import offices_of


def record_of_company(
    session: Session,
    provider_id: int,
    *,
    actor: Actor,
    now: datetime,
    action: str,
    subject: object,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Append the event for the auditors of every organisation that has approved the provider or considers it.

    An organisation's auditor sees its own events only, so each gets one. A company that no organisation has to do with
    yet gets an event of none: nobody's auditor has a right to it, and it still stands in the chain.
    """
    session.flush()
    offices: list[str | None] = [*sorted(offices_of(session, provider_id))]
    for organisation in offices or [None]:
        record(
            session,
            actor=actor,
            now=now,
            action=action,
            subject=subject,
            organisation=organisation,
            before=before,
            after=after,
        )
