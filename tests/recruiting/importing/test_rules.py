"""Rows of a sheet become companies: what goes on with the row above, what belongs together, what contradicts."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import pytest

from marketplace.money import Money
from marketplace.pilots.content import DEFINITIONS
from marketplace.pilots.loading import read_definition
from marketplace.pilots.vocabulary import MUNICIPALITIES
from marketplace.recruiting.importing.companies import (
    approval_refusal,
    companies,
    empty_facts,
    kept_facts,
)
from marketplace.recruiting.importing.rules import (
    Claim,
    ImportedCompany,
    ImportedLine,
    ImportedRow,
    ImportedTerms,
    PriceTable,
    Refusal,
    completed,
    read_row,
    without_sums,
)
from marketplace.recruiting.importing.words import words
from marketplace.search.places import municipalities_called

KEUSOTE = read_definition(DEFINITIONS / "keusote-2022.yaml")
TERMS = ImportedTerms(
    pilot=KEUSOTE.key,
    words=words(),
    area=KEUSOTE.municipalities,
    place_names={code: place.name.fi for code, place in MUNICIPALITIES.items()},
    services={each.key: PriceTable(each.bands, each.fixed_prices) for each in KEUSOTE.services},
    today=date(2026, 11, 22),
    places_called=municipalities_called,
)
ID, OTHER = "9100170-2", "9100180-9"


def row(number: int = 2, **cells: str | date) -> ImportedRow:
    good = {
        "business_id": ID,
        "official_name": "Koti Oy",
        "service": "Päivätoiminta",
        "municipalities": "Tuusula",
    }
    return ImportedRow(number, {name: cell for name, cell in {**good, **cells}.items() if cell})


def line(number: int, service: str = "day_activity", area: str = "858", **given: Any) -> ImportedLine:
    facts = given.pop("facts", {"official_name": "Koti Oy"})
    return ImportedLine(
        number, given.pop("business_id", ID), service, frozenset(area.split()), facts, **given
    )


def refused(row: ImportedRow) -> Refusal:
    result = read_row(row, TERMS)
    assert isinstance(result, Refusal)
    return result


def reasons(row: ImportedRow) -> str:
    return "; ".join(refused(row).reasons)


# --- one row ---------------------------------------------------------------------------------------------------------


def test_a_good_row_is_one_service_of_one_company() -> None:
    cells = {"price:day": "62,50", "approved_on": "1.3.2026", "postal_code": "4300", "website": "koti.fi"}
    result = read_row(row(7, **cells), TERMS)
    assert result == ImportedLine(
        7,
        ID,
        "day_activity",
        frozenset({"858"}),
        {"official_name": "Koti Oy", "postal_code": "04300", "website": "https://koti.fi"},
        date(2026, 3, 1),
        {"day": Money(6250)},
        ("postal code 4300 read as 04300",),
    )


def test_everything_that_is_wrong_with_a_row_is_told_at_once() -> None:
    result = refused(
        row(9, business_id="9100170-3", email="koti", municipalities="Porvoo", service="Kotihoito")
    )
    assert result.number == 9
    assert [reason.split(":")[0] for reason in result.reasons] == [
        "business ID",
        "service",
        "municipalities",
        "e-mail",
    ]


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"business_id": ""}, "the business ID is missing"),
        ({"service": ""}, "the service is missing"),
        ({"municipalities": ""}, "the municipalities are missing"),
        ({"municipalities": "Tuusula, Porvoo"}, r"outside the area of keusote-2022: Porvoo \(638\)"),
        ({"municipalities": " / "}, "names no municipality"),
        (
            {"service": "Kotihoito"},
            "keusote-2022 does not have Kotihoito; it has Päivätoiminta, Liikkumisen tuki",
        ),
        ({"service": "Lentokyyti"}, "“Lentokyyti” is not a known service"),
        ({"official_name": "=A1"}, "official name: the cell holds a formula"),
        ({"approved_on": "1.1.2027"}, "approved on: 1.1.2027 is in the future"),
    ],
)
def test_a_bad_row_is_refused_with_its_reason(cells: dict[str, Any], reason: str) -> None:
    with pytest.raises(AssertionError, match=reason):
        raise AssertionError(reasons(row(**cells)))


@pytest.mark.parametrize(
    ("cells", "note"),
    [
        ({"street": date(2026, 7, 5)}, "street: the cell holds the date 5.7.2026"),
        ({"legal_form": "Gmbh"}, "legal form: “Gmbh” is not a known legal form"),
        ({"phone": "soita"}, "phone: “soita” is not a telephone number"),
        ({"email": "koti"}, "e-mail: “koti” is not one e-mail address"),
        ({"price:day": date(2026, 5, 12)}, "price Päivä: the cell holds the date 12.5.2026"),
        ({"price:day": "75,01"}, "price Päivä: 75,01\xa0€ is above the pilot’s ceiling of 75,00\xa0€"),
        (
            {"price:trip": "20"},
            "price Yhdensuuntainen matka: the pilot has no such price for Päivätoiminta",
        ),
    ],
)
def test_what_the_approval_does_not_need_is_left_out_with_a_note(cells: dict[str, Any], note: str) -> None:
    result = read_row(row(2, **cells), TERMS)
    assert isinstance(result, ImportedLine)
    [said] = result.notes
    assert said.startswith(note)
    assert said.endswith("(left out)")
    assert (dict(result.facts), dict(result.prices)) == ({"official_name": "Koti Oy"}, {})


@pytest.mark.parametrize(
    ("cells", "note"),
    [
        ({"phone": "401234567"}, "phone 401234567 read as 040 123 4567"),
        ({"phone": "358401234567"}, "phone 358401234567 read as 040 123 4567"),
        ({"postal_code": "4300"}, "postal code 4300 read as 04300"),
        ({"municipalities": "Hyrylä"}, "Hyrylä read as Tuusula"),
        ({"approved_on": "01/03/2026"}, "01/03/2026 read as 1.3.2026"),
    ],
)
def test_what_is_read_otherwise_than_it_stands_is_told(cells: dict[str, Any], note: str) -> None:
    result = read_row(row(2, **cells), TERMS)
    assert isinstance(result, ImportedLine)
    assert result.notes == (note,)
    assert result.municipalities == {"858"}


@pytest.mark.parametrize("text", ["Koko Keusote", "Keusote", "koko Keski-Uusimaa", "Hela Mellersta Nyland"])
def test_the_name_of_the_county_is_all_of_it(text: str) -> None:
    result = read_row(row(2, municipalities=text), TERMS)
    assert isinstance(result, ImportedLine)
    assert result.municipalities == KEUSOTE.municipalities


@pytest.mark.parametrize("service", ["Taksi", "taksipalvelu", "Taxi"])
def test_a_taxi_is_transport(service: str) -> None:
    result = read_row(row(2, service=service), TERMS)
    assert isinstance(result, ImportedLine)
    assert result.service_key == "transport"


def test_a_day_with_two_digits_of_the_year_is_of_this_century() -> None:
    result = read_row(row(2, approved_on="1.3.26"), TERMS)
    assert isinstance(result, ImportedLine)
    assert result.approved_on == date(2026, 3, 1)


def test_a_fixed_price_is_the_price() -> None:
    service = KEUSOTE.service("day_activity")
    terms = replace(TERMS, services={"day_activity": PriceTable(service.bands, fixed=True)})
    result = read_row(row(2, **{"price:day": "70"}), terms)
    assert isinstance(result, ImportedLine)
    assert dict(result.prices) == {}
    assert result.notes == (
        "price Päivä: 70,00\xa0€ is not the pilot’s fixed price of 75,00\xa0€ (left out)",
    )
    result = read_row(row(2, **{"price:day": "75"}), terms)
    assert isinstance(result, ImportedLine)
    assert result.prices == {"day": Money(7500)}


# --- sums ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cells",
    [
        {"business_id": "YHTEENSÄ"},
        {"official_name": "Yhteensä 12 kpl"},
        {"service": "Kaikki yhteensä", "price:day": "125,00"},
        {"official_name": "Summa:"},
        {"official_name": "Totalt"},
    ],
)
def test_a_row_of_sums_is_no_company(cells: dict[str, Any]) -> None:
    sums = ImportedRow(3, cells)
    assert without_sums([row(2), sums, row(4)], words()) == ([row(2), row(4)], [sums])


def test_a_company_whose_name_only_looks_like_a_sum_is_one() -> None:
    company = row(2, official_name="Totalhoiva Oy")
    assert without_sums([company], words()) == ([company], [])


# --- blank cells -----------------------------------------------------------------------------------------------------


def test_blank_company_cells_mean_the_company_above() -> None:
    above = row(2, approved_on="1.3.2026", phone="09 111 222")
    below = ImportedRow(3, {"service": "Kuljetuspalvelu", "municipalities": "koko alue"})
    assert list(completed([above, below]))[1].cells == {
        "business_id": ID,
        "official_name": "Koti Oy",
        "approved_on": "1.3.2026",
        "service": "Kuljetuspalvelu",
        "municipalities": "koko alue",
    }


def test_a_row_of_municipalities_alone_goes_on_with_the_service_above_through_many_rows() -> None:
    rows = [
        row(2),
        ImportedRow(3, {"municipalities": "Hyvinkää"}),
        ImportedRow(4, {"municipalities": "Mäntsälä"}),
    ]
    assert [each.cells["service"] for each in completed(rows)] == ["Päivätoiminta"] * 3


def test_an_area_is_never_taken_from_the_row_above() -> None:
    *_, last = completed([row(2), ImportedRow(3, {"service": "Kuljetuspalvelu"})])
    assert reasons(last) == "the municipalities are missing"


def test_a_name_without_a_business_id_goes_on_only_under_its_own_name() -> None:
    rows = [
        row(2),
        row(3, business_id="", official_name="KOTI  OY"),
        row(4, business_id="", official_name="Toinen Oy"),
    ]
    same, other = list(completed(rows))[1:]
    assert same.cells["business_id"] == ID
    assert reasons(other) == "the business ID is missing"


# --- companies -------------------------------------------------------------------------------------------------------


def test_rows_of_one_business_id_are_one_company_and_of_one_service_one_area() -> None:
    lines = [
        line(2, facts={"official_name": "Koti Oy"}, prices={"day": Money(6000)}),
        line(3, "transport", "186"),
        line(5, area="505 543", facts={"phone": "09 1"}, approved_on=date(2026, 3, 1)),
        line(6, business_id=OTHER),
    ]
    (first, second), refusals = companies(lines, [])
    assert refusals == []
    assert (second.business_id, [each.number for each in first.lines]) == (OTHER, [2, 3, 5])
    assert first.facts == {"official_name": "Koti Oy", "phone": "09 1"}
    day_activity, _transport = first.claims
    assert day_activity.municipalities == {"858", "505", "543"}
    assert (day_activity.approved_on, day_activity.prices) == (date(2026, 3, 1), {"day": Money(6000)})


@pytest.mark.parametrize(
    ("first", "second", "words_said"),
    [
        (
            {"facts": {"official_name": "Koti Oy"}},
            {"facts": {"official_name": "Muu Oy"}},
            "official name “Koti Oy” and “Muu Oy”",
        ),
        (
            {"approved_on": date(2026, 3, 1)},
            {"approved_on": date(2026, 3, 2)},
            "approved on “1.3.2026” and “2.3.2026”",
        ),
        (
            {"prices": {"day": Money(1)}},
            {"prices": {"day": Money(2)}},
            "price Päivä “0,01\xa0€” and “0,02\xa0€”",
        ),
    ],
)
def test_contradicting_rows_are_refused_and_both_are_named(
    first: dict[str, Any], second: dict[str, Any], words_said: str
) -> None:
    found, refusals = companies([line(2, **first), line(7, **second)], [])
    assert found == []
    assert [each.number for each in refusals] == [2, 7]
    assert {each.reasons for each in refusals} == {(f"rows 2 and 7 contradict each other: {words_said}",)}


def test_a_contradiction_about_the_company_refuses_all_its_rows_and_about_a_service_only_those() -> None:
    names = [
        line(2),
        line(3, "transport", facts={"official_name": "Muu Oy"}),
        line(4, "carer"),
    ]
    assert [each.number for each in companies(names, [])[1]] == [2, 3, 4]
    prices = [line(2, prices={"day": Money(1)}), line(3, prices={"day": Money(2)}), line(4, "transport")]
    (company,), refusals = companies(prices, [])
    assert [each.number for each in refusals] == [2, 3]
    assert [each.number for each in company.lines] == [4]


def test_another_fact_that_two_rows_tell_differently_is_left_out() -> None:
    lines = [
        line(2, facts={"phone": "09 111", "city": "Tuusula"}),
        line(3, "transport", facts={"phone": "09 112"}),
        line(4, "carer", facts={"city": "Tuusula"}),
    ]
    (company,), refusals = companies(lines, [])
    assert refusals == []
    assert company.facts == {"city": "Tuusula"}
    note = "rows 2 and 3 contradict each other: phone “09 111” and “09 112” (left out)"
    assert [each.notes for each in company.lines] == [(note,), (note,), ()]


def test_case_blanks_and_the_writing_of_a_number_are_no_contradiction() -> None:
    facts = [
        {"official_name": "Koti Oy", "phone": "09 111 222"},
        {"official_name": "KOTI  oy", "phone": "09-111222"},
    ]
    (company,), refusals = companies([line(2, facts=facts[0]), line(3, "transport", facts=facts[1])], [])
    assert refusals == []
    assert company.facts["official_name"] == "Koti Oy"


def test_a_refused_row_takes_the_others_about_its_service_with_it() -> None:
    bad = Refusal(9, ("outside the area",), ID, "day_activity")
    (company,), refusals = companies([line(2), line(3, "transport")], [bad])
    assert [each.service_key for each in company.claims] == ["transport"]
    assert [(each.number, each.reasons) for each in refusals] == [
        (2, ("row 9 about the same service was refused",))
    ]


# --- against the portal ----------------------------------------------------------------------------------------------


@dataclass
class Held:
    state: str = "approved"
    municipalities: list[str] = field(default_factory=lambda: ["858"])
    application_line_id: int | None = None


CLAIM = Claim("day_activity", frozenset({"858", "186"}), None, {}, ())


@pytest.mark.parametrize("state", ["suspended", "withdrawn", "ended"])
def test_a_sheet_does_not_bring_back_what_the_office_has_taken_away(state: str) -> None:
    assert approval_refusal(Held(state), CLAIM) == (
        f"the approval is {state} in the portal, and a sheet does not bring it back"
    )


def test_an_area_decided_on_an_application_stands_over_a_sheet() -> None:
    assert "decided on an application" in (approval_refusal(Held(application_line_id=1), CLAIM) or "")
    assert approval_refusal(Held(municipalities=["186", "858"], application_line_id=1), CLAIM) is None
    assert approval_refusal(Held(), CLAIM) is None
    assert approval_refusal(None, CLAIM) is None


def test_only_empty_facts_are_filled_and_the_others_are_named() -> None:
    held = {"phone": "09 1", "email": "", "city": "Tuusula"}
    told = {"phone": "09 2", "email": "a@b.fi", "city": "TUUSULA", "street": "Tie 1"}
    assert empty_facts(held, told) == {"email": "a@b.fi", "street": "Tie 1"}
    assert kept_facts(held, told) == ("phone",)


def test_a_company_lists_its_rows_in_the_order_of_the_sheet() -> None:
    claims = tuple(Claim(key, frozenset(), None, {}, (line(n),)) for key, n in (("b", 5), ("a", 3)))
    assert [each.number for each in ImportedCompany(ID, {}, claims).lines] == [3, 5]
