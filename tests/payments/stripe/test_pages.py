"""The provider's way to an account at Stripe: shown only to those who are paid through it, and never in the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.models import User
from marketplace.payments.rails.stripe.models import StripeAccount
from tests import factories
from tests.forms import post_form
from tests.payments.stripe.double import Stripe

SignIn = Callable[[FlaskClient, User], None]


@pytest.fixture
def address(app: Flask, client: FlaskClient, sign_in: SignIn) -> str:
    """The page of a provider whom an organisation pays over Stripe; the provider's admin is signed in."""
    with app.extensions["database"].transaction() as session:
        provider = factories.make_provider(session)
        factories.make_approval(session, provider, pilot_key="hb-2016")
        person = factories.make_provider_admin(session, provider)
        number = provider.id
    sign_in(client, person)
    return f"/fi/provider/{number}/stripe"


def connect(app: Flask, stripe: Stripe) -> None:
    settings = replace(app.extensions["settings"], stripe_key="sk_test_1", stripe_base=stripe.base)
    app.extensions["settings"] = settings


def test_a_provider_opens_an_account_and_gets_a_link(
    app: Flask, client: FlaskClient, stripe: Stripe, address: str
) -> None:
    connect(app, stripe)
    assert "Avaa tili Stripessä" in client.get(address).get_data(as_text=True)
    answer = post_form(client, address, {})
    assert answer.status_code == 200
    assert f"{stripe.base}/setup/acct_1" in answer.get_data(as_text=True)
    post_form(client, address, {})
    assert list(stripe.accounts) == ["acct_1"]
    with app.extensions["database"].read() as session:
        [kept] = session.query(StripeAccount)
        assert (kept.account, kept.takes_transfers) == ("acct_1", False)


def test_the_home_page_tells_until_the_account_is_ready(
    app: Flask, client: FlaskClient, stripe: Stripe, address: str
) -> None:
    home = address.removesuffix("stripe")
    assert address in client.get(home).get_data(as_text=True)
    connect(app, stripe)
    post_form(client, address, {})
    stripe.accounts["acct_1"] |= {"payouts_enabled": True, "capabilities": {"transfers": "active"}}
    post_form(client, address, {})
    assert address not in client.get(home).get_data(as_text=True)


def test_a_portal_without_stripe_says_so(client: FlaskClient, address: str) -> None:
    assert "ei ole vielä yhdistetty Stripeen" in client.get(address).get_data(as_text=True)
    assert post_form(client, address, {}).status_code == 409


def test_a_stripe_that_does_not_answer_is_told(
    app: Flask, client: FlaskClient, stripe: Stripe, address: str
) -> None:
    connect(app, stripe)
    stripe.go_wrong("error", "error", "error")
    assert post_form(client, address, {}).status_code == 409
    with app.extensions["database"].read() as session:
        assert session.query(StripeAccount).count() == 0


def test_nobody_else_sees_the_page(app: Flask, client: FlaskClient, sign_in: SignIn, address: str) -> None:
    with app.extensions["database"].transaction() as session:
        other = factories.make_provider(session)
        factories.make_approval(session, other)
        person = factories.make_provider_admin(session, other)
    sign_in(client, person)
    assert client.get(address).status_code == 404
    assert client.get(f"/fi/provider/{other.id}/stripe").status_code == 403  # nobody pays it through Stripe
