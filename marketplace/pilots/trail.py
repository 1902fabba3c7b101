"""What is done to the things of a pilot, written into the audit trail of the organisation that runs it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy.orm import Session

from marketplace.audit.service import record
from marketplace.permissions import Actor
from marketplace.pilots.models import Pilot


class OfPilot(Protocol):
    """A mapped object that belongs to one pilot: an application, an approval, an offer, an invitation."""

    pilot_key: Any


def record_in_pilot(
    session: Session,
    subject: OfPilot,
    action: str,
    actor: Actor,
    now: datetime,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Append the event `action` ("offer.publish") to the audit trail, for the auditors of the pilot's organisation."""
    session.flush()
    organisation = session.get_one(Pilot, subject.pilot_key).organisation_key
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
