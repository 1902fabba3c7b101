"""Giving a mandate, accepting it, revoking it.

Somebody whose last mandate was revoked stays a helper, of nobody: the pages of clients answer 404, as those of any
other client do.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.accounts.rules import normal_email
from marketplace.accounts.service import actor_of, create_user, grant
from marketplace.allowances import Allowance, take
from marketplace.clients.audit_actions import MandateAudit
from marketplace.clients.keys import client_keys
from marketplace.clients.mandates import mails
from marketplace.clients.mandates.models import Mandate
from marketplace.clients.mandates.queries import digest, mandate_of_token, mandates_of
from marketplace.clients.mandates.rules import LINK_HOLDS, LONGEST_CHECKED, Scope, Source
from marketplace.clients.models import Client
from marketplace.clients.rules import identity_hash
from marketplace.db import for_change
from marketplace.errors import Conflict, Invalid, NotFound
from marketplace.files.service import forget_files, keep_file
from marketplace.files.store import ReceivedFile
from marketplace.i18n import _l
from marketplace.permissions import CITIZEN_ROLES, Role
from marketplace.slots import Answer
from marketplace.work import UnitOfWork

GIVEN_BY: Final = Allowance("mandates by a person", 20, timedelta(days=1))
GIVEN_TO: Final = Allowance("mandates to an address", 5, timedelta(days=1))

is_paid: Final[Answer[Callable[[Session, Client, str, str, date], bool]]] = Answer(
    "clients.is_paid",
    "Whether somebody, by name and e-mail address, is paid for the support of a client on a day, or may soon be: asked "
    "before the person may act in the client's stead. With the client held.",
)


class MandateLinkIsDead(NotFound):
    """The link of a mandate is too old, has been used, or the mandate was revoked."""

    def __init__(self) -> None:
        super().__init__(
            _l(
                "The link is too old, has been used, or the mandate was revoked. Ask the client to give it again."
            )
        )


@dataclass(frozen=True, slots=True)
class Terms:
    """Whom a mandate is for, what it allows and until when (None: until it is revoked)."""

    name: str
    email: str
    scope: Scope
    ends_on: date | None = None


def give(
    work: UnitOfWork, client: Client, source: Source, terms: Terms, paper: ReceivedFile | None = None
) -> Mandate:
    """Let a helper see or act; the helper gets a link by e-mail and accepts with an account of their own.

    `paper`: the signed mandate, as the office has it.

    Raises Invalid for a last day that has gone by, Conflict when the address has a mandate already and for who would
    act though they are paid, TooOften, and NotFound when the client's data have been erased meanwhile.
    """
    client = work.session.get_one(Client, client.id, with_for_update=for_change(Client))
    if client.erased_at is not None:
        raise NotFound()
    if terms.ends_on is not None and terms.ends_on < work.today:
        raise Invalid(_l("The last day cannot be before today."), field="ends_on")
    address = normal_email(terms.email)
    if address in {each.email for each in mandates_of(work.session, client.id) if each.revoked_at is None}:
        raise Conflict(_l("This person has a mandate already. Revoke it first."), field="email")
    if terms.scope is Scope.ACT:
        _demand_unpaid(work, client, terms.name, address)
    take(work.session, GIVEN_BY, work.person_id, now=work.now)
    take(work.session, GIVEN_TO, address, now=work.now)
    token = secrets.token_urlsafe(32)
    mandate = Mandate(
        client_id=client.id,
        source=source,
        scope=terms.scope,
        name=terms.name.strip(),
        email=address,
        token_hash=digest(token),
        expires_at=work.now + LINK_HOLDS,
        ends_on=terms.ends_on,
        given_at=work.now,
        given_by_id=work.person_id,
        file=None if paper is None else keep_file(work, paper),
    )
    work.session.add(mandate)
    work.session.flush()
    _record(work, MandateAudit.GIVE, mandate, client)
    mails.mandate_given(work, mandate, client, token=token)
    return mandate


def is_code_of(session: Session, client: Client, code: str) -> bool:
    """Whether a personal identity code is the client's, as far as that is known: the first code is believed."""
    if client.identity_hash is None:
        return True
    hashes = {identity_hash(key, client.organisation_key, code) for key in client_keys(session)}
    return client.identity_hash in hashes


def give_checked(work: UnitOfWork, client: Client, terms: Terms, *, code: str, allowed: bool) -> Mandate:
    """Let a helper see or act whom the register of mandates allows to act for the client.

    `code` is what was written as the client's, `allowed` what the register has answered for it. Raises Invalid where
    the code is another person's or the last day is missing or too far, Conflict where the register does not allow it,
    and as `give`.
    """
    if not is_code_of(work.session, client, code):
        raise Invalid(
            _l("This is not the identity code by which the client is known here."),
            field="client_identity_code",
        )
    if terms.ends_on is None or terms.ends_on > work.today + LONGEST_CHECKED:
        raise Invalid(
            _l("Give a last day within a year. After that the register is asked again."), field="ends_on"
        )
    if not allowed:
        raise Conflict(
            _l(
                "According to Suomi.fi e-Authorizations the helper may not act for the client. The service does not "
                "tell why. The client can give a mandate at suomi.fi, on these pages, or on paper."
            )
        )
    return give(work, client, Source.REGISTER, terms)


def living_mandate(work: UnitOfWork, token: str, *, lock: bool = False) -> Mandate:
    """The mandate behind a link that still holds. Raises LinkIsDead."""
    found = mandate_of_token(work.session, token, work.now, lock=lock)
    if found is None:
        raise MandateLinkIsDead()
    return found


def accept(work: UnitOfWork, user: User, token: str) -> Mandate:
    """The helper takes the mandate with an account.

    Raises LinkIsDead, and Conflict for the account of an office or a company, or of the client: helping is done with an
    account of one's own that does nothing else. Conflict also for who would act and is paid by now.
    """
    mandate = living_mandate(work, token, lock=True)
    if any(held.role not in CITIZEN_ROLES for held in user.grants):
        raise Conflict(
            _l(
                "This account is for work. Sign out and accept the mandate with a private account of your own."
            )
        )
    if mandate.client.user_id == user.id:
        raise Conflict(_l("You cannot be your own helper."))
    if mandate.scope is Scope.ACT:
        client = work.session.get_one(Client, mandate.client_id, with_for_update=for_change(Client))
        for name in (mandate.name, user.name):
            _demand_unpaid(work, client, name, user.email)
    mandate.helper_id, mandate.accepted_at, mandate.token_hash = user.id, work.now, None
    grant(work.session, user, Role.HELPER, now=work.now)
    _record(work.acting_as(actor_of(user)), MandateAudit.ACCEPT, mandate, mandate.client)
    return mandate


def accept_as_newcomer(work: UnitOfWork, *, name: str, password_hash: str, language: str, token: str) -> User:
    """Make an account for the address of the letter and take the mandate. Raises LinkIsDead, and Conflict."""
    mandate = living_mandate(work, token)
    user = create_user(
        work.session,
        email=mandate.email,
        name=name,
        password_hash=password_hash,
        language=language,
        now=work.now,
    )
    accept(work, user, token)
    return user


def revoke(work: UnitOfWork, client: Client, mandate_id: int) -> None:
    """End a mandate at once; the helper is told by e-mail. Raises NotFound, and Conflict when it is over."""
    mandate = work.session.get(Mandate, mandate_id, with_for_update=for_change(Mandate))
    if mandate is None or mandate.client_id != client.id:
        raise NotFound()
    if mandate.revoked_at is not None:
        raise Conflict(_l("The mandate has been revoked already."))
    _end(work, mandate, work.person_id)
    _record(work, MandateAudit.REVOKE, mandate, client)
    mails.mandate_revoked(work, mandate, client)


def end_mandates(work: UnitOfWork, client_id: int) -> None:
    """End whatever mandates the client has given and forget whose they were: the client's data are erased."""
    found = mandates_of(work.session, client_id, lock=True)
    papers = [each.file_id for each in found]
    for mandate in found:
        if mandate.revoked_at is None:
            _end(work, mandate, work.actor.user_id or mandate.given_by_id)
        mandate.name = mandate.email = ""
        mandate.file = None
    work.session.flush()
    forget_files(work.session, papers, but=sa.select(Mandate.file_id))


def _demand_unpaid(work: UnitOfWork, client: Client, name: str, email: str) -> None:
    """Who is paid for a client's support does not decide for the client. Raises Conflict."""
    if any(paid(work.session, client, name, email, work.today) for paid in is_paid):
        raise Conflict(
            _l(
                "The person is paid for the client’s support, or has been proposed for it, and can therefore not act "
                "for the client. The mandate can be given for seeing only."
            )
        )


def _end(work: UnitOfWork, mandate: Mandate, user_id: int) -> None:
    mandate.revoked_at, mandate.revoked_by_id, mandate.token_hash = work.now, user_id, None


def _record(work: UnitOfWork, action: MandateAudit, mandate: Mandate, client: Client) -> None:
    work.record(
        action,
        mandate,
        organisation=client.organisation_key,
        after={"client": client.id, "scope": mandate.scope.value, "source": mandate.source.value},
    )
