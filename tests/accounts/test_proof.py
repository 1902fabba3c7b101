"""A sensitive act asks for a fresh proof of who one is, and goes on afterwards with what was written."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.models import User
from marketplace.accounts.sessions.rules import PROOF_HOLDS
from marketplace.providers.models import Provider
from tests.accounts.conftest import PASSWORD, SECRET
from tests.accounts.test_second_factor import with_app
from tests.factories import NOW, make_provider, make_provider_admin
from tests.forms import post_form, token_on

SignIn = Callable[[FlaskClient, User], None]

SENSITIVE = {
    "company_rights.hand_over",
    "accounts.add_passkey",
    "accounts.begin_app",
    "accounts.new_codes",
    "accounts.remove_app",
    "accounts.remove_passkey",
    "own_people.account",
    "payments.release",
    "payments.stripe_balance",
    "payments.take_back",
    "providers.api_keys.make",
    "providers.people.answer",
    "providers.people.invite",
    "providers.people.remove",
    "providers.people.role",
}
"""Views that always ask. A new account number asks in `providers.company`, for that entry alone."""


@pytest.fixture
def admin(app: Flask) -> User:
    """An admin of a company, with a password."""
    with app.extensions["database"].transaction() as session:
        return make_provider_admin(session, make_provider(session), password_hash=SECRET)


@pytest.fixture
def later(app: Flask, client: FlaskClient, admin: User, sign_in: SignIn) -> None:
    """The admin signed in longer ago than a proof holds."""
    sign_in(client, admin)
    app.extensions["clock"] = lambda: NOW + PROOF_HOLDS


def provider_of(app: Flask, admin: User) -> Provider:
    with app.extensions["database"].read() as session:
        provider: Provider = session.get_one(Provider, admin.grants[0].provider_id)
        return provider


def test_these_views_ask(app: Flask) -> None:
    asking = {name for name, view in app.view_functions.items() if vars(view).get("needs_proof")}
    assert asking == SENSITIVE


@pytest.mark.usefixtures("later")
def test_a_change_of_role_waits_for_the_proof_and_is_open_for_ten_minutes_after_it(
    app: Flask, client: FlaskClient, admin: User
) -> None:
    people = f"/fi/provider/{admin.grants[0].provider_id}/people"
    invitation = {
        "form_name": "InvitationForm",
        "email": "uusi@example.fi",
        "role": "provider_editor",
        "language": "fi",
    }
    answer = post_form(client, people, invitation, headers={"Referer": f"http://localhost{people}"})
    assert answer.location.startswith("/fi/account/confirm?next=")
    assert post_form(client, answer.location, {"password": "väärä"}).status_code == 422
    answer = post_form(client, answer.location, {"password": PASSWORD})
    assert answer.location == people
    assert post_form(client, people, invitation).location == people
    app.extensions["clock"] = lambda: NOW + 2 * PROOF_HOLDS
    assert "/account/confirm" in post_form(client, people, invitation).location


@pytest.mark.usefixtures("later")
def test_only_a_new_account_number_asks_and_it_has_to_be_written_again(
    app: Flask, client: FlaskClient, admin: User
) -> None:
    provider = provider_of(app, admin)
    page = f"/fi/provider/{provider.id}/company"
    facts = {
        "form_name": "CompanyForm",
        "revision": str(provider.revision),
        "official_name": "Uusi Nimi Oy",
        "legal_form": provider.legal_form,
        "phone": provider.phone,
        "email": provider.email,
        "languages": "fi",
    }
    token = token_on(client.get(page).text)
    answer = client.post(page, data=facts | {"csrf_token": token, "iban": "FI21 1234 5600 0007 85"})
    assert answer.location.startswith("/fi/account/confirm?next=")
    post_form(client, answer.location, {"password": PASSWORD})
    form = client.get(page).text
    assert 'value="Uusi Nimi Oy"' in form
    assert "1234 5600" not in form
    assert "FI2112345600000785" not in form
    app.extensions["clock"] = lambda: NOW + 3 * PROOF_HOLDS
    assert "/confirm" not in post_form(client, page, facts).location


@pytest.mark.usefixtures("later")
def test_a_code_proves_as_well_as_the_password(app: Flask, client: FlaskClient, admin: User) -> None:
    one, _codes = with_app(app, admin)
    page = client.get("/fi/account/confirm").text
    assert 'action="/fi/account/confirm/code"' in page
    moment = app.extensions["clock"]()
    answer = post_form(
        client, "/fi/account/confirm/code", {"code": one.at(moment)}, page="/fi/account/confirm"
    )
    assert answer.location == "/fi/account/"
    assert isinstance(one, pyotp.TOTP)
    people = f"/fi/provider/{admin.grants[0].provider_id}/people"
    removal = post_form(client, f"{people}/{admin.id}/remove", {}, page=people)
    assert removal.location == people, "the last admin stays, but was not asked again"


def test_within_ten_minutes_of_signing_in_nothing_is_asked(
    app: Flask, client: FlaskClient, admin: User, sign_in: SignIn
) -> None:
    sign_in(client, admin)
    app.extensions["clock"] = lambda: NOW + PROOF_HOLDS - timedelta(seconds=1)
    people = f"/fi/provider/{admin.grants[0].provider_id}/people"
    assert post_form(client, f"{people}/{admin.id}/remove", {}, page=people).location == people
