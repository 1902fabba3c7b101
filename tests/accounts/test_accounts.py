"""Accounts: addresses, roles, signing in through the page."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from marketplace.accounts import queries, service
from marketplace.accounts.models import RoleGrant, User
from marketplace.errors import Conflict, Invalid
from marketplace.i18n import LocalizedText
from marketplace.permissions import Role
from tests.accounts.conftest import PASSWORD
from tests.factories import NOW, make_user
from tests.forms import post_form
from tests.work import work_of

SignIn = Callable[[FlaskClient, User], None]


def test_the_address_is_the_same_in_any_case(session: Session, user: User) -> None:
    assert user.email == "anna@example.fi"
    assert queries.user_by_email(session, " ANNA@example.FI ") is user
    with pytest.raises(Conflict):
        service.create_user(
            session, email="ANNA@example.fi", name="B", password_hash="!", language="fi", now=NOW
        )


def test_a_closed_account_is_not_found_and_keeps_its_address(session: Session, user: User) -> None:
    service.close(work_of(session), user)
    assert queries.user_by_email(session, user.email) is None
    assert queries.any_user_by_email(session, user.email) is user
    with pytest.raises(Conflict):
        service.close(work_of(session), user)


def test_staff_belong_to_one_organisation(session: Session, user: User) -> None:
    for _time in range(2):
        service.grant_staff(work_of(session), user, Role.REVIEWER, organisation="keusote")
    assert [grant.role for grant in user.grants] == [Role.REVIEWER]
    with pytest.raises(Conflict):
        service.grant_staff(work_of(session), user, Role.DECIDER, organisation="soite")


def test_an_unknown_organisation_is_refused(session: Session, user: User) -> None:
    with pytest.raises(Invalid):
        service.grant_staff(work_of(session), user, Role.REVIEWER, organisation="nowhere")


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


def test_signing_in_keeps_the_language_of_the_page_and_leads_out_again(
    client: FlaskClient, known: User
) -> None:
    answer = post_form(client, "/fi/account/sign-in", {"email": known.email, "password": PASSWORD})
    assert answer.headers["Location"] == "/fi/account/landing", "the page's language, not the account's"
    assert client.get("/sv/account/").status_code == 200
    assert post_form(client, "/sv/account/sign-out", {}, page="/sv/account/").status_code == 303
    assert client.get("/sv/account/").status_code == 302


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_a_wrong_password_says_so_and_keeps_the_address(
    client: FlaskClient, known: User, language: str
) -> None:
    answer = post_form(client, f"/{language}/account/sign-in", {"email": known.email, "password": "väärä"})
    assert answer.status_code == 422
    assert known.email in answer.text
    assert "väärä" not in answer.text


def test_staff_give_their_title_in_both_languages_or_in_neither(
    app: Flask, client: FlaskClient, sign_in: SignIn
) -> None:
    with app.extensions["database"].transaction() as session:
        decider = make_user(session, Role.DECIDER, organisation="keusote")
    sign_in(client, decider)
    facts = {"name": "Pentti", "language": "sv", "title_fi": "palvelupäällikkö", "title_sv": ""}
    half = post_form(client, "/fi/account/", facts)
    assert half.status_code == 422
    assert "palvelupäällikkö" in half.text, "nothing typed is lost"
    post_form(client, "/fi/account/", facts | {"title_sv": "servicechef"})
    with app.extensions["database"].read() as session:
        assert session.get_one(User, decider.id).title == LocalizedText(
            fi="palvelupäällikkö", sv="servicechef"
        )


def test_who_is_no_staff_is_asked_for_no_title(client: FlaskClient, known: User) -> None:
    post_form(client, "/fi/account/sign-in", {"email": known.email, "password": PASSWORD})
    assert "title_fi" not in client.get("/fi/account/").text
