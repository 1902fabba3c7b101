"""What the page and the interface say of a query: how it was read, what was put right or left out, and where to ask."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.i18n import LocalizedText, helsinki_date
from marketplace.offers.models import Offer
from marketplace.offers.rules import STALE_AVAILABILITY, Availability
from marketplace.search import documents, passing_days
from marketplace.search.engine import Document, SearchQuery
from marketplace.search.follower import Follower
from marketplace.search.offer_index import OfferIndex
from tests import factories
from tests.factories import NOW
from tests.search.conftest import DAY


@pytest.fixture
def care(app: Flask) -> dict[str, int]:
    """Day activities in Järvenpää and, told long ago to be free, in Tuusula; a taxi in Tuusula that is full."""
    database = app.extensions["database"]
    ids: dict[str, int] = {}
    with database.transaction() as session:
        for name, service, places, more in (
            ("järvenpää", "day_activity", ["186"], {}),
            ("tuusula", "day_activity", ["858"], {"availability_updated_at": NOW - timedelta(days=62)}),
            ("taxi", "transport", ["858"], {"availability_state": "full"}),
        ):
            provider = factories.make_provider(
                session, official_name=f"Esimerkki {name.title()} Oy", phone="040 123 4567"
            )
            approval = factories.make_approval(session, provider, service, municipalities=places)
            factories.make_required_evidence(session, approval)
            version = {"title": LocalizedText("Apua kotiin", "Hjälp hem"), "municipalities": places}
            ids[name] = factories.make_offer(session, approval, version=version, **more).id
    Follower(database, app.extensions["settings"].index_dir).catch_up(now=NOW)
    return ids


def page(client: FlaskClient, words: str, language: str = "fi", **query: str) -> str:
    return client.get(f"/{language}/services", query_string={"q": words, **query}).text


def shown(text: str, ids: dict[str, int]) -> set[str]:
    return {name for name, identity in ids.items() if f'/services/{identity}"' in text}


@pytest.mark.parametrize(
    ("language", "words", "told", "alone"),
    [
        ("fi", "kyyti kauppaan ja päivätoimintaa Tuusulasta", "Päivätoiminta", "päivätoimintaa Tuusulasta"),
        ("sv", "dagverksamhet i Tusby, skjuts", "Stöd för rörligheten: färdtjänst", "Tusby skjuts"),
    ],
)
def test_a_second_need_is_told_and_looked_for_by_itself(
    client: FlaskClient, care: dict[str, int], language: str, words: str, told: str, alone: str
) -> None:
    text = page(client, words, language)
    saying = {"fi": "Hait myös tätä", "sv": "Du sökte också det här"}[language]
    assert f"{saying}: {told}." in text
    assert f"”{alone}”" in text
    other = page(client, alone, language)
    assert saying not in other
    assert shown(text, care).isdisjoint(shown(other, care))
    assert len(shown(other, care)) == 1


def test_each_part_is_a_chip_that_takes_its_words_out(client: FlaskClient, care: dict[str, int]) -> None:
    text = page(client, "päivätoimintaa Järvenpäästä alle 60 €")
    for label in ("Päivätoiminta", "Järvenpää", "Enintään 60,00\u00a0€"):
        assert f"</span> {label}</a>" in text
    assert 'href="/fi/services?q=p%C3%A4iv%C3%A4toimintaa+alle+60"' in text
    assert "</span> Enintään 60,00\u00a0€</a>" in page(client, "päivätoimintaa alle 60"), (
        "the price stays read"
    )
    assert shown(text, care) == {"järvenpää"}


def test_what_is_not_offered_here_is_shown_from_the_nearest_place(
    client: FlaskClient, care: dict[str, int]
) -> None:
    text = page(client, "dagverksamhet Sibbo", "sv")
    assert "Någon sådan tjänst erbjuds inte här: Sibbo." in text
    assert "Närmaste plats där det finns: Träskända, 14\u00a0km." in text
    assert shown(text, care) == {"järvenpää"}


def test_a_place_without_a_pilot_says_whom_to_ask(client: FlaskClient, care: dict[str, int]) -> None:
    text = page(client, "päivätoiminta Espoo")
    assert "Täällä ei ole kokeilua: Espoo." in text
    assert "Länsi-Uudenmaan hyvinvointialue." in text


def test_a_question_gets_an_answer_and_no_offers(client: FlaskClient, care: dict[str, int]) -> None:
    text = page(client, "palveluseteli")
    assert "Mikä on palveluseteli?" in text
    assert shown(text, care) == set()
    assert "Hur ansöker jag om en personlig budget?" in page(client, "hur ansöker jag", "sv")


def test_what_was_put_right_is_told_with_a_link_to_what_was_written(
    client: FlaskClient, care: dict[str, int]
) -> None:
    text = page(client, "päivätoimita")
    assert "Emme tunne sanaa ”päivätoimita”. Haimme sanalla ”päivätoiminta”." in text
    assert "q=%E2%80%9Cp%C3%A4iv%C3%A4toimita%E2%80%9D" in text
    assert shown(text, care) == {"järvenpää", "tuusula"}


def test_signs_without_a_word_ask_for_words(client: FlaskClient, care: dict[str, int]) -> None:
    text = page(client, "!!!")
    assert "Emme löytäneet kirjoittamastasi yhtään sanaa" in text
    assert shown(text, care) == set()


def test_the_page_says_which_choices_must_all_hold(client: FlaskClient, care: dict[str, int]) -> None:
    assert "Yhdenkin valintasi täyttyminen riittää." in page(client, "")


def test_search_words_have_an_end(client: FlaskClient, care: dict[str, int]) -> None:
    assert "Niistä luettiin ensimmäiset 200 merkkiä." in page(client, "päivätoiminta " * 30)
    answer = client.get("/api/v1/offers", query_string={"q": "a" * 201})
    assert (answer.status_code, answer.get_json()["error"]["field"]) == (400, "q")
    assert client.get("/api/v1/offers", query_string={"q": "a" * 200}).status_code == 200


def test_free_places_told_long_ago_are_no_promise(client: FlaskClient, care: dict[str, int]) -> None:
    text = page(client, "päivätoiminta Tuusula")
    assert "Kysy vapaista paikoista" in text
    assert shown(page(client, "päivätoiminta", available="1"), care) == {"järvenpää"}


def test_free_places_that_nobody_told_are_not_called_free(
    app: Flask, client: FlaskClient, care: dict[str, int]
) -> None:
    with app.extensions["database"].transaction() as session:
        offer = session.get_one(Offer, care["järvenpää"])
        offer.availability_state = Availability.UNTOLD
        [face] = documents.faces(session, [offer.id], DAY)
    assert face.values["available"] == ()
    assert documents.public_offer(face).availability.told_on is None
    text = client.get(f"/fi/services/{care['järvenpää']}").text
    assert "Palveluntuottaja ei ole kertonut vapaista paikoista" in text
    assert "Ilmoita minulle" in text


def test_an_offer_is_written_anew_on_the_day_its_free_places_become_old(
    app: Flask, care: dict[str, int]
) -> None:
    with app.extensions["database"].read() as session:
        told = session.get_one(Offer, care["järvenpää"]).availability_updated_at
        last = helsinki_date(told) + STALE_AVAILABILITY
        changed = passing_days.changed_between(session, last, last + timedelta(days=1))
    assert care["järvenpää"] in changed


def test_the_interface_tells_how_it_read_the_words(client: FlaskClient, care: dict[str, int]) -> None:
    answer = client.get("/api/v1/offers", query_string={"q": "päivätoiminta Sipoo", "lang": "fi"}).get_json()
    assert answer["understood"] == [
        {"kind": "service", "keys": ["day_activity"], "words": "päivätoiminta", "binds": True},
        {"kind": "place", "keys": ["753"], "words": "Sipoo", "binds": True},
    ]
    assert answer["left_out"] == [
        {"kind": "place", "keys": ["753"], "words": "Sipoo", "instead": "186", "kilometres": 14}
    ]


@pytest.mark.parametrize("words", ["040 123 4567", "+358 40 1234567", "Esimerkki Taxi", "esimerkki taxi oy"])
def test_a_provider_is_found_by_number_and_name(
    client: FlaskClient, care: dict[str, int], words: str
) -> None:
    assert "taxi" in shown(page(client, words), care)


@pytest.mark.parametrize("words", ["Kutomista kangaspuilla", "kutomista KANGASPUILLA tuusula"])
def test_a_whole_title_is_found_though_one_of_its_words_names_another_service(
    app: Flask, client: FlaskClient, care: dict[str, int], words: str
) -> None:
    database = app.extensions["database"]
    with database.transaction() as session:
        approval = factories.make_approval(
            session, factories.make_provider(session), "carer_leave_unit", municipalities=["858"]
        )
        factories.make_required_evidence(session, approval)
        title = LocalizedText("Kutomista kangaspuilla", "Vävning i vävstol")
        version = {"title": title, "municipalities": ["858"]}
        care["loom"] = factories.make_offer(session, approval, version=version).id
    Follower(database, app.extensions["settings"].index_dir).catch_up(now=NOW)
    text = page(client, words)
    assert {"loom", "tuusula"} <= shown(text, care)
    assert text.index(f'/services/{care["loom"]}"') < text.index(f'/services/{care["tuusula"]}"')
    assert "kangaspuilla”" not in text, "the word is not told as lacking"
    assert "loom" not in shown(page(client, "kutomista tuusula"), care)


def test_full_offers_come_last_at_equal_match(new_index: Any) -> None:
    def plain(identity: int, **values: tuple[str, ...]) -> Document:
        return Document(
            id=identity,
            keys={"fi:palvelu": 0.5},
            values=values,
            prices={"": 1000},
            names={"fi": "x", "sv": "x"},
            body=b"{}",
        )

    index = new_index([plain(at, full=("1",) if at % 2 else ()) for at in range(1, 21)])
    for sort in ("match", "price", "name"):
        hits = index.search(SearchQuery(sort=sort, day=DAY, limit=20)).hits
        assert [hit.id % 2 for hit in hits] == [0] * 10 + [1] * 10
    assert isinstance(index, OfferIndex)


def test_times_of_the_week_stand_in_one_row(client: FlaskClient, care: dict[str, int]) -> None:
    assert "Ensin: lauantai, sunnuntai tai pyhäpäivä</a>" in page(client, "avustaja viikonloppuna")
    assert "Först: lördag, söndag eller helgdag</a>" in page(client, "assistent till veckoslutet", "sv")
