"""The plan: what a month costs, what remains, how it could cost less, and a page that keeps it all in its address."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from html import unescape
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from marketplace.money import Money
from marketplace.offers.models import Offer, OfferPrice
from marketplace.planning.rules import PlannedPrice, PlannedService, cheaper_band, cost_elsewhere, outcome
from marketplace.planning.service import could_stand_in
from marketplace.search.follower import Follower
from marketplace.search.public_offer import OfferAvailability, OfferProvider, PublicOffer
from marketplace.search.quantities import number_text
from tests import factories
from tests.factories import NOW

PRICES = {
    "weekday_day": PlannedPrice("h", Money(3000)),
    "night": PlannedPrice("h", Money(4500)),
    "visit": PlannedPrice("visit", Money(1000)),
}


def part(**units: str) -> PlannedService:
    return PlannedService(PRICES, {band: Decimal(count) for band, count in units.items()})


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


def test_the_own_share_takes_nothing_of_the_budget() -> None:
    parts = [part(weekday_day="10"), part(weekday_day="30")]
    found = outcome(parts, "euros", Decimal(2400), [Money(50_00), Money(0)])
    assert (found.cost, found.own_share, found.left) == (Money(1200_00), Money(50_00), Decimal(1250_00))
    assert found.shares == [10, 38]
    assert outcome(parts, "hours", Decimal(50), [Money(50_00), Money(0)]).left == 10


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


def test_the_shortest_visit_counts_in_hours_and_in_what_another_time_saves() -> None:
    short = PlannedService(PRICES, {"night": Decimal("0.25")}, 120)
    assert (short.cost, short.hours) == (Money(9000), Decimal(2))
    assert outcome([short], "hours", Decimal(12)).left == 10
    moved = cheaper_band(short)
    assert moved is not None
    assert moved.saving == Money(3000), "two hours are charged at either time"
    mixed = PlannedService(PRICES, {"weekday_day": Decimal(1), "night": Decimal("0.25")}, 120)
    assert cheaper_band(mixed).saving == mixed.cost - Money(6000)  # type: ignore[union-attr]
    odd = PlannedService(PRICES, {"night": Decimal("0.25")}, 100)
    assert number_text(odd.hours) == "1,67"


def test_another_offer_is_counted_only_when_it_has_every_time_in_the_same_unit() -> None:
    wanted = part(weekday_day="10")
    assert cost_elsewhere(wanted, {"weekday_day": PlannedPrice("h", Money(2000))}) == Money(20000)
    assert cost_elsewhere(wanted, {"night": PlannedPrice("h", Money(2000))}) is None
    assert cost_elsewhere(wanted, {"weekday_day": PlannedPrice("day", Money(2000))}) is None


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
    assert ">10 päivää</td>" in page
    assert "0\u00a0h" not in page.replace("20\u00a0h", "")
    assert outcome([part(visit="2")], "hours", Decimal(20)).outside
    assert not outcome([part(night="2")], "hours", Decimal(20)).outside


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("units[1][day]", "32"),
        ("units[1][day]", "9999999"),
        ("units[1][day]", "10,0000000000000001"),
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
    assert f"”{text}”" in page or f"”{text[:12]}…”" in page
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
    answer = client.get("/sv/plan.pdf", query_string=query)
    assert answer.data.startswith(b"%PDF-")
    assert answer.headers["Cache-Control"] == "private, no-store", (
        "somebody's own money is kept by no machine"
    )
    assert client.get("/fi/plan.pdf").status_code == 404


def test_less_than_the_shortest_visit_is_charged_as_one_visit() -> None:
    wanted = PlannedService(PRICES, {"weekday_day": Decimal("0.25")}, 120)
    assert (wanted.cost, wanted.month.shortest) == (Money(6000), 120)
    enough = PlannedService(PRICES, {"weekday_day": Decimal(1), "night": Decimal(1)}, 120)
    assert (enough.cost, enough.month.shortest) == (Money(7500), None)
    mixed = PlannedService(
        PRICES, {"weekday_day": Decimal("0.5"), "night": Decimal("0.5"), "visit": Decimal(1)}, 120
    )
    assert mixed.cost == Money(1500 + 4500 * 3 // 2 + 1000), "what is lacking is charged at the dearest price"
    assert PlannedService(PRICES, {"visit": Decimal(1)}, 120).month.shortest is None


@given(
    st.dictionaries(st.sampled_from(["weekday_day", "night"]), st.integers(1, 40), min_size=1),
    st.integers(1, 720),
)
def test_the_shortest_visit_never_makes_a_plan_cheaper(quarters: dict[str, int], minimum: int) -> None:
    units = {band: Decimal(count) / 4 for band, count in quarters.items()}
    with_minimum, without = PlannedService(PRICES, units, minimum), PlannedService(PRICES, units)
    assert with_minimum.cost >= without.cost
    assert (with_minimum.month.shortest is not None) == (sum(quarters.values()) * 15 < minimum)


def test_a_plan_of_two_services_is_built_the_way_the_page_says(two_offers: Flask) -> None:
    """Add a service, look for it, add it: the first one, its hours and the budget are still there."""
    client = two_offers.test_client()
    page = client.get("/fi/plan?offer=1&kind=euros&budget=900&units[1][day]=4").text
    to_search = unescape(re.search(r'href="(/fi/services\?plan=[^"]+)"', page)[1])  # type: ignore[index]
    results = client.get(to_search).text
    assert "jossa on 1 palvelu." in results
    to_offer = unescape(re.search(r'href="(/fi/services/2\?plan=[^"]+)"', results)[1])  # type: ignore[index]
    offer = client.get(to_offer).text
    to_plan = unescape(re.search(r'href="(/fi/plan\?[^"]+)"', offer)[1])  # type: ignore[index]
    both = client.get(to_plan).text
    for kept in ('name="offer" value="1"', 'name="offer" value="2"', 'value="900"', 'value="4"'):
        assert kept in both
    assert "280,00\xa0€" in both


def test_the_ticked_services_join_the_plan_too(two_offers: Flask) -> None:
    page = (
        two_offers.test_client()
        .get("/sv/plan", query_string={"plan": "offer=1&units[1][day]=4&budget=900", "offer": "2", "q": "x"})
        .text
    )
    assert 'name="offer" value="1"' in page
    assert 'name="offer" value="2"' in page
    assert 'value="900"' in page


@pytest.mark.parametrize("text", ["", "x=1", "offer=%00", "units[1][day]=4", "q=<script>", "offer=1&" * 900])
def test_what_is_no_plan_is_not_carried(two_offers: Flask, text: str) -> None:
    page = two_offers.test_client().get("/fi/services", query_string={"plan": text})
    assert page.status_code == 200
    assert "<script>" not in page.text
    assert "Emme ymmärtäneet" not in page.text


def test_a_service_without_hours_asks_for_them(two_offers: Flask) -> None:
    page = two_offers.test_client().get("/fi/plan?offer=1").text
    assert "Kirjoita, kuinka paljon tarvitset." in page
    assert not re.search(r">\s*0,00", page)


def test_a_sum_says_what_it_is_without_and_that_pilots_differ(two_offers: Flask) -> None:
    with two_offers.extensions["database"].transaction() as session:
        approval = factories.make_approval(
            session, factories.make_provider(session), "short_term_care", pilot_key="soite-2018"
        )
        factories.make_required_evidence(session, approval)
        other = factories.make_offer(session, approval)
        session.flush()
        identity, title = other.id, other.versions[0].title["fi"]
    visitor = two_offers.test_client()
    query = f"offer=1&offer={identity}&kind=euros&budget=900&units[1][day]=4"
    for text in (visitor.get(f"/fi/plan?{query}").text, _paper(visitor, f"/fi/plan.pdf?{query}")):
        assert "Palvelut kuuluvat eri kokeiluihin: " in text
        assert f"Summasta puuttuu se, minkä määrää et ole kirjoittanut: {title}." in text
    alone = visitor.get("/fi/plan?offer=1&kind=euros&budget=900&units[1][day]=4").text
    assert "Summasta puuttuu" not in alone
    assert "eri kokeiluihin" not in alone


def _paper(visitor: FlaskClient, address: str) -> str:
    pages = PdfReader(BytesIO(visitor.get(address).data)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def test_a_cheaper_offer_is_another_providers_and_could_stand_in(two_offers: Flask) -> None:
    with two_offers.extensions["database"].transaction() as session:
        cheaper = session.get_one(Offer, 2)
        cheaper.availability_state, cheaper.available_from = "full", None
    Follower(two_offers.extensions["database"], two_offers.extensions["settings"].index_dir).catch_up(now=NOW)
    assert (
        "Kokeile suunnitelmassa" not in two_offers.test_client().get("/fi/plan?offer=1&units[1][day]=4").text
    )


DECIDES: dict[str, Any] = {
    "provider": OfferProvider(id=1, name="P", business_id="9100160-6"),
    "groups": ("informal_carers",),
    "languages": ("fi",),
    "features": ("hoist",),
    "availability": OfferAvailability(state="now", day=None, queue_weeks=None, told_on=NOW.date()),
}
"""What decides whether one offer could take the place of another."""

OFFERED = PublicOffer.model_construct(**DECIDES)
OTHER = OfferProvider(id=2, name="Q", business_id="9100161-4")


@pytest.mark.parametrize(
    ("changes", "possible"),
    [
        ({}, True),
        ({"features": ("hoist", "respiratory_care")}, True),
        ({"provider": OFFERED.provider}, False),
        ({"availability": OFFERED.availability.model_copy(update={"state": "full"})}, False),
        ({"groups": ("intellectual_disability",)}, False),
        ({"features": ()}, False),
        ({"languages": ("sv",)}, False),
    ],
    ids=["as good", "more", "same provider", "full", "other people", "without the need", "other language"],
)
def test_a_tip_names_only_what_the_client_could_really_take(changes: dict[str, Any], possible: bool) -> None:
    other = OFFERED.model_copy(update={"provider": OTHER, **changes})
    assert could_stand_in(OFFERED, other) is possible


def test_a_price_that_will_change_is_told(two_offers: Flask) -> None:
    with two_offers.extensions["database"].transaction() as session:
        offer = session.get_one(Offer, 1)
        factories.make_coming_version(offer, date(2026, 12, 1), {"day": Money(71_50)})
    page = two_offers.test_client().get("/fi/plan?offer=1&units[1][day]=4").text
    assert "1.12.2026 alkaen: 70,00\xa0€/pv → 71,50\xa0€/pv" in page
    compared = two_offers.test_client().get("/sv/compare?offer=1&offer=2").text
    assert "1.12.2026: 70,00\xa0€/dag → 71,50\xa0€/dag" in compared


def test_the_plan_on_paper_says_who_gives_what_at_which_price(two_offers: Flask) -> None:
    document = two_offers.test_client().get("/fi/plan.pdf?offer=1&kind=euros&budget=900&units[1][day]=4")
    text = " ".join(page.extract_text() for page in PdfReader(BytesIO(document.data)).pages)
    for said in ("09 123 4567", "4 päivää × 70,00", "Kuukauden budjetti on 900,00", "/fi/plan?offer=1"):
        assert said in text.replace("\xa0", " ").replace("\n", " "), text
