"""Whose account here belongs to whom at the provider."""

from __future__ import annotations

from marketplace.accounts.audit_actions import AccountAudit
from marketplace.accounts.models import User
from marketplace.accounts.openid.client import Identity
from marketplace.accounts.openid.models import OpenIdAccount
from marketplace.accounts.queries import user_by_email
from marketplace.accounts.service import actor_of
from marketplace.accounts.sessions.service import end_openid_sessions
from marketplace.errors import NotAllowed
from marketplace.i18n import _l
from marketplace.work import UnitOfWork


def person_of(work: UnitOfWork, identity: Identity, *, issuer: str, organisation: str) -> User:
    """The account of somebody whom the provider has signed in, joined by the confirmed address at the first time.

    Only staff of the organisation whose provider it is get in by it. Raises NotAllowed.
    """
    held = work.session.get(OpenIdAccount, (issuer, identity.subject))
    if held is not None:
        user = work.session.get_one(User, held.user_id)
        if user.active and _works_for(user, organisation):
            return user
        raise _refused()
    found = user_by_email(work.session, identity.email) if identity.email else None
    if found is None or not _works_for(found, organisation):
        raise _refused()
    work.session.add(
        OpenIdAccount(issuer=issuer, subject=identity.subject, user_id=found.id, joined_at=work.now)
    )
    work.acting_as(actor_of(found)).record(AccountAudit.JOIN_OPENID, found, organisation=organisation)
    return found


def sign_out(work: UnitOfWork, subject: str, session: str, *, issuer: str) -> int:
    """The provider has signed somebody out: their sessions that came by it end; how many there were."""
    held = work.session.get(OpenIdAccount, (issuer, subject)) if subject else None
    if held is None:
        return 0
    return end_openid_sessions(work.session, held.user_id, session or None, now=work.now)


def _works_for(user: User, organisation: str) -> bool:
    return any(held.organisation_key == organisation for held in user.grants)


def _refused() -> NotAllowed:
    return NotAllowed(
        _l(
            "Your organisation knows you, but you have no access to the portal yet. Ask the portal’s coordinator."
        )
    )
