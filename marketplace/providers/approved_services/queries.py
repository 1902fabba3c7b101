"""What was approved on a day, by what has changed since."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from marketplace.providers.models import FormerApproval, ServiceApproval
from marketplace.providers.rules import ApprovalState


def approved_at_the_end_of(pilot_key: str, day: date) -> sa.Select[int, int, str, list[str]]:
    """The approvals of a pilot that stood when a day ended: number, provider, service, municipalities of then."""
    first_change = (
        sa.select(FormerApproval.approval_id, sa.func.min(FormerApproval.id).label("id"))
        .where(FormerApproval.until_on > day)
        .group_by(FormerApproval.approval_id)
        .subquery()
    )
    return (
        sa.select(
            ServiceApproval.id,
            ServiceApproval.provider_id,
            ServiceApproval.service_key,
            sa.func.coalesce(FormerApproval.municipalities, ServiceApproval.municipalities).label(
                "municipalities"
            ),
        )
        .outerjoin(first_change, first_change.c.approval_id == ServiceApproval.id)
        .outerjoin(FormerApproval, FormerApproval.id == first_change.c.id)
        .where(
            ServiceApproval.pilot_key == pilot_key,
            ServiceApproval.approved_on <= day,
            sa.func.coalesce(FormerApproval.state, ServiceApproval.state) == ApprovalState.APPROVED,
        )
    )
