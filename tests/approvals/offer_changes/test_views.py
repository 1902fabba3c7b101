"""From the provider's editor to the client's page: a raised price through the office, with the clock moved."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.models import User
from marketplace.accounts.service import actor_of
from marketplace.db import Database
from marketplace.offers.audit_actions import OfferAudit
from marketplace.offers.models import Offer, OfferVersion
from marketplace.offers.rules import VersionState
from marketplace.providers.audit_actions import ProviderAudit
from marketplace.providers.company.trail import record_of_company
from marketplace.providers.models import Provider
from tests.approvals.offer_changes.offers import DEAR, Case, make_case, send, write
from tests.factories import NOW
from tests.forms import post_form
from tests.work import work_of

SignIn = Callable[[FlaskClient, User], None]
NEW_YEAR = datetime(2027, 1, 1, tzinfo=UTC).date()


@pytest.fixture
def case(database: Database) -> Case:
    with database.transaction() as session:
        return make_case(session)


@pytest.fixture
def waiting(app: Flask, database: Database, case: Case) -> OfferVersion:
    """A raised price from the new year that waits for the office."""
    with app.app_context(), database.transaction() as session:
        merged = Case(*(session.merge(getattr(case, name)) for name in Case.__dataclass_fields__))
        write(session, merged, NEW_YEAR, price=DEAR)
        return send(session, merged)


def seen_on(page: str) -> str:
    match = re.search(r'name="seen"[^>]*value="([^"]+)"', page)
    assert match is not None
    return match[1]


def shown_prices(app: Flask, offer_id: int, moment: datetime) -> str:
    """The price of a day on the client's page at a moment."""
    app.extensions["clock"] = lambda: moment
    page = app.test_client().get(f"/fi/services/{offer_id}").text
    table = page[page.index("<tbody>") : page.index("</tbody>")]
    row = next(row for row in table.split("</tr>") if ">Päivä<" in row)
    return row.split("</td>")[0].rpartition(">")[2].replace("\xa0", " ")


def test_a_raised_price_is_approved_and_shows_from_its_day(
    app: Flask, client: FlaskClient, case: Case, sign_in: SignIn
) -> None:
    offer = case.offer.id
    editor = f"/fi/provider/{case.offer.provider_id}/offers/{offer}"
    sign_in(client, case.person)
    page = client.get(editor).text
    entries = {
        "seen": seen_on(page), "title-fi": "Päivätoimintaa metsän reunassa",
        "title-sv": "Dagverksamhet vid skogsbrynet", "summary-fi": "Tekemistä joka päivälle.",
        "summary-sv": "Något att göra varje dag.", "description-fi": "Pieni ryhmä.",
        "description-sv": "En liten grupp.", "municipalities": ["858", "186"], "languages": ["fi"],
        "groups": ["intellectual_disability", "severely_disabled", "informal_carers"], "vat_code": "EX",
        "price_day": "70", "price_half_day": "22,50", "price_day_high_support": "52,50",
        "price_day_intensive_support": "70", "valid_from": "1.1.2027",
    }  # fmt: skip
    assert post_form(client, editor, entries).headers["Location"] == f"{editor}/preview"
    preview = client.get(f"{editor}/preview").text
    assert "37,50" in preview, "the price that changes is shown before and after"
    answer = post_form(client, f"{editor}/preview", {"seen": seen_on(preview)})
    assert answer.status_code == 422, "nothing is sent without the acceptance"
    post_form(client, f"{editor}/preview", {"seen": seen_on(preview), "nothing_extra": "y"})

    office = app.test_client()
    sign_in(office, case.reviewer)
    queue = office.get("/fi/office/changes").text
    link = re.search(r"/fi/office/changes/\d+", queue)
    assert link is not None
    change = office.get(link[0]).text
    assert "<del>37,50" in change
    assert "<ins>70,00" in change
    assert shown_prices(app, offer, NOW).startswith("37,50 €"), "what waits changes nothing"
    post_form(office, f"{link[0]}/approve", {"seen": seen_on(change)}, page=link[0])

    assert shown_prices(app, offer, datetime(2026, 12, 31, 21, 59, tzinfo=UTC)).startswith("37,50 €")
    assert shown_prices(app, offer, datetime(2026, 12, 31, 22, 0, tzinfo=UTC)).startswith("70,00 €"), (
        "the new price begins at midnight in Finland"
    )


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_the_pages_of_the_office_open_in_both_languages(
    client: FlaskClient, case: Case, waiting: OfferVersion, sign_in: SignIn, language: str
) -> None:
    sign_in(client, case.reviewer)
    for path in ("", f"/{waiting.id}"):
        assert client.get(f"/{language}/office/changes{path}").status_code == 200


@pytest.mark.parametrize(
    ("days", "said"), [(8, None), (7, "7 päivän päästä"), (1, "Huomenna"), (0, "Päivä on tullut")]
)
def test_a_first_day_that_is_near_is_marked(
    app: Flask, case: Case, waiting: OfferVersion, sign_in: SignIn, days: int, said: str | None
) -> None:
    app.extensions["clock"] = lambda: datetime(2027, 1, 1, 9, tzinfo=UTC) - timedelta(days=days)
    client = app.test_client()
    sign_in(client, case.reviewer)
    page = client.get("/fi/office/changes").text
    assert [each for each in ("7 päivän päästä", "Huomenna", "Päivä on tullut") if each in page] == (
        [said] if said else []
    )


def test_what_went_live_says_what_it_was_and_leads_to_the_company(
    app: Flask, client: FlaskClient, database: Database, case: Case, sign_in: SignIn
) -> None:
    with app.app_context(), database.transaction() as session:
        work = work_of(session, actor_of(session.merge(case.person)))
        provider = session.get_one(Provider, case.offer.provider_id)
        facts = {"phone": "09 123 4567", "website": ""}, {"phone": "040 123 4567", "website": ""}
        record_of_company(work, provider.id, ProviderAudit.UPDATE, provider, before=facts[0], after=facts[1])
        offer = session.get_one(Offer, case.offer.id)
        work.record(OfferAudit.PUBLISH, offer, organisation="keusote", before={}, after={"kinds": ["price"]})
    sign_in(client, case.reviewer)
    page = client.get("/fi/office/changes").text
    assert re.search(r'Muutti yrityksen tietoja\s*<p class="hint">Puhelin</p>', page)
    assert "Julkaisi uuden palvelun" in page
    assert f'href="/fi/office/companies/{case.offer.provider_id}"' in page


def test_a_return_without_a_reason_keeps_the_page(
    client: FlaskClient, database: Database, case: Case, waiting: OfferVersion, sign_in: SignIn
) -> None:
    sign_in(client, case.reviewer)
    path = f"/fi/office/changes/{waiting.id}"
    seen = seen_on(client.get(path).text)
    assert post_form(client, f"{path}/return", {"seen": seen}, page=path).status_code == 422
    assert post_form(client, f"{path}/return", {"seen": "9.9", "reason": "Ei"}, page=path).status_code == 409
    post_form(client, f"{path}/return", {"seen": seen, "reason": "Perustele <b>hinta</b>."}, page=path)
    with database.read() as session:
        assert session.get_one(OfferVersion, waiting.id).state == VersionState.RETURNED
    sign_in(client, case.person)
    page = client.get(f"/fi/provider/{case.offer.provider_id}/offers/{case.offer.id}").text
    assert "Perustele &lt;b&gt;hinta&lt;/b&gt;." in page
    sign_in(client, case.reviewer)
    page = client.get(path).text
    assert "Palautettu aiemmin" in page
    assert "Perustele &lt;b&gt;hinta&lt;/b&gt;." in page


def test_the_chosen_changes_must_be_light(
    client: FlaskClient, database: Database, case: Case, waiting: OfferVersion, sign_in: SignIn
) -> None:
    sign_in(client, case.reviewer)
    page = f"/fi/office/changes/{waiting.id}"
    for chosen in ([], ["x"], ["².2.1"], ["9" * 30 + ".2.1"], [f"{waiting.id}.2.1"]):
        assert post_form(client, "/fi/office/changes", {"version": chosen}, page=page).status_code == 422
    with database.read() as session:
        assert (
            session.scalars(sa.select(OfferVersion.state).where(OfferVersion.id == waiting.id)).one()
            == VersionState.WAITING
        )


def test_others_see_neither_queue_nor_change(
    client: FlaskClient, case: Case, waiting: OfferVersion, sign_in: SignIn
) -> None:
    path = f"/fi/office/changes/{waiting.id}"
    sign_in(client, case.stranger)
    assert client.get(path).status_code == 404
    sign_in(client, case.person)
    assert client.get("/fi/office/changes").status_code == 403
    sign_in(client, case.decider)
    assert 'name="seen"' not in client.get(path).text, "a decider looks on"


def test_the_provider_takes_changes_back_by_one_click(
    client: FlaskClient, database: Database, case: Case, waiting: OfferVersion, sign_in: SignIn
) -> None:
    sign_in(client, case.person)
    path = f"/fi/provider/{case.offer.provider_id}/offers"
    post_form(client, f"{path}/{case.offer.id}/take-back", {}, page=path)
    with database.read() as session:
        assert session.get_one(OfferVersion, waiting.id).state == VersionState.DRAFT


def test_the_list_is_narrowed_by_municipality_and_downloaded(
    client: FlaskClient, case: Case, waiting: OfferVersion, sign_in: SignIn
) -> None:
    sign_in(client, case.reviewer)
    place = waiting.municipalities[0]
    shown = f"/office/changes/{waiting.id}"
    assert shown in client.get(f"/fi/office/changes?municipality={place}").text
    assert shown not in client.get("/fi/office/changes?municipality=106").text
    assert f"list.csv?municipality={place}" in client.get(f"/fi/office/changes?municipality={place}").text
    rows = client.get(f"/fi/office/changes/list.csv?municipality={place}").text.splitlines()
    assert len(rows) == 2
    assert "→" in rows[1]
    assert client.get("/fi/office/changes/list.xlsx").data.startswith(b"PK")
