"""Reading a company's people and what waits for somebody."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from marketplace.accounts.impartiality.rules import demand_impartial
from marketplace.accounts.models import RoleGrant, User
from marketplace.accounts.queries import staff
from marketplace.audit.models import AuditEvent
from marketplace.errors import NotAllowed, NotFound
from marketplace.i18n import _l, helsinki_date
from marketplace.permissions import GRANTS, Permission, Role
from marketplace.pilots.models import Pilot
from marketplace.pilots.queries import current_definition, pilots
from marketplace.providers import queries
from marketplace.providers.audit_actions import ProviderAudit
from marketplace.providers.company.models import AccessRequest, AccountChange, PersonInvitation
from marketplace.providers.company.rules import (
    PEOPLE_ROLES,
    AccessRequestState,
    AccountChangeState,
    PersonInvitationState,
)
from marketplace.providers.models import Provider, ServiceApproval
from marketplace.providers.rules import APPROVAL
from marketplace.slots import Answer
from marketplace.sorting import by_name
from marketplace.work import UnitOfWork

considering: Final = Answer[Callable[[Session, int], set[str]]](
    "providers.considering", "The keys of the organisations that consider a provider's application."
)

approvers: Final = Answer[Callable[[Session, int], set[int]]](
    "account_changes.approvers",
    "Who of an office decided that a private person is paid, by the provider: another person confirms the account.",
)


def offices_of(session: Session, provider_id: int) -> frozenset[str]:
    """The organisations that have approved the provider for something or consider its application."""
    approved = session.scalars(
        sa.select(Pilot.organisation_key)
        .join(ServiceApproval, ServiceApproval.pilot_key == Pilot.key)
        .where(ServiceApproval.provider_id == provider_id, ServiceApproval.state.in_(APPROVAL.answered_for))
    )
    return frozenset(approved).union(*(source(session, provider_id) for source in considering))


def asks_einvoice_address(session: Session, provider_id: int) -> bool:
    """Whether one of those organisations, in one of its pilots, sends its self-billed invoices as e-invoices too."""
    return any(
        current_definition(session, pilot.key).statements.einvoice_address
        for organisation in offices_of(session, provider_id)
        for pilot in pilots(session, organisation)
    )


def managed_provider(work: UnitOfWork, provider_id: int, *, lock: bool = False) -> Provider:
    """A provider of which the actor is an admin; `lock` for a change.

    Raises NotFound for another's, NotAllowed for an editor.
    """
    provider = queries.my_provider(work, provider_id, lock=lock)
    if not work.actor.may(Permission.MANAGE_PROVIDER, provider=provider_id):
        raise NotAllowed(_l("Only an admin of the company can do this."))
    return provider


def grants_of(session: Session, provider_id: int) -> Sequence[RoleGrant]:
    """The roles of the people who act for the provider, admins first, then by name."""
    found = session.scalars(
        sa.select(RoleGrant)
        .join(User)
        .where(RoleGrant.provider_id == provider_id, RoleGrant.role.in_(PEOPLE_ROLES), User.active.is_(True))
        .options(joinedload(RoleGrant.user))
        .order_by(by_name(User.name), User.id)
    ).all()
    return sorted(found, key=lambda grant: PEOPLE_ROLES.index(grant.role))


def admins_of(session: Session, provider_id: int) -> list[User]:
    """The people who take care of the provider's matters."""
    return [grant.user for grant in grants_of(session, provider_id) if grant.role is Role.PROVIDER_ADMIN]


def admins_of_all(session: Session, providers: Collection[int]) -> Mapping[int, Sequence[User]]:
    """The people who take care of the matters of many providers, by provider."""
    query = (
        sa.select(RoleGrant.provider_id, User)
        .join(User)
        .where(
            RoleGrant.provider_id.in_(sorted(providers)),
            RoleGrant.role == Role.PROVIDER_ADMIN,
            User.active.is_(True),
        )
        .order_by(by_name(User.name), User.id)
    )
    found: defaultdict[int, list[User]] = defaultdict(list)
    for provider_id, user in session.execute(query):
        if provider_id is not None:
            found[provider_id].append(user)
    return found


def lacks_admin(session: Session, provider_id: int) -> bool:
    """Whether nobody takes care of the provider's matters: it was imported, or its admins' accounts are closed."""
    return not admins_of(session, provider_id)


def adopted_provider(work: UnitOfWork, provider_id: int, *, lock: bool = False) -> Provider:
    """A provider without admins for which the actor's organisation answers; `lock` for a change.

    The organisation is one that has approved the provider or considers its application. Raises NotFound for any other.
    """
    provider = (
        queries.provider_to_change(work.session, provider_id)
        if lock
        else work.session.get(Provider, provider_id)
    )
    offices = offices_of(work.session, provider_id)
    if (
        provider is None
        or provider.is_private
        or not any(work.actor.may(Permission.INVITE_PROVIDERS, organisation=office) for office in offices)
    ):
        raise NotFound()
    demand_impartial(work.actor, provider_id)
    return provider


def inviters_of(session: Session, provider_id: int) -> list[User]:
    """Those who invite providers in the organisations that answer for this one."""
    return _staff_who_may(session, provider_id, Permission.INVITE_PROVIDERS)


def confirmers_of(session: Session, provider_id: int) -> list[User]:
    """Those who confirm account numbers in the organisations that answer for the provider."""
    return _staff_who_may(session, provider_id, Permission.CONFIRM_IBAN)


def _staff_who_may(session: Session, provider_id: int, permission: Permission) -> list[User]:
    roles = frozenset(role for role, held in GRANTS.items() if permission in held)
    found: dict[int, User] = {}
    for office in sorted(offices_of(session, provider_id)):
        found |= {person.id: person for person in staff(session, office, roles)}
    return list(found.values())


def invitations_of(session: Session, provider_id: int) -> Sequence[PersonInvitation]:
    """The invitations that wait, the newest first."""
    return session.scalars(
        sa.select(PersonInvitation)
        .where(
            PersonInvitation.provider_id == provider_id,
            PersonInvitation.state == PersonInvitationState.WAITING,
        )
        .order_by(PersonInvitation.id.desc())
    ).all()


def invitation_by_token(session: Session, token: str, *, lock: bool = False) -> PersonInvitation:
    """The invitation behind a link, whatever its state; `lock`, its company too, for a change. Raises NotFound."""
    link = PersonInvitation.token_hash == digest(token)
    if lock:
        company = session.scalar(sa.select(PersonInvitation.provider_id).where(link))
        if company is not None:
            queries.provider_to_change(session, company)
    query = sa.select(PersonInvitation).where(link).options(joinedload(PersonInvitation.provider))
    found = session.scalar(query.execution_options(populate_existing=lock))
    if found is None:
        raise NotFound()
    return found


def my_invitation(work: UnitOfWork, provider_id: int, invitation_id: int) -> PersonInvitation:
    """An invitation to the company of which the actor is an admin, both locked. Raises NotFound, NotAllowed."""
    managed_provider(work, provider_id, lock=True)
    found = work.session.get(PersonInvitation, invitation_id, populate_existing=True)
    if found is None or found.provider_id != provider_id:
        raise NotFound()
    return found


def my_request(work: UnitOfWork, provider_id: int, request_id: int) -> AccessRequest:
    """A request for access to the company of which the actor is an admin, both locked. Raises NotFound, NotAllowed."""
    managed_provider(work, provider_id, lock=True)
    found = work.session.get(AccessRequest, request_id, populate_existing=True)
    if found is None or found.provider_id != provider_id:
        raise NotFound()
    return found


def digest(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def requests_of(session: Session, provider_id: int) -> Sequence[AccessRequest]:
    """The people who wait for an answer, the first to ask first."""
    return session.scalars(
        sa.select(AccessRequest)
        .where(AccessRequest.provider_id == provider_id, AccessRequest.state == AccessRequestState.WAITING)
        .options(joinedload(AccessRequest.user))
        .order_by(AccessRequest.id)
    ).all()


def my_requests(work: UnitOfWork) -> Sequence[AccessRequest]:
    """What the person has asked for and not been given an answer to."""
    return work.session.scalars(
        sa.select(AccessRequest)
        .where(AccessRequest.user_id == work.actor.user_id, AccessRequest.state == AccessRequestState.WAITING)
        .options(joinedload(AccessRequest.provider))
        .order_by(AccessRequest.id)
    ).all()


def waiting_change(session: Session, provider_id: int) -> AccountChange | None:
    """The new account number that waits for the office, or None."""
    return session.scalar(
        sa.select(AccountChange)
        .where(AccountChange.provider_id == provider_id, AccountChange.state == AccountChangeState.WAITING)
        .options(joinedload(AccountChange.requested_by))
    )


def latest_change(session: Session, provider_id: int) -> AccountChange | None:
    """The account number that was asked for last, whatever came of it; None when none had to be confirmed."""
    asked = sa.select(AccountChange).where(AccountChange.provider_id == provider_id)
    return session.scalars(asked.order_by(AccountChange.id.desc()).limit(1)).first()


def changes_for(work: UnitOfWork) -> list[AccountChange]:
    """The account numbers that wait for the actor's organisation, the oldest first."""
    waiting = work.session.scalars(
        sa.select(AccountChange)
        .where(AccountChange.state == AccountChangeState.WAITING)
        .options(joinedload(AccountChange.provider), joinedload(AccountChange.requested_by))
        .order_by(AccountChange.id)
    )
    return [change for change in waiting if _concerns(work, change)]


def change_for(work: UnitOfWork, change_id: int, *, lock: bool = False) -> AccountChange:
    """An account number that is the actor's organisation's to confirm; `lock`, its company too, for a change.

    Raises NotFound for any other.
    """
    if lock:
        company = work.session.scalar(
            sa.select(AccountChange.provider_id).where(AccountChange.id == change_id)
        )
        if company is not None:
            queries.provider_to_change(work.session, company)
    change = work.session.get(AccountChange, change_id, populate_existing=lock)
    if change is None or not _concerns(work, change):
        raise NotFound()
    return change


def _concerns(work: UnitOfWork, change: AccountChange) -> bool:
    offices = offices_of(work.session, change.provider_id)
    return any(work.actor.may(Permission.CONFIRM_IBAN, organisation=office) for office in offices)


KNOWN_FOR: Final = timedelta(days=30)
"""A telephone number counts as known that the company had so long before it asked for another account number."""


@dataclass(frozen=True, slots=True)
class KnownPhone:
    """The telephone number to call about a new account number: who gave it and when, and who gave another one and when.

    `by`, `changed_by`: names; empty for who is not known, as with a company that came by an import.
    """

    number: str
    since: date
    by: str
    changed_on: date | None
    changed_by: str


def known_phone(session: Session, change: AccountChange) -> KnownPhone:
    """The number that the company had `KNOWN_FOR` before the change, or its first one when it is younger than that."""
    provider = change.provider
    events = session.scalars(
        sa.select(AuditEvent)
        .where(
            AuditEvent.subject_type == "Provider",
            AuditEvent.subject_id == str(provider.id),
            AuditEvent.action.in_((ProviderAudit.REGISTER, ProviderAudit.UPDATE)),
        )
        .options(joinedload(AuditEvent.actor))
        .order_by(AuditEvent.id.desc())
    ).all()
    number, changed_by = provider.phone, ""
    changed_on: date | None = None
    for event in (each for each in events if "phone" in each.after):
        if event.at <= change.requested_at - KNOWN_FOR:
            return KnownPhone(number, helsinki_date(event.at), _who(event), changed_on, changed_by)
        number = event.before.get("phone") or ""
        changed_on, changed_by = helsinki_date(event.at), _who(event)
    registered = next((_who(each) for each in events if each.action == ProviderAudit.REGISTER), "")
    return KnownPhone(number, helsinki_date(provider.created_at), registered, changed_on, changed_by)


def _who(event: AuditEvent) -> str:
    return event.actor.name if event.actor else ""
