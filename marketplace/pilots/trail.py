"""What is done to the things of a pilot, written into the audit trail of the organisation that runs it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from marketplace.pilots.models import Pilot
from marketplace.work import AuditAction, UnitOfWork


class OfPilot(Protocol):
    """A mapped object that belongs to one pilot: an application, an approval, an offer, an invitation."""

    pilot_key: Any


def record_in_pilot(
    work: UnitOfWork,
    action: AuditAction,
    subject: OfPilot,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Append an event to the audit trail, for the auditors of the pilot's organisation."""
    work.session.flush()
    organisation = work.session.get_one(Pilot, subject.pilot_key).organisation_key
    work.record(action, subject, organisation=organisation, before=before, after=after)
