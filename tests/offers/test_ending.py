"""An offer whose end is ahead goes on until then and may go on after all; one whose last day has gone by is over."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.db import Database
from marketplace.offers.models import Offer
from tests.factories import NOW
from tests.forms import post_form
from tests.providers.home import Home

TODAY = NOW.date()
DAYS = timedelta(days=1)


def ending(database: Database, offer: Offer, days: int) -> None:
    with database.transaction() as session:
        session.get_one(Offer, offer.id).ends_on = TODAY + days * DAYS


def end_of(database: Database, offer: Offer) -> object:
    with database.read() as session:
        return session.get_one(Offer, offer.id).ends_on


@pytest.mark.parametrize("days", [0, 30])
def test_an_end_that_is_ahead_is_taken_back(
    client: FlaskClient, database: Database, home: Home, offer: Offer, days: int
) -> None:
    ending(database, offer, days)
    page = f"{home.path}/offers/{offer.id}/end"
    assert f"{home.path}/offers/{offer.id}/keep" in client.get(page).text
    assert post_form(client, f"{home.path}/offers/{offer.id}/keep", {}, page=page).status_code == 303
    assert end_of(database, offer) is None


@pytest.mark.parametrize("days", [-1, None])
def test_what_is_over_or_has_no_end_is_not_kept(
    client: FlaskClient, database: Database, home: Home, offer: Offer, days: int | None
) -> None:
    if days is not None:
        ending(database, offer, days)
    page = f"{home.path}/offers/{offer.id}/end"
    assert post_form(client, f"{home.path}/offers/{offer.id}/keep", {}, page=page).status_code == 409


def test_an_offer_whose_last_day_has_gone_by_is_over_and_asks_for_nothing(
    app: Flask, client: FlaskClient, database: Database, home: Home, offer: Offer
) -> None:
    ending(database, offer, 0)
    editor = f'href="{home.path}/offers/{offer.id}"'
    assert editor in client.get(f"{home.path}/offers").text
    app.extensions["clock"] = lambda: NOW + 200 * DAYS
    listing = client.get(f"{home.path}/offers").text
    assert editor not in listing
    assert f"{home.path}/offers/{offer.id}/copy" in listing, "a copy is how it begins again"
    assert f"{home.path}/offers/{offer.id}/preview" not in client.get(f"{home.path}/").text
