"""A long list of offers is narrowed by name, service and state, and free places are told of many at once."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from marketplace.db import Database
from marketplace.i18n import LocalizedText
from marketplace.offers import listing
from marketplace.offers.models import Offer
from marketplace.offers.rules import Availability, OfferState
from marketplace.providers.models import Provider, ServiceApproval
from marketplace.providers.rules import ApprovalState, ProviderState
from tests.factories import NOW, make_offer, make_required_evidence
from tests.forms import post_form
from tests.providers.home import Home


@pytest.fixture
def offers(database: Database, home: Home) -> list[int]:
    """Seven offers: a draft, one whose free places are old news, one that has ended, and four like each other."""
    with database.transaction() as session:
        approval = session.merge(home.approval)
        make_required_evidence(session, approval)
        made = [
            make_offer(session, approval, state=OfferState.DRAFT),
            make_offer(session, approval, availability_updated_at=NOW - timedelta(days=61)),
            make_offer(session, approval, state=OfferState.ENDED),
            *(
                make_offer(
                    session, approval, version={"title": LocalizedText(f"Paja {name}", f"Verkstad {name}")}
                )
                for name in ("Hyrylä", "Kellokoski", "Jokela", "Rusutjärvi")
            ),
        ]
        return [offer.id for offer in made]


@pytest.mark.parametrize(
    ("asked", "places"),
    [
        ({}, [0, 1, 2, 3, 4, 5, 6]),
        ({"q": "verkstad JOKELA"}, [5]),
        ({"q": "pajat"}, []),
        ({"state": "unpublished"}, [0]),
        ({"state": "stale"}, [1]),
        ({"state": "ended"}, [2]),
        ({"state": "shown", "q": "paja"}, [3, 4, 5, 6]),
        ({"state": "hidden"}, []),
        ({"service": "transport"}, []),
        ({"service": "day_activity", "state": "nonsense"}, [0, 1, 2, 3, 4, 5, 6]),
    ],
)
def test_the_list_is_narrowed(
    database: Database, home: Home, offers: list[int], asked: dict[str, str], places: list[int]
) -> None:
    with database.read() as session:
        rows = listing.rows_of(session, home.provider.id, NOW)
        shown = listing.narrowed(rows, listing.filter_form(rows, MultiDict(asked)))
        assert sorted(row.offer.id for row in shown) == [offers[place] for place in places]


def test_free_places_of_several_services_are_told_at_once(
    client: FlaskClient, database: Database, home: Home, offers: list[int]
) -> None:
    page, many = f"{home.path}/offers", f"{home.path}/offers/availability"
    shown = client.get(f"{page}?state=shown").text
    assert f"/fi/services/{offers[3]}" in shown, "each leads to the page that clients see"
    post_form(client, many, {"chosen": [str(offers[3]), str(offers[4])], "state": "full"}, page=page)
    assert (
        "Valitse ensin palvelut"
        in client.get(post_form(client, many, {"state": "full"}, page=page).headers["Location"]).text
    )
    assert post_form(client, many, {"chosen": "999999", "state": "full"}, page=page).status_code == 404
    assert post_form(client, many, {"chosen": str(offers[3]), "state": "x"}, page=page).status_code == 404
    with database.read() as session:
        full = session.scalars(sa.select(Offer.id).where(Offer.availability_state == Availability.FULL)).all()
    assert sorted(full) == [offers[3], offers[4]]


def test_free_places_of_all_that_the_list_shows_are_told_without_choosing_each(
    client: FlaskClient, database: Database, home: Home, offers: list[int]
) -> None:
    page = f"{home.path}/offers?q=paja"
    shown = re.findall(r'name="shown" value="(\d+)"', client.get(page).text)
    assert sorted(map(int, shown)) == offers[3:]
    entries = {"shown": shown, "all": "y", "state": "full"}
    action = re.search(r'id="places"[^>]* action="([^"]+)"', client.get(page).text)
    assert action is not None
    answer = post_form(client, action[1], entries, page=page)
    assert answer.headers["Location"].endswith("/offers?q=paja"), "the list stays as narrow as it was"
    with database.read() as session:
        full = session.scalars(sa.select(Offer.id).where(Offer.availability_state == Availability.FULL)).all()
    assert sorted(full) == offers[3:]


def test_what_was_never_told_cannot_still_hold(
    client: FlaskClient, database: Database, home: Home, offers: list[int]
) -> None:
    with database.transaction() as session:
        session.get_one(Offer, offers[3]).availability_state = Availability.UNTOLD
    page, many = f"{home.path}/offers", f"{home.path}/offers/availability"
    answer = post_form(client, many, {"chosen": [str(offers[3])], "state": "holds"}, page=page)
    assert "ei ole vielä kerrottu" in client.get(answer.headers["Location"]).text
    assert str(offers[3]) in re.findall(r'name="shown" value="(\d+)"', client.get(f"{page}?state=stale").text)


def test_a_suspended_service_says_why_no_offer_can_be_written(
    client: FlaskClient, database: Database, home: Home
) -> None:
    with database.transaction() as session:
        session.get_one(ServiceApproval, home.approval.id).state = ApprovalState.SUSPENDED
    page = client.get(f"{home.path}/offers").text
    assert "Palvelun hyväksyminen on keskeytetty" in page
    assert "/offers/for/" not in page


def test_a_provider_reads_of_its_own_pause_and_not_of_a_provider(
    client: FlaskClient, database: Database, home: Home, offers: list[int]
) -> None:
    with database.transaction() as session:
        session.get_one(Provider, home.provider.id).state = ProviderState.PAUSED
    for page, words in (
        (f"{home.path}/offers", "Olet tauolla."),
        (f"{home.path}/offers/{offers[3]}/preview", "Olet tauolla."),
        (f"{home.path}/", "Pidät taukoa"),
    ):
        text = client.get(page).text
        assert words in text
        assert "Palveluntuottaja on tauolla." not in text
