"""What is done to a company and its things, written into the audit trails of the organisations it concerns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marketplace.providers.company.queries import offices_of
from marketplace.work import AuditAction, UnitOfWork


def record_of_company(
    work: UnitOfWork,
    provider_id: int,
    action: AuditAction,
    subject: object,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Append the event for the auditors of every organisation that has approved the provider or considers it.

    An organisation's auditor sees its own events only, so each gets one. A company that no organisation has to do with
    yet gets an event of none: nobody's auditor has a right to it, and it still stands in the chain.
    """
    work.session.flush()
    offices: list[str | None] = [*sorted(offices_of(work.session, provider_id))]
    for organisation in offices or [None]:
        work.record(action, subject, organisation=organisation, before=before, after=after)
