"""The people of a company: inviting, letting in, changing roles, removing. A company always has an admin."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy.orm import Session

from marketplace import outbox
from marketplace.accounts.models import RoleGrant, User
from marketplace.accounts.rules import normal_email
from marketplace.accounts.service import actor_of, end_for_new_role, grant
from marketplace.errors import Conflict, Invalid, NotFound
from marketplace.i18n import _l
from marketplace.permissions import Actor, Role
from marketplace.providers.company import queries
from marketplace.providers.company.models import AccessRequest, PersonInvitation
from marketplace.providers.company.rules import (
    ACCESS_REQUEST,
    INVITATION,
    LINK_HOLDS,
    PEOPLE_ROLES,
    leaves_no_admin,
)
from marketplace.providers.company.service import Account, create_account
from marketplace.providers.company.trail import record_of_company
from marketplace.providers.identifiers import normal_business_id
from marketplace.providers.models import Provider
from marketplace.providers.queries import my_provider, provider_with_business_id


class LinkIsDead(NotFound):
    """The link of an invitation is too old, has been used or was cancelled."""

    def __init__(self) -> None:
        super().__init__(
            _l(
                "The invitation is too old, has been used or was cancelled. "
                "Ask an admin of the company to invite you again."
            )
        )


# --- inviting --------------------------------------------------------------------------------------------------------


def invite(
    session: Session, *, actor: Actor, now: datetime, provider_id: int, email: str, role: str, language: str
) -> PersonInvitation:
    """Invite a colleague by e-mail; inviting the same address again makes a new link and kills the old one.

    Raises NotAllowed for an editor, Invalid for an unknown role, Conflict when the person is in the company already.
    """
    provider = queries.managed_provider(session, actor, provider_id)
    address = normal_email(email)
    if address in {held.user.email for held in queries.grants_of(session, provider_id)}:
        raise Conflict(_l("The person is one of the company’s people already."), field="email")
    return _write_invitation(
        session, provider, address, _known_role(role), actor=actor, now=now, language=language
    )


def invite_first_admin(
    session: Session, *, actor: Actor, now: datetime, provider_id: int, email: str, language: str
) -> PersonInvitation:
    """An office invites somebody to take care of a company that has no admin, as an imported one.

    Raises NotFound for a company that is not the office's, Conflict when it has an admin by now, Invalid for one's own
    address: nobody of the office acts for a company.
    """
    provider = queries.adopted_provider(session, actor, provider_id)
    session.refresh(provider, with_for_update=True)
    if not queries.lacks_admin(session, provider_id):
        raise Conflict(_l("The company has an admin by now, who lets in whom the company wants."))
    address = normal_email(email)
    if address == normal_email(actor.email):
        raise Invalid(_l("This is your own address. Invite somebody of the company."), field="email")
    return _write_invitation(
        session, provider, address, Role.PROVIDER_ADMIN, actor=actor, now=now, language=language
    )


def cancel(session: Session, *, actor: Actor, now: datetime, provider_id: int, invitation_id: int) -> None:
    """Kill the link of an invitation that waits. Raises NotFound, NotAllowed."""
    queries.managed_provider(session, actor, provider_id)
    waiting = {each.id: each for each in queries.invitations_of(session, provider_id)}
    if invitation_id not in waiting:
        raise NotFound()
    _end(session, waiting[invitation_id], "cancel", actor=actor, now=now)


def living_invitation(session: Session, token: str, now: datetime) -> PersonInvitation:
    """The invitation behind a link that still holds. Raises LinkIsDead for any other."""
    try:
        invitation = queries.invitation_by_token(session, token)
    except NotFound:
        raise LinkIsDead() from None
    if not INVITATION.allows(invitation.state, "accept") or invitation.expires_at <= now:
        raise LinkIsDead()
    return invitation


def join(session: Session, *, user: User, now: datetime, token: str) -> Provider:
    """Become one of the company's people with the role that the invitation gives; more rights are never taken away.

    What the person has asked for is answered by that. Raises LinkIsDead.
    """
    invitation = living_invitation(session, token, now)
    _let_in(session, user, invitation.provider_id, invitation.role, now)
    for request in queries.requests_of(session, invitation.provider_id):
        if request.user_id == user.id:
            _settle(session, request, "accept", actor=actor_of(user), now=now)
    _end(session, invitation, "accept", actor=actor_of(user), now=now)
    return invitation.provider


def join_as_newcomer(
    session: Session, *, name: str, password_hash: str, language: str, now: datetime, token: str
) -> tuple[User, Provider]:
    """Make an account for the invited address and join. Raises LinkIsDead, Conflict as `create_account`."""
    invitation = living_invitation(session, token, now)
    account = Account(email=invitation.email, name=name, password_hash=password_hash, language=language)
    user = create_account(session, account=account, now=now)
    return user, join(session, user=user, now=now, token=token)


# --- asking for access -----------------------------------------------------------------------------------------------


def ask_access(session: Session, *, user: User, business_id: str, now: datetime) -> AccessRequest:
    """Ask the admins of a company that is on the portal; asking twice writes to them once.

    For a company without admins (imported by an office), its offices are asked to invite somebody, and the company
    gets an invitation to its own address. Raises NotFound for an unknown business ID and Conflict when the person is in
    the company already.
    """
    provider = provider_with_business_id(session, normal_business_id(business_id))
    if provider is None:
        raise NotFound()
    if provider.id in actor_of(user).providers:
        raise Conflict(_l("You act for this company already."), field="business_id")
    for waiting in queries.requests_of(session, provider.id):
        if waiting.user_id == user.id:
            return waiting
    request = AccessRequest(provider=provider, user=user, state=ACCESS_REQUEST.initial, asked_at=now)
    session.add(request)
    session.flush()
    actor = actor_of(user)
    record_of_company(
        session,
        provider.id,
        actor=actor,
        now=now,
        action="access.request",
        subject=request,
        after={"provider": provider.id},
    )
    admins = queries.admins_of(session, provider.id)
    for admin in admins:
        _ask(session, "access_asked", admin, request, now)
    for coordinator in () if admins else queries.inviters_of(session, provider.id):
        _ask(session, "access_asked_office", coordinator, request, now)
    invited = {each.email for each in queries.invitations_of(session, provider.id)}
    if not admins and provider.email and normal_email(provider.email) not in invited:
        address = normal_email(provider.email)
        _write_invitation(
            session, provider, address, Role.PROVIDER_ADMIN, actor=actor, now=now, language=user.language
        )
    return request


def _ask(session: Session, template: str, asked: User, request: AccessRequest, now: datetime) -> None:
    outbox.send(
        session,
        to=asked.email,
        language=asked.language,
        template=template,
        now=now,
        context={"name": asked.name, "person": request.user, "provider": request.provider},
    )


def accept(
    session: Session, *, actor: Actor, now: datetime, provider_id: int, request_id: int, role: str
) -> None:
    """Let the person in with a role. Raises NotFound, NotAllowed, Invalid."""
    request = _asked(session, actor, provider_id, request_id)
    _let_in(session, request.user, provider_id, _known_role(role), now)
    _answer(session, request, "accept", actor=actor, now=now)


def refuse(session: Session, *, actor: Actor, now: datetime, provider_id: int, request_id: int) -> None:
    """Do not let the person in. Raises NotFound, NotAllowed."""
    _answer(session, _asked(session, actor, provider_id, request_id), "refuse", actor=actor, now=now)


# --- roles -----------------------------------------------------------------------------------------------------------


def change_role(
    session: Session, *, actor: Actor, now: datetime, provider_id: int, user_id: int, role: str
) -> None:
    """Give a colleague the other role. Raises NotFound, NotAllowed, Invalid, Conflict for the last admin."""
    queries.managed_provider(session, actor, provider_id)
    new, held = _known_role(role), _held(session, provider_id, user_id)
    if held.role is new:
        return
    if held.role is Role.PROVIDER_ADMIN:
        _refuse_last_admin(session, provider_id, user_id)
    before, held.role = held.role, new
    end_for_new_role(session, held.user, now=now)
    _record_role(session, provider_id, held, "person.role", actor, now, before=before, after=new)


def remove(session: Session, *, actor: Actor, now: datetime, provider_id: int, user_id: int) -> None:
    """Take a colleague's access away; anybody may leave the company oneself.

    Raises NotFound, NotAllowed, Conflict for the last admin.
    """
    if user_id == actor.user_id:
        my_provider(session, actor, provider_id)
    else:
        queries.managed_provider(session, actor, provider_id)
    held = _held(session, provider_id, user_id)
    if held.role is Role.PROVIDER_ADMIN:
        _refuse_last_admin(session, provider_id, user_id)
    _record_role(session, provider_id, held, "person.remove", actor, now, before=held.role, after=None)
    person = held.user
    person.grants.remove(held)
    session.delete(held)
    session.flush()
    end_for_new_role(session, person, now=now)


# --- parts -----------------------------------------------------------------------------------------------------------


def _write_invitation(
    session: Session,
    provider: Provider,
    address: str,
    role: Role,
    *,
    actor: Actor,
    now: datetime,
    language: str,
) -> PersonInvitation:
    for earlier in queries.invitations_of(session, provider.id):
        if earlier.email == address:
            _end(session, earlier, "cancel", actor=actor, now=now)
    token = secrets.token_urlsafe(32)
    invitation = PersonInvitation(
        provider=provider,
        email=address,
        role=role,
        token_hash=queries.digest(token),
        state=INVITATION.initial,
        invited_by_id=actor.user_id,
        invited_at=now,
        expires_at=now + LINK_HOLDS,
    )
    session.add(invitation)
    session.flush()
    record_of_company(
        session,
        provider.id,
        actor=actor,
        now=now,
        action="person.invite",
        subject=invitation,
        after={"provider": provider.id, "email": address, "role": role.value},
    )
    outbox.send(
        session,
        to=address,
        language=language,
        template="person_invited",
        now=now,
        context={
            "inviter": actor.name,
            "provider": provider,
            "token": token,
            "expires_at": invitation.expires_at,
        },
    )
    return invitation


def _end(session: Session, invitation: PersonInvitation, action: str, *, actor: Actor, now: datetime) -> None:
    invitation.state = INVITATION.next(invitation.state, action)
    after = {"email": invitation.email, "state": invitation.state}
    record_of_company(
        session,
        invitation.provider_id,
        actor=actor,
        now=now,
        action=f"person.invitation_{action}",
        subject=invitation,
        after=after,
    )


def _let_in(session: Session, user: User, provider_id: int, role: Role, now: datetime) -> None:
    held = next((each for each in user.grants if each.provider_id == provider_id), None)
    if held is None:
        grant(session, user, role, provider_id=provider_id, now=now)
    elif role is Role.PROVIDER_ADMIN and held.role is not role:
        held.role = role
        end_for_new_role(session, user, now=now)


def _asked(session: Session, actor: Actor, provider_id: int, request_id: int) -> AccessRequest:
    queries.managed_provider(session, actor, provider_id)
    for request in queries.requests_of(session, provider_id):
        if request.id == request_id:
            return request
    raise NotFound()


def _answer(session: Session, request: AccessRequest, action: str, *, actor: Actor, now: datetime) -> None:
    _settle(session, request, action, actor=actor, now=now)
    outbox.send(
        session,
        to=request.user.email,
        language=request.user.language,
        template="access_answered",
        now=now,
        context={
            "name": request.user.name,
            "provider": request.provider,
            "accepted": request.state == "accepted",
        },
    )


def _settle(session: Session, request: AccessRequest, action: str, *, actor: Actor, now: datetime) -> None:
    request.state = ACCESS_REQUEST.next(request.state, action)
    request.decided_at, request.decided_by_id = now, actor.user_id
    after = {"provider": request.provider_id, "user": request.user_id, "state": request.state}
    record_of_company(
        session,
        request.provider_id,
        actor=actor,
        now=now,
        action=f"access.{action}",
        subject=request,
        after=after,
    )


def _known_role(role: str) -> Role:
    if role not in PEOPLE_ROLES:
        raise Invalid(_l("Choose the role."), field="role")
    return Role(role)


def _held(session: Session, provider_id: int, user_id: int) -> RoleGrant:
    for held in queries.grants_of(session, provider_id):
        if held.user_id == user_id:
            return held
    raise NotFound()


def _refuse_last_admin(session: Session, provider_id: int, user_id: int) -> None:
    """The company's row is locked, so that two admins who leave at the same moment cannot both go."""
    session.get_one(Provider, provider_id, with_for_update=True)
    admins = [admin.id for admin in queries.admins_of(session, provider_id)]
    if leaves_no_admin(admins, user_id):
        raise Conflict(
            _l("The company must have an admin. Make somebody else an admin first; then this can be done.")
        )


def _record_role(
    session: Session,
    provider_id: int,
    held: RoleGrant,
    action: str,
    actor: Actor,
    now: datetime,
    *,
    before: Role,
    after: Role | None,
) -> None:
    record_of_company(
        session,
        provider_id,
        actor=actor,
        now=now,
        action=action,
        subject=(Provider.__audit_name__, provider_id),
        before={"user": held.user_id, "role": before.value},
        after={"user": held.user_id, "role": after.value if after else None},
    )
