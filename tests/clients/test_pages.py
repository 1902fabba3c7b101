"""The counsellor's pages of clients through the browser's eyes."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from marketplace.accounts.models import User
from marketplace.clients.models import Client, ClientAccess
from marketplace.clients.rules import Ground, Part
from marketplace.db import Database
from tests.clients.conftest import Enter, Scene
from tests.factories import make_agreement, make_approval, make_offer, make_provider
from tests.forms import post_form

REGISTER = "/fi/counsellor/clients"
FACTS = {
    "number": "c-9",
    "name": "Sanna Saarinen",
    "language": "sv",
    "municipality": "858",
    "group": "",
    "phone": "040 1234567",
    "email": "",
    "address": "Katu 1\r\n04300 Tuusula",
    "counsellor": "",
}


def looks(database: Database, client: Client) -> list[tuple[Part, Ground]]:
    with database.read() as session:
        rows = session.scalars(sa.select(ClientAccess).where(ClientAccess.client_id == client.id))
        return [(each.part, each.ground) for each in rows]


def test_a_counsellor_adds_a_client_and_changes_the_data(
    database: Database, kept: Scene, enter: Enter
) -> None:
    browser = enter(kept.olga)
    assert "Lisää asiakas" in browser.get(REGISTER).text
    sent = post_form(browser, f"{REGISTER}/new", FACTS | {"counsellor": str(kept.olga.id)})
    assert sent.status_code == 303, sent.text
    page = browser.get(sent.location).text
    assert "Sanna Saarinen" in page
    assert "C-9" in page
    assert "Katu 1" in page
    changed = post_form(
        browser,
        f"{sent.location}/facts",
        FACTS | {"counsellor": str(kept.olga.id), "protected": "y"},
    )
    page = browser.get(changed.location).text
    assert "Katu 1" not in page
    assert "turvakielto" in page.lower()


def test_a_refused_form_keeps_what_was_written(kept: Scene, enter: Enter) -> None:
    refused = post_form(
        enter(kept.olga), f"{REGISTER}/new", FACTS | {"number": "131052-308T", "name": "Åke Å"}
    )
    assert refused.status_code == 422
    assert "henkilötunnus" in refused.text.lower()
    assert "Åke Å" in refused.text


def test_the_own_counsellor_sees_the_client_and_the_log_says_so(
    database: Database, kept: Scene, enter: Enter
) -> None:
    page = enter(kept.olga).get(f"{REGISTER}/{kept.aino.id}")
    assert "Aino Äijälä" in page.text
    assert looks(database, kept.aino) == [(Part.FACTS, Ground.HANDLING)]


def test_others_of_the_office_say_first_why_and_that_holds_for_the_day(
    database: Database, kept: Scene, enter: Enter
) -> None:
    browser, page = enter(kept.colleague), f"{REGISTER}/{kept.aino.id}"
    led = browser.get(page)
    assert led.location.startswith(f"{page}/why?next=")
    asked = browser.get(led.location).text
    assert "Aino" not in asked, "the name is seen only after that"
    assert looks(database, kept.aino) == []
    assert post_form(browser, led.location, {}).status_code == 422
    assert post_form(browser, led.location, {"ground": "asked"}).location == page
    assert "Aino Äijälä" in browser.get(page).text
    assert browser.get(led.location).location == page
    assert looks(database, kept.aino) == [(Part.FACTS, Ground.ASKED)] * 2


def test_a_ground_that_is_not_for_staff_is_refused(database: Database, kept: Scene, enter: Enter) -> None:
    browser = enter(kept.colleague)
    why = f"{REGISTER}/{kept.aino.id}/why"
    assert post_form(browser, why, {"ground": "mandate"}).status_code == 422
    assert looks(database, kept.aino) == []


def test_a_form_sent_before_saying_why_changes_nothing(database: Database, kept: Scene, enter: Enter) -> None:
    browser = enter(kept.colleague)
    form = f"{REGISTER}/{kept.aino.id}/facts"
    led = post_form(browser, form, FACTS, page=f"{REGISTER}/{kept.aino.id}/why")
    assert "/why?next=" in led.location
    with database.read() as session:
        assert session.get_one(Client, kept.aino.id).name == "Aino Äijälä"


def test_names_in_the_list_are_in_the_log_of_each_client(
    database: Database, kept: Scene, enter: Enter
) -> None:
    listed = enter(kept.olga).get(REGISTER).text
    assert listed.index("Aino Äijälä") < listed.index("Eino Ek")
    assert "Muu Muualta" not in listed
    assert looks(database, kept.aino) == [(Part.LIST, Ground.HANDLING)]
    assert looks(database, kept.eino) == [(Part.LIST, Ground.FINDING)]


def test_the_search_takes_no_identity_code(kept: Scene, enter: Enter) -> None:
    page = enter(kept.olga).get(f"{REGISTER}?q=131052-308T").text
    assert "henkilötunnus" in page.lower()


@pytest.mark.parametrize("person", ["decider", "reviewer", "stranger", "colleague"])
@pytest.mark.parametrize("path", ["", "/facts", "/why", "/pilots/join", "/pilots/1/end"])
def test_each_page_of_a_client_opens_for_those_whose_work_it_is(
    kept: Scene, enter: Enter, person: str, path: str
) -> None:
    expected = {
        "decider": {"": 302, "/why": 200},
        "colleague": {"": 302, "/facts": 302, "/why": 200, "/pilots/join": 302, "/pilots/1/end": 302},
        "stranger": {"": 404, "/facts": 404, "/why": 404, "/pilots/join": 404, "/pilots/1/end": 404},
    }
    answer = enter(getattr(kept, person)).get(f"{REGISTER}/{kept.aino.id}{path}")
    assert answer.status_code == expected.get(person, {}).get(path, 403)


def test_the_decider_reads_the_register_and_does_not_write_it(kept: Scene, enter: Enter) -> None:
    browser = enter(kept.decider)
    assert "Lisää asiakas" not in browser.get(REGISTER).text
    assert browser.get(f"{REGISTER}/new").status_code == 403


def test_a_client_joins_a_pilot_and_ends_taking_part_at_the_office(
    database: Database, kept: Scene, enter: Enter
) -> None:
    with database.transaction() as session:
        offer = make_offer(
            session, make_approval(session, make_provider(session, official_name="Kotiapu Oy"))
        )
        make_agreement(session, offer, session.get_one(User, kept.olga.id), client_number="A-12")
    browser, page = enter(kept.olga), f"{REGISTER}/{kept.aino.id}"
    joined = post_form(browser, f"{page}/pilots/join", {"pilot": "keusote-2022", "day": "22.11.2026"})
    assert joined.location == page
    again = post_form(browser, f"{page}/pilots/join", {"pilot": "keusote-2022", "day": "22.11.2026"})
    assert again.status_code == 409
    shown = browser.get(page).text
    assert "Kotiapu Oy" in shown, "rooms above show their parts"
    way = next(part for part in shown.split('"') if part.endswith("/end") and "/pilots/" in part)
    assert post_form(browser, way, {"last_day": "21.11.2026"}).status_code == 422
    assert post_form(browser, way, {"last_day": "30.11.2026"}).location == page
    assert "30.11.2026" in browser.get(page).text
