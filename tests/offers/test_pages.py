"""Writing offers in a browser without JavaScript: every wrong entry gets its own words, nothing typed is lost."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from marketplace.accounts.browser import SESSION_COOKIE
from marketplace.db import Database
from marketplace.offers.models import Offer
from marketplace.offers.rules import Availability, OfferState
from marketplace.providers.models import ServiceApproval
from marketplace.providers.rules import ApprovalState
from tests.forms import post_form, token_on
from tests.providers.home import Home, SignIn, problems, seen_on

OFFER = {
    "title-fi": "Päivätoimintaa",
    "title-sv": "Dagverksamhet",
    "municipalities": ["858"],
    "groups": ["intellectual_disability"],
    "languages": ["fi"],
    "vat_code": "EX",
    "valid_from": "22.11.2026",
    "price_day": "70",
}


def send_offer(client: FlaskClient, path: str, **changes: Any) -> TestResponse:
    entries = {"seen": seen_on(client, path), **OFFER} | changes
    return post_form(client, path, {name: value for name, value in entries.items() if value is not None})


def begin_offer(client: FlaskClient, home: Home) -> str:
    """The editor of a new draft in which hardly anything has been written."""
    answer = post_form(client, new_offer_page(home), {"vat_code": "EX", "valid_from": "22.11.2026"})
    assert answer.status_code == 303
    return answer.headers["Location"].removesuffix("/preview")


def new_offer_page(home: Home) -> str:
    return f"{home.path}/offers/for/{home.approval.id}"


def test_a_new_offer_is_kept_only_when_it_is_saved(
    client: FlaskClient, database: Database, home: Home
) -> None:
    page = client.get(new_offer_page(home)).text
    assert 'value="Päivätoiminta"' in page
    assert send_offer(client, new_offer_page(home), price_day="75,01").status_code == 422
    with database.read() as session:
        assert session.scalars(sa.select(Offer)).all() == []
    answer = send_offer(client, new_offer_page(home))
    with database.read() as session:
        offer = session.scalars(sa.select(Offer)).one()
        assert offer.versions[0].title.fi == "Päivätoimintaa"
    assert answer.headers["Location"] == f"{home.path}/offers/{offer.id}/preview"


def test_what_is_written_is_saved_on_the_way_to_another_page(
    client: FlaskClient, database: Database, home: Home
) -> None:
    answer = send_offer(client, new_offer_page(home), then="unit", place="Hyryläntie 1")
    assert answer.headers["Location"] == f"{home.path}/units/add"
    with database.read() as session:
        offer = session.scalars(sa.select(Offer)).one()
        assert offer.versions[0].place == "Hyryläntie 1"
    answer = send_offer(client, f"{home.path}/offers/{offer.id}", then="coefficients")
    assert answer.headers["Location"] == f"{home.path}/offers/{offer.id}/coefficients"


def test_no_offer_is_begun_under_an_approval_that_does_not_stand(
    client: FlaskClient, database: Database, home: Home
) -> None:
    with database.transaction() as session:
        session.get_one(ServiceApproval, home.approval.id).state = ApprovalState.SUSPENDED
    assert client.get(new_offer_page(home)).headers["Location"] == f"{home.path}/offers"
    assert client.get(f"{home.path}/offers/for/999999").status_code == 404


def test_an_offer_is_written_previewed_and_published_in_both_languages(
    client: FlaskClient, database: Database, home: Home
) -> None:
    editor = begin_offer(client, home)
    assert send_offer(client, editor).headers["Location"] == f"{editor}/preview"
    page = client.get(f"{editor}/preview").text
    assert "Vapaista paikoista ei ole kerrottu" in page
    assert "Päivätoimintaa" in page
    assert "Dagverksamhet" in page
    assert "70,00\xa0€/pv" in page
    assert "70,00\xa0€/dag" in page
    answer = post_form(
        client,
        f"{editor}/preview",
        {"seen": seen_on(client, f"{editor}/preview"), "nothing_extra": "y", "sure": "y", "state": "now"},
    )
    assert answer.headers["Location"] == f"{home.path}/offers"
    with database.read() as session:
        offer = session.scalars(sa.select(Offer)).one()
    assert (offer.state, offer.availability_state) == (OfferState.PUBLISHED, Availability.NOW)


@pytest.mark.parametrize("typed", ["12,345", "-1", "abc", "75,01"])
def test_a_wrong_price_is_shown_at_its_field_as_it_was_typed(
    client: FlaskClient, home: Home, typed: str
) -> None:
    answer = send_offer(client, begin_offer(client, home), price_day=typed)
    assert answer.status_code == 422
    assert 'href="#price_day"' in answer.text
    assert f'value="{typed}"' in answer.text


def test_each_wrong_price_has_its_own_words(client: FlaskClient, home: Home) -> None:
    editor = begin_offer(client, home)
    typed = ["12,345", "-1", "abc", "80"]
    said = {re.sub(r"“[^”]*”", "", problems(send_offer(client, editor, price_day=text))) for text in typed}
    assert len(said) == 4
    assert any("75,00\xa0€/pv" in words for words in said)


def test_a_wrong_day_and_a_wrong_price_are_told_at_once(client: FlaskClient, home: Home) -> None:
    answer = send_offer(
        client, begin_offer(client, home), price_day="80", price_half_day="x", valid_from="31.2.2027"
    )
    for field in ("price_day", "price_half_day", "valid_from"):
        assert answer.text.count(f'href="#{field}"') == 1


@pytest.mark.parametrize("missing", ["title-fi", "title-sv"])
def test_an_offer_without_one_of_its_titles_is_saved_but_not_published(
    client: FlaskClient, database: Database, home: Home, missing: str
) -> None:
    editor = begin_offer(client, home)
    assert send_offer(client, editor, **{missing: ""}).status_code == 303
    answer = post_form(
        client,
        f"{editor}/preview",
        {"seen": seen_on(client, f"{editor}/preview"), "nothing_extra": "y", "sure": "y", "state": "now"},
    )
    assert answer.status_code == 422
    assert f'href="{editor}#{missing}"' in answer.text
    with database.read() as session:
        assert session.scalars(sa.select(Offer)).one().state == OfferState.DRAFT


def test_text_with_markup_is_shown_as_text(client: FlaskClient, home: Home) -> None:
    editor = begin_offer(client, home)
    send_offer(client, editor, **{"title-fi": "<script>alert(1)</script>"})
    page = client.get(f"{editor}/preview").text
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_a_second_editor_sees_what_the_first_one_saved(client: FlaskClient, home: Home) -> None:
    editor = begin_offer(client, home)
    seen = seen_on(client, editor)
    assert send_offer(client, editor, seen=seen, place="Ensimmäinen paikka").status_code == 303
    answer = send_offer(client, editor, seen=seen, place="Toinen paikka")
    assert answer.status_code == 409
    assert "Ensimmäinen paikka" in answer.text
    assert 'value="Toinen paikka"' in answer.text
    fresh = re.search(r'name="seen"[^>]*value="([^"]+)"', answer.text)
    assert fresh is not None
    assert send_offer(client, editor, seen=fresh[1], place="Toinen paikka").status_code == 303


def test_what_was_written_comes_back_to_its_own_offer_after_the_session_ended(
    client: FlaskClient, home: Home, sign_in: SignIn
) -> None:
    first, second = begin_offer(client, home), begin_offer(client, home)
    form_name = re.search(r'name="form_name"[^>]*value="([^"]+)"', client.get(first).text)
    assert form_name is not None
    seen, token = seen_on(client, first), token_on(client.get(first).text)
    client.delete_cookie(SESSION_COOKIE)
    entries = {
        **OFFER,
        "seen": seen,
        "form_name": form_name[1],
        "place": "Ei saa kadota",
        "csrf_token": token,
    }
    client.post(first, data=entries)
    sign_in(client, home.person)
    assert 'value="Ei saa kadota"' not in client.get(second).text
    assert 'value="Ei saa kadota"' in client.get(first).text


def test_free_places_change_by_one_click_in_the_list(
    client: FlaskClient, database: Database, home: Home, offer: Offer
) -> None:
    listing, places = f"{home.path}/offers", f"{home.path}/offers/{offer.id}/availability"
    assert post_form(client, places, {"state": "full"}, page=listing).status_code == 303
    with database.read() as session:
        assert session.get_one(Offer, offer.id).availability_state == Availability.FULL
    answer = post_form(client, places, {"state": "from"})
    assert answer.status_code == 422
    assert 'href="#available_from"' in answer.text
    assert post_form(client, places, {"state": "queue", "queue_weeks": "3"}).status_code == 303


def test_an_offer_is_ended_from_its_page(
    client: FlaskClient, database: Database, home: Home, offer: Offer
) -> None:
    path = f"{home.path}/offers/{offer.id}/end"
    assert post_form(client, path, {"last_day": "21.11.2026"}).status_code == 422
    assert post_form(client, path, {"last_day": ""}).status_code == 303
    with database.read() as session:
        assert session.get_one(Offer, offer.id).state == OfferState.ENDED


def test_a_municipality_outside_the_approval_is_named(client: FlaskClient, home: Home) -> None:
    answer = send_offer(client, begin_offer(client, home), municipalities=["858", "091"])
    assert answer.status_code == 422
    assert "Helsinki" in problems(answer)


def test_a_group_that_is_in_no_list_is_refused_in_the_readers_language(
    client: FlaskClient, home: Home
) -> None:
    answer = send_offer(client, begin_offer(client, home), groups=["anyone"])
    assert "Valitse luettelosta." in problems(answer)


def test_a_service_that_is_not_priced_by_the_hour_has_no_coefficients(
    client: FlaskClient, home: Home
) -> None:
    assert client.get(f"{begin_offer(client, home)}/coefficients").status_code == 404
