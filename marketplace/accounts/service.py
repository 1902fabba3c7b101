"""Accounts: making them, signing in, changing a password, giving and taking roles, closing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from marketplace import outbox
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
from marketplace.accounts.rules import normal_email
from marketplace.accounts.sessions import service as sessions
from marketplace.accounts.sessions.rules import End, Step
from marketplace.audit.service import record
from marketplace.db import Database
from marketplace.errors import Conflict, Invalid
from marketplace.i18n import _l
from marketplace.permissions import STAFF_ROLES, Actor, Grant, Role


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


def grant_staff(
    session: Session, user: User, role: Role, *, organisation: str, actor: Actor, now: datetime
) -> None:
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
        with session.begin_nested():
            new = grant(session, user, role, organisation=organisation, now=now)
    except IntegrityError as error:
        raise Invalid(_l("There is no such organisation."), field="organisation") from error
    if new:
        _record_roles(session, user, "account.grant", role, organisation=organisation, actor=actor, now=now)


def revoke_staff(
    session: Session, user: User, roles: Iterable[Role], *, actor: Actor, now: datetime
) -> list[Role]:
    """Take staff roles away, each with its audit event, and end the person's sessions; the roles that were taken."""
    taken = [held for held in user.grants if held.role in STAFF_ROLES and held.role in set(roles)]
    for held in taken:
        user.grants.remove(held)
        session.delete(held)
        _record_roles(
            session,
            user,
            "account.revoke",
            held.role,
            organisation=held.organisation_key,
            actor=actor,
            now=now,
        )
    if taken:
        end_for_new_role(session, user, now=now)
    return [held.role for held in taken]


def _record_roles(
    session: Session,
    user: User,
    action: str,
    role: Role,
    *,
    organisation: str | None,
    actor: Actor,
    now: datetime,
) -> None:
    record(
        session,
        actor=actor,
        now=now,
        action=action,
        subject=user,
        organisation=organisation,
        after={"email": user.email, "role": role.value},
    )


# --- signing in ------------------------------------------------------------------------------------------------------


def sign_in(
    database: Database, *, email: str, password: str, address: str, browser: str | None, now: datetime
) -> User | None:
    """The account that the e-mail and password open, or None.

    `address` is the network address of the visitor, `browser` names a browser that this account has been signed in
    with before. The try is counted first, in a transaction of its own, and the hash is made outside of any. Raises
    TooManyTries and Busy.
    """
    counts = counts_of(normal_email(email), address=address, browser=browser)
    with database.transaction() as session:
        guessing.count_try(session, counts, now=now)
    with database.read() as session:
        known = user_by_email(session, email)
    if not password_is_right(known.password_hash if known else None, password) or known is None:
        return None
    newer = hash_password(password) if is_outdated(known.password_hash) else None
    with database.transaction() as session:
        user = session.get_one(User, known.id, with_for_update=True)
        if not user.active or user.password_hash != known.password_hash:
            return None
        guessing.forgive(session, counts)
        user.password_hash = newer or user.password_hash
        return user


def password_proves(database: Database, user_id: int, password: str, *, now: datetime) -> bool:
    """Whether the signed-in person knows the password. Counted like signing in. Raises TooManyTries and Busy."""
    counts = (Count(account_hash(f"proof {user_id}"), EVERYWHERE, FREE),)
    with database.transaction() as session:
        guessing.count_try(session, counts, now=now)
    with database.read() as session:
        user = session.get_one(User, user_id)
    right = password_is_right(user.password_hash, password)
    if right:
        with database.transaction() as session:
            guessing.unlock(session, f"proof {user_id}")
    return right


def enter(
    session: Session, user: User, *, agent: str, how: str, now: datetime, step: Step = Step.OPEN
) -> str:
    """Open a session for the person on a browser; the token that the browser keeps. `how` is told to the trail."""
    token = sessions.open_session(session, user, agent=agent, now=now, step=step)
    record(
        session,
        actor=actor_of(user),
        now=now,
        action="account.sign_in",
        subject=user,
        organisation=actor_of(user).organisation,
        after={"by": how},
    )
    return token


def sign_out(
    session: Session, user: User, session_id: int, *, now: datetime, reason: End = End.SIGN_OUT
) -> bool:
    """End one session of the person; whether there was one."""
    if not sessions.end_session(session, user.id, session_id, reason, now=now):
        return False
    record(session, actor=actor_of(user), now=now, action="account.sign_out", subject=user)
    return True


def sign_out_everywhere(
    session: Session, user: User, *, actor: Actor, now: datetime, reason: End = End.ELSEWHERE
) -> int:
    """End all sessions of the person; how many there were."""
    ended = sessions.end_sessions(session, user.id, reason, now=now)
    record(
        session,
        actor=actor,
        now=now,
        action="account.sign_out_everywhere",
        subject=user,
        after={"email": user.email, "sessions": ended},
    )
    return ended


# --- the account itself ----------------------------------------------------------------------------------------------


def save_account(session: Session, user: User, *, name: str, language: str, now: datetime) -> None:
    """Change the person's name and the language of mail and decisions."""
    before = {"name": user.name, "language": user.language}
    user.name, user.language = name.strip(), language
    record(
        session,
        actor=actor_of(user),
        now=now,
        action="account.save",
        subject=user,
        before=before,
        after={"name": user.name, "language": user.language},
    )


def change_password(session: Session, user: User, *, password_hash: str, now: datetime) -> None:
    """Set a new password (`new_password_hash`): all sessions and links end, guessing is forgiven, a notice goes out."""
    user.password_hash = password_hash
    sessions.end_sessions(session, user.id, End.PASSWORD, now=now)
    links.end_links(session, Purpose.PASSWORD, user.email, now=now)
    guessing.unlock(session, user.email)
    record(session, actor=actor_of(user), now=now, action="account.change_password", subject=user)
    outbox.send(
        session,
        to=user.email,
        language=user.language,
        template="account_password_changed",
        now=now,
        context={"name": user.name, "moment": now},
    )


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


def set_password_by_link(session: Session, token: str, *, password_hash: str, now: datetime) -> User:
    """Set the password of the person behind a link, which then has done its work. Raises LinkIsDead."""
    link, user = person_of_link(session, token, now)
    links.use(session, link, now=now)
    change_password(session, user, password_hash=password_hash, now=now)
    return user


# --- what an operator does -------------------------------------------------------------------------------------------


def link_for(session: Session, user: User, *, holds: timedelta, actor: Actor, now: datetime) -> str:
    """The token of a link that sets a password once, for who cannot get it by mail; the trail has it."""
    token = links.issue(session, Purpose.PASSWORD, user, holds=holds, now=now)
    record(session, actor=actor, now=now, action="account.link", subject=user, after={"email": user.email})
    return token


def close(session: Session, user: User, *, actor: Actor, now: datetime) -> None:
    """Close an account: nobody signs in with it any more, and whoever is signed in is out at once."""
    if not user.active:
        raise Conflict(_l("The account is closed already."))
    user.active = False
    sessions.end_sessions(session, user.id, End.CLOSED, now=now)
    links.end_links(session, Purpose.PASSWORD, user.email, now=now)
    record(session, actor=actor, now=now, action="account.close", subject=user, after={"email": user.email})


def reopen(session: Session, user: User, *, actor: Actor, now: datetime) -> None:
    """Open a closed account again, without its old password."""
    user.active, user.password_hash = True, UNUSABLE
    record(session, actor=actor, now=now, action="account.reopen", subject=user, after={"email": user.email})


def reset(session: Session, user: User, *, actor: Actor, now: datetime) -> None:
    """Take the password away and end all sessions, when somebody else may know it."""
    user.password_hash = UNUSABLE
    sessions.end_sessions(session, user.id, End.OPERATOR, now=now)
    guessing.unlock(session, user.email)
    record(session, actor=actor, now=now, action="account.reset", subject=user, after={"email": user.email})


def unlock(session: Session, user: User, *, actor: Actor, now: datetime) -> int:
    """Forget the tries in vain for an account; how many places they came from."""
    places = guessing.unlock(session, user.email)
    record(session, actor=actor, now=now, action="account.unlock", subject=user, after={"email": user.email})
    return places


def actor_of(user: User) -> Actor:
    """The person as services see them."""
    grants = tuple(Grant(Role(g.role), g.organisation_key, g.provider_id) for g in user.grants)
    return Actor(user_id=user.id, email=user.email, name=user.name, grants=grants)
