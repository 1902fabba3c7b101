"""The pilots that ship: their true areas, services and rules, in both languages."""

from __future__ import annotations

import pytest

from marketplace.pilots import vocabulary
from marketplace.pilots.content import definition_files
from marketplace.pilots.definition import PilotDefinition
from marketplace.pilots.loading import read_all
from marketplace.pilots.vocabulary import MUNICIPALITIES

PILOTS = {definition.key: definition for definition in read_all(definition_files(shipped=True))}
SIX_OF_KEUSOTE = {"Hyvinkää", "Järvenpää", "Mäntsälä", "Nurmijärvi", "Pornainen", "Tuusula"}


def names(key: str) -> set[str]:
    return {MUNICIPALITIES[code].name.fi for code in PILOTS[key].municipalities}


def county(code: str) -> set[str]:
    return {place.name.fi for place in MUNICIPALITIES.values() if place.county == code}


def test_siun_sote_is_north_karelia_with_heinavesi_without_tohmajarvi_and_raakkyla() -> None:
    assert names("siunsote-2017") == (county("14") | {"Heinävesi"}) - {"Tohmajärvi", "Rääkkylä"}


def test_the_six_areas_of_2016() -> None:
    towns = {"Hämeenlinna", "Pori", "Tampere", "Vantaa"}
    assert names("hb-2016") == towns | county("11") | county("20")


def test_soite_is_central_ostrobothnia() -> None:
    assert names("soite-2018") == county("18")


def test_keusote_2019_is_the_six_with_porvoo_and_sipoo() -> None:
    assert names("keusote-2019") == SIX_OF_KEUSOTE | {"Porvoo", "Sipoo"}


def test_keusote_2022_is_the_six() -> None:
    assert names("keusote-2022") == SIX_OF_KEUSOTE


def test_siun_sote_gives_euros_or_hours() -> None:
    assert set(PILOTS["siunsote-2017"].budget_kinds) == {"euros", "hours"}


def test_keusote_2022_buys_day_activities_transport_and_leaves() -> None:
    assert set(PILOTS["keusote-2022"].service_keys) == {
        "day_activity",
        "transport",
        "carer_leave_home",
        "carer_leave_unit",
    }


def test_nothing_extra_is_charged_in_keusote_2019() -> None:
    headings = [section.heading.fi for section in PILOTS["keusote-2019"].rulebook.general]
    assert "Asiakasmaksut" in headings
    assert "Tutkimus ja vapaaehtoisuus" in headings


@pytest.mark.parametrize("definition", PILOTS.values(), ids=PILOTS)
def test_every_pilot_has_a_rulebook_a_checklist_and_a_form(definition: PilotDefinition) -> None:
    assert len(definition.rulebook.general) >= 9
    assert all(service.rulebook for service in definition.services)
    assert len(definition.checklist) >= 6
    assert 3 <= len(definition.application) <= 5


@pytest.mark.parametrize("definition", PILOTS.values(), ids=PILOTS)
def test_every_service_must_be_priced_in_at_least_one_band(definition: PilotDefinition) -> None:
    for service in definition.services:
        assert any(row.required for row in service.bands)
        assert all(row.ceiling.cents > 0 for row in service.bands)


@pytest.mark.parametrize("definition", PILOTS.values(), ids=PILOTS)
def test_contractor_liability_proofs_are_asked_fresh_of_everyone(definition: PilotDefinition) -> None:
    asked = {each.kind: each.max_age_months for each in definition.evidence}
    combined = vocabulary.EVIDENCE_KINDS["reliable_partner"].stands_for
    assert {kind: asked.get(kind) for kind in combined} == dict.fromkeys(combined, 3)


@pytest.mark.parametrize("definition", PILOTS.values(), ids=PILOTS)
def test_the_organisation_of_the_pilot_is_known_with_its_theme(definition: PilotDefinition) -> None:
    assert vocabulary.ORGANISATIONS[definition.organisation].theme
