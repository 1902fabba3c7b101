"""The life of an approval: granted, extended, suspended, reinstated, withdrawn, ended.

Nobody else makes an approval or moves it.

Whoever calls has checked who may, and locks the approval where two could come at once; a decision, a measure or an
import writes its own event into the audit trail, and only leaving is written here.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.db import for_change
from marketplace.errors import Conflict
from marketplace.i18n import _l
from marketplace.pilots.trail import record_in_pilot
from marketplace.providers.audit_actions import ApprovalAudit
from marketplace.providers.models import FormerApproval, Provider, ServiceApproval
from marketplace.providers.rules import APPROVAL, ApprovalAction, ApprovalState
from marketplace.work import UnitOfWork


def grant(
    session: Session,
    provider: Provider,
    *,
    pilot_key: str,
    version_id: int,
    service_key: str,
    municipalities: Iterable[str],
    approved_on: date,
    state: ApprovalState = APPROVAL.initial,
) -> ServiceApproval:
    """A new approval for a service that the provider has no current one for in the pilot; `state`: that of a private
    person's for one client, whom nobody finds among the others.
    """
    approval = ServiceApproval(
        provider=provider,
        pilot_key=pilot_key,
        pilot_version_id=version_id,
        service_key=service_key,
        municipalities=sorted(municipalities),
        state=state,
        conditions="",
        public_conditions="",
        approved_on=approved_on,
    )
    session.add(approval)
    return approval


def grant_or_extend(
    session: Session,
    provider: Provider,
    *,
    pilot_key: str,
    version_id: int,
    service_key: str,
    municipalities: Iterable[str],
    conditions: Iterable[str],
    public_conditions: Iterable[str],
    line_id: int | None,
    approved_on: date,
) -> ServiceApproval:
    """What a decision on an application gives: a new approval, or more to the one that stands.

    An application asks for more: it never takes away municipalities or conditions of what was approved before.
    `conditions` hold as long as the approval does, and clients see those of them that are `public_conditions`.
    `line_id` is the line of the application, if there is one.
    """
    approval = session.scalar(
        sa.select(ServiceApproval)
        .where(
            ServiceApproval.provider_id == provider.id,
            ServiceApproval.pilot_key == pilot_key,
            ServiceApproval.service_key == service_key,
            ServiceApproval.state.in_(APPROVAL.standing),
        )
        .with_for_update(**for_change(ServiceApproval))
    )
    if approval is None:
        approval = grant(
            session,
            provider,
            pilot_key=pilot_key,
            version_id=version_id,
            service_key=service_key,
            municipalities=municipalities,
            approved_on=approved_on,
        )
    approval.pilot_version_id = version_id
    _set_area(session, approval, {*approval.municipalities, *municipalities}, approved_on)
    approval.conditions = _joined(approval.conditions, conditions)
    approval.public_conditions = _joined(approval.public_conditions, public_conditions)
    approval.application_line_id = line_id
    return approval


def end_for_one_client(work: UnitOfWork, approval: ServiceApproval, last_day: date) -> None:
    """Give the approval of a private person its last day, or another one."""
    if APPROVAL.allows(approval.state, ApprovalAction.END):
        _move(work, approval, ApprovalAction.END)
    approval.ends_on = last_day


def _joined(kept: str, more: Iterable[str]) -> str:
    """The conditions that there are and more of them, each once."""
    return "\n".join(dict.fromkeys(filter(None, [kept, *more])))


def replace_area(work: UnitOfWork, approval: ServiceApproval, municipalities: Iterable[str]) -> None:
    """Set the municipalities to those that an organisation's own list of approved providers names."""
    _set_area(work.session, approval, municipalities, work.today)


def apply_measure(work: UnitOfWork, approval: ServiceApproval, kind: ApprovalAction) -> ApprovalState:
    """Do to the approval what was decided on it (`kind`); the state before. Raises NoSuchTransition."""
    return _move(work, approval, kind)


def undo_measure(work: UnitOfWork, approval: ServiceApproval, action: ApprovalAction) -> ApprovalState:
    """Take back a suspension or its end that a review set aside; the state before. Raises NoSuchTransition."""
    return _move(work, approval, action)


def restore(work: UnitOfWork, approval: ServiceApproval, *, suspended: bool) -> None:
    """Take back a withdrawal that a review set aside: the approval goes back to where it stood, `suspended` or not.

    One whose provider had left is ending again, until its day.

    Raises Conflict when the provider has a newer approval of the service, NoSuchTransition when it is not withdrawn.
    """
    newer = work.session.scalar(
        sa.select(ServiceApproval.id).where(
            ServiceApproval.provider_id == approval.provider_id,
            ServiceApproval.pilot_key == approval.pilot_key,
            ServiceApproval.service_key == approval.service_key,
            ServiceApproval.state.in_(APPROVAL.standing),
        )
    )
    if newer is not None:
        raise Conflict(
            _l("The provider has a newer approval of this service. The withdrawn one cannot be restored.")
        )
    _move(work, approval, ApprovalAction.RESTORE)
    if approval.ends_on is not None:
        _move(work, approval, ApprovalAction.LEAVE)
    elif suspended:
        _move(work, approval, ApprovalAction.SUSPEND)


def end_by_leaving(
    work: UnitOfWork, approval: ServiceApproval, *, reason: str, until: date | None = None
) -> None:
    """End the approval because the provider leaves the pilot: at once, or after `until`, while clients are served.

    Raises NoSuchTransition when it is over already.
    """
    before = _move(work, approval, ApprovalAction.END if until is None else ApprovalAction.LEAVE)
    approval.ends_on = until
    told = {"reason": reason.strip()} | ({} if until is None else {"until": until.isoformat()})
    record_in_pilot(
        work,
        ApprovalAudit.LEAVE,
        approval,
        before={"state": before},
        after={"state": approval.state, **told},
    )


def end_when_served(work: UnitOfWork, approval: ServiceApproval) -> None:
    """End an approval that was ending: its last day has passed, or its last agreement. Raises NoSuchTransition."""
    before = _move(work, approval, ApprovalAction.END)
    record_in_pilot(
        work, ApprovalAudit.END, approval, before={"state": before}, after={"state": approval.state}
    )


def _move(work: UnitOfWork, approval: ServiceApproval, action: ApprovalAction) -> ApprovalState:
    before, after = approval.state, APPROVAL.next(approval.state, action)
    if after is not before:
        _remember(work.session, approval, work.today)
    approval.state = after
    return before


def _set_area(session: Session, approval: ServiceApproval, municipalities: Iterable[str], day: date) -> None:
    area = sorted(municipalities)
    if sorted(approval.municipalities) != area:
        _remember(session, approval, day)
        approval.municipalities = area


def _remember(session: Session, approval: ServiceApproval, day: date) -> None:
    """Keep how the approval stands before it changes on a day."""
    session.add(
        FormerApproval(
            approval=approval,
            until_on=day,
            state=approval.state,
            municipalities=list(approval.municipalities),
        )
    )
