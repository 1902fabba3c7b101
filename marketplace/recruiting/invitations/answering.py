"""What the holder of a personal link does: opens it, says that it is not for them, or goes on to apply."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from marketplace.applications.filling import service as applying
from marketplace.applications.models import Application
from marketplace.errors import NotFound
from marketplace.permissions import Actor
from marketplace.pilots.trail import record_in_pilot
from marketplace.recruiting.invitations.models import Invitation
from marketplace.recruiting.invitations.rules import WORKFLOW

ANSWERS = ("decline", "disown")
"""Not for us; the address is wrong."""


def open_link(session: Session, invitation: Invitation, *, now: datetime) -> None:
    """Note that the link has been opened. Only the first opening counts; one who has answered is left alone."""
    invitation.opened_at = invitation.opened_at or now
    if WORKFLOW.allows(invitation.state, "open"):
        _move(session, invitation, "open", _holder(invitation), now)


def answer(session: Session, invitation: Invitation, said: str, *, now: datetime) -> None:
    """`decline` (the invitation is not for us) or `disown` (the address is wrong): no more letters are sent.

    Saying the same twice changes nothing. Raises NotFound for any other answer.
    """
    if said not in ANSWERS:
        raise NotFound()
    if WORKFLOW.allows(invitation.state, said):
        invitation.answered_at = now
        _move(session, invitation, said, _holder(invitation), now)


def apply(
    session: Session, invitation: Invitation, *, provider_id: int, actor: Actor, now: datetime
) -> Application:
    """Begin the provider's application to the pilot, or go on with it; the invitation now belongs to the provider.

    Raises NotFound when the provider is not the actor's, Conflict when the pilot takes no applications today.
    """
    application = applying.start(
        session, provider_id=provider_id, pilot_key=invitation.pilot_key, actor=actor, now=now
    )
    if invitation.provider_id != provider_id:
        before, invitation.provider_id = {"provider_id": invitation.provider_id}, provider_id
        record_in_pilot(
            session,
            invitation,
            "invitation.apply",
            actor,
            now,
            before=before,
            after={"provider_id": provider_id},
        )
    return application


def _holder(invitation: Invitation) -> Actor:
    """Whoever has the link, known only by the name on the list."""
    return Actor(user_id=None, email=invitation.email, name=invitation.name)


def _move(session: Session, invitation: Invitation, action: str, actor: Actor, now: datetime) -> None:
    before = {"state": invitation.state}
    invitation.state = WORKFLOW.next(invitation.state, action)
    record_in_pilot(
        session,
        invitation,
        f"invitation.{action}",
        actor,
        now,
        before=before,
        after={"state": invitation.state},
    )
