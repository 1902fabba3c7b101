"""The provider's home, whose pages are whose, and that every page of the area opens."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from marketplace.db import Database
from marketplace.i18n import LocalizedText
from marketplace.offers.models import Offer, OfferVersion
from marketplace.providers.models import ServiceApproval
from tests.factories import (
    NOW,
    make_approval,
    make_evidence,
    make_offer,
    make_provider,
)
from tests.providers.home import Home


def test_a_person_of_one_company_comes_straight_to_it(client: FlaskClient, home: Home) -> None:
    assert client.get("/fi/provider/").headers["Location"] == f"{home.path}/"


@pytest.mark.parametrize("page", ["/", "/company", "/evidence", "/evidence/add/tax", "/offers", "/files/1"])
def test_another_companys_pages_do_not_exist(
    client: FlaskClient, database: Database, home: Home, page: str
) -> None:
    with database.transaction() as session:
        other = make_provider(session)
    assert client.get(f"/fi/provider/{other.id}{page}").status_code == 404


@pytest.mark.parametrize("page", ["", "/preview", "/availability", "/end"])
def test_another_companys_offer_does_not_exist(
    client: FlaskClient, database: Database, home: Home, page: str
) -> None:
    with database.transaction() as session:
        other = make_offer(session, make_approval(session, make_provider(session)))
    for provider_id in (home.provider.id, other.provider_id):
        assert client.get(f"/fi/provider/{provider_id}/offers/{other.id}{page}").status_code == 404


def test_the_home_page_tells_what_waits(client: FlaskClient, database: Database, home: Home) -> None:
    with database.transaction() as session:
        provider = session.merge(home.provider)
        make_evidence(session, provider, "pension", valid_until=NOW.date() - timedelta(days=1))
        make_evidence(session, provider, "tax", valid_until=NOW.date() + timedelta(days=20))
        make_evidence(session, provider, "soteri", valid_until=None)
    page = client.get(f"{home.path}/").text
    assert f"{home.path}/evidence/add/pension" in page
    assert f"{home.path}/evidence/add/tax" in page
    assert f"{home.path}/evidence/add/soteri" not in page
    assert f"{home.path}/offers" in page


@pytest.mark.parametrize(
    ("due", "on_home", "on_proofs"),
    [
        (20, "Uusi todistus viimeistään", "Uusi todistus viimeistään"),
        (
            -1,
            "Uusi todistus olisi pitänyt antaa viimeistään",
            "Uusi todistus olisi pitänyt antaa viimeistään",
        ),
        (200, None, "Voimassa 31.12.2030 asti"),
    ],
)
def test_a_document_that_goes_on_is_not_said_to_end(
    client: FlaskClient, database: Database, home: Home, due: int, on_home: str | None, on_proofs: str
) -> None:
    with database.transaction() as session:
        make_evidence(
            session,
            session.merge(home.provider),
            "liability_insurance",
            valid_until=NOW.date() + timedelta(days=due),
            stated_until=date(2030, 12, 31),
        )
    tasks, proofs = client.get(f"{home.path}/").text, client.get(f"{home.path}/evidence").text
    assert (f"{home.path}/evidence/add/liability_insurance" in tasks) is (on_home is not None)
    assert on_home is None or on_home in tasks
    assert on_proofs in proofs
    assert "Vanhentunut" not in tasks + proofs


def test_a_published_offer_that_clients_do_not_see_says_why(
    client: FlaskClient, database: Database, home: Home, offer: Offer
) -> None:
    assert f"{home.path}/offers/{offer.id}/preview" not in client.get(f"{home.path}/").text
    with database.transaction() as session:
        session.execute(sa.update(ServiceApproval).values(state="suspended"))
    assert f"{home.path}/offers/{offer.id}/preview" in client.get(f"{home.path}/").text


def test_an_old_word_about_free_places_is_asked_about_and_shown_to_clients_with_its_age(
    app: Flask, client: FlaskClient, database: Database, home: Home, offer: Offer
) -> None:
    asking = f"{home.path}/offers/{offer.id}/availability"
    for days, old in ((60, False), (61, True)):
        with database.transaction() as session:
            session.get_one(Offer, offer.id).availability_updated_at = NOW - timedelta(days=days)
        page = client.get(f"{home.path}/").text
        assert (asking in page) is old
        assert ("2 kuukautta" in page) is old
        public = app.test_client().get(f"/fi/services/{offer.id}").text
        assert ("Siitä on kauan" in public) is old


@pytest.mark.parametrize(
    ("texts", "asked"),
    [
        ({"summary": LocalizedText("Lyhyesti", "")}, True),
        ({"plain": LocalizedText("", "Lätt")}, True),
        ({"cancellation": LocalizedText("Peru ajoissa", "")}, True),
        ({"plain": LocalizedText(), "cancellation": LocalizedText()}, False),
    ],
)
def test_a_text_in_one_language_only_is_asked_for(
    client: FlaskClient,
    database: Database,
    home: Home,
    offer: Offer,
    texts: dict[str, LocalizedText],
    asked: bool,
) -> None:
    with database.transaction() as session:
        session.execute(sa.update(OfferVersion).values(**texts))
    assert (f'href="{home.path}/offers/{offer.id}"' in client.get(f"{home.path}/").text) is asked


def test_every_page_of_the_area_opens_in_both_languages(
    client: FlaskClient, database: Database, home: Home, offer: Offer
) -> None:
    with database.transaction() as session:
        session.execute(sa.update(OfferVersion).values(plain=LocalizedText("Selkeästi.", "")))
    for language in ("fi", "sv"):
        base = f"/{language}/provider/{home.provider.id}"
        pages = ["/", "/company", "/evidence", "/evidence/add/soteri", "/offers"]
        pages += [f"/offers/{offer.id}{page}" for page in ("", "/preview", "/availability", "/end")]
        for page in pages:
            answer = client.get(base + page)
            assert answer.status_code == 200, page
            assert answer.text.count("<h1") == 1, page
