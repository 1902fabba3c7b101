"""The pages of choosing and of agreements through the browser's eyes: the client's, the helper's, the provider's."""

from __future__ import annotations

from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.models import User
from marketplace.audit.models import AuditEvent
from marketplace.clients.mandates.queries import mandates_of
from marketplace.clients.models import Client, ClientAccess
from marketplace.clients.rules import Ground, Part
from marketplace.db import Database
from marketplace.i18n import date_text
from marketplace.offers.models import Offer
from marketplace.offers.rules import Availability
from marketplace.vouchers.models import Agreement
from marketplace.vouchers.rules import AgreementParty, AgreementState
from tests.factories import NOW
from tests.forms import hidden_on, post_form
from tests.vouchers.agreeing.conftest import FIRST, Choosing, accepted, asked

SignIn = Callable[[FlaskClient, User], None]
Enter = Callable[[User], FlaskClient]


@pytest.fixture
def enter(app: Flask, sign_in: SignIn) -> Enter:
    """A browser of the person's own."""

    def browser(person: User) -> FlaskClient:
        client = app.test_client()
        sign_in(client, person)
        return client

    return browser


def request_in(app: Flask, database: Database, kept: Choosing, **given: Any) -> int:
    with app.app_context(), database.transaction() as session:
        return asked(session, kept, session.get_one(Offer, kept.offer.id), **given).id


def agreement_in(app: Flask, database: Database, kept: Choosing, hours: str = "20") -> int:
    number = request_in(app, database, kept, hours=hours)
    with app.app_context(), database.transaction() as session:
        accepted(session, kept, session.get_one(Agreement, number))
    return number


def state_of(database: Database, number: int) -> AgreementState:
    with database.read() as session:
        return session.get_one(Agreement, number).state


def counted(kept: Choosing, hours: str = "20", whose: int | None = None) -> str:
    values = {"starts_on": date_text(FIRST), "weekday_day": hours}
    values |= {} if whose is None else {"for": str(whose)}
    query = "&".join(f"{name}={value}" for name, value in values.items())
    return f"/fi/client/agreements/new/{kept.offer.id}?{query}"


def choose(browser: FlaskClient, page: str) -> Any:
    """Press the button of the request as the page gives it."""
    return browser.post(page, data=hidden_on(browser.get(page).text))


def test_the_button_stands_on_the_offer_for_who_may_choose(kept: Choosing, enter: Enter, app: Flask) -> None:
    page, address = f"/fi/services/{kept.offer.id}", f"/fi/client/agreements/new/{kept.offer.id}"
    assert address in enter(kept.citizen).get(page).text
    helper = unescape(enter(kept.helper).get(page).text)
    assert f"Valitse tämä palveluntuottaja: {kept.client.name}" in helper
    for other in (enter(kept.admin), enter(kept.granting.olga), app.test_client()):
        assert address not in other.get(page).text


def test_the_button_stands_in_the_comparison_and_in_the_plan(kept: Choosing, enter: Enter) -> None:
    browser, address = enter(kept.citizen), f"/fi/client/agreements/new/{kept.offer.id}"
    for page in (f"/fi/compare?offer={kept.offer.id}", f"/fi/plan?offer={kept.offer.id}"):
        assert address in browser.get(page).text, page


def test_a_client_sees_the_cost_and_asks(database: Database, kept: Choosing, enter: Enter) -> None:
    browser = enter(kept.citizen)
    page = unescape(browser.get(counted(kept)).text)
    assert "20\u00a0h" in page
    assert "14 päivää" in page
    sent = choose(browser, counted(kept))
    assert sent.status_code == 303
    shown = unescape(browser.get(sent.location).text)
    assert "Odottaa palveluntuottajaa" in shown
    with database.read() as session:
        made = session.scalars(sa.select(Agreement)).one()
        assert (made.state, made.asked_by) == (AgreementState.REQUESTED, AgreementParty.CLIENT)


def test_what_does_not_fit_says_by_how_much_and_cannot_be_sent(kept: Choosing, enter: Enter) -> None:
    page = unescape(enter(kept.citizen).get(counted(kept, "40")).text)
    assert "10\u00a0h" in page
    assert "30\u00a0h" in page
    assert 'name="version"' not in page


@pytest.mark.parametrize("hours", ["paljon", "-1", "0,3", "9999"])
def test_bad_hours_get_a_message_at_their_field(kept: Choosing, enter: Enter, hours: str) -> None:
    page = enter(kept.citizen).get(counted(kept, hours)).text
    assert f'value="{hours}"' in page
    assert 'id="weekday_day-error"' in page


@pytest.mark.parametrize("day", ["31.2.2027", "eilen", "1.1.1999", ""])
def test_a_bad_day_gets_a_message_and_stays(kept: Choosing, enter: Enter, day: str) -> None:
    page = enter(kept.citizen).get(counted(kept).replace(date_text(FIRST), day)).text
    assert 'id="starts_on-error"' in page
    assert 'name="version"' not in page


def test_an_offer_that_cannot_be_chosen_says_why(database: Database, kept: Choosing, enter: Enter) -> None:
    with database.transaction() as session:
        session.get_one(Offer, kept.offer.id).availability_state = Availability.FULL
        session.get_one(Client, kept.client.id).municipality = "091"
    page = unescape(enter(kept.citizen).get(counted(kept)).text)
    assert "Palveluntuottaja ei ota nyt uusia asiakkaita." in page
    assert "Palveluntuottaja ei anna tätä palvelua asuinpaikassasi." in page
    assert 'name="version"' not in page


def test_a_request_that_is_late_is_refused_and_what_was_typed_stays(
    app: Flask, database: Database, kept: Choosing, enter: Enter
) -> None:
    browser = enter(kept.citizen)
    entries = hidden_on(browser.get(counted(kept)).text)
    request_in(app, database, kept, hours="5")
    sent = browser.post(counted(kept), data=entries)
    assert sent.status_code == 409
    assert 'value="20"' in sent.text
    assert "olet jo pyytänyt" in unescape(sent.text)


def test_a_helper_chooses_for_the_client_and_it_shows(
    database: Database, kept: Choosing, enter: Enter
) -> None:
    helper = enter(kept.helper)
    sent = choose(helper, counted(kept, whose=kept.client.id))
    assert sent.status_code == 303
    shown = unescape(enter(kept.citizen).get(sent.location).text)
    assert "HB-avustaja asiakkaan puolesta" in shown
    with database.read() as session:
        event = session.scalars(sa.select(AuditEvent).where(AuditEvent.action == "agreement.ask")).one()
        assert event.actor_id == kept.helper.id
        looks = session.scalars(sa.select(ClientAccess).where(ClientAccess.ground == Ground.MANDATE)).all()
        assert {each.part for each in looks} == {Part.AGREEMENTS}


def test_a_helper_whose_mandate_was_revoked_finds_nothing(
    app: Flask, database: Database, kept: Choosing, enter: Enter
) -> None:
    helper = enter(kept.helper)
    number = request_in(app, database, kept)
    own = f"/fi/client/agreements/{number}"
    assert helper.get(own).status_code == 200
    with database.transaction() as session:
        [mandate] = mandates_of(session, kept.client.id)
        mandate.revoked_at, mandate.revoked_by_id = NOW, kept.citizen.id
    assert helper.get(own).status_code == 404
    assert helper.get(counted(kept)).status_code == 404
    assert post_form(enter(kept.citizen), f"{own}/withdraw", {}, page=own).status_code == 303


def test_who_has_an_old_page_open_is_told_in_their_own_language(
    app: Flask, database: Database, kept: Choosing, enter: Enter
) -> None:
    number, browser = request_in(app, database, kept), enter(kept.citizen)
    own = f"/fi/client/agreements/{number}"
    theirs = f"/fi/provider/{kept.offer.provider_id}/clients/{number}"
    provider = enter(kept.admin)
    assert post_form(provider, f"{theirs}/accept", {}, page=theirs).status_code == 303
    late = post_form(browser, f"{own}/withdraw", {}, page=own)
    assert late.location == own
    shown = browser.get(own).text
    assert post_form(provider, f"{theirs}/accept", {}, page=theirs).location == theirs
    for text in (shown, provider.get(theirs).text):
        assert "Tätä ei voi enää tehdä." in text
        assert "is not possible" not in text


def test_other_peoples_agreements_are_not_found(
    app: Flask, database: Database, kept: Choosing, enter: Enter
) -> None:
    number = agreement_in(app, database, kept)
    other, citizen = enter(kept.other_admin), enter(kept.citizen)
    own = f"/fi/provider/{kept.other.provider_id}/clients/{number}"
    for path in (own, f"{own}/decline", f"{own}/end", f"{own}/stop", f"{own}/contract"):
        assert other.get(path).status_code == 404, path
    with database.transaction() as session:
        session.get_one(Agreement, number).client_number = "B-999"
    for path in ("", "/end", "/stop", "/contract", "/change"):
        assert citizen.get(f"/fi/client/agreements/{number}{path}").status_code == 404, path


def test_a_provider_sees_who_asks_only_after_accepting(
    app: Flask, database: Database, kept: Choosing, enter: Enter
) -> None:
    admin = enter(kept.admin)
    number = request_in(app, database, kept)
    listed, own = (
        f"/fi/provider/{kept.offer.provider_id}/clients",
        f"/fi/provider/{kept.offer.provider_id}/clients/{number}",
    )
    home = unescape(admin.get(f"/fi/provider/{kept.offer.provider_id}/").text)
    assert "1 asiakas pyytää sopimusta" in home
    for page in (listed, own):
        text = admin.get(page).text
        assert kept.client.name not in text, page
        assert kept.client.phone not in text, page
    sent = post_form(admin, f"{own}/accept", {}, page=own)
    assert sent.location == own
    assert kept.client.name in admin.get(own).text
    assert kept.client.name in admin.get(listed).text
    contract = admin.get(f"{own}/contract")
    assert contract.mimetype == "application/pdf"
    assert contract.data.startswith(b"%PDF")
    contract.close()
    with database.read() as session:
        seen = session.scalars(sa.select(ClientAccess).where(ClientAccess.user_id == kept.admin.id)).all()
    assert {(each.part, each.ground) for each in seen if not each.recipient} == {
        (Part.AGREEMENTS, Ground.SERVICE),
        (Part.LIST, Ground.SERVICE),
    }


def test_a_provider_declines_with_a_reason_that_the_client_reads(
    app: Flask, database: Database, kept: Choosing, enter: Enter
) -> None:
    admin, number = enter(kept.admin), request_in(app, database, kept)
    own = f"/fi/provider/{kept.offer.provider_id}/clients/{number}"
    refused = post_form(admin, f"{own}/decline", {"reason": ""})
    assert refused.status_code == 422
    assert "(vapaaehtoinen)" not in refused.text, "what must be written is not called optional"
    post_form(admin, f"{own}/decline", {"reason": "Meillä ei ole nyt tilaa."})
    assert state_of(database, number) is AgreementState.DECLINED
    page = enter(kept.citizen).get(f"/fi/client/agreements/{number}").text
    assert "Meillä ei ole nyt tilaa." in page
    assert admin.get(f"{own}/decline").location == own


@pytest.mark.parametrize(
    ("path", "entries", "state"),
    [
        ("end", {"ends_on": "31.1.2027"}, AgreementState.ENDING),
        ("stop", {"reason": "Sovitusta ei pidetty kiinni."}, AgreementState.CALLED_OFF),
    ],
)
def test_either_side_ends_an_agreement(
    app: Flask,
    database: Database,
    kept: Choosing,
    enter: Enter,
    path: str,
    entries: dict[str, str],
    state: AgreementState,
) -> None:
    for person, own in (
        (kept.citizen, "/fi/client/agreements/{}"),
        (kept.admin, f"/fi/provider/{kept.offer.provider_id}/clients/{{}}"),
    ):
        number = agreement_in(app, database, kept, "10")
        sent = post_form(enter(person), f"{own.format(number)}/{path}", entries)
        assert sent.location == own.format(number)
        assert state_of(database, number) is state
        with database.transaction() as session:
            session.get_one(Agreement, number).client_number = "B-1"


def test_a_last_day_within_the_notice_is_refused_and_stays(
    app: Flask, database: Database, kept: Choosing, enter: Enter
) -> None:
    number = agreement_in(app, database, kept)
    sent = post_form(enter(kept.citizen), f"/fi/client/agreements/{number}/end", {"ends_on": "24.11.2026"})
    assert sent.status_code == 422
    assert 'value="24.11.2026"' in sent.text


def test_the_provider_is_changed_in_one_flow(
    app: Flask, database: Database, kept: Choosing, enter: Enter
) -> None:
    citizen, number = enter(kept.citizen), agreement_in(app, database, kept)
    own = f"/fi/client/agreements/{number}"
    change = citizen.get(f"{own}/change").text
    assert f"/fi/client/agreements/new/{kept.other.id}?instead_of={number}" in unescape(change)
    assert citizen.get(f"/fi/client/agreements/new/{kept.other.id}?instead_of={10**30}").status_code == 200
    page = f"/fi/client/agreements/new/{kept.other.id}?instead_of={number}&starts_on=1.3.2027&weekday_day=25"
    asking = citizen.get(page).text
    assert "Ajat eivät sopineet" in asking
    refused = citizen.post(page, data={**hidden_on(asking), "change_reason": "weather"})
    assert refused.status_code == 422
    sent = citizen.post(page, data={**hidden_on(asking), "change_reason": "times"})
    assert sent.status_code == 303
    assert "Ajat eivät sopineet" in citizen.get(sent.location).text
    assert "Katso pyyntöä" in unescape(citizen.get(own).text)
    other = f"/fi/provider/{kept.other.provider_id}/clients/{sent.location.rsplit('/', 1)[1]}"
    assert "Ajat eivät sopineet" not in enter(kept.other_admin).get(other).text
    post_form(enter(kept.other_admin), f"{other}/accept", {}, page=other)
    with database.read() as session:
        old = session.get_one(Agreement, number)
        assert (old.state, date_text(old.ends_on)) == (AgreementState.ENDING, "28.2.2027")


def test_other_hours_are_asked_for_without_a_why(
    app: Flask, database: Database, kept: Choosing, enter: Enter
) -> None:
    number = agreement_in(app, database, kept)
    page = f"/fi/client/agreements/new/{kept.offer.id}?instead_of={number}&starts_on=1.3.2027&weekday_day=10"
    assert 'name="change_reason"' not in enter(kept.citizen).get(page).text


def test_a_counsellor_chooses_for_the_client(database: Database, kept: Choosing, enter: Enter) -> None:
    olga = enter(kept.granting.olga)
    offers = f"/fi/counsellor/clients/{kept.client.id}/choose"
    assert offers in olga.get(f"/fi/counsellor/clients/{kept.client.id}").text
    assert f"{offers}/{kept.offer.id}" in olga.get(offers).text
    query = counted(kept).partition("?")[2]
    sent = choose(olga, f"{offers}/{kept.offer.id}?{query}")
    assert "/fi/counsellor/agreements/" in sent.location
    shown = unescape(olga.get(sent.location).text)
    assert "Odottaa palveluntuottajaa" in shown
    assert kept.client.number in olga.get("/fi/counsellor/agreements?state=requested").text
    with database.read() as session:
        made = session.scalars(sa.select(Agreement)).one()
        assert made.asked_by is AgreementParty.OFFICE
    assert enter(kept.granting.stranger).get(offers).status_code == 404


def test_staff_read_that_a_client_asked_but_not_by_name(
    app: Flask, database: Database, kept: Choosing, enter: Enter
) -> None:
    request_in(app, database, kept)
    page = unescape(enter(kept.granting.olga).get("/fi/counsellor/agreements?state=requested").text)
    assert "Aino Asiakas" not in page
