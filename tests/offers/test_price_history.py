"""What an offer has cost is public, version by version, and its page shows photos, video and past prices."""

from __future__ import annotations

from datetime import date, timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.db import Database
from marketplace.money import Money
from marketplace.offers.history import PriceColumn, history_of, published_versions
from marketplace.offers.models import Offer, OfferPrice, OfferVersion
from tests.factories import NOW, make_approval, make_offer, make_provider, make_required_evidence

TODAY = NOW.date()
YESTERDAY = TODAY - timedelta(days=1)


def add_version(offer: Offer, number: int, day: date, cents: int, state: str = "published") -> None:
    first = offer.versions[0]
    same = ("title", "summary", "description", "plain", "municipalities", "groups", "languages", "features")
    offer.versions.append(
        OfferVersion(
            number=number, state=state, valid_from=day, created_at=NOW,
            published_at=NOW if state == "published" else None,
            prices=[OfferPrice(band="day", unit="day", amount=Money(cents), vat_code="EX", includes=[])],
            **{name: getattr(first, name) for name in same},
        )
    )  # fmt: skip


def test_every_published_price_has_its_period_and_drafts_have_none(session: Session) -> None:
    offer = make_offer(session, make_approval(session, make_provider(session)))
    add_version(offer, 2, date(2026, 12, 1), 40_00)
    add_version(offer, 3, date(2027, 1, 1), 40_00)
    add_version(offer, 4, date(2027, 2, 1), 41_00)
    add_version(offer, 5, date(2027, 3, 1), 70_00, state="waiting")
    session.flush()
    found = history_of(published_versions(session, offer.id))
    assert found.periods == (
        PriceColumn(date(2027, 2, 1), None),
        PriceColumn(date(2026, 12, 1), date(2027, 1, 31)),
        PriceColumn(YESTERDAY, date(2026, 11, 30)),
    )
    rows = {row.band: row.amounts for row in found.rows}
    assert rows["day"] == (Money(41_00), Money(40_00), Money(37_50))
    assert rows["half_day"] == (None, None, Money(22_50))


def test_an_offer_without_a_published_version_has_no_history(session: Session) -> None:
    assert history_of([]).periods == ()


def test_the_page_of_an_offer_shows_its_past_prices_and_the_video(app: Flask, client: FlaskClient) -> None:
    database: Database = app.extensions["database"]
    with database.transaction() as session:
        approval = make_approval(session, make_provider(session))
        make_required_evidence(session, approval)
        offer = make_offer(session, approval, version={"sign_video": "https://video.example.fi/1"})
        once = client.get(f"/fi/services/{offer.id}").status_code
        add_version(offer, 2, TODAY + timedelta(days=40), 40_00)
    assert once == 404, "nothing is public before it is committed"
    page = client.get(f"/fi/services/{offer.id}").text
    assert 'href="https://video.example.fi/1" rel="noopener external"' in page
    assert "1.1.2027" in page
    assert page.count("37,50") >= 2
