"""Views and comparisons are counted by day, without a trace of who looked, and never slow or break a page."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from marketplace.accounts.models import User
from marketplace.db import Database
from marketplace.offers.interest import Interest, interest_in, tally
from marketplace.offers.models import Offer, OfferViews
from marketplace.providers.models import Provider
from tests.factories import (
    NOW,
    make_approval,
    make_offer,
    make_provider,
    make_provider_admin,
    make_required_evidence,
)

TODAY = NOW.date()


def make_offers(database: Database, count: int = 2) -> list[Offer]:
    with database.transaction() as session:
        provider = make_provider(session)
        approval = make_approval(session, provider)
        make_required_evidence(session, approval)
        return [make_offer(session, approval) for _number in range(count)]


def test_counts_gather_and_add_up(database: Database) -> None:
    first, second = make_offers(database)
    counted = tally(database, pause=0)
    for day in (TODAY - timedelta(days=40), TODAY - timedelta(days=1), TODAY):
        counted.count([(first.id, day, "views")])
    counted.count([(first.id, TODAY, "views")])
    counted.count((offer.id, TODAY, "comparisons") for offer in (first, second))
    with database.read() as session:
        assert interest_in(session, first.provider_id, TODAY) == {
            first.id: Interest(3, 1),
            second.id: Interest(0, 1),
        }
        assert session.scalar(sa.select(sa.func.count()).select_from(OfferViews)) == 4


def test_a_process_writes_now_and_then_and_loses_nothing_of_what_it_gathers(database: Database) -> None:
    (offer,) = make_offers(database, 1)
    counted = tally(database, pause=3600)
    for _time in range(5):
        counted.count([(offer.id, TODAY, "views")])
    with database.read() as session:
        assert interest_in(session, offer.provider_id, TODAY)[offer.id].views == 1, (
            "the first is written at once"
        )
    counted.write()
    with database.read() as session:
        assert interest_in(session, offer.provider_id, TODAY)[offer.id].views == 5


def test_a_busy_database_gets_the_counts_later(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    (offer,) = make_offers(database, 1)
    counted = tally(database, pause=0)

    def busy(**_how: object) -> None:
        raise OperationalError("INSERT", {}, Exception("database is locked"))

    with monkeypatch.context() as patch:
        patch.setattr(database, "transaction", busy)
        counted.count([(offer.id, TODAY, "views")])
    counted.count([(offer.id, TODAY, "views")])
    with database.read() as session:
        assert interest_in(session, offer.provider_id, TODAY)[offer.id].views == 2


def test_an_offer_that_is_gone_breaks_nothing(database: Database) -> None:
    tally(database, pause=0).count([(999, TODAY, "views")])


def test_the_provider_sees_the_numbers_on_its_home(
    app: Flask, client: FlaskClient, sign_in: Callable[[FlaskClient, User], None]
) -> None:
    database: Database = app.extensions["database"]
    (offer,) = make_offers(database, 1)
    with database.transaction() as session:
        person = make_provider_admin(session, session.get_one(Provider, offer.provider_id))
    tally(database, pause=0).count([(offer.id, TODAY, "comparisons")])
    sign_in(client, person)
    home = client.get(f"/fi/provider/{offer.provider_id}/").text
    assert f"/fi/services/{offer.id}" in home
    assert re.search(r'<td data-align="end">0</td>\s*<td data-align="end">1</td>', home)


def test_looking_and_comparing_are_counted_without_a_cookie(app: Flask, client: FlaskClient) -> None:
    database: Database = app.extensions["database"]
    first, second = make_offers(database)
    app.extensions["interest"] = tally(database, pause=0)
    answers = [client.get(f"/fi/services/{first.id}"), client.get(f"/sv/services/{first.id}")]
    client.get(f"/fi/compare?offer={first.id}&offer={second.id}")
    client.get(f"/fi/compare?offer={first.id}")
    client.get("/fi/services/999")
    assert [answer.status_code for answer in answers] == [200, 200]
    assert all("Set-Cookie" not in answer.headers for answer in answers)
    with database.read() as session:
        found = interest_in(session, first.provider_id, TODAY)
    assert found == {first.id: Interest(2, 1), second.id: Interest(0, 1)}
    assert set(OfferViews.__table__.columns.keys()) == {"offer_id", "day", "views", "comparisons"}
