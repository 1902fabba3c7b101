"""What the holder of a personal link does: opens it, says that it is not for them, or goes on to apply."""

from __future__ import annotations

from marketplace.applications.filling import service as applying
from marketplace.applications.models import Application
from marketplace.errors import NotFound
from marketplace.permissions import Actor
from marketplace.pilots.trail import record_in_pilot
from marketplace.recruiting.audit_actions import InvitationAudit
from marketplace.recruiting.invitations.models import Invitation
from marketplace.recruiting.invitations.rules import INVITATION, InvitationAction
from marketplace.work import UnitOfWork

ANSWERS = (InvitationAction.DECLINE, InvitationAction.DISOWN)
"""Not for us; the address is wrong."""


def open_link(work: UnitOfWork, invitation: Invitation) -> None:
    """Note that the link has been opened. Only the first opening counts; one who has answered is left alone."""
    invitation.opened_at = invitation.opened_at or work.now
    if INVITATION.allows(invitation.state, InvitationAction.OPEN):
        _move(work.acting_as(_holder(invitation)), invitation, InvitationAction.OPEN)


def answer(work: UnitOfWork, invitation: Invitation, said: str) -> None:
    """`decline` (the invitation is not for us) or `disown` (the address is wrong): no more letters are sent.

    Saying the same twice changes nothing. Raises NotFound for any other answer.
    """
    action = next((each for each in ANSWERS if each == said), None)
    if action is None:
        raise NotFound()
    if INVITATION.allows(invitation.state, action):
        invitation.answered_at = work.now
        _move(work.acting_as(_holder(invitation)), invitation, action)


def apply(work: UnitOfWork, invitation: Invitation, *, provider_id: int) -> Application:
    """Begin the provider's application to the pilot, or go on with it; the invitation now belongs to the provider.

    Raises NotFound when the provider is not the actor's, Conflict when the pilot takes no applications today.
    """
    application = applying.start(work, provider_id=provider_id, pilot_key=invitation.pilot_key)
    if invitation.provider_id != provider_id:
        before, invitation.provider_id = {"provider_id": invitation.provider_id}, provider_id
        record_in_pilot(
            work, InvitationAudit.APPLY, invitation, before=before, after={"provider_id": provider_id}
        )
    return application


def _holder(invitation: Invitation) -> Actor:
    """Whoever has the link, known only by the name on the list."""
    return Actor(user_id=None, email=invitation.email, name=invitation.name)


def _move(work: UnitOfWork, invitation: Invitation, action: InvitationAction) -> None:
    before = {"state": invitation.state}
    invitation.state = INVITATION.next(invitation.state, action)
    record_in_pilot(
        work, InvitationAudit.of(action), invitation, before=before, after={"state": invitation.state}
    )
