"""The provider's pages in a browser without JavaScript: every wrong entry gets its own words, nothing typed is lost."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from marketplace.accounts.models import User
from marketplace.db import Database
from marketplace.i18n import LocalizedText
from marketplace.outbox import OutboxMessage
from marketplace.providers.company.models import AccessRequest
from marketplace.providers.models import Evidence, Offer, OfferVersion, Provider, StoredFile
from tests.factories import (
    NOW,
    PDF,
    business_id,
    make_approval,
    make_evidence,
    make_offer,
    make_provider,
    make_provider_admin,
    make_required_evidence,
)
from tests.forms import post_form

NEWCOMER = {
    "name": "Maija Malli",
    "email": "maija@example.fi",
    "password": "neljä sanaa peräkkäin",
    "business_id": business_id(1_234_567),
    "official_name": "Metsäpolku Oy",
    "legal_form": "limited_company",
    "phone": "040 123 4567",
}
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

SignIn = Callable[[FlaskClient, User], None]


@pytest.fixture
def database(app: Flask) -> Database:
    database: Database = app.extensions["database"]
    return database


class Home:
    """A provider with one approval, and a person of it who is signed in."""

    def __init__(self, session: Session) -> None:
        self.provider = make_provider(session)
        self.person = make_provider_admin(session, self.provider)
        self.approval = make_approval(session, self.provider)
        self.path = f"/fi/provider/{self.provider.id}"


@pytest.fixture
def home(database: Database, client: FlaskClient, sign_in: SignIn) -> Home:
    with database.transaction() as session:
        home = Home(session)
    sign_in(client, home.person)
    return home


@pytest.fixture
def offer(database: Database, home: Home) -> Offer:
    with database.transaction() as session:
        approval = session.merge(home.approval)
        make_required_evidence(session, approval)
        return make_offer(session, approval)


def problems(answer: TestResponse) -> str:
    """The words of the error summary."""
    summary = re.search(r'id="error-summary".*?</ul>', answer.text, re.DOTALL)
    return unescape(re.sub(r"<[^>]+>", " ", summary[0])) if summary else ""


def seen_on(client: FlaskClient, path: str) -> str:
    match = re.search(r'name="seen"[^>]*value="([^"]+)"', client.get(path).text)
    assert match is not None
    return match[1]


def send_offer(client: FlaskClient, path: str, **changes: Any) -> TestResponse:
    entries = {"seen": seen_on(client, path), **OFFER} | changes
    return post_form(client, path, {name: value for name, value in entries.items() if value is not None})


# --- registering -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_a_newcomer_registers_and_is_signed_in(
    client: FlaskClient, database: Database, language: str
) -> None:
    answer = post_form(client, f"/{language}/provider/register", NEWCOMER)
    assert answer.status_code == 302
    page = client.get(answer.headers["Location"])
    assert page.status_code == 200
    assert "Metsäpolku Oy" in page.text
    with database.read() as session:
        assert session.scalars(sa.select(User)).one().language == language


def test_a_wrong_check_digit_has_its_own_words_and_what_was_typed_stays(client: FlaskClient) -> None:
    wrong = NEWCOMER["business_id"][:-1] + str((int(NEWCOMER["business_id"][-1]) + 1) % 10)
    answer = post_form(client, "/fi/provider/register", NEWCOMER | {"business_id": wrong})
    assert answer.status_code == 422
    assert 'href="#business_id"' in answer.text
    for kept in (wrong, "Metsäpolku Oy", "maija@example.fi", "040 123 4567"):
        assert f'value="{kept}"' in answer.text
    assert "neljä sanaa" not in answer.text


def test_a_known_business_id_asks_the_companys_admins_for_access(
    client: FlaskClient, database: Database
) -> None:
    with database.transaction() as session:
        known = make_provider(session, official_name="Salainen Oy")
        admin = make_provider_admin(session, known)
    answer = post_form(
        client,
        "/fi/provider/register",
        NEWCOMER | {"business_id": known.business_id},
        follow_redirects=True,
    )
    assert answer.status_code == 200
    assert known.business_id in answer.text
    assert "Salainen" not in answer.text
    with database.read() as session:
        request = session.scalars(sa.select(AccessRequest)).one()
        assert (request.provider_id, request.user.email, request.state) == (
            known.id,
            "maija@example.fi",
            "waiting",
        )
        assert session.scalars(sa.select(OutboxMessage.recipient)).all() == [admin.email]


def test_an_empty_form_links_to_every_field_that_is_needed(client: FlaskClient) -> None:
    answer = post_form(client, "/sv/provider/register", {})
    assert answer.status_code == 422
    for name in ("name", "email", "password", "business_id", "official_name", "legal_form", "phone"):
        assert f'href="#{name}"' in answer.text


def test_somebody_signed_in_gives_the_company_only(
    client: FlaskClient, database: Database, home: Home
) -> None:
    assert 'name="password"' not in client.get("/fi/provider/register").text
    company = {name: NEWCOMER[name] for name in ("business_id", "official_name", "legal_form", "phone")}
    assert post_form(client, "/fi/provider/register", company).status_code == 302
    page = client.get("/fi/provider/").text
    assert "Metsäpolku Oy" in page
    assert home.provider.official_name in page


# --- whose pages -----------------------------------------------------------------------------------------------------


def test_a_person_of_one_company_comes_straight_to_it(client: FlaskClient, home: Home) -> None:
    assert client.get("/fi/provider/").headers["Location"] == f"{home.path}/"


@pytest.mark.parametrize("page", ["/", "/company", "/evidence", "/evidence/add/tax", "/offers", "/files/1"])
def test_another_companys_pages_do_not_exist(
    client: FlaskClient, database: Database, home: Home, page: str
) -> None:
    with database.transaction() as session:
        other = make_provider(session)
    assert client.get(f"/fi/provider/{other.id}{page}").status_code == 404


@pytest.mark.parametrize("page", ["", "/preview", "/availability", "/end"])
def test_another_companys_offer_does_not_exist(
    client: FlaskClient, database: Database, home: Home, page: str
) -> None:
    with database.transaction() as session:
        other = make_offer(session, make_approval(session, make_provider(session)))
    for provider_id in (home.provider.id, other.provider_id):
        assert client.get(f"/fi/provider/{provider_id}/offers/{other.id}{page}").status_code == 404


# --- company ---------------------------------------------------------------------------------------------------------


def company_entries(provider: Provider, **changes: str) -> dict[str, str]:
    names = ("official_name", "trade_name", "legal_form", "street", "postal_code", "city", "phone", "email")
    return {"revision": "1", **{name: getattr(provider, name) or "" for name in names}} | changes


def test_company_facts_are_saved(client: FlaskClient, database: Database, home: Home) -> None:
    entries = company_entries(home.provider, city="Järvenpää", iban="FI21 1234 5600 0007 85")
    assert post_form(client, f"{home.path}/company", entries).status_code == 302
    with database.read() as session:
        assert session.get_one(Provider, home.provider.id).city == "Järvenpää"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("iban", "FI22 1234 5600 0007 85"),
        ("postal_code", "430"),
        ("email", "nobody"),
        ("website", "company.fi"),
    ],
)
def test_a_wrong_fact_is_shown_at_its_field_and_kept(
    client: FlaskClient, home: Home, field: str, value: str
) -> None:
    answer = post_form(client, f"{home.path}/company", company_entries(home.provider, **{field: value}))
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert f'value="{value}"' in answer.text


def test_the_second_of_two_people_sees_both_versions_and_may_save_again(
    client: FlaskClient, database: Database, home: Home
) -> None:
    path = f"{home.path}/company"
    post_form(client, path, company_entries(home.provider, city="Ensimmäinen"))
    answer = post_form(client, path, company_entries(home.provider, city="Toinen"))
    assert answer.status_code == 409
    assert "Ensimmäinen" in answer.text
    assert 'value="Toinen"' in answer.text
    assert (
        post_form(client, path, company_entries(home.provider, city="Toinen", revision="2")).status_code
        == 302
    )


# --- proofs ----------------------------------------------------------------------------------------------------------


def add_proof(
    client: FlaskClient, home: Home, content: bytes | None = PDF, name: str = "todistus.pdf", **changes: str
) -> TestResponse:
    entries: dict[str, Any] = {"issued_on": "1.11.2026"} | changes
    if content is not None:
        entries["document"] = (io.BytesIO(content), name)
    return post_form(client, f"{home.path}/evidence/add/tax", entries)


def test_a_proof_is_added_listed_and_fetched_back_safely(
    client: FlaskClient, database: Database, home: Home
) -> None:
    assert add_proof(client, home).status_code == 302
    assert "todistus.pdf" in client.get(f"{home.path}/evidence").text
    with database.read() as session:
        stored = session.scalars(sa.select(StoredFile)).one()
    answer = client.get(f"{home.path}/files/{stored.id}")
    assert answer.data == PDF
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"] == "attachment; filename=todistus.pdf"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "private, no-store"
    answer.close()


def refusal_of(client: FlaskClient, home: Home, content: bytes | None, name: str) -> str:
    answer = add_proof(client, home, content, name)
    assert answer.status_code == 422
    assert 'href="#document"' in answer.text
    assert 'value="1.11.2026"' in answer.text
    return problems(answer)


def test_each_file_that_is_not_taken_has_its_own_words(app: Flask, client: FlaskClient, home: Home) -> None:
    app.extensions["settings"] = replace(app.extensions["settings"], max_upload_bytes=1000)
    refusals = {
        refusal_of(client, home, None, ""),
        refusal_of(client, home, b"", "tyhja.pdf"),
        refusal_of(client, home, b"MZ\x90\x00" + bytes(300), "todistus.pdf"),
        refusal_of(client, home, PDF, "todistus.exe"),
        refusal_of(client, home, PDF.ljust(1001, b"\0"), "iso.pdf"),
    }
    assert len(refusals) == 5


def test_fifty_megabytes_are_refused_before_they_are_read(
    client: FlaskClient, database: Database, home: Home
) -> None:
    answer = client.post(
        f"{home.path}/evidence/add/tax",
        content_type="multipart/form-data; boundary=x",
        environ_overrides={"CONTENT_LENGTH": str(50 * 1024 * 1024)},
    )
    assert answer.status_code == 413
    assert "<h1" in answer.text
    with database.read() as session:
        assert session.scalars(sa.select(Evidence)).all() == []


def test_a_file_that_was_fine_is_not_lost_when_a_date_is_wrong(
    client: FlaskClient, database: Database, home: Home
) -> None:
    answer = add_proof(client, home, issued_on="31.2.2026")
    assert answer.status_code == 422
    assert 'value="31.2.2026"' in answer.text
    assert "todistus.pdf" in answer.text
    token = re.search(r'name="document-token" value="([^"]+)"', answer.text)
    assert token is not None
    again = add_proof(client, home, None, **{"document-token": unescape(token[1])})
    assert again.status_code == 302
    with database.read() as session:
        proof = session.scalars(sa.select(Evidence)).one()
        assert proof.file is not None
        assert (proof.file.name, proof.file.size) == ("todistus.pdf", len(PDF))


def test_a_criminal_record_extract_has_no_file_field_and_the_page_says_why(
    client: FlaskClient, home: Home
) -> None:
    path = f"{home.path}/evidence/add/criminal_record"
    page = client.get(path).text
    assert 'type="file"' not in page
    answer = post_form(client, path, {"issued_on": "1.11.2026", "document": (io.BytesIO(PDF), "ote.pdf")})
    assert answer.status_code == 302
    assert "ote.pdf" not in client.get(f"{home.path}/evidence").text


# --- offers ----------------------------------------------------------------------------------------------------------


def begin_offer(client: FlaskClient, home: Home) -> str:
    answer = post_form(client, f"{home.path}/offers/for/{home.approval.id}", {}, page=f"{home.path}/offers")
    assert answer.status_code == 302
    return answer.headers["Location"]


def test_an_offer_is_written_previewed_and_published_in_both_languages(
    client: FlaskClient, database: Database, home: Home
) -> None:
    editor = begin_offer(client, home)
    assert send_offer(client, editor).headers["Location"] == f"{editor}/preview"
    page = client.get(f"{editor}/preview").text
    assert "Päivätoimintaa" in page
    assert "Dagverksamhet" in page
    assert "70,00\xa0€/pv" in page
    assert "70,00\xa0€/dag" in page
    answer = post_form(
        client, f"{editor}/preview", {"seen": seen_on(client, f"{editor}/preview"), "nothing_extra": "y"}
    )
    assert answer.headers["Location"] == f"{home.path}/offers"
    with database.read() as session:
        assert session.scalars(sa.select(Offer)).one().state == "published"


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


@pytest.mark.parametrize("missing", ["title-fi", "title-sv"])
def test_an_offer_without_one_of_its_titles_is_saved_but_not_published(
    client: FlaskClient, database: Database, home: Home, missing: str
) -> None:
    editor = begin_offer(client, home)
    assert send_offer(client, editor, **{missing: ""}).status_code == 302
    answer = post_form(
        client, f"{editor}/preview", {"seen": seen_on(client, f"{editor}/preview"), "nothing_extra": "y"}
    )
    assert answer.status_code == 422
    assert f'href="{editor}#{missing}"' in answer.text
    with database.read() as session:
        assert session.scalars(sa.select(Offer)).one().state == "draft"


def test_text_with_markup_is_shown_as_text(client: FlaskClient, home: Home) -> None:
    editor = begin_offer(client, home)
    send_offer(client, editor, **{"title-fi": "<script>alert(1)</script>"})
    page = client.get(f"{editor}/preview").text
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_a_second_editor_sees_what_the_first_one_saved(client: FlaskClient, home: Home) -> None:
    editor = begin_offer(client, home)
    seen = seen_on(client, editor)
    assert send_offer(client, editor, seen=seen, place="Ensimmäinen paikka").status_code == 302
    answer = send_offer(client, editor, seen=seen, place="Toinen paikka")
    assert answer.status_code == 409
    assert "Ensimmäinen paikka" in answer.text
    assert 'value="Toinen paikka"' in answer.text
    fresh = re.search(r'name="seen"[^>]*value="([^"]+)"', answer.text)
    assert fresh is not None
    assert send_offer(client, editor, seen=fresh[1], place="Toinen paikka").status_code == 302


def test_what_was_written_comes_back_to_its_own_offer_after_the_session_ended(
    client: FlaskClient, home: Home, sign_in: SignIn
) -> None:
    first, second = begin_offer(client, home), begin_offer(client, home)
    form_name = re.search(r'name="form_name"[^>]*value="([^"]+)"', client.get(first).text)
    assert form_name is not None
    seen = seen_on(client, first)
    client.delete_cookie("session")
    entries = {
        **OFFER,
        "seen": seen,
        "form_name": form_name[1],
        "place": "Ei saa kadota",
        "csrf_token": "old",
    }
    client.post(first, data=entries)
    sign_in(client, home.person)
    assert 'value="Ei saa kadota"' not in client.get(second).text
    assert 'value="Ei saa kadota"' in client.get(first).text


def test_free_places_change_by_one_click_in_the_list(
    client: FlaskClient, database: Database, home: Home, offer: Offer
) -> None:
    listing, places = f"{home.path}/offers", f"{home.path}/offers/{offer.id}/availability"
    assert post_form(client, places, {"state": "full"}, page=listing).status_code == 302
    with database.read() as session:
        assert session.get_one(Offer, offer.id).availability_state == "full"
    answer = post_form(client, places, {"state": "from"})
    assert answer.status_code == 422
    assert 'href="#available_from"' in answer.text
    assert post_form(client, places, {"state": "queue", "queue_weeks": "3"}).status_code == 302


def test_an_offer_is_ended_from_its_page(
    client: FlaskClient, database: Database, home: Home, offer: Offer
) -> None:
    path = f"{home.path}/offers/{offer.id}/end"
    assert post_form(client, path, {"last_day": "21.11.2026"}).status_code == 422
    assert post_form(client, path, {"last_day": ""}).status_code == 302
    with database.read() as session:
        assert session.get_one(Offer, offer.id).state == "ended"


# --- what needs doing ------------------------------------------------------------------------------------------------


def test_the_home_page_tells_what_waits(client: FlaskClient, database: Database, home: Home) -> None:
    with database.transaction() as session:
        provider = session.merge(home.provider)
        make_evidence(session, provider, "pension", valid_until=NOW.date() - timedelta(days=1))
        make_evidence(session, provider, "tax", valid_until=NOW.date() + timedelta(days=20))
        make_evidence(session, provider, "soteri", valid_until=None)
    page = client.get(f"{home.path}/").text
    assert f"{home.path}/evidence/add/pension" in page
    assert f"{home.path}/evidence/add/tax" in page
    assert f"{home.path}/evidence/add/soteri" not in page
    assert f"{home.path}/offers" in page


def test_a_published_offer_that_clients_do_not_see_says_why(
    client: FlaskClient, database: Database, home: Home, offer: Offer
) -> None:
    assert f"{home.path}/offers/{offer.id}/preview" not in client.get(f"{home.path}/").text
    with database.transaction() as session:
        session.execute(sa.update(Provider).values(state="paused"))
    assert f"{home.path}/offers/{offer.id}/preview" in client.get(f"{home.path}/").text


def test_every_page_of_the_area_opens_in_both_languages(
    client: FlaskClient, database: Database, home: Home, offer: Offer
) -> None:
    with database.transaction() as session:
        session.execute(sa.update(OfferVersion).values(plain=LocalizedText("Selkeästi.", "")))
    for language in ("fi", "sv"):
        base = f"/{language}/provider/{home.provider.id}"
        pages = ["/", "/company", "/evidence", "/evidence/add/soteri", "/offers"]
        pages += [f"/offers/{offer.id}{page}" for page in ("", "/preview", "/availability", "/end")]
        for page in pages:
            answer = client.get(base + page)
            assert answer.status_code == 200, page
            assert answer.text.count("<h1") == 1, page
