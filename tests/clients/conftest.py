"""Clients of two organisations and the people who may and may not look at them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.accounts.service import actor_of
from marketplace.clients.models import Client
from marketplace.db import Database
from marketplace.permissions import Role
from marketplace.work import UnitOfWork
from tests.factories import NOW, make_client, make_user

SignIn = Callable[[FlaskClient, User], None]
Enter = Callable[[User], FlaskClient]


@dataclass(frozen=True)
class Scene:
    """`aino` is Olga's own client at Keusote, `eino` nobody's; `elsewhere` is a client of Siun sote.

    `citizen` is Aino's own account; `helper` has no mandate yet.
    """

    aino: Client
    eino: Client
    elsewhere: Client
    olga: User
    colleague: User
    decider: User
    reviewer: User
    stranger: User
    citizen: User
    helper: User

    def work(self, session: Session, person: User) -> UnitOfWork:
        """A unit of work of one of the people."""
        return UnitOfWork(session, actor_of(person), NOW)


def make_scene(session: Session) -> Scene:
    """The scene in the caller's session."""
    olga = make_user(session, Role.COUNSELLOR, organisation="keusote", name="Olga Ohjaaja")
    citizen = make_user(session, Role.CLIENT, name="Aino Äijälä")
    return Scene(
        aino=make_client(
            session,
            number="A-12",
            name="Aino Äijälä",
            counsellor_id=olga.id,
            language="sv",
            user_id=citizen.id,
        ),
        eino=make_client(session, number="B-7", name="Eino Ek"),
        elsewhere=make_client(session, number="A-12", name="Muu Muualta", organisation_key="siunsote"),
        olga=olga,
        colleague=make_user(session, Role.COUNSELLOR, organisation="keusote", name="Kalle Kollega"),
        decider=make_user(session, Role.DECIDER, organisation="keusote"),
        reviewer=make_user(session, Role.REVIEWER, organisation="keusote"),
        stranger=make_user(session, Role.COUNSELLOR, organisation="siunsote"),
        citizen=citizen,
        helper=make_user(session, Role.HELPER, name="Helmi Auttaja"),
    )


@pytest.fixture
def scene(session: Session) -> Scene:
    """The scene in a session that is rolled back."""
    return make_scene(session)


@pytest.fixture
def kept(app: Flask, database: Database) -> Scene:
    """The scene in the portal's own database, for tests of pages."""
    with app.app_context(), database.transaction() as session:
        return make_scene(session)


@pytest.fixture
def enter(app: Flask, sign_in: SignIn) -> Enter:
    """A browser of the person's own."""

    def browser(person: User) -> FlaskClient:
        client = app.test_client()
        sign_in(client, person)
        return client

    return browser
