"""A price list goes out, comes in, is looked through row by row, and is applied only after a yes."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.models import User
from marketplace.audit.models import AuditEvent
from marketplace.db import Database
from marketplace.i18n import LocalizedText
from marketplace.offers.models import Offer, OfferVersion
from marketplace.offers.pricelists import table
from marketplace.providers.models import Provider
from marketplace.sheets import read_tables
from marketplace.web import tables
from tests.factories import (
    make_approval,
    make_offer,
    make_provider,
    make_provider_admin,
    make_required_evidence,
)
from tests.forms import post_form
from tests.sheets.books import HARMFUL

SignIn = Callable[[FlaskClient, User], None]
NEW_YEAR = "1.1.2027"


@pytest.fixture
def offer(database: Database, client: FlaskClient, sign_in: SignIn) -> Offer:
    with database.transaction() as session:
        provider = make_provider(session)
        approval = make_approval(session, provider)
        make_required_evidence(session, approval)
        title = LocalizedText("=Päivä <b>iloa</b>", "Dag")
        offer = make_offer(session, approval, version={"title": title})
        person = make_provider_admin(session, provider)
    sign_in(client, person)
    return offer


def listing(offer: Offer, *rows: tuple[str, str, str], number: int | None = None) -> bytes:
    """A price list with rows of (band, new price, first day)."""
    own = str(offer.id if number is None else number)
    cells = [[own, "", "", "", band, "", "", "", "", price, day] for band, price, day in rows]
    return table.as_csv(cells)


def give(client: FlaskClient, app: Flask, offer: Offer, *rows: tuple[str, str, str], **more: Any) -> str:
    """The page that shows what a list would change."""
    with app.test_request_context("/fi/"):
        content = listing(offer, *rows, **more)
    path = f"/fi/provider/{offer.provider_id}/price-list"
    answer = post_form(
        client, path, {"file": (io.BytesIO(content), "hinnasto.csv")}, content_type="multipart/form-data"
    )
    assert answer.status_code == 200
    return answer.text


def changes_on(page: str) -> str:
    match = re.search(r'name="changes"[^>]*value="([^"]*)"', page)
    assert match is not None
    return html.unescape(match[1])


def confirm(client: FlaskClient, offer: Offer, page: str, **entries: str) -> Any:
    path = f"/fi/provider/{offer.provider_id}/price-list"
    return post_form(client, f"{path}/confirm", {"changes": changes_on(page), **entries}, page=path)


def versions(database: Database) -> list[tuple[int, str]]:
    with database.read() as session:
        found = session.execute(
            sa.select(OfferVersion.number, OfferVersion.state).order_by(OfferVersion.number)
        )
        return [(number, state) for number, state in found]


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_the_list_goes_out_with_a_row_for_every_band(client: FlaskClient, offer: Offer, ending: str) -> None:
    answer = client.get(f"/fi/provider/{offer.provider_id}/price-list/file.{ending}")
    assert "attachment" in answer.headers["Content-Disposition"]
    (rows,) = [each.rows for each in read_tables(answer.data) if len(each.rows[0]) == 11]
    assert [cells[4] for cells in rows[1:]] == [
        "day",
        "half_day",
        "day_high_support",
        "day_intensive_support",
    ]
    assert rows[1][8] == {"csv": "37,50", "xlsx": "37,5"}[ending], "a number in a workbook"
    assert client.get(f"/fi/provider/{offer.provider_id}/price-list/file.exe").status_code == 404


def test_nothing_is_applied_before_a_yes(
    client: FlaskClient, app: Flask, database: Database, offer: Offer
) -> None:
    page = give(client, app, offer, ("day", "40", NEW_YEAR), ("half_day", "22,50", ""))
    assert "40,00" in page
    assert versions(database) == [(1, "published")]
    with database.read() as session:
        assert session.scalars(sa.select(AuditEvent).where(AuditEvent.action.like("offer.%"))).all() == []
    assert confirm(client, offer, page).status_code == 422, "the acceptance is needed here too"
    assert versions(database) == [(1, "published")]
    assert confirm(client, offer, page, nothing_extra="y").status_code == 303
    assert versions(database) == [(1, "published"), (2, "waiting")]
    with database.read() as session:
        version = session.scalars(sa.select(OfferVersion).where(OfferVersion.number == 2)).one()
        prices = {row.band: row.amount.cents for row in version.prices}
    assert (prices["day"], prices["half_day"], len(prices)) == (40_00, 22_50, 4)
    table = client.get(f"/fi/provider/{offer.provider_id}/price-list/file.csv").text
    assert ";37,50;" in table, "the price now is what was published, not what waits"
    assert ";40,00;" not in table


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (("day", "75,01", NEW_YEAR), r"75,00"),
        (("day", "40", ""), r"ensimmäinen|first day"),
        (("day", "40", "1.12.2026"), r"22\.12\.2026"),
        (("day", "40", "1.1.2020"), r"1\.1\.2020"),
        (("day", "=cmd()", NEW_YEAR), r"=cmd\(\)"),
        (("night", "40", NEW_YEAR), r"Yö"),
        (("day", "1e9", NEW_YEAR), r"1e9"),
    ],
    ids=[
        "above the ceiling",
        "no day",
        "too soon",
        "past",
        "formula",
        "band of another service",
        "no amount",
    ],
)
def test_a_row_that_cannot_be_taken_says_why_and_nothing_is_offered(
    client: FlaskClient, app: Flask, database: Database, offer: Offer, row: tuple[str, str, str], words: str
) -> None:
    page = give(client, app, offer, row)
    assert re.search(words, page)
    assert 'name="changes"' not in page
    assert versions(database) == [(1, "published")]


def test_all_that_is_wrong_in_a_list_is_told_at_once(client: FlaskClient, app: Flask, offer: Offer) -> None:
    page = give(client, app, offer, ("day", "=cmd()", NEW_YEAR), ("half_day", "99", NEW_YEAR))
    assert "=cmd()" in page
    assert "45,00" in page, "the ceiling of the other row"
    assert 'name="changes"' not in page


def test_what_is_wrong_with_all_prices_of_a_service_is_told_at_each_of_its_rows(
    client: FlaskClient, app: Flask, offer: Offer
) -> None:
    page = give(client, app, offer, ("day", "40", "1.12.2026"), ("half_day", "25", "1.12.2026"))
    assert page.count("22.12.2026") == 2


def test_one_bad_row_keeps_the_whole_list_back(client: FlaskClient, app: Flask, offer: Offer) -> None:
    page = give(client, app, offer, ("day", "40", NEW_YEAR), ("half_day", "99", NEW_YEAR))
    assert 'name="changes"' not in page


def test_an_unchanged_price_is_no_change(client: FlaskClient, app: Flask, offer: Offer) -> None:
    assert 'name="changes"' not in give(client, app, offer, ("day", "37,50", NEW_YEAR))


def test_rows_that_contradict_each_other_are_refused(client: FlaskClient, app: Flask, offer: Offer) -> None:
    for rows in (
        [("day", "40", NEW_YEAR), ("day", "41", NEW_YEAR)],
        [("day", "40", NEW_YEAR), ("half_day", "41", "2.1.2027")],
    ):
        assert 'name="changes"' not in give(client, app, offer, *rows)


def test_another_companys_offer_is_not_found_in_the_list(
    client: FlaskClient, app: Flask, database: Database, offer: Offer
) -> None:
    with database.transaction() as session:
        other = make_offer(session, make_approval(session, make_provider(session)))
    page = give(client, app, offer, ("day", "40", NEW_YEAR), number=other.id)
    assert 'name="changes"' not in page
    path = f"/fi/provider/{offer.provider_id}/price-list"
    forged = f'[[{other.id}, "1.1", "2027-01-01", {{"day": 100}}]]'
    entries = {"changes": forged, "nothing_extra": "y"}
    assert post_form(client, f"{path}/confirm", entries, page=path).status_code == 404


def test_a_list_confirmed_twice_is_applied_once(
    client: FlaskClient, app: Flask, database: Database, offer: Offer
) -> None:
    page = give(client, app, offer, ("day", "40", NEW_YEAR))
    confirm(client, offer, page, nothing_extra="y")
    assert confirm(client, offer, page, nothing_extra="y").status_code == 409
    assert len(versions(database)) == 2


def test_a_service_with_unpublished_changes_is_left_alone(
    client: FlaskClient, app: Flask, database: Database, offer: Offer
) -> None:
    page = give(client, app, offer, ("day", "40", NEW_YEAR))
    confirm(client, offer, page, nothing_extra="y")
    assert 'name="changes"' not in give(client, app, offer, ("day", "41", NEW_YEAR))


def test_a_file_that_is_no_price_list_is_refused(client: FlaskClient, offer: Offer) -> None:
    path = f"/fi/provider/{offer.provider_id}/price-list"
    for content in (b"", b"\x89PNG\r\n\x1a\n", b"a;b\n"):
        entries = {"file": (io.BytesIO(content), "x.csv")}
        assert post_form(client, path, entries, content_type="multipart/form-data").status_code == 422
    assert post_form(client, path, {}).status_code == 422
    assert client.get(path.replace("/fi/", "/sv/")).status_code == 200


@pytest.mark.parametrize("name", ["one merged block over the whole sheet", "a dense sheet of 20 MB"])
def test_a_file_made_to_cost_much_is_refused_and_nobody_waits_for_it(
    name: str, client: FlaskClient, offer: Offer, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = HARMFUL[name]()

    def read_while_another_writes(given: bytes) -> Any:
        with database.transaction() as other:  # would wait for the upload's lock, were one held
            other.get_one(Provider, offer.provider_id).city = "Tuusula"
        return read_tables(given)

    monkeypatch.setattr(tables, "read_tables", read_while_another_writes)
    path = f"/fi/provider/{offer.provider_id}/price-list"
    answer = post_form(
        client, path, {"file": (io.BytesIO(content), "hinnasto.xlsx")}, content_type="multipart/form-data"
    )
    assert answer.status_code == 422
    with database.read() as session:
        assert session.get_one(Provider, offer.provider_id).city == "Tuusula"
