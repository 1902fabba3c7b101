"""What everybody may see: how a pilot is going, and open data."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from jsonschema_rs import validator_for
from markupsafe import escape
from sqlalchemy.orm import Session

from marketplace.db import Database
from marketplace.i18n import in_language
from marketplace.money import Money
from marketplace.offers.models import Offer
from marketplace.providers.models import Evidence, Provider
from marketplace.providers.rules import ProviderState
from marketplace.reports import snapshots
from marketplace.reports.models import ReportCell, ReportEdition
from marketplace.reports.opendata import SETS, prices
from marketplace.reports.queries import Edition
from marketplace.reports.rules import Dimension, Measure, Quarter, ReportKind
from marketplace.reports.shown import header, lines, part
from tests.factories import NOW, make_approval, make_offer, make_provider, make_required_evidence

NUMBERS = (
    (Measure.CLIENTS, Dimension.ALL, "", 41, False),
    (Measure.SPENT, Dimension.ALL, "", 1_234_567, False),
    (Measure.SPENT, Dimension.MONTH, "2026-08", 1_234_567, False),
    (Measure.AGREEMENTS, Dimension.ALL, "", 3, True),
    (Measure.DAYS_TO_PAID, Dimension.ALL, "", 24, False),
    (Measure.OFFERS, Dimension.ALL, "", 138, False),
    (Measure.OFFERS, Dimension.SERVICE, "transport", 138, False),
    (Measure.BETTER, Dimension.ALL, "", 31, False),
    (Measure.BETTER, Dimension.ITEM, "demo_wellbeing:home", 31, False),
)


def make_visible_offer(session: Session) -> Offer:
    """What a provider sells and clients can choose."""
    approval = make_approval(session, make_provider(session))
    make_required_evidence(session, approval)
    return make_offer(session, approval)


@pytest.fixture
def told(database: Database) -> None:
    """A quarter of keusote-2022 has been told, and a provider sells day activities there."""
    with database.transaction() as session:
        edition = ReportEdition(pilot_key="keusote-2022", first_on=date(2026, 7, 1), made_at=NOW)
        session.add(edition)
        session.flush()
        for measure, dimension, key, value, hidden in NUMBERS:
            session.add(
                ReportCell(
                    edition_id=edition.id, measure=measure, dimension=dimension, key=key, value=value,
                    contributors=9, size=9, largest=1, second=1, hidden=hidden,
                )
            )  # fmt: skip
        make_visible_offer(session)
    snapshots.make_due(database, now=NOW)


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("fi", "Palveluja sai 41 asiakasta."),
        ("sv", "41 klienter fick tjänster."),
        ("fi", "Asiakkaiden vastauksista 31 kertoi, että jokin asia on paremmin kuin ennen."),
        ("sv", "I 31 av klienternas svar är något bättre än förut."),
        ("fi", "Sitä ei ole validoitu."),
        ("sv", "Den är inte validerad."),
    ],
)
def test_a_pilot_tells_in_plain_language_how_it_is_going(
    client: FlaskClient, language: str, sentence: str
) -> None:
    page = client.get(f"/{language}/pilots/keusote-2022/results")
    assert page.status_code == 200
    assert sentence in page.text
    assert page.text.count('role="img"') == 3
    assert f"/{language}/pilots/keusote-2022/results" in client.get(f"/{language}/pilots/keusote-2022").text


@pytest.mark.usefixtures("told")
def test_what_is_hidden_is_no_sentence(client: FlaskClient) -> None:
    assert "uutta sopimusta" not in client.get("/fi/pilots/keusote-2022/results").text


def test_a_pilot_without_numbers_says_so(client: FlaskClient) -> None:
    page = client.get("/sv/pilots/soite-2018/results")
    assert page.status_code == 200
    assert "45 dagar" in page.text
    assert client.get("/fi/pilots/nowhere/results").status_code == 404


@pytest.mark.usefixtures("told")
def test_a_report_in_which_nothing_has_happened_says_so_in_place_of_noughts(client: FlaskClient) -> None:
    with_money = client.get("/sv/pilots/keusote-2022/results").text
    assert "inga siffror om pengar" not in with_money
    with client.application.extensions["database"].transaction() as session:
        session.execute(sa.delete(ReportCell).where(ReportCell.measure.in_([Measure.SPENT, Measure.CLIENTS])))
    page = client.get("/sv/pilots/keusote-2022/results").text
    assert "Därför finns det inga siffror om pengar." in page
    assert ">Pengar</h2>" in page
    assert "0,00" not in page


@pytest.mark.parametrize(("hidden", "rows"), [(1, 3), (2, 1)])
def test_where_most_months_are_hidden_it_goes_by_quarter(core_app: Flask, hidden: int, rows: int) -> None:
    quarter = Quarter(date(2026, 7, 1))
    months = {
        (Dimension.MONTH, first.strftime("%Y-%m")): None if number < hidden else 7
        for number, first in enumerate(quarter.months)
    }
    edition = Edition(quarter, {Measure.AGREEMENTS: {(Dimension.ALL, ""): 19, **months}})
    with core_app.test_request_context(), in_language("fi"):
        table = part([edition], ReportKind.CHOICE, Dimension.MONTH, (Measure.AGREEMENTS,))
    assert len(table.rows) == rows
    assert (table.rows[0][1] == ["19"]) is (rows == 1)


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize("name", sorted(SETS))
def test_every_set_is_what_its_description_says(client: FlaskClient, name: str) -> None:
    described = client.get("/api/v1/opendata/openapi.json").json
    assert described is not None
    get = described["paths"][f"/{name}.json"]["get"]
    answer = client.get(f"/api/v1/opendata/{name}.json")
    told = json.loads(answer.data)
    validator_for(get["responses"]["200"]["content"]["application/json"]["schema"]).validate(told)
    assert told["rows"]
    assert told["licence"] == "https://creativecommons.org/licenses/by/4.0/"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    again = client.get(f"/api/v1/opendata/{name}.json", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    lines = client.get(f"/api/v1/opendata/{name}.csv").data.decode("utf-8-sig").splitlines()
    assert lines[0].split(";") == list(SETS[name].columns)
    assert len(lines) == len(told["rows"]) + 1


@pytest.mark.usefixtures("told")
def test_open_data_hold_supply_prices_and_days(client: FlaskClient) -> None:
    days = client.get("/api/v1/opendata/days-to-paid.json").json
    assert days is not None
    assert days["rows"] == [{"pilot": "keusote-2022", "quarter": "2026-Q3", "days": 24}]
    prices = client.get("/api/v1/opendata/prices.json").json
    assert prices is not None
    assert {row["service"] for row in prices["rows"]} == {"day_activity"}
    supply = client.get("/api/v1/opendata/supply.json").json
    assert supply is not None
    assert {row["measure"] for row in supply["rows"]} == {"offers"}


@pytest.mark.parametrize("hidden", ["provider paused", "proof expired", "ended"])
def test_prices_are_those_that_can_be_chosen(database: Database, hidden: str) -> None:
    with database.transaction() as session:
        offer = make_visible_offer(session)
        provider = session.get_one(Provider, offer.provider_id)
        told = list(prices(session, NOW.date()))
        assert {row["offer"] for row in told} == {offer.id}
        if hidden == "provider paused":
            provider.state = ProviderState.PAUSED
        elif hidden == "ended":
            offer.ends_on = NOW.date() - timedelta(days=1)
        else:
            for proof in session.scalars(sa.select(Evidence).where(Evidence.provider_id == provider.id)):
                proof.valid_until = NOW.date() - timedelta(days=1)
        session.flush()
        assert list(prices(session, NOW.date())) == []


def test_every_column_is_described_in_both_languages_and_in_english(app: Flask, client: FlaskClient) -> None:
    described = client.get("/api/v1/opendata/openapi.json").get_json()["paths"]
    for name, data in SETS.items():
        row = described[f"/{name}.json"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        columns = row["properties"]["rows"]["items"]["properties"]
        for column, about in data.columns.items():
            assert columns[column]["description"] == str(about.text)
            for language in ("fi", "sv"):
                page = client.get(f"/{language}/about/open-data").text
                with app.app_context(), in_language(language):
                    assert str(about.text) != columns[column]["description"]
                    assert str(escape(str(about.text))) in page


@pytest.mark.usefixtures("told")
def test_the_snapshot_of_a_day_is_the_same_whatever_happens_on_it(
    database: Database, client: FlaskClient, app: Flask
) -> None:
    """Also from a process that has answered nothing before."""
    before = client.get("/api/v1/opendata/prices.json")
    with database.transaction() as session:
        make_visible_offer(session)
    assert snapshots.make_due(database, now=NOW + timedelta(hours=2)) == 0
    app.extensions.pop("open_data")
    again = client.get("/api/v1/opendata/prices.json")
    assert (again.headers["ETag"], again.data) == (before.headers["ETag"], before.data)
    assert snapshots.make_due(database, now=NOW + timedelta(days=1)) == len(SETS)
    following = client.get("/api/v1/opendata/prices.json").json
    assert following is not None
    assert following["day"] == (NOW + timedelta(days=1)).date().isoformat()
    assert {row["provider"] for row in following["rows"]} > {
        row["provider"] for row in before.get_json()["rows"]
    }


def test_before_the_first_snapshot_one_is_asked_to_come_again(client: FlaskClient) -> None:
    answer = client.get("/api/v1/opendata/prices.csv")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_a_page_leads_to_the_data_and_names_the_licence(client: FlaskClient, language: str) -> None:
    page = client.get(f"/{language}/about/open-data")
    assert page.status_code == 200
    assert "CC BY 4.0" in page.text
    assert all(f"/api/v1/opendata/{name}.json" in page.text for name in SETS)


def test_a_file_says_of_an_invented_question_that_it_is_one(core_app: Flask) -> None:
    edition = Edition(
        Quarter(date(2026, 7, 1)), {Measure.BETTER: {(Dimension.ITEM, "demo_wellbeing:home"): 31}}
    )
    with core_app.app_context(), in_language("fi"):
        [row] = lines(ReportKind.EFFECTS, [edition])
    assert str(row[3]).endswith("(keksitty, ei validoitu)")


def test_a_file_says_in_what_a_number_is_counted(core_app: Flask) -> None:
    edition = Edition(
        Quarter(date(2026, 7, 1)),
        {
            Measure.GRANTED_MINUTES: {(Dimension.ALL, ""): 390},
            Measure.SPENT: {(Dimension.ALL, ""): 12_300},
        },
    )
    with core_app.app_context(), in_language("fi"):
        told = {str(row[4]): (row[5], row[-1]) for row in lines(ReportKind.MONEY, [edition])}
        assert len(header()) == 8
    assert told == {
        "Palvelujen hinta": (Money(12_300), "euroa"),
        "Myönnetyt tunnit": (390, "minuuttia"),
    }
