"""The numbers of applications: months, the middle one's days, outcomes by service, and the page with its file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.applications.rules import ApplicationState, Outcome
from marketplace.approvals.statistics import queries
from marketplace.approvals.statistics.rules import (
    ApplicationFact,
    by_month,
    by_pilot,
    by_state,
    figures,
    months_until,
)
from tests.approvals.cast import Cast, make_cast
from tests.factories import NOW, make_application, make_provider, make_provider_admin

SignIn = Callable[[FlaskClient, User], None]
OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)


def fact(sent: date, days: int | None = None, *outcomes: Outcome, pilot: str = "a") -> ApplicationFact:
    state = ApplicationState.SUBMITTED if days is None else ApplicationState.DECIDED
    return ApplicationFact(
        pilot, state, sent, sent + timedelta(days=days) if days is not None else None, outcomes
    )


FACTS = [
    fact(date(2026, 10, 5), 10, Outcome.APPROVED, Outcome.REJECTED),
    fact(date(2026, 10, 20), 30, Outcome.APPROVED_WITH_CONDITIONS),
    fact(date(2026, 11, 2), 4, Outcome.APPROVED, pilot="b"),
    fact(date(2026, 11, 3)),
]


def test_months_are_counted_back_over_the_turn_of_the_year() -> None:
    assert months_until(date(2027, 1, 15), 3) == [NOVEMBER, date(2026, 12, 1), date(2027, 1, 1)]


def test_a_month_counts_what_was_sent_in_it_and_what_was_decided_in_it() -> None:
    rows = by_month(FACTS, [OCTOBER, NOVEMBER])
    assert [(row.sent, row.decided, row.days) for row in rows.values()] == [(2, 1, 10), (2, 2, 17)]
    assert rows[OCTOBER].outcomes == {
        Outcome.APPROVED: 1,
        Outcome.APPROVED_WITH_CONDITIONS: 0,
        Outcome.REJECTED: 1,
    }


def test_nothing_decided_has_no_days() -> None:
    assert figures(FACTS[3:], []).days is None


def test_pilots_and_states_are_counted_apart() -> None:
    assert {key: row.decided for key, row in by_pilot(FACTS, OCTOBER).items()} == {"a": 2, "b": 1}
    assert by_pilot(FACTS, NOVEMBER)["a"].sent == 1
    assert by_state(FACTS) == {ApplicationState.DECIDED: 3, ApplicationState.SUBMITTED: 1}


def test_an_application_that_was_not_sent_does_not_count(session: Session) -> None:
    cast = make_cast(session)
    make_application(session, cast.provider, cast.applicant, state="draft")
    other = make_provider(session)
    make_application(session, other, make_provider_admin(session, other), state="submitted")
    session.flush()
    [found] = queries.facts(session, ["keusote-2022"])
    assert found.state == ApplicationState.SUBMITTED
    assert queries.facts(session, ["soite-2018"]) == []


@pytest.fixture
def cast(app: Flask) -> Cast:
    with app.extensions["database"].transaction() as session:
        made = make_cast(session)
        make_application(session, made.provider, made.applicant, state="submitted")
        return made


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_the_page_has_its_pictures_and_its_tables(
    client: FlaskClient, cast: Cast, sign_in: SignIn, language: str
) -> None:
    sign_in(client, cast.reviewer)
    page = unescape(client.get(f"/{language}/office/statistics?months=24&pilot=nonsense").text)
    assert (page.count("<figure"), page.count('role="img" aria-labelledby')) == (4, 2), (
        "nothing has been decided yet"
    )
    assert f"{NOW.month}/{NOW.year}" in page
    assert ("Saapunut" if language == "fi" else "Mottagen") in page


def test_the_file_has_a_row_for_each_month(client: FlaskClient, cast: Cast, sign_in: SignIn) -> None:
    sign_in(client, cast.reviewer)
    rows = client.get("/fi/office/statistics/months.csv?months=24").text.strip().splitlines()
    assert len(rows) == 25
    assert rows[-1].split(";")[1] == "1"
    sign_in(client, cast.stranger)
    rows = client.get("/fi/office/statistics/months.csv").text.strip().splitlines()
    assert rows[-1].split(";")[1] == "0", "another organisation counts its own"
    sign_in(client, cast.applicant)
    assert client.get("/fi/office/statistics").status_code == 403
