"""Accounts: making them, signing in, changing a password, giving and taking roles, closing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from marketplace.accounts import mails
from marketplace.accounts.audit_actions import AccountAudit
from marketplace.accounts.guessing import service as guessing
from marketplace.accounts.guessing.rules import EVERYWHERE, FREE, Count, account_hash, counts_of
from marketplace.accounts.links import service as links
from marketplace.accounts.links.models import MailedLink
from marketplace.accounts.links.rules import Purpose
from marketplace.accounts.models import RoleGrant, User
from marketplace.accounts.passwords.hashing import (
    UNUSABLE,
    hash_password,
    is_outdated,
    password_is_right,
)
from marketplace.accounts.passwords.rules import check_password
from marketplace.accounts.queries import any_user_by_email, user_by_email
from marketplace.accounts.rules import address_without_mailbox, normal_email
from marketplace.accounts.sessions import service as sessions
from marketplace.accounts.sessions.models import UserSession
from marketplace.accounts.sessions.rules import End, Step
from marketplace.allowances import Allowance, TooOften, take
from marketplace.db import Database, for_change
from marketplace.errors import Conflict, Invalid
from marketplace.i18n import LocalizedText, _l
from marketplace.networks import network_of
from marketplace.permissions import ANYBODY, STAFF_ROLES, Actor, Grant, Role
from marketplace.slots import Reaction
from marketplace.slow_work import Busy
from marketplace.work import AuditAction, UnitOfWork

REFUSED_SIGN_INS: Final = Allowance("refused sign-ins in the trail", 1, timedelta(hours=1))
REFUSED_ACCESS: Final = Allowance("refused access in the trail", 1, timedelta(hours=1))
"""How often the trail tells of what is refused, so that nobody fills it: see `_tell_refused_sign_in` and
`tell_refused_access`.
"""

NOBODY_KNOWN: Final = "unknown"
"""In the place of a person's id: the address that was tried has no account."""


def create_user(
    session: Session, *, email: str, name: str, password_hash: str, language: str, now: datetime
) -> User:
    """A new account; `password_hash`: `new_password_hash`'s, or UNUSABLE. Raises Conflict when the address has one."""
    address = normal_email(email)
    if any_user_by_email(session, address) is not None:
        raise Conflict(
            _l("There is already an account with this e-mail address. Sign in, or ask for a new password."),
            field="email",
        )
    user = User(
        email=address,
        name=name.strip(),
        password_hash=password_hash,
        language=language,
        created_at=now,
        active=True,
    )
    session.add(user)
    session.flush()
    return user


def new_password_hash(password: str, *, about: Iterable[str]) -> str:
    """The hash of a new password, made before any transaction begins. Raises Invalid for a weak one, Busy.

    `about`: what is known of the person, which a password must not be made of.
    """
    check_password(password, about=about)
    return hash_password(password)


# --- roles -----------------------------------------------------------------------------------------------------------


def grant(
    session: Session,
    user: User,
    role: Role,
    *,
    now: datetime,
    organisation: str | None = None,
    provider_id: int | None = None,
) -> bool:
    """Give a role; whether it is new. A new role ends the person's sessions: it is for who signs in after that."""
    for held in user.grants:
        if (held.role, held.organisation_key, held.provider_id) == (role, organisation, provider_id):
            return False
    user.grants.append(RoleGrant(role=role, organisation_key=organisation, provider_id=provider_id))
    session.flush()
    end_for_new_role(session, user, now=now)
    return True


def end_for_new_role(session: Session, user: User, *, now: datetime) -> None:
    """The person's roles have changed: nobody goes on with a sign-in from before."""
    sessions.end_sessions(session, user.id, End.ROLE, now=now)


known_otherwise: Final = Reaction[Callable[[UnitOfWork, User], None]](
    "accounts.known_otherwise",
    "Somebody's account has another name, or has become one of the staff: whoever compares people compares them anew.",
)


def grant_staff(work: UnitOfWork, user: User, role: Role, *, organisation: str) -> None:
    """Make the person staff of an organisation.

    Raises Conflict when the person works for another one already (staff belong to one organisation) and Invalid when
    there is no such organisation.
    """
    others = {
        held.organisation_key for held in user.grants if held.organisation_key not in (None, organisation)
    }
    if others:
        raise Conflict(_l("The person already works for another organisation."))
    try:
        with work.session.begin_nested():
            new = grant(work.session, user, role, organisation=organisation, now=work.now)
    except IntegrityError as error:
        raise Invalid(_l("There is no such organisation."), field="organisation") from error
    if new:
        _record_roles(work, user, AccountAudit.GRANT, role, organisation=organisation)
        _compare(work, user)


def _compare(work: UnitOfWork, user: User) -> None:
    for react in known_otherwise:
        react(work, user)


def revoke_staff(work: UnitOfWork, user: User, roles: Iterable[Role]) -> list[Role]:
    """Take staff roles away, each with its audit event, and end the person's sessions; the roles that were taken."""
    taken = [held for held in user.grants if held.role in STAFF_ROLES and held.role in set(roles)]
    for held in taken:
        user.grants.remove(held)
        work.session.delete(held)
        _record_roles(work, user, AccountAudit.REVOKE, held.role, organisation=held.organisation_key)
    if taken:
        end_for_new_role(work.session, user, now=work.now)
    return [held.role for held in taken]


def _record_roles(
    work: UnitOfWork, user: User, action: AuditAction, role: Role, *, organisation: str | None
) -> None:
    work.record(action, user, organisation=organisation, after={"email": user.email, "role": role.value})


# --- signing in ------------------------------------------------------------------------------------------------------


def sign_in(
    database: Database, *, email: str, password: str, address: str, browser: str | None, now: datetime
) -> User | None:
    """The account that the e-mail and password open, or None.

    `address` is the network address of the visitor, `browser` names a browser that this account has been signed in
    with before. The try is counted first, in a transaction of its own, and the hash is made outside of any. What is
    refused is told to the trail. Raises TooManyTries, TooOften and Busy.
    """
    try:
        user = _opened_by(database, email=email, password=password, address=address, browser=browser, now=now)
    except guessing.TooManyTries:
        _tell_refused_sign_in(database, email=email, address=address, now=now)
        raise
    if user is None:
        _tell_refused_sign_in(database, email=email, address=address, now=now)
    return user


def _opened_by(
    database: Database, *, email: str, password: str, address: str, browser: str | None, now: datetime
) -> User | None:
    who, network = normal_email(email), network_of(address)
    counts, place = counts_of(who, address=address, browser=browser), network if browser is None else None
    with database.transaction() as session:
        take(session, guessing.OF_ACCOUNT, f"{who} {network}", now=now)
        guessing.count_try(session, counts, place=place, now=now)
    with database.read() as session:
        known = user_by_email(session, email)
    with _untried_when_busy(database, counts, place=place, now=now):
        right = password_is_right(known.password_hash if known else None, password)
        if not right or known is None:
            return None
        newer = hash_password(password) if is_outdated(known.password_hash) else None
    with database.transaction() as session:
        user = session.get_one(User, known.id, with_for_update=for_change(User))
        if not user.active or user.password_hash != known.password_hash:
            return None
        guessing.forgive(session, counts, place=place)
        user.password_hash = newer or user.password_hash
        return user


@contextmanager
def _untried_when_busy(
    database: Database, counts: Iterable[Count], *, now: datetime, place: str | None = None
) -> Iterator[None]:
    """A password that could not be looked at because too many sign in is no try: nobody waits longer for it."""
    try:
        yield
    except Busy:
        with database.transaction() as session:
            guessing.take_back(session, counts, place=place, now=now)
        raise


def _tell_refused_sign_in(database: Database, *, email: str, address: str, now: datetime) -> None:
    """Write a refused sign-in into the trail, once an hour for an account from one network.

    Of addresses without an account only that it happened is kept; they count as one, so that nobody fills the trail.
    The work is the same for both, so that the time it takes does not tell who has an account.
    """
    with suppress(TooOften), database.transaction() as session:
        user = any_user_by_email(session, email)
        whose = NOBODY_KNOWN if user is None else normal_email(email)
        take(session, REFUSED_SIGN_INS, f"{whose} {network_of(address)}", now=now)
        UnitOfWork(session, ANYBODY, now).record(
            AccountAudit.REFUSE_SIGN_IN,
            user or ("User", NOBODY_KNOWN),
            organisation=None if user is None else actor_of(user).organisation,
        )


def tell_refused_access(database: Database, actor: Actor, page: str, *, now: datetime) -> None:
    """Write into the trail that the signed-in `actor` was refused `page` (an endpoint), once an hour for both.

    The transaction is its own: that of the refused request has been undone.
    """
    with suppress(TooOften), database.transaction() as session:
        take(session, REFUSED_ACCESS, f"{actor.user_id} {page}", now=now)
        UnitOfWork(session, actor, now).record(
            AccountAudit.REFUSE_ACCESS,
            ("User", actor.user_id),
            organisation=actor.organisation,
            after={"page": page},
        )


def password_proves(database: Database, user_id: int, password: str, *, now: datetime) -> bool:
    """Whether the signed-in person knows the password. Counted like signing in. Raises TooManyTries and Busy."""
    counts = (Count(account_hash(f"proof {user_id}"), EVERYWHERE, FREE),)
    with database.transaction() as session:
        guessing.count_try(session, counts, now=now)
    with database.read() as session:
        user = session.get_one(User, user_id)
    with _untried_when_busy(database, counts, now=now):
        right = password_is_right(user.password_hash, password)
    if right:
        with database.transaction() as session:
            guessing.unlock(session, f"proof {user_id}")
    return right


def enter(
    work: UnitOfWork,
    user: User,
    *,
    agent: str,
    how: str,
    step: Step = Step.OPEN,
    openid_session: str | None = None,
) -> str:
    """Open a session for the person on a browser; the token that the browser keeps. `how` is told to the trail."""
    token = sessions.open_session(
        work.session, user, agent=agent, now=work.now, step=step, openid_session=openid_session
    )
    work.acting_as(actor_of(user)).record(
        AccountAudit.SIGN_IN, user, organisation=actor_of(user).organisation, after={"by": how}
    )
    return token


def sign_out(work: UnitOfWork, user: User, session_id: int, *, reason: End = End.SIGN_OUT) -> bool:
    """End one session of the person; whether there was one."""
    if not sessions.end_session(work.session, user.id, session_id, reason, now=work.now):
        return False
    work.acting_as(actor_of(user)).record(AccountAudit.SIGN_OUT, user)
    return True


def sign_out_everywhere(work: UnitOfWork, user: User, *, reason: End = End.ELSEWHERE) -> int:
    """End all sessions of the person; how many there were."""
    ended = sessions.end_sessions(work.session, user.id, reason, now=work.now)
    work.record(
        AccountAudit.SIGN_OUT_EVERYWHERE, user, after=_told(user, email=user.email) | {"sessions": ended}
    )
    return ended


# --- the account itself ----------------------------------------------------------------------------------------------


def save_account(
    work: UnitOfWork, user: User, *, name: str, language: str, title: LocalizedText | None = None
) -> None:
    """Change the person's name, the language of mail and decisions, and the title of one of the staff.

    Raises Conflict for a name that somebody has who is paid for the support of a client for whom the person acts.
    """
    before, was = _told(user, name=user.name) | {"language": user.language} | _told_title(user), user.name
    user.name, user.language, user.title = name.strip(), language, title
    if name.strip() != was:
        _compare(work, user)
    after = _told(user, name=user.name) | {"language": user.language} | _told_title(user)
    work.acting_as(actor_of(user)).record(AccountAudit.SAVE, user, before=before, after=after)


def change_password(work: UnitOfWork, user: User, *, password_hash: str) -> None:
    """Set a new password (`new_password_hash`): all sessions and links end, guessing is forgiven, a notice goes out."""
    user.password_hash = password_hash
    sessions.end_sessions(work.session, user.id, End.PASSWORD, now=work.now)
    links.end_links(work.session, Purpose.PASSWORD, user.email, now=work.now)
    guessing.unlock(work.session, user.email)
    work.acting_as(actor_of(user)).record(AccountAudit.CHANGE_PASSWORD, user)
    mails.account_password_changed(work, user)


def ask_for_new_password(session: Session, *, email: str, language: str, now: datetime) -> None:
    """Ask for a link by mail; nothing tells whether the address has an account."""
    links.ask(session, Purpose.PASSWORD, email=email, language=language, now=now)


def person_of_link(session: Session, token: str, now: datetime) -> tuple[MailedLink, User]:
    """Whose new password a link is for. Raises LinkIsDead."""
    link = links.living_link(session, Purpose.PASSWORD, token, now)
    user = user_by_email(session, link.email)
    if user is None:
        raise links.LinkIsDead()
    return link, user


def set_password_by_link(work: UnitOfWork, token: str, *, password_hash: str) -> User:
    """Set the password of the person behind a link, which then has done its work. Raises LinkIsDead."""
    link, user = person_of_link(work.session, token, work.now)
    links.use(work.session, link, now=work.now)
    change_password(work, user, password_hash=password_hash)
    return user


# --- what an operator does -------------------------------------------------------------------------------------------


def link_for(work: UnitOfWork, user: User, *, holds: timedelta) -> str:
    """The token of a link that sets a password once, for who cannot get it by mail; the trail has it."""
    token = links.issue(work.session, Purpose.PASSWORD, user, holds=holds, now=work.now)
    work.record(AccountAudit.LINK, user, after=_told(user, email=user.email))
    return token


def close(work: UnitOfWork, user: User) -> None:
    """Close an account: nobody signs in with it any more, and whoever is signed in is out at once."""
    if not user.active:
        raise Conflict(_l("The account is closed already."))
    user.active = False
    sessions.end_sessions(work.session, user.id, End.CLOSED, now=work.now)
    links.end_links(work.session, Purpose.PASSWORD, user.email, now=work.now)
    work.record(AccountAudit.CLOSE, user, after=_told(user, email=user.email))


def forget_person(work: UnitOfWork, user: User) -> None:
    """Take name and address out of a closed account; what the person did stays done by an account of that number."""
    user.title = None
    user.name, user.email = "", address_without_mailbox(f"erased-{user.id}")
    work.session.execute(sa.delete(UserSession).where(UserSession.user_id == user.id))


def reopen(work: UnitOfWork, user: User) -> None:
    """Open a closed account again, without its old password."""
    user.active, user.password_hash = True, UNUSABLE
    work.record(AccountAudit.REOPEN, user, after=_told(user, email=user.email))


def reset(work: UnitOfWork, user: User) -> None:
    """Take the password away and end all sessions, when somebody else may know it."""
    user.password_hash = UNUSABLE
    sessions.end_sessions(work.session, user.id, End.OPERATOR, now=work.now)
    guessing.unlock(work.session, user.email)
    work.record(AccountAudit.RESET, user, after=_told(user, email=user.email))


def unlock(work: UnitOfWork, user: User) -> int:
    """Forget the tries in vain for an account; how many places they came from."""
    places = guessing.unlock(work.session, user.email)
    work.record(AccountAudit.UNLOCK, user, after=_told(user, email=user.email))
    return places


def _told(user: User, **personal: str) -> dict[str, str]:
    """What the trail, which is kept for good, is told of the person: of clients and helpers nothing personal."""
    return {} if actor_of(user).is_citizen else personal


def _told_title(user: User) -> dict[str, str]:
    return {} if user.title is None else {"title": user.title[user.language]}


def actor_of(user: User) -> Actor:
    """The person as services see them."""
    grants = tuple(Grant(Role(g.role), g.organisation_key, g.provider_id) for g in user.grants)
    return Actor(user_id=user.id, email=user.email, name=user.name, grants=grants)
