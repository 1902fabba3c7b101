"""What would this cost? asked on the page of an offer, answered to the cent."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marketplace.money import Money
from marketplace.offers.interest import tally
from marketplace.offers.models import OfferPrice, OfferVersion, OfferViews
from tests import factories

CENTS = {"weekday_day": 3000, "weekday_evening": 3450, "night": 3755, "saturday": 3750}
"""No price for Sundays and holidays."""


@pytest.fixture
def offer(app: Flask) -> int:
    """An offer priced by the hour and, for a visit, by the time."""
    with app.extensions["database"].transaction() as session:
        approval = factories.make_approval(session, factories.make_provider(session), "carer_leave_home")
        factories.make_required_evidence(session, approval)
        prices = [
            OfferPrice(band=band, unit="h", amount=Money(cents), vat_code="EX", includes=[])
            for band, cents in CENTS.items()
        ]
        prices.append(OfferPrice(band="visit", unit="visit", amount=Money(1999), vat_code="EX", includes=[]))
        return factories.make_offer(session, approval, version={"prices": prices}).id


def ask(client: FlaskClient, offer: int, language: str = "fi", **query: Any) -> str:
    answer = client.get(f"/{language}/services/{offer}", query_string=query)
    assert answer.status_code == 200
    return answer.text


FRIDAY_NIGHT = {"from_day": "27.11.2026", "from_time": "21.30", "to_day": "28.11.2026", "to_time": "8:15"}


def test_a_night_is_split_by_band_and_counted_to_the_cent(client: FlaskClient, offer: int) -> None:
    page = ask(client, offer, **FRIDAY_NIGHT)
    for amount in ("17,25", "337,95", "46,88", "402,08"):
        assert f"{amount}\u00a0€" in page or f"{amount} €" in page
    assert "1\u00a0h 15\u00a0min" in page


def test_without_a_last_day_it_ends_on_the_first_and_24_is_midnight(client: FlaskClient, offer: int) -> None:
    page = ask(client, offer, from_day="23.11.2026", from_time="8", to_time="12")
    assert "120,00" in page
    assert "75,10" in ask(client, offer, from_day="23.11.2026", from_time="22", to_time="24.00")


def test_quantities_of_other_units_are_counted_beside(client: FlaskClient, offer: int) -> None:
    page = ask(client, offer, **FRIDAY_NIGHT, **{"amount[visit]": "2"})
    assert "39,98" in page
    assert "442,06" in page


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"to_day": "26.11.2026"}, "to_time"),
        ({"to_day": "28.11.2029"}, "to_time"),
        ({"from_day": "1.1.1900"}, "from_day"),
        ({"from_day": "31.12.9999", "from_time": "24"}, "from_day"),
        ({"to_day": "1.1.0001"}, "to_day"),
        ({"from_day": "31.2.2026"}, "from_day"),
        ({"from_time": "25.00"}, "from_time"),
        ({"from_time": "noon"}, "from_time"),
        ({"from_time": ""}, "from_time"),
        ({"to_time": "8.60"}, "to_time"),
        ({"to_day": "27.11.2026", "to_time": "21.30"}, "to_time"),
        ({"from_day": "28.3.2027", "from_time": "3.30", "to_day": "28.3.2027", "to_time": "8"}, "from_time"),
        ({"from_day": "27.3.2027", "from_time": "20", "to_day": "28.3.2027", "to_time": "3"}, "to_time"),
        ({"amount[visit]": "many"}, "amount-visit"),
        ({"amount[visit]": "-1"}, "amount-visit"),
        ({"amount[visit]": "10000"}, "amount-visit"),
    ],
)
@pytest.mark.parametrize("language", ["fi", "sv"])
def test_what_cannot_be_counted_is_told_at_its_field_and_nothing_is_summed(
    client: FlaskClient, offer: int, language: str, changed: dict[str, str], field: str
) -> None:
    page = ask(client, offer, language, **{**FRIDAY_NIGHT, **changed})
    assert f'id="{field}-error"' in page
    assert "402,08" not in page


DAYS = st.sampled_from(["27.11.2026", "2026-11-28", "31.12.9999", "1.1.1", "29.3.2026", "x", ""])
TIMES = st.sampled_from(["21.30", "3:30", "24", "24.01", "0", "٣", "99:99", "x", ""])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    query=st.fixed_dictionaries(
        {
            "from_day": DAYS,
            "to_day": DAYS,
            "from_time": TIMES,
            "to_time": TIMES,
            "amount[visit]": st.text(max_size=9),
        }
    )
)
def test_no_question_breaks_the_page(app: Flask, offer: int, query: dict[str, str]) -> None:
    assert app.test_client().get(f"/fi/services/{offer}", query_string=query).status_code == 200


def test_a_time_without_a_price_is_named(client: FlaskClient, offer: int) -> None:
    page = ask(client, offer, **{**FRIDAY_NIGHT, "to_day": "29.11.2026"})
    assert "29.11.2026 klo\u00a07.00 (sunnuntai tai pyhäpäivä)" in page
    begins = ask(client, offer, from_day="2.1.2020", from_time="8", to_time="9")
    assert "2.1.2020" in begins
    assert "notification" in begins


def test_only_the_page_itself_is_counted_as_interest(app: Flask, client: FlaskClient, offer: int) -> None:
    app.extensions["interest"] = tally(app.extensions["database"], pause=0)
    ask(client, offer)
    ask(client, offer, **FRIDAY_NIGHT)
    with app.extensions["database"].read() as session:
        assert sum(row.views for row in session.query(OfferViews)) == 1


def test_a_municipality_is_named_in_the_readers_language(app: Flask, client: FlaskClient, offer: int) -> None:
    with app.extensions["database"].transaction() as session:
        session.query(OfferVersion).filter_by(offer_id=offer).one().place = "Järvenpää"
    facts = ask(client, offer, "sv").split('id="facts-title"')[1]
    assert "<dd>Träskända</dd>" in facts
    assert "<dd>Järvenpää</dd>" in ask(client, offer)
