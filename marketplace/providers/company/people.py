"""The people of a company: inviting, letting in, changing roles, removing. A company always has an admin."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.accounts.impartiality.service import note_past_role
from marketplace.accounts.models import RoleGrant, User
from marketplace.accounts.rules import normal_email
from marketplace.accounts.service import actor_of, end_for_new_role, grant
from marketplace.accounts.sessions.service import lock_people
from marketplace.allowances import Allowance, take
from marketplace.errors import Conflict, Invalid, NotFound
from marketplace.i18n import _l
from marketplace.permissions import Role
from marketplace.providers.audit_actions import AccessAudit, PersonAudit
from marketplace.providers.company import mails, queries
from marketplace.providers.company.account import drop_waiting
from marketplace.providers.company.models import AccessRequest, PersonInvitation
from marketplace.providers.company.rules import (
    ACCESS_REQUEST,
    INVITATION,
    LINK_HOLDS,
    PEOPLE_ROLES,
    AccessRequestAction,
    PersonInvitationAction,
    leaves_no_admin,
)
from marketplace.providers.company.service import NewAccount, create_account
from marketplace.providers.company.trail import record_of_company
from marketplace.providers.identifiers import normal_business_id
from marketplace.providers.models import Provider
from marketplace.providers.queries import my_provider, provider_to_change, provider_with_business_id
from marketplace.work import AuditAction, UnitOfWork

INVITATIONS_BY: Final = Allowance("invitations by a person", 20, timedelta(days=1))
INVITATIONS_TO: Final = Allowance("invitations to an address", 3, timedelta(days=1))
REQUESTS_BY: Final = Allowance("requests for access", 5, timedelta(days=1))


class InvitationIsDead(NotFound):
    """The link of an invitation is too old, has been used or was cancelled."""

    def __init__(self) -> None:
        super().__init__(
            _l(
                "The invitation is too old, has been used or was cancelled. "
                "Ask an admin of the company to invite you again."
            )
        )


# --- inviting --------------------------------------------------------------------------------------------------------


def invite(work: UnitOfWork, *, provider_id: int, email: str, role: str, language: str) -> PersonInvitation:
    """Invite a colleague by e-mail; inviting the same address again makes a new link and kills the old one.

    Raises NotAllowed for an editor, Invalid for an unknown role, Conflict when the person is in the company already,
    TooOften when the person, or the address, has had too many invitations.
    """
    provider = queries.managed_provider(work, provider_id, lock=True)
    address = normal_email(email)
    if address in {held.user.email for held in queries.grants_of(work.session, provider_id)}:
        raise Conflict(_l("The person is one of the company’s people already."), field="email")
    take(work.session, INVITATIONS_BY, work.person_id, now=work.now)
    take(work.session, INVITATIONS_TO, address, now=work.now)
    return _write_invitation(work, provider, address, _known_role(role), language=language)


def invite_first_admin(work: UnitOfWork, *, provider_id: int, email: str, language: str) -> PersonInvitation:
    """An office invites somebody to take care of a company that has no admin, as an imported one.

    Raises NotFound for a company that is not the office's, Conflict when it has an admin by now, Invalid for one's own
    address: nobody of the office acts for a company.
    """
    provider = queries.adopted_provider(work, provider_id, lock=True)
    if not queries.lacks_admin(work.session, provider_id):
        raise Conflict(_l("The company has an admin by now, who lets in whom the company wants."))
    address = normal_email(email)
    if address == normal_email(work.actor.email):
        raise Invalid(_l("This is your own address. Invite somebody of the company."), field="email")
    take(work.session, INVITATIONS_TO, address, now=work.now)
    return _write_invitation(work, provider, address, Role.PROVIDER_ADMIN, language=language)


def cancel(work: UnitOfWork, *, provider_id: int, invitation_id: int) -> None:
    """Kill the link of an invitation that waits. Raises NotFound, NotAllowed, Conflict when it has been used."""
    invitation = queries.my_invitation(work, provider_id, invitation_id)
    if not INVITATION.allows(invitation.state, PersonInvitationAction.CANCEL):
        raise Conflict(_l("The invitation does not wait any more: it has been used or cancelled already."))
    _end(work, invitation, PersonInvitationAction.CANCEL)


def living_invitation(session: Session, token: str, now: datetime, *, lock: bool = False) -> PersonInvitation:
    """The invitation behind a link that still holds; `lock` to use it. Raises LinkIsDead for any other."""
    try:
        invitation = queries.invitation_by_token(session, token, lock=lock)
    except NotFound:
        raise InvitationIsDead() from None
    if not INVITATION.allows(invitation.state, PersonInvitationAction.ACCEPT) or invitation.expires_at <= now:
        raise InvitationIsDead()
    return invitation


def join(work: UnitOfWork, *, user: User, token: str) -> Provider:
    """Become one of the company's people with the role that the invitation gives; more rights are never taken away.

    What the person has asked for is answered by that. Raises LinkIsDead.
    """
    invitation = living_invitation(work.session, token, work.now, lock=True)
    _let_in(work.session, user, invitation.provider_id, invitation.role, work.now)
    for request in queries.requests_of(work.session, invitation.provider_id):
        if request.user_id == user.id:
            _settle(work.acting_as(actor_of(user)), request, AccessRequestAction.ACCEPT)
    _end(work.acting_as(actor_of(user)), invitation, PersonInvitationAction.ACCEPT)
    return invitation.provider


def join_as_newcomer(
    work: UnitOfWork, *, name: str, password_hash: str, language: str, token: str
) -> tuple[User, Provider]:
    """Make an account for the invited address and join. Raises LinkIsDead, Conflict as `create_account`."""
    invitation = living_invitation(work.session, token, work.now, lock=True)
    account = NewAccount(email=invitation.email, name=name, password_hash=password_hash, language=language)
    user = create_account(work, account=account)
    return user, join(work, user=user, token=token)


# --- asking for access -----------------------------------------------------------------------------------------------


def ask_access(work: UnitOfWork, *, user: User, business_id: str) -> AccessRequest:
    """Ask the admins of a company that is on the portal; asking twice writes to them once.

    For a company without admins (imported by an office), its offices are asked to invite somebody, and the company
    gets an invitation to its own address. Raises NotFound for an unknown business ID and Conflict when the person is in
    the company already.
    """
    provider = provider_with_business_id(work.session, normal_business_id(business_id))
    if provider is None or provider_to_change(work.session, provider.id) is None:
        raise NotFound()
    if provider.id in actor_of(user).providers:
        raise Conflict(_l("You act for this company already."), field="business_id")
    for waiting in queries.requests_of(work.session, provider.id):
        if waiting.user_id == user.id:
            return waiting
    take(work.session, REQUESTS_BY, user.id, now=work.now)
    request = AccessRequest(provider=provider, user=user, state=ACCESS_REQUEST.initial, asked_at=work.now)
    work.session.add(request)
    work.session.flush()
    actor = actor_of(user)
    record_of_company(
        work.acting_as(actor), provider.id, AccessAudit.REQUEST, request, after={"provider": provider.id}
    )
    admins = queries.admins_of(work.session, provider.id)
    for admin in admins:
        mails.access_asked(work, admin, request)
    for coordinator in () if admins else queries.inviters_of(work.session, provider.id):
        mails.access_asked_office(work, coordinator, request)
    invited = {each.email for each in queries.invitations_of(work.session, provider.id)}
    if not admins and provider.email and normal_email(provider.email) not in invited:
        address = normal_email(provider.email)
        _write_invitation(
            work.acting_as(actor), provider, address, Role.PROVIDER_ADMIN, language=user.language
        )
    return request


def accept(work: UnitOfWork, *, provider_id: int, request_id: int, role: str) -> None:
    """Let the person in with a role. Raises NotFound, NotAllowed, Invalid, Conflict when it has been answered."""
    asked_by = work.session.scalar(sa.select(AccessRequest.user_id).where(AccessRequest.id == request_id))
    lock_people(work.session, [] if asked_by is None else [asked_by])
    request = _asked(work, provider_id, request_id)
    _let_in(work.session, request.user, provider_id, _known_role(role), work.now)
    _answer(work, request, AccessRequestAction.ACCEPT)


def refuse(work: UnitOfWork, *, provider_id: int, request_id: int) -> None:
    """Do not let the person in. Raises NotFound, NotAllowed, Conflict when it has been answered."""
    _answer(work, _asked(work, provider_id, request_id), AccessRequestAction.REFUSE)


# --- roles -----------------------------------------------------------------------------------------------------------


def change_role(work: UnitOfWork, *, provider_id: int, user_id: int, role: str) -> None:
    """Give a colleague the other role. Raises NotFound, NotAllowed, Invalid, Conflict for the last admin."""
    hold_people(work.session, provider_id, user_id)
    queries.managed_provider(work, provider_id, lock=True)
    new, held = _known_role(role), _held(work.session, provider_id, user_id)
    if held.role is new:
        return
    if held.role is Role.PROVIDER_ADMIN:
        _refuse_last_admin(work.session, provider_id, user_id)
    before, held.role = held.role, new
    end_for_new_role(work.session, held.user, now=work.now)
    _record_role(work, provider_id, held, PersonAudit.ROLE, before=before, after=new)


def remove(work: UnitOfWork, *, provider_id: int, user_id: int) -> None:
    """Take a colleague's access away, who is told; anybody may leave the company oneself.

    Raises NotFound, NotAllowed, Conflict for the last admin.
    """
    hold_people(work.session, provider_id, user_id)
    if user_id == work.actor.user_id:
        my_provider(work, provider_id, lock=True)
    else:
        queries.managed_provider(work, provider_id, lock=True)
    held = _held(work.session, provider_id, user_id)
    if held.role is Role.PROVIDER_ADMIN:
        _refuse_last_admin(work.session, provider_id, user_id)
    person = held.user
    _drop(work, provider_id, held)
    if user_id != work.actor.user_id:
        mails.person_removed(work, person, work.session.get_one(Provider, provider_id))


def hold_people(
    session: Session, provider_id: int, user_id: int | None = None, *, newcomers: Iterable[int] = ()
) -> None:
    """Lock those who act for a company, or one of them, before it is locked: what they are just doing ends first.

    `newcomers` will act for it then, and are locked with them: people are always locked before the company.
    """
    acting = session.scalars(sa.select(RoleGrant.user_id).where(RoleGrant.provider_id == provider_id))
    lock_people(session, [*(each for each in acting if user_id in (None, each)), *newcomers])


def colleague(session: Session, provider_id: int, user_id: int) -> User:
    """Somebody who acts for the company. Raises NotFound."""
    return _held(session, provider_id, user_id).user


def replace_all(work: UnitOfWork, provider: Provider, *, email: str, language: str) -> list[User]:
    """The office gives the company to others: whoever acts for it loses that, what waits falls, `email` is invited.

    The company is locked by the caller. Gives those who have lost access. Raises Invalid for one's own address.
    """
    address = normal_email(email)
    if address == normal_email(work.actor.email):
        raise Invalid(_l("This is your own address. Invite somebody of the company."), field="email")
    lost = _emptied(work, provider)
    take(work.session, INVITATIONS_TO, address, now=work.now)
    _write_invitation(work, provider, address, Role.PROVIDER_ADMIN, language=language)
    return lost


def take_over(work: UnitOfWork, request: AccessRequest) -> list[User]:
    """Who asked for access becomes the admin, whoever acts for the company loses that, what waits falls.

    The company is locked by the caller. Gives those who have lost access.
    """
    _settle(work, request, AccessRequestAction.ACCEPT)
    lost = _emptied(work, request.provider)
    _let_in(work.session, request.user, request.provider_id, Role.PROVIDER_ADMIN, work.now)
    return lost


def _emptied(work: UnitOfWork, provider: Provider) -> list[User]:
    """Nobody acts for the company any more, and nothing waits; who has lost access."""
    lost = []
    for held in queries.grants_of(work.session, provider.id):
        person = held.user
        _drop(work, provider.id, held)
        lost.append(person)
    for waiting in queries.invitations_of(work.session, provider.id):
        _end(work, waiting, PersonInvitationAction.CANCEL)
    for request in queries.requests_of(work.session, provider.id):
        _settle(work, request, AccessRequestAction.REFUSE)
    drop_waiting(work, provider.id)
    return lost


# --- parts -----------------------------------------------------------------------------------------------------------


def _drop(work: UnitOfWork, provider_id: int, held: RoleGrant) -> None:
    """Take a person's role in the company away."""
    _record_role(work, provider_id, held, PersonAudit.REMOVE, before=held.role, after=None)
    person = held.user
    person.grants.remove(held)
    work.session.delete(held)
    note_past_role(work, person, provider_id)
    end_for_new_role(work.session, person, now=work.now)


def _write_invitation(
    work: UnitOfWork, provider: Provider, address: str, role: Role, *, language: str
) -> PersonInvitation:
    for earlier in queries.invitations_of(work.session, provider.id):
        if earlier.email == address:
            _end(work, earlier, PersonInvitationAction.CANCEL)
    token = secrets.token_urlsafe(32)
    invitation = PersonInvitation(
        provider=provider,
        email=address,
        role=role,
        token_hash=queries.digest(token),
        state=INVITATION.initial,
        invited_by_id=work.actor.user_id,
        invited_at=work.now,
        expires_at=work.now + LINK_HOLDS,
    )
    work.session.add(invitation)
    work.session.flush()
    record_of_company(
        work,
        provider.id,
        PersonAudit.INVITE,
        invitation,
        after={"provider": provider.id, "email": address, "role": role.value},
    )
    mails.person_invited(work, invitation, token=token, language=language)
    return invitation


def _end(work: UnitOfWork, invitation: PersonInvitation, action: PersonInvitationAction) -> None:
    invitation.state = INVITATION.next(invitation.state, action)
    after = {"email": invitation.email, "state": invitation.state}
    record_of_company(
        work, invitation.provider_id, PersonAudit.of(f"invitation_{action}"), invitation, after=after
    )


def _let_in(session: Session, user: User, provider_id: int, role: Role, now: datetime) -> None:
    held = next((each for each in user.grants if each.provider_id == provider_id), None)
    if held is None:
        grant(session, user, role, provider_id=provider_id, now=now)
    elif role is Role.PROVIDER_ADMIN and held.role is not role:
        held.role = role
        end_for_new_role(session, user, now=now)


def _asked(work: UnitOfWork, provider_id: int, request_id: int) -> AccessRequest:
    request = queries.my_request(work, provider_id, request_id)
    if not ACCESS_REQUEST.actions(request.state):
        raise Conflict(_l("Somebody has answered this person already."))
    return request


def _answer(work: UnitOfWork, request: AccessRequest, action: AccessRequestAction) -> None:
    _settle(work, request, action)
    mails.access_answered(work, request)


def _settle(work: UnitOfWork, request: AccessRequest, action: AccessRequestAction) -> None:
    request.state = ACCESS_REQUEST.next(request.state, action)
    request.decided_at, request.decided_by_id = work.now, work.actor.user_id
    after = {"provider": request.provider_id, "user": request.user_id, "state": request.state}
    record_of_company(work, request.provider_id, AccessAudit.of(action), request, after=after)


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
    """The company is locked by the caller, so that two admins who leave at the same moment cannot both go."""
    admins = [admin.id for admin in queries.admins_of(session, provider_id)]
    if leaves_no_admin(admins, user_id):
        raise Conflict(
            _l("The company must have an admin. Make somebody else an admin first; then this can be done.")
        )


def _record_role(
    work: UnitOfWork,
    provider_id: int,
    held: RoleGrant,
    action: AuditAction,
    *,
    before: Role,
    after: Role | None,
) -> None:
    record_of_company(
        work,
        provider_id,
        action,
        (Provider.__audit_name__, provider_id),
        before={"user": held.user_id, "role": before.value},
        after={"user": held.user_id, "role": after.value if after else None},
    )
