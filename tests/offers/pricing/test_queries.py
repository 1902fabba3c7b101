"""What a kept offer costs."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from sqlalchemy.orm import Session

from marketplace.errors import NotFound
from marketplace.i18n import LocalizedText
from marketplace.money import Money
from marketplace.offers.models import Offer, OfferPrice, OfferVersion
from marketplace.offers.pricing.bands import HELSINKI
from marketplace.offers.pricing.queries import offer_cost
from marketplace.offers.pricing.rules import PriceLine
from tests.factories import NOW, make_approval, make_offer, make_provider

START = datetime(2026, 11, 30, 21, 30, tzinfo=HELSINKI)
END = datetime(2026, 12, 1, 8, 15, tzinfo=HELSINKI)


def priced(session: Session, **cents: int) -> Offer:
    """An offer of personal assistance with these prices of an hour."""
    approval = make_approval(session, make_provider(session), "personal_assistance", pilot_key="hb-2016")
    return make_offer(session, approval, version={"prices": rows(cents)})


def rows(cents: dict[str, int]) -> list[OfferPrice]:
    return [
        OfferPrice(band=band, unit="h", amount=Money(amount), vat_code="EX", includes=[])
        for band, amount in cents.items()
    ]


def add_version(session: Session, offer: Offer, valid_from: date, state: str, **cents: int) -> None:
    """One more version of the offer."""
    published = NOW if state == "published" else None
    version = OfferVersion(
        number=len(offer.versions) + 1,
        state=state,
        valid_from=valid_from,
        title=LocalizedText("Apua", "Hjälp"),
        summary=LocalizedText(),
        description=LocalizedText(),
        plain=LocalizedText(),
        municipalities=["109"],
        groups=[],
        languages=["fi"],
        features=[],
        created_at=NOW,
        published_at=published,
        prices=rows(cents),
    )
    offer.versions.append(version)
    session.flush()


def test_an_offer_costs_its_prices_in_force_split_by_band(session: Session) -> None:
    offer = priced(session, weekday_day=3000, weekday_evening=3450, night=3755)
    add_version(
        session, offer, date(2026, 12, 1), "published", weekday_day=3100, weekday_evening=3450, night=4000
    )
    add_version(session, offer, date(2026, 11, 25), "waiting", weekday_day=9000)
    session.expire_all()
    assert offer_cost(session, offer.id, START, END).lines == (
        PriceLine("weekday_evening", 30, Money(3450), Money(1725)),
        PriceLine("night", 120, Money(3755), Money(7510)),
        PriceLine("night", 420, Money(4000), Money(28000)),
        PriceLine("weekday_day", 75, Money(3100), Money(3875)),
    )


def test_holidays_are_those_of_the_municipality(session: Session) -> None:
    offer = priced(session, weekday_day=3000, sunday_holiday=6000)
    ten, eleven = (datetime(2027, 6, 9, hour, tzinfo=HELSINKI) for hour in (10, 11))
    assert offer_cost(session, offer.id, ten, eleven).total == Money(3000)
    assert offer_cost(session, offer.id, ten, eleven, municipality="478").total == Money(6000)


def test_an_offer_that_does_not_exist_has_no_cost(session: Session) -> None:
    with pytest.raises(NotFound):
        offer_cost(session, 987_654, START, END)
