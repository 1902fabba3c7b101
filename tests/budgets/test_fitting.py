"""Search, comparison and plan know the budget of who is signed in, and nothing of it reaches anybody else."""

from __future__ import annotations

import re
from decimal import Decimal
from html import unescape

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from marketplace.budgets.carried import into_links
from marketplace.clients.mandates.models import Mandate
from marketplace.clients.models import Client, ClientAccess
from marketplace.clients.rules import Ground, Part
from marketplace.db import Database
from marketplace.i18n import in_language, money_text
from marketplace.ledger.rules import Unit
from marketplace.money import Money
from marketplace.offers.pricing.values import HourValue
from marketplace.search.follower import Follower
from marketplace.search.own_budget import CostPart, OwnBudget, OwnLine, cost_fits, own_share, price_fits
from tests.budgets.conftest import Budgeted, Enter
from tests.factories import NOW, make_client


class Asked:
    """A price of an offer."""

    def __init__(self, band: str, unit: str, cents: int) -> None:
        self.band, self.unit, self.amount = band, unit, Money(cents)


HOURS = OwnLine(
    "p", "care", Unit.MINUTES, 6 * 60, ("weekday_day", "weekday_evening"), HourValue(Money(40_00))
)
EUROS = OwnLine("p", "day_activity", Unit.CENTS, 100_00)
VALUED = OwnLine("p", "coaching", Unit.CENTS, 100_00, value=HourValue(Money(40_00)))
OWN = OwnBudget([HOURS, EUROS, VALUED], "186")


@pytest.mark.parametrize(
    ("service", "asked", "said"),
    [
        ("care", Asked("weekday_day", "h", 40_00), "Sopii budjettiisi: 6\u00a0h jäljellä"),
        ("care", Asked("weekday_day", "h", 44_50), "4,50\u00a0€ tunnilta yli budjettisi"),
        ("day_activity", Asked("day", "day", 100_00), "Sopii budjettiisi: 100,00\u00a0€ jäljellä"),
        ("day_activity", Asked("day", "day", 140_00), "40,00\u00a0€ yli budjettisi"),
        ("coaching", Asked("weekday_day", "h", 40_00), "Sopii budjettiisi: 100,00\u00a0€ jäljellä"),
        ("coaching", Asked("weekday_day", "h", 44_50), "4,50\u00a0€ tunnilta yli budjettisi"),
    ],
)
def test_a_price_fits_or_is_over(app: Flask, service: str, asked: Asked, said: str) -> None:
    with app.app_context(), in_language("fi"):
        found = price_fits(OWN, "p", service, [asked])
        assert found is not None
        assert found.text == said


def test_only_what_the_line_pays_is_compared(app: Flask) -> None:
    with app.app_context(), in_language("fi"):
        found = price_fits(OWN, "p", "care", [Asked("sunday_holiday", "h", 10_00), Asked("night", "h", 9_00)])
        assert found is not None
        assert found.text == "Ei kuulu budjettiisi: sunnuntai tai pyhäpäivä, yö"
        assert price_fits(OWN, "p", "care", [Asked("weekday_day", "day", 10_00)]) is None
        assert price_fits(OWN, "other", "care", [Asked("weekday_day", "h", 10_00)]) is None
        assert price_fits(None, "p", "care", [Asked("weekday_day", "h", 10_00)]) is None


def test_a_month_is_compared_in_the_line_s_own_unit(app: Flask) -> None:
    with app.app_context(), in_language("fi"):
        over = cost_fits(OWN, "p", "care", [part("h", 1, "8.5")])
        fits = cost_fits(OWN, "p", "care", [part("h", 40_00, "6")])
        euros = cost_fits(OWN, "p", "day_activity", [part("day", 140_00, "1")])
        assert over is not None and over.tone == "warning" and over.text.startswith("2,5")  # noqa: PT018
        assert fits is not None and fits.tone == "success"  # noqa: PT018
        assert euros is not None and euros.text == "40,00\u00a0€ yli budjettisi"  # noqa: PT018
        assert cost_fits(OWN, "p", "care", [part("km", 1, "3")]) is None


def part(unit: str, cents: int, quantity: str, band: str = "weekday_day") -> CostPart:
    return CostPart(band, unit, Money(cents), Decimal(quantity))


def test_a_cost_at_a_time_that_is_not_paid_does_not_fit(app: Flask) -> None:
    asked = [part("h", 30_00, "1"), part("h", 45_00, "1", "night")]
    with app.app_context(), in_language("sv"):
        found = cost_fits(OWN, "p", "care", asked)
    assert found is not None
    assert (found.tone, found.text) == ("warning", "Ingår inte i din budget: natt")
    assert own_share(OWN, "p", "care", asked) == Money(0)
    assert own_share(OWN, "p", "care", [part("h", 44_50, "2")]) == Money(9_00)


@pytest.mark.parametrize(
    ("service", "asked", "tone", "said"),
    [
        (
            "care",
            part("h", 44_50, "2"),
            "info",
            "Sopii budjettiisi: 6 h jäljellä, omavastuuosuus 9,00\u00a0€",
        ),
        ("care", part("h", 44_50, "8"), "warning", "2 h yli budjettisi, omavastuuosuus 36,00\u00a0€"),
        (
            "coaching",
            part("h", 45_00, "2.5"),
            "info",
            "Sopii budjettiisi: 100,00\u00a0€ jäljellä, omavastuuosuus 12,50\u00a0€",
        ),
        (
            "coaching",
            part("h", 45_00, "3"),
            "warning",
            "20,00\u00a0€ yli budjettisi, omavastuuosuus 15,00\u00a0€",
        ),
        ("coaching", part("km", 2_00, "10"), "success", "Sopii budjettiisi: 100,00\u00a0€ jäljellä"),
    ],
)
def test_a_cost_takes_what_the_organisation_owes_and_tells_the_own_share(
    app: Flask, service: str, asked: CostPart, tone: str, said: str
) -> None:
    with app.app_context(), in_language("fi"):
        found = cost_fits(OWN, "p", service, [asked])
    assert found is not None
    assert (found.tone, found.text.replace("\u00a0h", " h")) == (tone, said)


def test_a_price_that_nobody_may_pay_the_rest_of_does_not_fit(app: Flask) -> None:
    free = OwnBudget([OwnLine("p", "care", Unit.CENTS, 900_00, value=HourValue(Money(40_00), False))])
    with app.app_context(), in_language("fi"):
        found = cost_fits(free, "p", "care", [part("h", 39_00, "1"), part("h", 44_50, "1")])
    assert found is not None
    assert (found.tone, found.text) == ("warning", "4,50\u00a0€ tunnilta yli budjettisi")


def test_no_hours_left_is_said(app: Flask) -> None:
    empty = OwnBudget([OwnLine("p", "care", Unit.MINUTES, 0)])
    with app.app_context(), in_language("fi"):
        found = price_fits(empty, "p", "care", [Asked("weekday_day", "h", 10_00)])
        assert found is not None
        assert found.tone == "warning"


def _private(answer: TestResponse) -> bool:
    return "private" in answer.headers["Cache-Control"] and "public" not in answer.headers["Cache-Control"]


def test_pages_say_it_to_the_client_and_the_helper_and_to_nobody_else(
    app: Flask, kept: Budgeted, enter: Enter, database: Database
) -> None:
    offer = kept.agreements[1].offer_id
    pages = (f"/fi/services/{offer}", f"/fi/compare?offer={offer}&hours[day]=20", f"/fi/plan?offer={offer}")
    for page in pages:
        for person in (kept.citizen, kept.helper):
            answer = enter(person).get(page)
            assert answer.status_code == 200
            said = (
                r"yli budjettisi|Sopii budjettiisi"
                if person is kept.citizen
                else r"yli budjetin\b|Sopii budjettiin\b"
            )
            assert re.search(said, answer.text), page
            assert _private(answer), page
        for stranger in (None, kept.office.olga, kept.admin):
            browser = app.test_client() if stranger is None else enter(stranger)
            assert "yli budjettisi" not in (text := browser.get(page).text)
            assert "Sopii budjettiisi" not in text, page


def test_what_a_helper_sees_of_a_budget_stands_in_the_log(
    kept: Budgeted, enter: Enter, database: Database
) -> None:
    page = f"/fi/services/{kept.agreements[1].offer_id}"
    for person in (kept.citizen, kept.helper):
        enter(person).get(page)
    with database.read() as session:
        [look] = session.scalars(sa.select(ClientAccess))
        assert (look.client_id, look.user_id) == (kept.client.id, kept.helper.id)
        assert (look.part, look.ground) == (Part.DECISIONS, Ground.MANDATE)


def test_the_month_of_a_comparison_says_by_how_much_it_is_over(kept: Budgeted, enter: Enter) -> None:
    agreement = kept.agreements[1]
    price = next(row.amount.cents for row in agreement.version.prices if row.band == "day")
    text = enter(kept.citizen).get(f"/fi/compare?offer={agreement.offer_id}&hours[day]=20").text
    with in_language("fi"):
        over = money_text(Money(20 * price - 200_00))
    assert f"{over} yli budjettisi" in text


def test_the_plan_takes_over_what_is_left(kept: Budgeted, enter: Enter) -> None:
    browser = enter(kept.citizen)
    links = re.findall(r'href="([^"]*budget=[^"]*)"', browser.get("/fi/plan").text)
    assert len(links) == 2
    hours, euros = (browser.get(unescape(link)).text for link in links)
    assert 'value="10"' in hours
    assert 'value="200' in euros


def test_a_search_shows_the_own_budget_and_keeps_none_of_it(app: Flask, kept: Budgeted, enter: Enter) -> None:
    with app.app_context():
        database: Database = app.extensions["database"]
        Follower(database, app.extensions["settings"].index_dir, asks=False).catch_up(now=NOW)
    page = "/fi/services?service=day_activity"
    own = enter(kept.citizen).get(page)
    assert "Budjettisi nyt" in own.text
    assert "Sopii budjettiisi: 200,00" in own.text
    assert _private(own)
    open_to_all = app.test_client().get(page)
    assert "Budjettisi nyt" not in open_to_all.text
    assert "Sopii budjettiisi" not in open_to_all.text


@pytest.fixture
def second(kept: Budgeted, database: Database) -> Client:
    """Another client of the same helper, without a decision."""
    with database.transaction() as session:
        given = session.scalars(sa.select(Mandate).where(Mandate.helper_id == kept.helper.id)).one()
        client = make_client(session, name="Toinen Autettava")
        session.add(
            Mandate(
                client_id=client.id,
                helper_id=given.helper_id,
                source=given.source,
                scope=given.scope,
                name=given.name,
                email=given.email,
                expires_at=given.expires_at,
                given_at=NOW,
                given_by_id=given.given_by_id,
                accepted_at=NOW,
            )
        )
        return client


def test_a_helper_of_several_says_for_whom_and_it_is_taken_along(
    app: Flask, kept: Budgeted, second: Client, enter: Enter
) -> None:
    with app.app_context():
        database: Database = app.extensions["database"]
        Follower(database, app.extensions["settings"].index_dir, asks=False).catch_up(now=NOW)
    browser, page = enter(kept.helper), "/fi/services?service=day_activity"
    unsaid = browser.get(page).text
    assert "Sopii budjettiin" not in unsaid
    [choice] = re.findall(r'href="([^"]*/client/whose[^"]*)"', unsaid)
    choices = [
        unescape(each)
        for each in re.findall(r'href="([^"]*[?&;]for=\d+[^"]*)"', browser.get(unescape(choice)).text)
    ]
    assert choices == [f"{page}&for={kept.client.id}", f"{page}&for={second.id}"]
    said = browser.get(choices[0]).text
    assert "Sopii budjettiin: 200,00" in said
    assert "Osaa hakuehdoista" not in said
    links = {
        unescape(each)
        for each in re.findall(r'<a\b[^>]*href="(/fi/(?:services|compare|plan|providers)[^"]*)"', said)
    }
    assert links
    assert {each for each in links if f"for={kept.client.id}" not in each} == set()
    form = said.partition('id="search-form"')[2].partition("</form>")[0]
    assert f'<input type="hidden" name="for" value="{kept.client.id}">' in form


@pytest.mark.parametrize(
    "page", ["/fi/services", "/fi/services/{offer}", "/fi/compare?offer={offer}", "/fi/plan?offer={offer}"]
)
def test_nothing_of_a_choice_reaches_the_next_visitor(
    app: Flask, kept: Budgeted, second: Client, enter: Enter, page: str
) -> None:
    with app.app_context():
        database: Database = app.extensions["database"]
        Follower(database, app.extensions["settings"].index_dir, asks=False).catch_up(now=NOW)
    page = page.format(offer=kept.agreements[1].offer_id)
    asked = f"{page}{'&' if '?' in page else '?'}for={kept.client.id}"
    assert f"for={kept.client.id}" in enter(kept.helper).get(asked).text
    for stranger in (None, kept.admin, kept.office.olga, kept.citizen):
        browser = app.test_client() if stranger is None else enter(stranger)
        assert not re.search(
            r'href="/fi/(services|compare|plan|providers)[^"]*[?;]for=', browser.get(page).text
        )


def test_who_asks_for_somebody_else_s_client_is_told_of_nobody(
    app: Flask, kept: Budgeted, second: Client, enter: Enter
) -> None:
    page = f"/fi/services/{kept.agreements[1].offer_id}?for={kept.client.id}"
    for stranger in (kept.admin, kept.office.olga):
        text = enter(stranger).get(page).text
        assert not re.search("Sopii budjettiin|yli budjetin", text)
    unknown = enter(kept.helper).get(page.replace(f"for={kept.client.id}", f"for={second.id + 1}")).text
    assert "/client/whose" in unknown
    assert not re.search("Sopii budjettiin|yli budjetin", unknown)


def test_links_of_a_page_are_led_on_once() -> None:
    page = (
        '<a class="x" href="/fi/services/1#top">1</a><a href="/sv/services?for=7&amp;q=a">2</a>'
        '<a href="/fi/about">3</a><form method="get" action="/fi/services"><form method="post" action="/fi/services">'
    )
    assert into_links(page, 7) == (
        '<a class="x" href="/fi/services/1?for=7#top">1</a><a href="/sv/services?for=7&amp;q=a">2</a>'
        '<a href="/fi/about">3</a><form method="get" action="/fi/services"><input type="hidden" name="for" value="7">'
        '<form method="post" action="/fi/services">'
    )
