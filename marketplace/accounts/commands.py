"""`marketplace users`: the accounts of staff, as the operator takes care of them, with every change in the trail."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click
import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.accounts import queries, service
from marketplace.accounts.links.rules import HOLDS_FROM_OPERATOR
from marketplace.accounts.models import User
from marketplace.accounts.passwords.hashing import UNUSABLE
from marketplace.accounts.second_factor import service as factors
from marketplace.accounts.second_factor.queries import factors_of
from marketplace.accounts.sessions.queries import living_sessions
from marketplace.contact import UnreachableAddress, email_address
from marketplace.i18n import LANGUAGES
from marketplace.permissions import STAFF_ROLES, SYSTEM, Role
from marketplace.web.commanding import line_said, one_change
from marketplace.web.frame import database, now, settings
from marketplace.work import UnitOfWork

ROLES = click.Choice(sorted(role.value for role in STAFF_ROLES), case_sensitive=False)


@click.group("users")
def users() -> None:
    """Accounts."""


@users.command("list")
@click.option("--organisation", help="Only the staff of this organisation.")
def list_users(organisation: str | None) -> None:
    """Every account: address, roles, whether it is closed, has a password, and is signed in now."""
    with database().read() as session:
        if organisation is not None:
            _known_organisation(session, organisation)
        for user in queries.everybody(session, organisation):
            account = "open" if user.active else "closed"
            password = "no password" if user.password_hash == UNUSABLE else "password"
            signed_in = len(living_sessions(session, user, now()))
            factor = "second factor" if factors_of(session, user.id) else "no second factor"
            click.echo(
                f"{user.email}: {_roles(user)}; {account}, {password}, {factor}, signed in on {signed_in}"
            )


@users.command("add")
@click.argument("email")
@click.option("--role", required=True, type=ROLES)
@click.option("--organisation", required=True)
@click.option("--name", default="", callback=line_said)
@click.option("--language", default=LANGUAGES[0], type=click.Choice(LANGUAGES))
@click.option("--reopen", is_flag=True, help="Open the account again when it has been closed.")
def add(email: str, role: str, organisation: str, name: str, language: str, reopen: bool) -> None:
    """Give EMAIL a staff role in an organisation.

    An account without a password gets a link, printed once, with which the person sets one within three days.
    """
    address = _valid(email)
    with one_change() as session:
        _known_organisation(session, organisation)
        user = queries.any_user_by_email(session, address)
        if user is None:
            user = service.create_user(
                session,
                email=address,
                name=name or address,
                password_hash=UNUSABLE,
                language=language,
                now=now(),
            )
        elif not user.active and not reopen:
            raise click.ClickException(f"{user.email} is closed; --reopen opens it again")
        elif not user.active:
            service.reopen(UnitOfWork(session, SYSTEM, now()), user)
        service.grant_staff(
            UnitOfWork(session, SYSTEM, now()), user, Role(role.lower()), organisation=organisation
        )
        link = _link(session, user) if user.password_hash == UNUSABLE else ""
    click.echo(f"{user.email}: {role.lower()} in {organisation}")
    _tell_link(link)


@users.command("revoke")
@click.argument("email")
@click.option("--role", type=ROLES, help="This role; without it every staff role.")
def revoke(email: str, role: str | None) -> None:
    """Take a staff role of EMAIL away, or all of them, and end the person's sessions."""
    with one_change() as session:
        user = _user(session, email)
        roles = STAFF_ROLES if role is None else [Role(role.lower())]
        taken = service.revoke_staff(UnitOfWork(session, SYSTEM, now()), user, roles)
        if not taken:
            raise click.ClickException(f"{user.email} has no such role: {_roles(user)}")
        left = _roles(user)
    click.echo(f"{user.email}: {', '.join(sorted(taken))} taken away; left: {left}")


@users.command("close")
@click.argument("email")
def close(email: str) -> None:
    """Close the account of EMAIL: whoever is signed in with it is out at once."""
    with one_change() as session:
        user = _user(session, email)
        service.close(UnitOfWork(session, SYSTEM, now()), user)
    click.echo(f"{user.email}: closed")


@users.command("reset")
@click.argument("email")
@click.option(
    "--second-factor", "all_factors", is_flag=True, help="Take app, passkeys and recovery codes away, too."
)
def reset(email: str, all_factors: bool) -> None:
    """Take the password of EMAIL away, end all sessions, and print a link that sets a new one."""
    with one_change() as session:
        user = _user(session, email)
        service.reset(UnitOfWork(session, SYSTEM, now()), user)
        if all_factors:
            factors.remove_all(UnitOfWork(session, SYSTEM, now()), user)
        link = _link(session, user)
    click.echo(f"{user.email}: password taken away, signed out on all devices")
    _tell_link(link)


@users.command("second-factor")
@click.argument("organisation")
@click.argument("policy", type=click.Choice(["required", "optional"]))
def second_factor(organisation: str, policy: str) -> None:
    """Say whether the staff of ORGANISATION need a second factor. It is required until it is said to be optional."""
    with one_change() as session:
        _known_organisation(session, organisation)
        factors.set_policy(
            UnitOfWork(session, SYSTEM, now()), organisation, second_factor=policy == "required"
        )
    click.echo(f"{organisation}: a second factor is {policy}")


@users.command("unlock")
@click.argument("email")
def unlock(email: str) -> None:
    """Forgive the tries in vain to sign in as EMAIL, so that nobody has to wait."""
    with one_change() as session:
        user = _user(session, email)
        places = service.unlock(UnitOfWork(session, SYSTEM, now()), user)
    click.echo(f"{user.email}: tries from {places} places forgiven")


def _user(session: Session, email: str) -> User:
    user = queries.any_user_by_email(session, email)
    if user is None:
        raise click.ClickException(f"nobody has an account with the address {email}")
    return user


def _valid(email: str) -> str:
    try:
        return email_address(email)
    except UnreachableAddress as error:
        raise click.ClickException(f"{email} is no e-mail address that mail servers take") from error


def _known_organisation(session: Session, key: str) -> None:
    """Organisations come with the pilots' definitions; the room of pilots stands above this one."""
    known = session.scalars(sa.text("SELECT key FROM organisations ORDER BY key")).all()
    if key not in known:
        listed = ", ".join(known) or "none: run 'marketplace pilots load --all' first"
        raise click.ClickException(f"there is no organisation {key!r}; known: {listed}")


def _roles(user: User) -> str:
    names = [
        held.role.value + (f" in {held.organisation_key}" if held.organisation_key else "")
        for held in user.grants
    ]
    return ", ".join(sorted(names)) or "no role"


def _link(session: Session, user: User) -> str:
    token = service.link_for(UnitOfWork(session, SYSTEM, now()), user, holds=HOLDS_FROM_OPERATOR)
    return f"{settings().public_url}/{user.language}/account/password/new?key={token}"


def _tell_link(link: str) -> None:
    if link:
        click.echo(f"Set a password within three days, once: {link}")


@contextmanager
def acting(email: str) -> Iterator[UnitOfWork]:
    """A transaction in which somebody acts, for the commands of other rooms; what is refused is told in English."""
    with one_change() as session:
        person = session.scalars(sa.select(User).where(User.email == email, User.active)).one_or_none()
        if person is None:
            raise click.ClickException(f"nobody has an account with the address {email}")
        yield UnitOfWork(session, service.actor_of(person), now())
