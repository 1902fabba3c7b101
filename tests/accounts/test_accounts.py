"""Accounts: signing in, guessing, forgotten passwords, roles."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from marketplace.accounts import service
from marketplace.accounts.models import RoleGrant, User
from marketplace.errors import Conflict, Invalid
from marketplace.outbox import OutboxMessage
from marketplace.permissions import Role
from tests.factories import NOW, make_user
from tests.forms import post_form

PASSWORD = "oikea hevonen paristo"


@pytest.fixture
def user(session: Session) -> User:
    """An account with a password."""
    return service.create_user(
        session, email="Anna@Example.fi", name="Anna", password=PASSWORD, language="sv", now=NOW
    )


def _try(session: Session, password: str, **given: object) -> User | None:
    facts = {"email": "anna@example.fi", "address": "10.0.0.1", "now": NOW} | given
    return service.sign_in(session, password=password, **facts)  # type: ignore[arg-type]


def test_the_address_is_the_same_in_any_case(session: Session, user: User) -> None:
    assert user.email == "anna@example.fi"
    assert _try(session, PASSWORD, email=" ANNA@example.FI ") is user
    with pytest.raises(Conflict):
        service.create_user(
            session, email="ANNA@example.fi", name="B", password=PASSWORD, language="fi", now=NOW
        )


def test_passwords_are_kept_as_argon2id_and_never_short(session: Session, user: User) -> None:
    assert user.password_hash.startswith("$argon2id$")
    with pytest.raises(Invalid):
        service.create_user(session, email="c@example.fi", name="C", password="lyhyt", language="fi", now=NOW)


def test_guessing_is_stopped_after_ten_failures_and_forgiven_later(session: Session, user: User) -> None:
    for number in range(service.MAX_FAILURES):
        assert _try(session, "väärä", address=f"10.0.0.{number}") is None
    with pytest.raises(service.TooManyFailures):
        _try(session, PASSWORD)
    assert _try(session, PASSWORD, now=NOW + timedelta(minutes=16)) is user


def test_a_closed_account_does_not_open(session: Session, user: User) -> None:
    user.active = False
    session.flush()
    assert _try(session, PASSWORD) is None


def test_staff_belong_to_one_organisation(session: Session, user: User) -> None:
    service.grant_staff(session, user, Role.REVIEWER, organisation="keusote")
    service.grant_staff(session, user, Role.REVIEWER, organisation="keusote")
    assert [grant.role for grant in user.grants] == [Role.REVIEWER]
    with pytest.raises(Conflict):
        service.grant_staff(session, user, Role.DECIDER, organisation="soite")


def test_an_unknown_organisation_is_refused(session: Session, user: User) -> None:
    with pytest.raises(Invalid):
        service.grant_staff(session, user, Role.REVIEWER, organisation="nowhere")


@pytest.mark.parametrize(
    ("role", "organisation"),
    [(Role.REVIEWER, None), (Role.CLIENT, "keusote"), (Role.PROVIDER_ADMIN, "keusote")],
)
def test_the_database_refuses_a_role_in_the_wrong_place(
    session: Session, user: User, role: Role, organisation: str | None
) -> None:
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(
            sa.insert(RoleGrant).values(user_id=user.id, role=role, organisation_key=organisation)
        )


@pytest.fixture
def known(app: Flask) -> User:
    """A committed account that signs in through the page."""
    with app.extensions["database"].transaction() as session:
        return make_user(
            session, email="anna@example.fi", language="sv", password_hash=service.hash_password(PASSWORD)
        )


def test_signing_in_keeps_the_language_of_the_page_and_leads_out_again(
    client: FlaskClient, known: User
) -> None:
    answer = post_form(client, "/fi/account/sign-in", {"email": known.email, "password": PASSWORD})
    assert answer.headers["Location"] == "/fi/account/landing", "the page's language, not the account's"
    assert client.get("/sv/account/").status_code == 200
    assert post_form(client, "/sv/account/sign-out", {}, page="/sv/account/").status_code == 302
    assert client.get("/sv/account/").status_code == 302


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_a_wrong_password_says_so_and_keeps_the_address(
    client: FlaskClient, known: User, language: str
) -> None:
    answer = post_form(client, f"/{language}/account/sign-in", {"email": known.email, "password": "väärä"})
    assert answer.status_code == 422
    assert known.email in answer.text
    assert "väärä" not in answer.text


def test_a_forgotten_password_is_renewed_once_by_mail(app: Flask, client: FlaskClient, known: User) -> None:
    post_form(client, "/fi/account/password", {"email": known.email})
    with app.extensions["database"].read() as session:
        mail = session.scalars(sa.select(OutboxMessage)).one()
    assert mail.language == "sv"
    link = next(
        word for word in mail.body.split() if word.startswith("http://localhost/sv/account/password/")
    )
    path = link.removeprefix("http://localhost")
    assert post_form(client, path, {"password": "lyhyt"}).status_code == 422
    assert post_form(client, path, {"password": "uusi ja pitkä salasana"}).status_code == 302
    assert client.get(path).status_code == 404, "the link works once"
    answer = post_form(
        client, "/fi/account/sign-in", {"email": known.email, "password": "uusi ja pitkä salasana"}
    )
    assert answer.status_code == 302


def test_an_unknown_address_gets_the_same_answer_and_no_mail(app: Flask, client: FlaskClient) -> None:
    assert post_form(client, "/fi/account/password", {"email": "nobody@example.fi"}).status_code == 302
    with app.extensions["database"].read() as session:
        assert session.scalars(sa.select(OutboxMessage)).all() == []
