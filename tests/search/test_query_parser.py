"""What a query says is read: place, service, time, price, language, need, availability; and what is not touched."""

from __future__ import annotations

from typing import Any

import pytest

from marketplace.search.attempts import Reader
from marketplace.search.catalogue import Catalogue
from marketplace.search.engine import Document, Position
from marketplace.search.parsed_query import ParsedQuery
from marketplace.search.query_digits import phone_digits
from marketplace.search.query_string import Asked
from marketplace.search.service import search
from tests.search.conftest import DAY

BANDS_OF_A_WEEKEND = ("saturday", "sunday_holiday")


def read(words: Catalogue, text: str, language: str = "fi") -> ParsedQuery:
    return words.parser.parse(text, language)


def keys(words: Catalogue, text: str, kind: Any, language: str = "fi") -> tuple[str, ...]:
    return tuple(sorted(read(words, text, language).keys(kind)))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("porvoo", "638"),
        ("Borgå", "638"),
        ("sipoossa", "753"),
        ("Sibbo", "753"),
        ("hyrylästä", "858"),
        ("kotihoito klaukkalassa", "543"),
        ("nikkilä", "753"),
        ("i Nickby", "753"),
        ("kälviä", "272"),
        ("Kervo taxi", "245"),
        ("kerava taksi", "245"),
        ("04300", "858"),
        ("taksi 01800", "543"),
        ("järvenpääläinen", "186"),
    ],
)
def test_a_place_is_read_under_all_its_names(words: Catalogue, text: str, code: str) -> None:
    assert read(words, text).filters["municipality"] == {code}


@pytest.mark.parametrize(
    ("text", "county"),
    [
        ("kainuu", "20"),
        ("kajanaland", "20"),
        ("etelä-karjala", "11"),
        ("itä-uusimaa", "01"),
        ("Östra Nyland", "01"),
        ("Keusote", "02"),
    ],
)
def test_a_county_is_all_its_municipalities(words: Catalogue, text: str, county: str) -> None:
    from marketplace.pilots.vocabulary import MUNICIPALITIES

    within = {code for code, place in MUNICIPALITIES.items() if place.county == county}
    assert read(words, text).filters["municipality"] == within


def test_of_a_journey_the_place_where_it_begins_binds(words: Catalogue) -> None:
    assert read(words, "kyyti pornaisista järvenpäähän").filters["municipality"] == {"611"}
    assert read(words, "färdtjänst från Kannus till Karleby", "sv").filters["municipality"] == {"217"}


@pytest.mark.parametrize(
    ("text", "language", "cents"),
    [
        ("avustaja alle 30 €", "fi", "3000"),
        ("personlig hjälp under 30 euro", "sv", "3000"),
        ("kotihoito enintään 34,50 €/h", "fi", "3450"),
        ("hemvård högst 40 euro i timmen", "sv", "4000"),
    ],
)
def test_a_price_is_read(words: Catalogue, text: str, language: str, cents: str) -> None:
    assert keys(words, text, "price", language) == (cents,)


@pytest.mark.parametrize("text", ["kotihoito alle 18-vuotiaalle", "vård för under 7 år", "alle 10 km"])
def test_an_age_or_a_distance_is_no_price(words: Catalogue, text: str) -> None:
    assert keys(words, text, "price") == ()


@pytest.mark.parametrize(
    ("text", "language"),
    [("halvin kotihoito", "fi"), ("billigaste taxi", "sv"), ("edullinen avustaja", "fi")],
)
def test_the_cheapest_is_an_order(words: Catalogue, text: str, language: str) -> None:
    assert read(words, text, language).part("cheap") is not None


@pytest.mark.parametrize(
    ("text", "language", "bands"),
    [
        ("avustaja viikonlopuksi", "fi", BANDS_OF_A_WEEKEND),
        ("kotihoito öisin", "fi", ("night",)),
        ("assistent på kvällarna", "sv", ("weekday_evening",)),
    ],
)
def test_a_time_orders_and_never_binds(
    words: Catalogue, text: str, language: str, bands: tuple[str, ...]
) -> None:
    assert keys(words, text, "time", language) == bands
    part = read(words, text, language).part("time")
    assert part is not None
    assert not part.binds


@pytest.mark.parametrize(
    ("text", "language", "key"),
    [
        ("ruotsinkielinen avustaja", "fi", "sv"),
        ("venäjää puhuva hoitaja", "fi", "ru"),
        ("teckenspråkig assistent", "sv", "fse"),
        ("assistent på svenska", "sv", "sv"),
    ],
)
def test_a_language_of_service_is_read(words: Catalogue, text: str, language: str, key: str) -> None:
    assert keys(words, text, "language", language) == (key,)


@pytest.mark.parametrize(
    ("text", "language", "key"),
    [
        ("päivätoiminta nostolaite", "fi", "hoist"),
        ("hengityskone avustaja", "fi", "respiratory_care"),
        ("respirator assistent", "sv", "respiratory_care"),
        ("trakeostomia", "fi", "respiratory_care"),
    ],
)
def test_a_need_is_read(words: Catalogue, text: str, language: str, key: str) -> None:
    assert key in keys(words, text, "feature", language)


@pytest.mark.parametrize(
    ("text", "language", "kind"),
    [
        ("avustaja heti vapaa", "fi", "free"),
        ("hemvård ledig nu", "sv", "free"),
        ("taxi i morgon", "sv", "soon"),
        ("taksi huomenna", "fi", "soon"),
    ],
)
def test_free_places_are_read(words: Catalogue, text: str, language: str, kind: Any) -> None:
    assert read(words, text, language).part(kind) is not None


@pytest.mark.parametrize("text", ["autismi", "adhd", "asperger", "cp-vamma", "epilepsia", "afasia"])
def test_a_condition_does_not_stand_for_intellectual_disability(words: Catalogue, text: str) -> None:
    terms = read(words, text).terms.values()
    assert terms
    assert not any("#group:intellectual_disability" in term.keys for term in terms)
    assert any(key.startswith("#") for term in terms for key in term.widened().keys)


@pytest.mark.parametrize(
    ("text", "language", "answer"),
    [
        ("palveluseteli", "fi", "voucher"),
        ("servicesedel", "sv", "voucher"),
        ("mitä henkilökohtainen budjetti tarkoittaa", "fi", "budget"),
        ("hur ansöker jag", "sv", "apply"),
    ],
)
def test_a_question_is_answered_by_a_page_and_asks_for_no_offers(
    words: Catalogue, text: str, language: str, answer: str
) -> None:
    parsed = read(words, text, language)
    assert parsed.answers == (answer,)
    assert not parsed.parts
    assert not parsed.terms


@pytest.mark.parametrize(
    ("text", "service"),
    [
        ("palveluseteli kotihoito", "home_care"),
        ("kyyti päivätoimintaan", "transport"),
        ("päivätoimintaa, kuljetus kotoa", "day_activity"),
        ("muuttovalmennus", "training"),
        ("haavan hoitaja tulee kotiin", "home_care"),
    ],
)
def test_a_service_is_read_from_a_sentence(words: Catalogue, text: str, service: str) -> None:
    assert read(words, text).filters["service"] == {service}


def test_words_in_quotation_marks_are_only_looked_for(words: Catalogue) -> None:
    parsed = read(words, "avustaja “kokkola”")
    assert "municipality" not in parsed.filters
    assert [term.word for term in parsed.terms.values()] == ["avustaja", "kokkola"]


def test_a_part_can_be_taken_out_of_the_query(words: Catalogue) -> None:
    parsed = read(words, "avustaja kokkolasta alle 30 €, heti vapaa")
    without = {part.kind: parsed.without(part.words) for part in parsed.parts}
    assert without["place"] == "avustaja alle 30 €, heti vapaa"
    assert without["price"].startswith("avustaja kokkolasta")
    assert "30" not in without["price"]
    assert without["service"] == "kokkolasta alle 30 €, heti vapaa"


@pytest.mark.parametrize(
    ("typed", "digits"),
    [
        ("040 123 4567", "401234567"),
        ("+358 40 1234567", "401234567"),
        ("+358 (0)40 123 4567", "401234567"),
        ("00358401234567", "401234567"),
    ],
)
def test_a_telephone_number_is_the_same_however_it_is_written(typed: str, digits: str) -> None:
    assert phone_digits(typed) == digits


@pytest.mark.parametrize(
    "word",
    ["dotter", "daglig", "kerava", "Kervo", "tarkoittaa", "jako", "fötter", "kräva", "hyrylä", "Axuddens"],
)
def test_a_word_that_something_knows_is_never_put_right(
    words: Catalogue, new_document: Any, word: str
) -> None:
    near = "fötter kräva dålig tarkistaa jakso hyrsylä"
    offer = new_document(near, identity=1)
    other = Document(
        **{**_members(new_document("Uinti", identity=2)), "words": {"provider": ("Axuddens Stuga Ab",)}}
    )
    words.index.rebuild([offer, other], Position()).swap()
    _parsed, corrected = Reader(words, "fi").read(word)
    assert corrected == {}


def _members(document: Document) -> dict[str, Any]:
    return {name: getattr(document, name) for name in Document.__dataclass_fields__}


def test_an_unknown_word_is_put_right_told_and_can_be_searched_as_written(
    words: Catalogue, new_document: Any
) -> None:
    words.index.rebuild([new_document("Kotisairaanhoito", identity=1)], Position()).swap()
    parsed, corrected = Reader(words, "fi").read("kotisairaanhiotoa mäntsälä")
    assert corrected == {"kotisairaanhiotoa": "kotisairaanhoito"}
    assert parsed.text == "kotisairaanhoito mäntsälä"
    _as_written, none = Reader(words, "fi").read("“kotisairaanhiotoa” mäntsälä")
    assert none == {}


@pytest.mark.parametrize(
    ("spoken", "written"),
    [
        ("kotihoitoo hyvinkääl", "kotihoitoa hyvinkäällä"),
        ("siivoojaa jokelas", "siivoojaa jokelassa"),
        ("kyytii järvenpääst", "kyytiä järvenpäästä"),
        ("avustajii sipoost", "avustajia sipoosta"),
    ],
)
def test_spoken_finnish_is_read_as_it_would_be_written(words: Catalogue, spoken: str, written: str) -> None:
    assert read(words, spoken).filters == read(words, written).filters
    assert set(read(words, spoken).filters) == {"service", "municipality"}


@pytest.mark.parametrize(
    ("text", "language"),
    [("asumme järvenpäässä, kotihoito", "fi"), ("vi bor i Träskända, hemvård", "sv")],
)
def test_telling_where_one_lives_asks_for_no_housing(words: Catalogue, text: str, language: str) -> None:
    assert keys(words, text, "service", language) == ("home_care",)


@pytest.mark.parametrize("text", ["apua arkeen", "hjälp i vardagen"])
def test_everyday_life_is_no_weekday(words: Catalogue, text: str) -> None:
    assert keys(words, text, "time") == ()
    assert "personal_assistance" in keys(words, text, "service")


@pytest.mark.parametrize(
    ("text", "services"),
    [
        ("7-vuotiaalle hoitopaikka", {"short_term_care", "carer_leave_unit"}),
        ("vårdplats åt 9-åring", {"short_term_care", "carer_leave_unit"}),
        ("84-vuotiaalle hoitopaikka", {"carer_leave_unit"}),
        ("vårdplats åt 84-åring", {"carer_leave_unit"}),
    ],
)
def test_an_age_tells_whom_it_is_for(words: Catalogue, text: str, services: set[str]) -> None:
    assert set(keys(words, text, "service")) == services


def test_a_picture_stands_for_its_word(words: Catalogue) -> None:
    parsed = read(words, "🚕 hyvinkää")
    assert parsed.filters == {"service": {"transport"}, "municipality": {"106"}}
    assert parsed.words_of(parsed.parts[0].words) == "🚕"
    assert not read(words, "🙂").tokens


def test_a_service_that_nobody_offers_gives_way_to_what_comes_near(
    words: Catalogue, new_document: Any
) -> None:
    words.index.rebuild(
        [new_document("Kädentaitoja", identity=1, service=["day_activity"])], Position()
    ).swap()
    found = search(words, Asked(q="työtoimintaa"), language="fi", day=DAY)
    assert [left.keys for left in found.left_out] == [("work_activity",)]
    assert found.total == 1


@pytest.mark.parametrize("query", ["epilepsia", "epilepsi", "päivätoimintaa epileptikolle"])
def test_a_condition_that_no_offer_speaks_of_is_told(words: Catalogue, new_document: Any, query: str) -> None:
    silent = new_document("Kädentaitoja", identity=1, service=["day_activity"], group=["long_term_ill"])
    speaking = new_document("Epilepsiaa sairastaville", identity=2, service=["day_activity"])
    for documents, told in (([silent], ["condition"]), ([silent, speaking], [])):
        words.index.rebuild(documents, Position()).swap()
        found = search(words, Asked(q=query), language="fi", day=DAY)
        assert [left.kind for left in found.left_out] == told
        assert found.total


@pytest.mark.parametrize(
    ("text", "code"), [("avustaja enossa", {"167"}), ("avustaja enolle", set()), ("eno", {"167"})]
)
def test_a_place_that_is_also_a_word_is_read_in_its_own_forms(
    words: Catalogue, text: str, code: set[str]
) -> None:
    assert read(words, text).filters.get("municipality", set()) == code


@pytest.mark.parametrize(
    ("text", "language", "services"),
    [
        ("kuka hoitaa äitiä kun olen lomalla", "fi", {"carer_leave_home", "carer_leave_unit"}),
        ("siivooja äidille kun olen lomalla", "fi", {"support_services"}),
        ("taksi äidille kun olen lomalla", "fi", {"transport"}),
        ("apotek och post och räkningar", "sv", {"support_services"}),
        ("sportlovsvård", "sv", {"carer_leave_unit", "short_term_care"}),
        ("skjuts till körövningen", "sv", {"transport"}),
        ("meillä yöks hoitaja äidille", "fi", {"carer_leave_home", "carer_leave_unit", "home_care"}),
    ],
)
def test_what_surely_names_a_service_holds_and_other_words_are_weighed(
    words: Catalogue, text: str, language: str, services: set[str]
) -> None:
    found = set(keys(words, text, "service", language))
    assert found
    assert found <= services


@pytest.mark.parametrize(
    ("text", "language", "key"),
    [
        ("venäjänkielinen avustaja", "fi", "ru"),
        ("somalinkielistä kotihoitoa", "fi", "so"),
        ("ryskspråkig hemvård", "sv", "ru"),
        ("arabisktalande städare", "sv", "ar"),
        ("engelskspråkig barnskötare", "sv", "en"),
        ("svensktalande chaufför", "sv", "sv"),
    ],
)
def test_a_language_is_read_in_its_compounds(words: Catalogue, text: str, language: str, key: str) -> None:
    assert keys(words, text, "language", language) == (key,)


def test_a_word_of_its_own_is_not_the_inflected_name_of_a_place(words: Catalogue) -> None:
    assert not read(words, "någon med till loppis", "sv").keys("place")
    assert read(words, "taksi Lopelta").keys("place") == ("433",)


def test_a_county_is_read_with_its_hyphen_in_any_form(words: Catalogue) -> None:
    assert "272" in read(words, "avustaja keski-pohjanmaalla").filters["municipality"]


@pytest.mark.parametrize("text", ["haluan päivän vapaata", "assistent som talar svenska"])
def test_no_filter_is_read_that_the_words_do_not_ask_for(words: Catalogue, text: str) -> None:
    assert not {part.kind for part in read(words, text).parts} & {"free", "feature"}


@pytest.mark.parametrize(
    ("text", "language", "age"),
    [
        ("pojke 12 kan inte vara ensam", "sv", ("from_7_to_12",)),
        ("äiti, 84, asuu yksin", "fi", ("from_65",)),
        ("poika 23 v ryhmäkotiin", "fi", ("from_18_to_64",)),
        ("lapselle 20 € siivous", "fi", ()),
        ("mamma 2 gånger i veckan", "sv", ()),
    ],
)
def test_a_number_behind_a_person_is_an_age(
    words: Catalogue, text: str, language: str, age: tuple[str, ...]
) -> None:
    assert keys(words, text, "age", language) == age


def test_who_is_of_age_is_read_as_no_child(words: Catalogue) -> None:
    assert keys(words, "ryhmäkotipaikka pojalle 23 v", "service") == ("housing_support",)
    assert "housing_support" not in keys(words, "ryhmäkotipaikka pojalle 12 v", "service")


@pytest.mark.parametrize(
    ("text", "language"),
    [("kuka katsoo sen perään päivisin", "fi"), ("vem tittar nu till honom om natten", "sv")],
)
def test_pronouns_may_stand_within_a_phrase(words: Catalogue, text: str, language: str) -> None:
    assert "carer_leave_home" in keys(words, text, "service", language)


def test_where_no_rule_holds_all_signs_together_say_what_is_likely(words: Catalogue) -> None:
    assert keys(words, "faija sai infarktin ja kaatuilee", "service")[0] == "home_care"
    assert keys(words, "autismi", "service") == ()


@pytest.mark.parametrize(
    ("text", "services", "others"),
    [
        ("kyyti kauppaan ja siivousta kotiin", {"transport"}, {"siivousta kotiin": {"support_services"}}),
        ("taksi, siivous", {"transport"}, {"siivous": {"support_services"}}),
        ("avlösning och städhjälp", {"carer_leave_home"}, {"städhjälp": {"support_services"}}),
        ("hjälp med städning samt ledsagare", {"escort"}, {"hjälp med städning": {"support_services"}}),
        ("henkilökohtaista apua sekä päivätoimintaa", {"personal_assistance", "day_activity"}, {}),
        ("kyyti päivätoimintaan", {"transport"}, {}),
        ("kyyti “apua ja siivous”", {"transport"}, {}),
        (
            "pappa 86 år glömmer äta, kunde nån värma maten i Borgå",
            {"home_care"},
            {},
        ),
    ],
)
def test_what_a_query_asks_for_as_well_is_told_apart(
    words: Catalogue, text: str, services: set[str], others: dict[str, set[str]]
) -> None:
    found = read(words, text)
    assert set(found.keys("service")) == services
    assert {found.words_of(need.words): set(need.services) for need in found.others} == others
