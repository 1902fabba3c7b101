"""A person with a password."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.accounts import service
from marketplace.accounts.browser import SESSION_COOKIE
from marketplace.accounts.models import User
from marketplace.accounts.passwords.hashing import hash_password
from marketplace.accounts.sessions.service import open_session
from tests.factories import NOW, make_user

PASSWORD: Final = "oikea lautanen paristo"
SECRET: Final = hash_password(PASSWORD)


@pytest.fixture
def sign_in(app: Flask) -> Callable[[FlaskClient, User], None]:
    """Sign a person in on a client without going through the page, with a session that begins now and runs out."""

    def enter(client: FlaskClient, user: User) -> None:
        with app.extensions["database"].transaction() as session:
            token = open_session(session, user, agent="", now=app.extensions["clock"]())
        client.set_cookie(SESSION_COOKIE, token)

    return enter


@pytest.fixture
def user(session: Session) -> User:
    """An account with a password, in a transaction that is rolled back."""
    return service.create_user(
        session, email="Anna@Example.fi", name="Anna", password_hash=SECRET, language="sv", now=NOW
    )


@pytest.fixture
def known(app: Flask) -> User:
    """A committed account that signs in through the page."""
    with app.extensions["database"].transaction() as session:
        return make_user(session, email="anna@example.fi", language="sv", password_hash=SECRET)
