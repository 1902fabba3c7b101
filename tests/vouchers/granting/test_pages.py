"""The pages of service decisions through the eyes of those who write and those who decide."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.models import RoleGrant, User
from marketplace.clients.models import Client, ClientAccess
from marketplace.db import Database
from marketplace.permissions import Role
from marketplace.vouchers.granting import service
from marketplace.vouchers.granting.models import ServiceDecision
from marketplace.vouchers.granting.rules import DecisionState
from tests.factories import make_approval, make_offer, make_provider
from tests.forms import post_form
from tests.vouchers.granting.conftest import PILOT, SERVICE, Granting

Enter = Callable[[User], FlaskClient]

ENTRIES: dict[str, Any] = {
    "pilot_key": PILOT,
    "starts_on": "1.12.2026",
    "ends_on": "30.11.2027",
    "applied_on": "15.10.2026",
    "voucher_accepted_on": "1.11.2026",
    "consumer": "with_support",
    "supporter": "sisar",
    "municipal": "Kuljetuspalvelu",
    "grounds": "Tarvitset apua arjessa.",
}
LINE: dict[str, Any] = {
    "service_key": SERVICE,
    "unit": "minutes",
    "amount": "30",
    "every": "month",
    "carry": "none",
    "value_kind": "fixed",
    "unit_value": "17,00",
    "fee_ground": "free_by_law",
}


@pytest.fixture
def enter(app: Flask, sign_in: Callable[[FlaskClient, User], None]) -> Enter:
    """A browser of the person's own."""

    def browser(person: User) -> FlaskClient:
        client = app.test_client()
        sign_in(client, person)
        return client

    return browser


@pytest.fixture
def olga(enter: Enter, kept: Granting) -> FlaskClient:
    """The counsellor whose client it is."""
    return enter(kept.olga)


def begun(olga: FlaskClient, kept: Granting, **entries: Any) -> str:
    """The address of a draft."""
    path = f"/fi/counsellor/clients/{kept.client.id}/decisions/new"
    answer = post_form(olga, path, ENTRIES | entries)
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def state_of(database: Database, path: str) -> DecisionState:
    with database.read() as session:
        return session.get_one(ServiceDecision, int(path.rpartition("/")[2])).state


def test_a_counsellor_writes_a_decision_with_the_value_check_and_another_person_makes_it(
    olga: FlaskClient, enter: Enter, kept: Granting, database: Database
) -> None:
    with database.transaction() as session:
        for _each in range(2):
            make_offer(session, make_approval(session, make_provider(session), SERVICE))
    draft = begun(olga, kept)
    assert post_form(olga, f"{draft}/lines/new", LINE).location == draft
    page = olga.get(draft.replace("/fi/", "/sv/")).text
    assert "17,00" in page
    assert "Tusby" in page  # the value of 17 € does not buy every hour there
    assert post_form(olga, f"{draft}/propose", {}, page=draft).location == draft
    assert f'action="{draft}/make"' not in olga.get(draft).text
    decider = enter(kept.decider)
    why = f"/fi/counsellor/clients/{kept.client.id}/why"
    post_form(decider, why, {"ground": "deciding"})
    assert f'action="{draft}/make"' in decider.get(draft).text
    assert post_form(decider, f"{draft}/make", {}, page=draft).location == draft
    assert state_of(database, draft) is DecisionState.MADE
    with decider.get(f"{draft}/letter") as letter:
        assert letter.mimetype == "application/pdf"
    answer = post_form(olga, f"{draft}/posted", {"posted_on": "22.11.2026"}, page=draft)
    assert answer.location == draft
    page = olga.get(draft).text
    assert "29.12.2026" in page  # seven days, thirty days
    assert page.count('class="budget-bar"') == 12
    assert "KEUSOTE-2026/A1" in olga.get(f"/fi/counsellor/clients/{kept.client.id}").text


def test_a_draft_that_lacks_something_is_told_everything_and_stays(
    olga: FlaskClient, kept: Granting, database: Database
) -> None:
    draft = begun(olga, kept, grounds="", voucher_accepted_on="", supporter="")
    answer = post_form(olga, f"{draft}/propose", {}, page=draft)
    assert answer.status_code == 422
    assert answer.text.count("<li>") >= 4
    assert state_of(database, draft) is DecisionState.DRAFT


@pytest.mark.parametrize(
    ("entries", "kept_text"),
    [
        ({"ends_on": "1.11.2026"}, "1.11.2026"),
        ({"starts_on": "31.2.2027"}, "31.2.2027"),
        ({"grounds": "Asiakas 010190-123A tarvitsee apua."}, "tarvitsee apua"),
        ({"pilot_key": "siunsote-2017"}, "sisar"),
    ],
)
def test_bad_facts_are_shown_again_as_they_were_written(
    olga: FlaskClient, kept: Granting, entries: dict[str, Any], kept_text: str
) -> None:
    path = f"/fi/counsellor/clients/{kept.client.id}/decisions/new"
    answer = post_form(olga, path, ENTRIES | entries)
    assert answer.status_code == 422
    assert kept_text in answer.text


def test_the_question_about_the_language_hides_no_day_that_cannot_be(
    olga: FlaskClient, kept: Granting
) -> None:
    wrong = {
        "grounds": "Klienten behöver stöd i vardagen och har valt att använda servicesedel.",
        "ends_on": "1.11.2026",
        "applied_on": "1.12.2026",
    }
    path = f"/fi/counsellor/clients/{kept.client.id}/decisions/new"
    draft = begun(olga, kept)
    for page in (path, f"{draft}/facts"):
        shown = post_form(olga, page, ENTRIES | wrong).text
        assert [field for field in wrong if f'href="#{field}"' not in shown] == [], page


@pytest.mark.parametrize(
    "entries",
    [{"amount": "0,333"}, {"amount": "paljon"}, {"unit_value": "0"}, {"unit": "days"}, {"fee_ground": ""}],
)
def test_bad_lines_are_shown_again(olga: FlaskClient, kept: Granting, entries: dict[str, Any]) -> None:
    draft = begun(olga, kept)
    answer = post_form(olga, f"{draft}/lines/new", LINE | entries)
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text or "error" in answer.text


def test_a_line_is_taken_out_and_a_draft_is_changed_and_discarded(
    olga: FlaskClient, kept: Granting, database: Database
) -> None:
    draft = begun(olga, kept)
    post_form(olga, f"{draft}/lines/new", LINE)
    post_form(olga, f"{draft}/lines/1/drop", {}, page=draft)
    assert "/lines/1/drop" not in olga.get(draft).text
    assert post_form(olga, f"{draft}/facts", ENTRIES | {"grounds": "Uusi"}).location == draft
    assert "Uusi" in olga.get(draft).text
    post_form(olga, f"{draft}/discard", {}, page=draft)
    assert state_of(database, draft) is DecisionState.DISCARDED


def test_a_proposal_is_returned_with_a_reason_and_a_made_decision_is_changed(
    olga: FlaskClient, enter: Enter, kept: Granting, database: Database
) -> None:
    draft = begun(olga, kept)
    post_form(olga, f"{draft}/lines/new", LINE)
    post_form(olga, f"{draft}/propose", {}, page=draft)
    colleague = enter(kept.colleague)
    assert colleague.get(draft).status_code in (302, 303)  # first say why
    post_form(colleague, f"/fi/counsellor/clients/{kept.client.id}/why", {"ground": "deciding"})
    assert post_form(colleague, f"{draft}/return", {"reason": " "}, page=draft).status_code == 422
    post_form(colleague, f"{draft}/return", {"reason": "Perustele tarkemmin."}, page=draft)
    assert "Perustele tarkemmin." in olga.get(draft).text
    told = "Yksi palvelupäätös on palautettu sinulle"
    register, waiting = "/fi/counsellor/clients", "/fi/counsellor/decisions"
    assert told in olga.get(register).text
    assert "Perustele tarkemmin." in olga.get(waiting).text
    assert told not in colleague.get(register).text
    assert "Perustele tarkemmin." not in colleague.get(waiting).text
    with database.transaction() as session:
        session.get_one(Client, kept.client.id).counsellor_id = kept.colleague.id
    assert told in colleague.get(register).text, "who has the client now"
    assert told in olga.get(register).text, "who proposed it"
    post_form(olga, f"{draft}/propose", {}, page=draft)
    assert told not in olga.get(register).text
    assert "Perustele tarkemmin." not in olga.get(waiting).text
    post_form(colleague, f"{draft}/make", {}, page=draft)
    refused = post_form(olga, f"{draft}/change", {"kind": "change", "starts_on": "2.3.2027"})
    assert refused.status_code == 422
    after = post_form(olga, f"{draft}/change", {"kind": "end", "starts_on": "1.3.2027"}).location
    assert olga.get(after).status_code == 200
    assert olga.get(f"{after}/facts").status_code == 200


def test_who_writes_decisions_and_works_in_the_office_sees_what_came_back_on_the_first_page(
    app: Flask, olga: FlaskClient, enter: Enter, kept: Granting, database: Database
) -> None:
    draft = begun(olga, kept)
    post_form(olga, f"{draft}/lines/new", LINE)
    post_form(olga, f"{draft}/propose", {}, page=draft)
    with app.app_context(), database.transaction() as session:
        service.send_back(kept.work(session, "decider"), int(draft.rpartition("/")[2]), "Perustele.")
        session.add(RoleGrant(user_id=kept.olga.id, role=Role.DECIDER, organisation_key="keusote"))
    today = enter(kept.olga).get("/fi/office").text
    assert "Sinulle palautetut palvelupäätökset" in today
    assert 'href="/fi/counsellor/decisions#returned"' in today
    assert "Sinulle palautetut palvelupäätökset" not in enter(kept.decider).get("/fi/office").text


def test_strangers_find_nothing_and_looks_are_written_down(
    olga: FlaskClient, enter: Enter, kept: Granting, database: Database
) -> None:
    draft = begun(olga, kept)
    stranger = enter(kept.stranger)
    for path in (draft, f"{draft}/facts", f"{draft}/lines/new", f"{draft}/change", f"{draft}/letter"):
        assert stranger.get(path).status_code == 404
    assert olga.get(f"{draft}/letter").status_code == 404
    assert olga.get(draft).status_code == 200
    with database.read() as session:
        looks = session.query(ClientAccess).filter_by(user_id=kept.olga.id, part="decisions").count()
    assert looks >= 1
