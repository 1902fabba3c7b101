"""One account: its person signs in while the password is changed, roles are given and taken, or it is closed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.accounts import service
from marketplace.accounts.links import service as links
from marketplace.accounts.links.rules import Purpose
from marketplace.accounts.models import User
from marketplace.accounts.second_factor.queries import needs_second_factor
from marketplace.accounts.service import actor_of
from marketplace.accounts.sessions.models import UserSession
from marketplace.accounts.sessions.rules import Step
from marketplace.accounts.sessions.service import SignInOvertaken, hold_person
from marketplace.db import Database
from marketplace.permissions import SYSTEM, Role
from tests.factories import NOW, make_user
from tests.races.play import Shared, verb
from tests.work import work_of


@dataclass(frozen=True)
class Scene:
    """The person, what their password is kept as, and the token of a link that sets another."""

    person: int
    secret: str
    token: str


def _make(session: Session) -> Scene:
    person = make_user(session, Role.REVIEWER, organisation="keusote")
    work = work_of(session)
    service.enter(work, person, agent="Firefox", how="password")
    return Scene(
        person.id,
        person.password_hash,
        links.issue(session, Purpose.PASSWORD, person, holds=timedelta(days=1), now=NOW),
    )


def _sign_in(database: Database, scene: Scene, _hand: int) -> None:
    """The password was right; what was read of the account then opens the session."""
    with database.read() as session:
        person = session.get_one(User, scene.person)
        assert person.grants is not None  # read while there is a session to read them in
    if person.password_hash != scene.secret or not person.active:
        raise SignInOvertaken()
    with database.transaction() as session:
        held = hold_person(session, person)
        step = Step.ENROL if needs_second_factor(session, held) else Step.OPEN
        service.enter(work_of(session), person, agent="Safari", how="password", step=step)


def _person(session: Session, scene: Scene) -> User:
    return session.get_one(User, scene.person)


def _set_by_link(session: Session, scene: Scene, _hand: int) -> object:
    return service.set_password_by_link(work_of(session), scene.token, password_hash="by the link")


def _state(session: Session, scene: Scene) -> object:
    """Whether it is open and by what, the roles, and for how many sessions it is used."""
    person = _person(session, scene)
    living = sa.select(UserSession.step).where(
        UserSession.user_id == person.id, UserSession.ended_at.is_(None)
    )
    return (
        person.active,
        person.password_hash,
        sorted(each.role for each in person.grants),
        sorted(session.scalars(living)),
    )


def _wrong(session: Session, scene: Scene) -> list[str]:
    """Nobody is signed in by a password that is no more, or with an account that is closed."""
    person = _person(session, scene)
    living = sa.select(sa.func.count(UserSession.id)).where(
        UserSession.user_id == person.id, UserSession.ended_at.is_(None)
    )
    changed = person.password_hash != scene.secret or not person.active
    return [f"signed in with {person.password_hash}"] if changed and session.scalar(living) else []


ACCOUNT: Final = Shared(
    "account",
    _make,
    {
        "sign in": _sign_in,
        "change the password": verb(
            lambda s, scene, _hand: service.change_password(
                work_of(s), _person(s, scene), password_hash="changed"
            )
        ),
        "set the password by a link": verb(_set_by_link),
        "take the password away": verb(lambda s, scene, _hand: service.reset(work_of(s), _person(s, scene))),
        "close the account": verb(lambda s, scene, _hand: service.close(work_of(s), _person(s, scene))),
        "give a role": verb(
            lambda s, scene, _hand: service.grant_staff(
                work_of(s, SYSTEM), _person(s, scene), Role.DECIDER, organisation="keusote"
            )
        ),
        "take the role": verb(
            lambda s, scene, _hand: service.revoke_staff(work_of(s), _person(s, scene), [Role.REVIEWER])
        ),
        "save name and language": verb(
            lambda s, scene, _hand: service.save_account(
                work_of(s, actor_of(_person(s, scene))), _person(s, scene), name="Uusi Nimi", language="sv"
            )
        ),
    },
    {
        "sign in": (
            "change the password",
            "set the password by a link",
            "take the password away",
            "close the account",
            "give a role",
            "take the role",
            "save name and language",
        ),
        "close the account": (
            "change the password",
            "set the password by a link",
            "give a role",
        ),
        "take the role": (
            "give a role",
            "save name and language",
        ),
    },
    _state,
    _wrong,
)
