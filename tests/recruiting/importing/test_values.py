"""What a cell may say, and the words with which anything else is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from marketplace.money import Money
from marketplace.pilots.vocabulary import MUNICIPALITIES
from marketplace.recruiting.importing import values
from marketplace.recruiting.importing.companies import legal_form_of
from marketplace.recruiting.importing.values import Unfit
from marketplace.recruiting.importing.words import words
from marketplace.search.places import municipalities_called

TODAY = date(2026, 11, 22)
AREA = frozenset({"186", "858"})


def read_places(text: str) -> values.PlacesRead:
    known = words()
    return values.places(
        text,
        known.municipalities,
        known.whole_area,
        AREA,
        former=known.former_municipalities,
        called=municipalities_called,
        name=lambda code: MUNICIPALITIES[code].name.fi,
    )


def places(text: str) -> frozenset[str]:
    return read_places(text).codes


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("Maaninka", {"297"}),
        ("Nagu, Vörå-Maxmo", {"445", "946"}),
        ("476", {"297"}),
        ("73", {"734"}),
        ("Längelmäki", {"182", "562"}),
        ("Jyväskylän maalaiskunta", {"179"}),
    ],
)
def test_a_merged_municipality_is_known_by_its_old_name_and_code(text: str, codes: set[str]) -> None:
    assert places(text) == codes


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [
        (values.business_id, "9100170-2", "9100170-2"),
        (values.business_id, "FI91001702", "9100170-2"),
        (values.postal_code, "04300", "04300"),
        (values.postal_code, "4300", "04300"),
        (values.postal_code, "120", "00120"),
        (values.phone, "+358 40 123 4567", "+358401234567"),
        (values.phone, "(09) 123 456", "+3589123456"),
        (values.phone, "401234567", "+358401234567"),
        (values.phone, "91234567", "+35891234567"),
        (values.phone, "358 40 1234567", "+358401234567"),
        (values.phone, "09 1234 alanumero 5", "+35891234;ext=5"),
        (values.email, "Info@Koti.fi", "info@koti.fi"),
        (values.website, "www.koti.fi", "https://www.koti.fi"),
        (values.website, "http://koti.fi/sv", "http://koti.fi/sv"),
        (values.one_line, "Koti\n Oy", "Koti Oy"),
        (values.price, "34,50", Money(3450)),
        (values.price, "34.5", Money(3450)),
        (values.price, "1 034,50 €/h", Money(103450)),
    ],
)
def test_a_value_is_kept_in_one_form(read: Callable[[str], object], text: str, value: object) -> None:
    assert read(text) == value


@pytest.mark.parametrize(
    ("read", "text", "reason"),
    [
        (values.business_id, "9100170-3", "check digit"),
        (values.business_id, "Yhteensä", "seven digits"),
        (values.postal_code, "0430", "five digits"),
        (values.postal_code, "FI-04300", "five digits"),
        (values.postal_code, "043000", "five digits"),
        (values.phone, "soita", "not a telephone number"),
        (values.phone, "12", "not a telephone number"),
        (values.phone, "040 1234567, 050 7654321", "more than one telephone number"),
        (values.email, "päivi@example.fi", "mail servers refuse"),
        (values.phone, "12345678", "leading zero"),
        (values.phone, "4,01E+08", "not a telephone number"),
        (values.email, "a@koti.fi; b@koti.fi", "not one e-mail address"),
        (values.email, "koti.fi", "not one e-mail address"),
        (values.website, "tulossa", "not a web address"),
        (values.website, "http://[", "not a web address"),
        (values.one_line, "x" * 201, "longer than 200"),
        (values.price, "12,345", "more than two decimals"),
        (values.price, "-1", "negative"),
        (values.price, "abc", "not an amount"),
        (values.price, "99999999999", "too large"),
        (values.price, "12.5.2026", "is a date"),
        (values.price, "12.touko", "is a date"),
        (values.price, "12-May", "is a date"),
        (values.price, "2026-05-12", "is a date"),
        (values.shown_text, "=A1+1", "holds a formula"),
        (values.shown_text, "#N/A", "spreadsheet error"),
        (values.shown_text, "#PUUTTUU!", "spreadsheet error"),
    ],
)
def test_an_unfit_cell_is_refused_with_its_reason(
    read: Callable[[str], object], text: str, reason: str
) -> None:
    with pytest.raises(Unfit, match=reason):
        read(text)


def test_a_day_where_a_number_should_be_is_explained() -> None:
    with pytest.raises(
        Unfit, match=r"holds the date 12\.5\.2026\. Spreadsheets make dates of numbers such as 12,5"
    ):
        values.shown_text(date(2026, 5, 12))


@pytest.mark.parametrize("cell", ["1.3.2026", "01.03.2026", "1. 3. 2026", "2026-03-01", date(2026, 3, 1)])
def test_the_day_of_approval_is_read_in_every_common_form(cell: str | date) -> None:
    assert values.approval_day(cell, TODAY) == date(2026, 3, 1)


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("31.2.2026", "not a day of the calendar"),
        ("23.11.2026", "in the future"),
        (date(1900, 1, 1), "too long ago"),
        ("=TODAY()", "formula"),
    ],
)
def test_a_day_that_cannot_be_is_refused(cell: str | date, reason: str) -> None:
    with pytest.raises(Unfit, match=reason):
        values.approval_day(cell, TODAY)


@pytest.mark.parametrize(
    "text",
    [
        "Tuusula, Järvenpää",
        "Tusby; Träskända",
        "Tuusula/Tusby/Järvenpää",
        "Järvenpää ja Tuusula",
        "Träskända och Tusby",
        "858,186",
        "Tuusula (858)\nJÄRVENPÄÄ",
        "koko alue",
        "Hela området",
        "all municipalities",
    ],
)
def test_municipalities_are_read_by_name_and_code_in_either_language(text: str) -> None:
    assert places(text) == AREA


def test_a_code_without_its_zeros_is_found() -> None:
    assert places("5; 18") == {"005", "018"}


def test_a_village_is_its_municipality_and_told() -> None:
    assert read_places("Hyrylä, Järvenpää") == values.PlacesRead(AREA, {"Hyrylä": "Tuusula"})


def test_an_unknown_municipality_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(Unfit, match=r"“Tuusla” is not a known municipality; did you mean Tuusula\?"):
        places("Tuusla")
    with pytest.raises(Unfit, match=r"“999” is not a known municipality$"):
        places("999")


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Päivätoiminta", "day_activity"),
        ("dagverksamhet", "day_activity"),
        ("day_activity", "day_activity"),
        ("Liikkumisen tuki: kuljetuspalvelu", "transport"),
        ("Färdtjänst", "transport"),
        ("FÄRDTJÄNST (taxi)", "transport"),
    ],
)
def test_a_service_is_known_by_key_name_and_common_word(text: str, key: str) -> None:
    assert values.meaning(text, words().services, "service") == key


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("Koti Oy", "limited_company"),
        ("Ab Hemmet Oy", "limited_company"),
        ("Lepola säätiö sr", "foundation"),
        ("Vanhusten palvelusäätiö", "foundation"),
        ("Invalidiyhdistys", "association"),
        ("Päiväkumpu ry", "association"),
        ("Taksi Aho & Aho Ky", "partnership"),
        ("Tukipuu Osk", "cooperative"),
        ("Tuusulan kunta", "public_unit"),
        ("Tmi Maija Malli", "sole_trader"),
        ("Maijan hoiva", "sole_trader"),
        ("Oyster Palvelut", "sole_trader"),
    ],
)
def test_the_legal_form_is_in_the_name_or_it_is_a_sole_traders(name: str, form: str) -> None:
    assert legal_form_of(name, words()) == form
