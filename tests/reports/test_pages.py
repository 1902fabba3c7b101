"""The pages of reports in the office and their files."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from datetime import date

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.db import Database
from marketplace.permissions import Role
from marketplace.reports.dictionary import measures, reports
from marketplace.reports.models import ReportCell, ReportEdition
from marketplace.reports.rules import SPECS, Dimension, Measure, ReportKind, measures_of
from marketplace.reports.shown import round_top, scale_top
from marketplace.sheets import read_tables
from tests.factories import NOW, make_user

SignIn = Callable[..., object]
PILOT = "/fi/office/reports/keusote-2022"


@pytest.fixture
def staff(database: Database) -> User:
    """A coordinator of Keusote, whose pilot has told one quarter."""
    with database.transaction() as session:
        edition = ReportEdition(pilot_key="keusote-2022", first_on=date(2026, 7, 1), made_at=NOW)
        session.add(edition)
        session.flush()
        for measure, dimension, key, value, hidden in (
            (Measure.CLIENTS, Dimension.ALL, "", 41, False),
            (Measure.SPENT, Dimension.ALL, "", 1_234_567, False),
            (Measure.SPENT, Dimension.MONTH, "2026-08", 1_234_567, False),
            (Measure.CLIENTS, Dimension.SERVICE, "transport", 3, True),
            (Measure.SPENT, Dimension.SERVICE, "transport", 77_777, True),
        ):
            session.add(
                ReportCell(
                    edition_id=edition.id, measure=measure, dimension=dimension, key=key, value=value,
                    contributors=9, size=9, largest=1, second=1, hidden=hidden,
                )
            )  # fmt: skip
        return make_user(session, Role.COORDINATOR, organisation="keusote")


def test_a_report_shows_its_quarter_and_hides_what_is_hidden(
    staff: User, client: FlaskClient, sign_in: SignIn
) -> None:
    sign_in(client, staff)
    page = client.get(f"{PILOT}/money")
    assert page.status_code == 200
    assert "12\N{NO-BREAK SPACE}345,67" in page.text
    assert "777,77" not in page.text
    assert ".." in page.text
    assert page.text.count('role="img"') == 1, "nothing is drawn of what is hidden"
    assert "8/2026: 12\N{NO-BREAK SPACE}345,67" in page.text  # the picture in words


@pytest.mark.parametrize("report", sorted(ReportKind))
def test_every_report_has_a_page_in_both_languages(
    staff: User, client: FlaskClient, sign_in: SignIn, report: ReportKind
) -> None:
    sign_in(client, staff)
    for language in ("fi", "sv"):
        page = client.get(f"/{language}/office/reports/keusote-2022/{report}?quarter=2026-Q3")
        assert page.status_code == 200
        assert reports()[report].name[language] in page.text


def test_files_hold_what_the_page_shows(staff: User, client: FlaskClient, sign_in: SignIn) -> None:
    sign_in(client, staff)
    rows = list(
        csv.reader(io.StringIO(client.get(f"{PILOT}/money.csv").data.decode("utf-8-sig")), delimiter=";")
    )
    assert [
        "2026-Q3",
        "Koko kokeilu",
        "",
        "Koko kokeilu",
        "Palvelujen hinta",
        "12345,67",
        "",
        "euroa",
    ] in rows
    hidden = next(row for row in rows if row[2] == "transport" and row[4] == "Palvelujen hinta")
    assert hidden[5:] == ["", "kyllä", "euroa"]
    assert read_tables(client.get(f"{PILOT}/money.xlsx").data)
    told = json.loads(client.get(f"{PILOT}/money.json").data)
    place = {"quarter": "2026-Q3", "by": "service", "key": "transport"}
    assert {**place, "measure": "spent", "value": None, "hidden": True} in told["numbers"]
    assert told["dictionary"]["spent"]["name"] == {"fi": "Palvelujen hinta", "sv": "Tjänsternas pris"}
    assert "77777" not in json.dumps(told)


def _cell(
    session: Session, edition: ReportEdition, measure: Measure, dimension: Dimension, key: str, value: int
) -> None:
    session.add(
        ReportCell(
            edition_id=edition.id, measure=measure, dimension=dimension, key=key, value=value, contributors=9,
            size=9, largest=1, second=1, hidden=False,
        )
    )  # fmt: skip


def test_a_page_says_where_nothing_is_offered_and_what_prices_were_a_year_before(
    database: Database, staff: User, client: FlaskClient, sign_in: SignIn
) -> None:
    with database.transaction() as session:
        edition = session.scalars(sa.select(ReportEdition)).one()
        before = ReportEdition(pilot_key="keusote-2022", first_on=date(2025, 7, 1), made_at=NOW)
        session.add(before)
        session.flush()
        for each, cents, offers in ((before, 50_00, 10), (edition, 52_50, 11)):
            _cell(session, each, Measure.PRICE, Dimension.BAND, "transport:trip", cents)
            _cell(session, each, Measure.OFFERS, Dimension.ALL, "", offers)
        for place in ("858:transport", "186:transport", "858:day_activity"):
            _cell(session, edition, Measure.WITHOUT_OFFERS, Dimension.PLACE, place, 1)
    sign_in(client, staff)
    page = " ".join(client.get(f"{PILOT}/supply").text.split())
    assert "Järvenpää, Tuusula" in page
    row = page[page.index("kuljetuspalvelu – yhdensuuntainen matka") :]
    assert row.index("52,50") < row.index("50,00")
    assert "7/2025–9/2025: 10; 7/2026–9/2026: 11" in page  # from quarter to quarter


def test_a_page_says_why_something_happened(
    database: Database, staff: User, client: FlaskClient, sign_in: SignIn
) -> None:
    with database.transaction() as session:
        edition = session.scalars(sa.select(ReportEdition)).one()
        _cell(session, edition, Measure.REFUSED, Dimension.GROUND, "evidence_missing", 7)
        _cell(session, edition, Measure.REFUSED, Dimension.GROUND, "", 6)
        _cell(session, edition, Measure.CHANGES, Dimension.CAUSE, "own", 8)
        _cell(session, edition, Measure.CHANGES, Dimension.CAUSE, "own:times", 6)
        _cell(session, edition, Measure.RETURNED_CENTS, Dimension.LEFTOVER, "not_given", 90_000)
    sign_in(client, staff)
    supply = client.get(f"{PILOT}/supply").text
    assert "todistusta ei ole toimitettu" in supply
    assert "Muu peruste" in supply
    choice = client.get(f"{PILOT}/choice").text
    assert "Asiakas halusi toisen palveluntuottajan: 8" in choice
    assert "Asiakas halusi toisen palveluntuottajan: ajat eivät sopineet: 6" in choice
    assert "Varattiin, mutta palvelua ei annettu: 900,00" in client.get(f"{PILOT}/money").text


def test_what_tells_nothing_is_said_in_words(
    database: Database, staff: User, client: FlaskClient, sign_in: SignIn
) -> None:
    with database.transaction() as session:
        edition = session.scalars(sa.select(ReportEdition)).one()
        _cell(session, edition, Measure.AGREEMENTS, Dimension.MONTH, "2026-07", 6)
        _cell(session, edition, Measure.DAYS_TO_FIRST, Dimension.MONTH, "2026-08", 0)
        _cell(session, edition, Measure.APPLIED, Dimension.MONTH, "2026-08", 0)
    sign_in(client, staff)
    choice = client.get(f"{PILOT}/choice").text
    assert choice.count('role="img"') == 1, "the agreements"
    assert re.findall(r'palveluun">([^<]+)<', choice) == ["–", "0", "–"], (
        "no middle number, and one of no days"
    )
    assert "koska kaikki luvut ovat nollia tai niitä ei ole" in client.get(f"{PILOT}/supply").text
    assert "koska näitä lukuja ei kerrota" in client.get(f"{PILOT}/money").text


def test_every_number_stands_in_one_table_of_its_report() -> None:
    for report, words in reports().items():
        drawn = [measure for _name, measures in words.parts for measure in measures]
        assert sorted(drawn) == sorted(measures_of(report)), report


def test_another_organisation_s_pilot_is_not_found(staff: User, client: FlaskClient, sign_in: SignIn) -> None:
    sign_in(client, staff)
    assert client.get("/fi/office/reports/soite-2018/money").status_code == 404
    assert client.get("/fi/office/reports/soite-2018/money.csv").status_code == 404
    assert client.get("/fi/office/reports/nowhere/money").status_code == 404
    assert client.get(f"{PILOT}/money?quarter=1999-Q1").status_code == 404


def test_a_pilot_without_a_told_quarter_says_so(
    database: Database, client: FlaskClient, sign_in: SignIn
) -> None:
    with database.transaction() as session:
        person = make_user(session, Role.AUDITOR, organisation="soite")
    sign_in(client, person)
    page = client.get("/fi/office/reports/soite-2018/money")
    assert page.status_code == 200
    assert "45 päivää" in page.text


def test_the_first_page_lists_the_organisation_s_pilots_only(
    staff: User, client: FlaskClient, sign_in: SignIn
) -> None:
    sign_in(client, staff)
    page = client.get("/fi/office/reports").text
    assert "/fi/office/reports/keusote-2022/money" in page
    assert "soite-2018" not in page


def test_every_measure_is_described_and_told(staff: User, client: FlaskClient, sign_in: SignIn) -> None:
    assert set(measures()) == set(SPECS) == set(Measure)
    sign_in(client, staff)
    page = client.get("/sv/office/reports/dictionary").text
    assert all(each.name["sv"] in page and each.text["sv"] in page for each in measures().values())


def test_clients_see_no_reports(database: Database, client: FlaskClient, sign_in: SignIn) -> None:
    with database.transaction() as session:
        person = make_user(session, Role.CLIENT)
    sign_in(client, person)
    assert client.get("/fi/office/reports").status_code in (403, 404)


@pytest.mark.parametrize(("most", "top"), [(0, 1), (1, 1), (7, 10), (11, 20), (2000, 2000), (2001, 5000)])
def test_the_scale_of_a_picture_ends_with_a_round_number(most: int, top: int) -> None:
    assert round_top(most) == top


@pytest.mark.parametrize(("minutes", "top"), [(0, 60), (61, 120), (12_560, 30_000)])
def test_a_scale_of_hours_ends_with_round_hours(minutes: int, top: int) -> None:
    assert scale_top(Measure.GRANTED_MINUTES, minutes) == top
    assert scale_top(Measure.SPENT, minutes) == round_top(minutes)


def test_dropping_an_edition_drops_its_numbers(database: Database, staff: User) -> None:
    with database.transaction() as session:
        session.execute(sa.delete(ReportEdition))
        assert session.scalars(sa.select(ReportCell)).all() == []
