"""The shared words are complete, refer to each other and follow the facts."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from marketplace.pilots import vocabulary
from marketplace.pilots.source import InvalidDefinition
from marketplace.pilots.vocabulary import Group, Vocabulary


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


def test_services_name_known_units_and_vat_codes() -> None:
    for service in vocabulary.SERVICES.values():
        assert set(service.units) <= set(vocabulary.UNITS)
        assert set(service.vat) <= set(vocabulary.VAT)


def test_combined_report_stands_for_the_contractor_liability_proofs() -> None:
    assert vocabulary.kinds_that_prove("tax") == {"tax", "reliable_partner"}
    assert vocabulary.kinds_that_prove("liability_insurance") == {"liability_insurance"}


def test_combined_reports_stand_for_known_kinds() -> None:
    for kind in vocabulary.EVIDENCE_KINDS.values():
        assert set(kind.stands_for) <= set(vocabulary.EVIDENCE_KINDS)


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


def test_a_mistake_in_a_data_file_names_its_line(tmp_path: Path) -> None:
    (tmp_path / "groups.yaml").write_text(
        "- {key: a, name: {fi: A, sv: A}, description: {fi: A, sv: A}}\n"
        "- {key: a, name: {fi: A, sv: A}, description: {fi: A, sv: A}}\n"
        "- {key: b, name: {fi: B}, description: {fi: B, sv: B}}\n",
        encoding="utf-8",
    )
    words = Vocabulary("groups.yaml", Group)
    words.path = tmp_path / "groups.yaml"
    with pytest.raises(InvalidDefinition) as caught:
        list(words)
    assert [str(problem) for problem in caught.value.problems] == [
        "groups.yaml:2 a: this key is already in the file",
        "groups.yaml:3 name.sv: Field required",
    ]


def test_a_data_file_that_is_not_a_list_is_refused(tmp_path: Path) -> None:
    (tmp_path / "groups.yaml").write_text("a: b\n", encoding="utf-8")
    words = Vocabulary("groups.yaml", Group)
    words.path = tmp_path / "groups.yaml"
    with pytest.raises(InvalidDefinition, match="should be a list"):
        words["a"]
