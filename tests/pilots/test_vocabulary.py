"""The shared words are complete, refer to each other and follow the facts."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from flask import Flask

from marketplace.i18n import in_language
from marketplace.pilots import vocabulary
from marketplace.pilots.entries import Office, in_force
from marketplace.pilots.labels import joined_text


def test_the_308_municipalities_of_2026_belong_to_counties() -> None:
    assert len(vocabulary.MUNICIPALITIES) == 308
    assert {place.county for place in vocabulary.MUNICIPALITIES.values()} == set(vocabulary.COUNTIES)


def test_every_municipality_has_its_languages_and_stands_in_finland() -> None:
    for place in vocabulary.MUNICIPALITIES.values():
        assert place.languages
        assert 59 < place.latitude < 71
        assert 19 < place.longitude < 32


def test_the_majority_language_comes_first() -> None:
    assert vocabulary.municipality("092").languages == ("fi", "sv")
    assert vocabulary.municipality("440").languages == ("sv", "fi")


def test_heinavesi_is_in_north_karelia() -> None:
    assert vocabulary.municipality("090").county == "14"


def test_combined_report_stands_for_the_contractor_liability_proofs() -> None:
    assert vocabulary.kinds_that_prove("tax") == {"tax", "reliable_partner"}
    assert vocabulary.kinds_that_prove("liability_insurance") == {"liability_insurance"}


def test_a_criminal_record_extract_is_never_kept() -> None:
    assert not vocabulary.EVIDENCE_KINDS["criminal_record"].file


@pytest.mark.parametrize(
    ("code", "day", "percent"),
    [
        ("EX", date(2026, 1, 1), "0"),
        ("S", date(2024, 8, 31), "24"),
        ("S", date(2024, 9, 1), "25.5"),
        ("R1", date(2025, 12, 31), "14"),
        ("R1", date(2026, 1, 1), "13.5"),
    ],
)
def test_the_rate_is_the_one_in_force_on_the_service_day(code: str, day: date, percent: str) -> None:
    assert vocabulary.vat_percent(code, day) == Decimal(percent)


def test_a_code_without_a_rate_on_the_day_is_an_error() -> None:
    with pytest.raises(KeyError, match="R2 has no rate on 2025-01-01"):
        vocabulary.vat_percent("R2", date(2025, 1, 1))


def test_names_are_listed_in_the_order_of_the_alphabet() -> None:
    names = vocabulary.municipality_names(["020", "005", "010", "139", "205"], "fi")
    assert names == ["Akaa", "Alajärvi", "Alavus", "Ii", "Kajaani"]
    assert vocabulary.municipality_names(["989", "977", "992"], "fi") == ["Ylivieska", "Ähtäri", "Äänekoski"]


@pytest.mark.parametrize("key", ["siunsote", "metropolia", "soite", "keusote-hb", "keusote"])
def test_an_organisation_says_how_it_is_reached_and_whom_the_law_wants_named(key: str) -> None:
    organisation = vocabulary.ORGANISATIONS[key]
    assert organisation.phone
    assert organisation.address
    assert organisation.hours
    for part in (
        "registry", "deciding_body", "data_protection_officer", "social_ombudsman", "accessibility",
    ):  # fmt: skip
        assert in_force(getattr(organisation, part), date(2026, 11, 22)) is not None, part


def test_the_office_named_is_the_one_of_the_day() -> None:
    def row(name: str, **begins: str) -> Office:
        return Office.model_validate({"name": {"fi": name, "sv": name}, **begins})

    rows = (row("A"), row("C", **{"from": "2027-01-01"}), row("B", **{"from": "2026-01-01"}))
    named = [in_force(rows, day) for day in (date(2025, 12, 31), date(2026, 1, 1), date(2027, 1, 1))]
    assert [each.name.fi for each in named if each] == ["A", "B", "C"]
    assert in_force(rows[1:2], date(2026, 12, 31)) is None


def test_a_county_register_is_enough_for_two_services_until_the_end_of_2026() -> None:
    assert vocabulary.county_registers() == {
        "personal_assistance": date(2026, 12, 31),
        "support_services": date(2026, 12, 31),
    }


def test_merged_municipalities_are_known_by_their_old_names_and_the_day() -> None:
    names = {
        name.casefold()
        for place in vocabulary.MUNICIPALITIES.values()
        for name in (place.name.fi, place.name.sv)
    }
    assert len(vocabulary.FORMER_MUNICIPALITIES) > 150
    for former in vocabulary.FORMER_MUNICIPALITIES.values():
        assert former.until.strftime("%d.%m.") == "01.01.", former.name.fi
        assert date(2001, 1, 1) <= former.until <= date(2026, 1, 1)
        assert not names & {former.name.fi.casefold(), former.name.sv.casefold()}, former.name.fi
    assert [former.name.fi for former in vocabulary.former_names("297")] == [
        "Juankoski",
        "Karttula",
        "Maaninka",
        "Nilsiä",
        "Vehmersalmi",
    ]
    assert vocabulary.former_names("858") == []


def test_what_was_joined_to_a_municipality_is_said_with_the_day(core_app: Flask) -> None:
    with core_app.app_context(), in_language("sv"):
        assert joined_text("710").endswith(": Ekenäs 1.1.2009, Karis 1.1.2009, Pojo 1.1.2009")
        assert joined_text("858") == ""
