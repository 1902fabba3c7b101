"""The plan: what a month costs, what remains, how it could cost less, and a page that keeps it all in its address."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marketplace.money import Money
from marketplace.offers.models import OfferPrice
from marketplace.planning.rules import BandPrice, Part, cheaper_band, cost_elsewhere, outcome
from marketplace.search.follower import Follower
from tests import factories
from tests.factories import NOW

PRICES = {
    "weekday_day": BandPrice("h", Money(3000)),
    "night": BandPrice("h", Money(4500)),
    "visit": BandPrice("visit", Money(1000)),
}


def part(**units: str) -> Part:
    return Part(PRICES, {band: Decimal(count) for band, count in units.items()})


def test_euros_count_everything_and_hours_count_hours_only() -> None:
    wanted = part(weekday_day="10", night="0.5", visit="3")
    assert wanted.cost == Money(30000 + 2250 + 3000)
    assert wanted.hours == Decimal("10.5")
    assert wanted.quantities == {"h": Decimal("10.5"), "visit": 3}


@pytest.mark.parametrize(
    ("kind", "budget", "left"), [("euros", "400", 10000), ("euros", "200", -10000), ("hours", "12", 2)]
)
def test_what_remains_of_the_budget(kind: Any, budget: str, left: int) -> None:
    assert outcome([part(weekday_day="10")], kind, Decimal(budget)).left == left


def test_shares_are_of_the_budget_and_without_one_of_the_plan() -> None:
    parts = [part(weekday_day="10"), part(weekday_day="30")]
    assert outcome(parts, "euros", Decimal(2400)).shares == [13, 38]
    assert outcome(parts, "euros", None).shares == [25, 75]
    assert outcome([part()], "hours", None).shares == [0]


def test_the_cheapest_time_of_the_same_unit_is_proposed() -> None:
    found = cheaper_band(part(night="10", visit="5"))
    assert found is not None
    assert (found.band, found.cheaper, found.saving) == ("night", "weekday_day", Money(15000))
    assert cheaper_band(part(weekday_day="10")) is None


def test_another_offer_is_counted_only_when_it_has_every_time_in_the_same_unit() -> None:
    wanted = part(weekday_day="10")
    assert cost_elsewhere(wanted, {"weekday_day": BandPrice("h", Money(2000))}) == Money(20000)
    assert cost_elsewhere(wanted, {"night": BandPrice("h", Money(2000))}) is None
    assert cost_elsewhere(wanted, {"weekday_day": BandPrice("day", Money(2000))}) is None


@pytest.fixture
def two_offers(app: Flask) -> Flask:
    """Two offers of day activities; the second is cheaper."""
    with app.extensions["database"].transaction() as session:
        for cents in (7000, 5000):
            approval = factories.make_approval(session, factories.make_provider(session), "day_activity")
            factories.make_required_evidence(session, approval)
            offer = factories.make_offer(session, approval)
            for price in session.query(OfferPrice).filter_by(version_id=offer.versions[0].id):
                price.amount = Money(cents)
    Follower(app.extensions["database"], app.extensions["settings"].index_dir).catch_up(now=NOW)
    return app


def test_the_page_counts_and_proposes_the_cheaper_offer(two_offers: Flask, client: FlaskClient) -> None:
    query = {"offer": 1, "units[1][day]": "10", "budget": "600", "kind": "euros"}
    page = client.get("/fi/plan", query_string=query).text
    assert "700,00" in page
    assert "100,00" in page
    assert "offer=2" in page
    assert "200,00" in page


def test_days_are_told_as_days_and_take_nothing_of_hours(two_offers: Flask, client: FlaskClient) -> None:
    query = {"offer": 1, "units[1][day]": "10", "budget": "20", "kind": "hours"}
    page = client.get("/fi/plan", query_string=query).text
    assert "<td>10 päivää</td>" in page
    assert "0 h" not in page.replace("20 h", "")
    assert outcome([part(visit="2")], "hours", Decimal(20)).outside
    assert not outcome([part(night="2")], "hours", Decimal(20)).outside


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("units[1][day]", "32"),
        ("units[1][day]", "9999999"),
        ("units[1][day]", "-1"),
        ("units[1][day]", "x"),
        ("budget", "99999999999"),
        ("budget", "many"),
    ],
)
def test_what_no_month_holds_is_told_at_its_field_and_not_counted(
    two_offers: Flask, client: FlaskClient, name: str, text: str
) -> None:
    page = client.get("/sv/plan", query_string={"offer": 1, name: text}).text
    field = "budget" if name == "budget" else "units-1-day"
    assert f'id="{field}-error"' in page
    assert f"”{text[:12]}”" in page
    assert "0,00" in page


def test_an_empty_plan_and_a_plan_without_an_index_are_shown(app: Flask, client: FlaskClient) -> None:
    assert client.get("/sv/plan").status_code == 200


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    parameters=st.lists(
        st.tuples(
            st.sampled_from(["offer", "budget", "kind", "units[1][day]", "units[9][x]", "units[][day]", "x"]),
            st.one_of(st.text(max_size=30), st.sampled_from(["1", "2", "7,5", "-1", "1e9", "hours", "NaN"])),
        ),
        max_size=6,
    )
)
def test_no_query_string_breaks_the_plan(two_offers: Flask, parameters: list[tuple[str, str]]) -> None:
    assert two_offers.test_client().get("/fi/plan", query_string=parameters).status_code == 200


def test_the_plan_is_given_as_pdf(two_offers: Flask, client: FlaskClient) -> None:
    query = {"offer": 1, "units[1][day]": "10", "budget": "600"}
    assert client.get("/sv/plan.pdf", query_string=query).data.startswith(b"%PDF-")
    assert client.get("/fi/plan.pdf").status_code == 404
