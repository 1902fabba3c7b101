"""The bar of one's own rooms: which there are, what waits in each, and the one that the page is in."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.models import User
from marketplace.permissions import Role
from tests.approvals.cast import Cast, make_cast
from tests.factories import make_application, make_provider, make_user

SignIn = Callable[[FlaskClient, User], None]


@pytest.fixture
def cast(app: Flask) -> Cast:
    with app.extensions["database"].transaction() as session:
        cast = make_cast(session)
        for _each in range(2):
            make_application(
                session, make_provider(session), cast.applicant, state="submitted", complete=False
            )
        return cast


def bar(client: FlaskClient, path: str) -> dict[str, tuple[str, str]]:
    """The addresses of the bar, each with the number that waits and how the page stands to it."""
    page = client.get(path).text
    [inner] = re.findall(r'<nav class="main-nav" id="main-nav".*?</nav>', page, re.DOTALL)
    return {
        href: (count, current)
        for href, current, count in re.findall(
            r'<a href="([^"]+)"(?: aria-current="(\w+)")?>[^<]*(?:<span class="room-count"[^>]*>(\d+))?',
            inner,
        )
    }


def test_the_office_sees_its_rooms_with_what_waits_and_the_one_it_is_in(
    app: Flask, client: FlaskClient, sign_in: SignIn, cast: Cast
) -> None:
    sign_in(client, cast.reviewer)
    found = bar(client, "/fi/office/applications")
    assert found["/fi/office/applications"] == ("2", "page")
    assert found["/fi/office"] == found["/fi/office/approvals"] == ("", "")
    assert "/fi/" in found, "the public pages are one link away"
    assert "/fi/office/audit" not in found
    with app.extensions["database"].read() as session:
        number = session.scalar(sa.text("SELECT min(id) FROM applications"))
    assert bar(client, f"/fi/office/applications/{number}")["/fi/office/applications"] == ("2", "true")


def test_a_provider_and_a_payer_have_their_own(
    app: Flask, client: FlaskClient, sign_in: SignIn, cast: Cast
) -> None:
    with app.extensions["database"].transaction() as session:
        payer = make_user(session, Role.PAYER, organisation="keusote")
    sign_in(client, payer)
    assert {"/fi/payments", "/fi/account/"} <= bar(client, "/fi/account/").keys()
    other = app.test_client()
    sign_in(other, cast.applicant)
    assert bar(other, f"/fi/provider/{cast.provider.id}/")["/fi/provider/"] == ("", "true")


def test_public_pages_keep_their_own_bar_and_lead_back(
    client: FlaskClient, sign_in: SignIn, cast: Cast
) -> None:
    sign_in(client, cast.reviewer)
    found = bar(client, "/fi/pilots")
    assert {"/fi/services", "/fi/office"} <= found.keys()


def test_clients_have_no_bar_of_rooms(app: Flask, client: FlaskClient, sign_in: SignIn) -> None:
    with app.extensions["database"].transaction() as session:
        person = make_user(session, Role.CLIENT)
    sign_in(client, person)
    assert "/fi/services" in bar(client, "/fi/account/")
