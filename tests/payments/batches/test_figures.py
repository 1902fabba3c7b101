"""The public figure of how quickly providers are paid: by month, and nothing that tells of a single provider."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.clients.queries import client_of_number
from marketplace.payments.batches.figures import count_paid_months, keep_paid_months, paid_for_client
from marketplace.payments.batches.rules import ENOUGH_PROVIDERS
from marketplace.pilots.figures import PaidMonth
from tests.conftest import NOW
from tests.factories import make_client
from tests.payments.batches.scenes import make_cast

TODAY = date(2026, 12, 1)
NOVEMBER = date(2026, 11, 1)


@pytest.mark.parametrize("missing", [0, 1])
def test_a_month_is_told_when_enough_providers_were_paid(
    core_app: Flask, session: Session, tmp_path: Path, missing: int
) -> None:
    cast = make_cast(session, tmp_path, owed=ENOUGH_PROVIDERS)
    batch = cast.sent()
    cast.pay(batch, *batch.payments[missing:])
    [(paid_on, day)] = {(each.paid_on, each.statement.rows[0].day) for each in batch.payments[missing:]}
    assert paid_on is not None
    days = None if missing else (paid_on - day).days
    assert count_paid_months(session, "keusote-2022", TODAY) == [PaidMonth(NOVEMBER, days)]
    assert count_paid_months(session, "keusote-2022", date(2028, 1, 1)) == []
    assert count_paid_months(session, "hb-2016", TODAY) == []


def test_what_was_paid_for_one_client_is_told_of_the_month_of_the_payment(
    core_app: Flask, session: Session, tmp_path: Path
) -> None:
    cast = make_cast(session, tmp_path, owed=2)
    batch = cast.sent()
    rows = batch.payments[0].statement.rows
    number = rows[0].delivery.client_number
    client = client_of_number(session, "keusote", number)
    assert client is not None
    december = (date(2026, 12, 1), date(2026, 12, 31))
    assert paid_for_client(session, client, NOVEMBER, december[0]).cents == 0
    cast.pay(batch, batch.payments[0])
    theirs = sum(each.gross_cents for each in rows if each.delivery.client_number == number)
    paid = paid_for_client(session, client, NOVEMBER, date(2026, 11, 30))
    assert paid.cents == theirs > 0
    assert isinstance(paid.cents, int), "a summary keeps it as JSON, which knows no decimals"
    assert paid_for_client(session, client, *december).cents == 0
    other = make_client(session)
    assert paid_for_client(session, other, NOVEMBER, date(2026, 11, 30)).cents == 0


def test_the_page_and_the_interface_tell_the_same(app: Flask, client: FlaskClient, tmp_path: Path) -> None:
    with app.app_context(), app.extensions["database"].transaction() as session:
        cast = make_cast(session, tmp_path, owed=ENOUGH_PROVIDERS)
        cast.pay(cast.sent())
        [told] = count_paid_months(session, "keusote-2022", TODAY)
    with app.app_context():
        for _twice in range(2):
            assert keep_paid_months(app.extensions["database"], now=NOW + timedelta(days=9)) == 1
    app.extensions["clock"] = lambda: NOW + timedelta(days=9)
    [pilot] = [each for each in client.get("/api/v1/pilots").get_json() if each["key"] == "keusote-2022"]
    assert pilot["days_to_paid"] == [{"month": "2026-11", "median_days": told.days}]
    assert f'<td data-align="end">{told.days}</td>' in client.get("/fi/pilots/keusote-2022").text
