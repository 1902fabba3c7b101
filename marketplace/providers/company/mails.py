"""Mail about a company: its registration, the people who act for it, its account number."""

from __future__ import annotations

from marketplace import outbox
from marketplace.accounts.models import User
from marketplace.outbox import MailAddress, OutboxMessage
from marketplace.pilots.queries import organisations
from marketplace.providers.company import queries
from marketplace.providers.company.models import AccessRequest, AccountChange, PersonInvitation
from marketplace.providers.company.rules import AccessRequestState
from marketplace.providers.models import Provider
from marketplace.work import UnitOfWork


def provider_registered(work: UnitOfWork, user: User, provider: Provider) -> OutboxMessage:
    """The company is on the portal; to its first admin."""
    link = outbox.address("providers.home", user.language)
    return outbox.send(work, user, "provider_registered", organisation_key=None, provider=provider, link=link)


# --- people ----------------------------------------------------------------------------------------------------------


def access_asked(work: UnitOfWork, admin: User, request: AccessRequest) -> OutboxMessage:
    """The mail to an admin of a company: somebody asks to act for it."""
    link = outbox.address("providers.people.index", admin.language, provider_id=request.provider_id)
    return outbox.send(
        work,
        admin,
        "access_asked",
        organisation_key=None,
        person=request.user,
        provider=request.provider,
        link=link,
    )


def person_removed(work: UnitOfWork, person: User, provider: Provider) -> OutboxMessage:
    """An admin of the company has taken the access away; to who had it."""
    return outbox.send(work, person, "person_removed", organisation_key=None, provider=provider)


def access_asked_office(work: UnitOfWork, coordinator: User, request: AccessRequest) -> OutboxMessage:
    """The mail to somebody of the office who can invite an admin: somebody asks to act for a company without one."""
    link = outbox.address(
        "office_companies.first_admin", coordinator.language, provider_id=request.provider_id
    )
    return outbox.send(
        work,
        coordinator,
        "access_asked_office",
        organisation_key=coordinator.organisation_key,
        person=request.user,
        provider=request.provider,
        link=link,
    )


def access_answered(work: UnitOfWork, request: AccessRequest) -> OutboxMessage:
    """Whether the person may act for the company; to who asked."""
    return outbox.send(
        work,
        request.user,
        "access_answered",
        organisation_key=work.actor.organisation,
        provider=request.provider,
        accepted=request.state == AccessRequestState.ACCEPTED,
        link=outbox.address("providers.home", request.user.language),
    )


def person_invited(
    work: UnitOfWork, invitation: PersonInvitation, *, token: str, language: str
) -> OutboxMessage:
    """The personal link by which somebody joins a company; `language` is that of who invites."""
    return outbox.send(
        work,
        MailAddress(invitation.email, "", language),
        "person_invited",
        organisation_key=work.actor.organisation,
        inviter=work.actor.name,
        provider=invitation.provider,
        expires_at=invitation.expires_at,
        link=outbox.address("providers.joining.join", language, key=token),
    )


# --- the account number ----------------------------------------------------------------------------------------------


def account_change_asked(work: UnitOfWork, admin: User, change: AccountChange) -> OutboxMessage:
    """A new account number was given; to one of the company's admins, who may not know of it."""
    link = outbox.address("providers.company", admin.language, provider_id=change.provider_id)
    return outbox.send(
        work,
        admin,
        "account_change_asked",
        organisation_key=None,
        provider=change.provider,
        ending=_ending(change),
        asked_by=work.session.get_one(User, change.requested_by_id).name,
        link=link,
    )


def account_change_waits(work: UnitOfWork, person: User, change: AccountChange) -> OutboxMessage:
    """A new account number waits for its confirmation; to one of the office who can give it, naming all the offices."""
    keys = queries.offices_of(work.session, change.provider_id)
    offices = [each.name[person.language] for each in organisations(work.session) if each.key in keys]
    return outbox.send(
        work,
        person,
        "account_change_waits",
        organisation_key=person.organisation_key,
        provider=change.provider,
        ending=_ending(change),
        offices=offices,
        link=outbox.address("account_changes.change", person.language, change_id=change.id),
    )


def account_change_confirmed(work: UnitOfWork, admin: User, change: AccountChange) -> OutboxMessage:
    """The new account number is in use; to one of the company's admins."""
    return outbox.send(
        work,
        admin,
        "account_change_confirmed",
        organisation_key=work.actor.organisation,
        provider=change.provider,
        ending=_ending(change),
    )


def account_change_refused(work: UnitOfWork, admin: User, change: AccountChange) -> OutboxMessage:
    """The old account number stays in use, and why; to one of the company's admins."""
    return outbox.send(
        work,
        admin,
        "account_change_refused",
        organisation_key=work.actor.organisation,
        provider=change.provider,
        ending=_ending(change),
        reason=change.reason,
    )


def _ending(change: AccountChange) -> str:
    """The last four signs of the new number: enough to know it, too little to use it."""
    return change.iban[-4:]
