"""How often one address may send forms without having signed in."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.models import User
from tests.factories import make_user
from tests.forms import post_form

PER_MINUTE = 30
SIGN_OUT, FORGOTTEN = "/sv/account/sign-out", "/sv/account/password"


def test_a_stranger_who_sends_many_forms_is_asked_to_wait(client: FlaskClient) -> None:
    statuses = [
        post_form(client, FORGOTTEN, {"email": f"nobody{number}@example.fi"}).status_code
        for number in range(PER_MINUTE + 1)
    ]
    assert 429 not in statuses[:-1]
    assert statuses[-1] == 429
    assert "För många försök" in client.post(FORGOTTEN).text, "in the reader's language"
    assert client.get(FORGOTTEN).status_code == 200, "reading goes on"


def test_another_address_is_not_held_up(client: FlaskClient) -> None:
    for _time in range(PER_MINUTE + 1):
        answer = client.post(FORGOTTEN)
    assert answer.status_code == 429
    assert client.post(FORGOTTEN, environ_base={"REMOTE_ADDR": "192.0.2.7"}).status_code != 429


def test_addresses_of_one_household_are_counted_together(client: FlaskClient) -> None:
    for number in range(PER_MINUTE + 1):
        answer = client.post(FORGOTTEN, environ_base={"REMOTE_ADDR": f"2001:db8:1:2::{number:x}"})
    assert answer.status_code == 429
    assert client.post(FORGOTTEN, environ_base={"REMOTE_ADDR": "2001:db8:1:3::1"}).status_code != 429


@pytest.mark.parametrize(
    "page",
    ["/sv/account/sign-in", "/sv/account/sign-in/code", "/sv/account/sign-in/passkey", "/sv/account/code"],
)
def test_signing_in_uses_up_nothing_of_what_others_of_the_address_send(
    client: FlaskClient, page: str
) -> None:
    """A county or a library comes from one address; `accounts.guessing` counts tries."""
    assert 429 not in [client.post(page).status_code for _time in range(2 * PER_MINUTE)]
    assert client.post(FORGOTTEN).status_code != 429


def test_who_has_signed_in_is_not_counted(
    app: Flask, client: FlaskClient, sign_in: Callable[[FlaskClient, User], None]
) -> None:
    with app.extensions["database"].transaction() as session:
        user = make_user(session, email="anna@example.fi")
    sign_in(client, user)
    assert 429 not in [client.post("/sv/account/").status_code for _time in range(PER_MINUTE + 1)]


def test_what_a_stranger_sends_is_measured_before_it_is_read(
    app: Flask, client: FlaskClient, sign_in: Callable[[FlaskClient, User], None]
) -> None:
    long = {"email": "x" * 300_000}
    answer = client.post(FORGOTTEN, data=long)
    assert answer.status_code == 413
    assert "Det du skickade är för stort" in answer.text
    with app.extensions["database"].transaction() as session:
        user = make_user(session, email="anna@example.fi")
    sign_in(client, user)
    assert client.post(FORGOTTEN, data=long).status_code != 413
