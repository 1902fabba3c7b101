"""Writing down who is disqualified."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from marketplace.accounts.audit_actions import AccountAudit
from marketplace.accounts.impartiality.models import Disqualification
from marketplace.accounts.impartiality.rules import HOLDS, OWN_MATTER, DisqualificationCause
from marketplace.accounts.models import User
from marketplace.accounts.sessions.service import lock_people
from marketplace.errors import Invalid
from marketplace.i18n import _l
from marketplace.work import UnitOfWork

REASON_LIMIT = 1000


def note_past_role(work: UnitOfWork, user: User, provider_id: int) -> None:
    """The person no longer acts for the provider: for two years they take no part in its matters for an office."""
    _add(work, user.id, provider_id, DisqualificationCause.ROLE, "")


def note_own_matter(work: UnitOfWork, user: User, provider_id: int) -> None:
    """One of the staff is the one who is paid: they take no part in their own payments for an office, ever. It is
    noted once.
    """
    is_noted = sa.exists().where(
        Disqualification.user_id == user.id,
        Disqualification.provider_id == provider_id,
        Disqualification.until > work.now + HOLDS,
    )
    if work.session.scalar(sa.select(is_noted)):
        return
    _add(work, user.id, provider_id, DisqualificationCause.ROLE, "", holds=OWN_MATTER)


def declare(work: UnitOfWork, provider_id: int, reason: str) -> None:
    """The actor says that they are disqualified in the provider's matters: nothing that they do there comes after it.

    Raises Invalid without a reason.
    """
    words = reason.strip()
    if not words:
        raise Invalid(_l("Write why you are disqualified."), field="reason")
    if len(words) > REASON_LIMIT:
        raise Invalid(_l("Write at most 1000 characters."), field="reason")
    lock_people(work.session, [work.person_id])
    user = work.session.get_one(User, work.person_id)
    _add(work, user.id, provider_id, DisqualificationCause.DECLARED, words)
    work.record(
        AccountAudit.DISQUALIFY,
        user,
        organisation=work.actor.organisation,
        after={"provider": provider_id, "reason": words},
    )


def _add(
    work: UnitOfWork,
    user_id: int,
    provider_id: int,
    cause: DisqualificationCause,
    reason: str,
    *,
    holds: timedelta = HOLDS,
) -> None:
    work.session.add(
        Disqualification(
            user_id=user_id,
            provider_id=provider_id,
            cause=cause,
            reason=reason,
            since=work.now,
            until=work.now + holds,
        )
    )
    work.session.flush()
