"""What a definition answers: proofs, forms, checklists, when a question is asked and what passes."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from marketplace.pilots.content import DEFINITIONS
from marketplace.pilots.definition import Period, PilotDefinition, TimeBand
from marketplace.pilots.loading import read_definition
from marketplace.pilots.questions import Question


@pytest.fixture(scope="module")
def pilot() -> PilotDefinition:
    return read_definition(DEFINITIONS / "keusote-2022.yaml")


def question(**values: Any) -> Question:
    return Question.model_validate({"key": "q", "label": {"fi": "K", "sv": "F"}, **values})


def test_proofs_of_several_services_are_asked_once(pilot: PilotDefinition) -> None:
    kinds = [each.kind for each in pilot.required_evidence("day_activity", "transport")]
    assert len(kinds) == len(set(kinds))
    assert {"tax", "soteri", "vehicle_permit"} <= set(kinds)


def test_the_stricter_age_wins(pilot: PilotDefinition) -> None:
    stricter = pilot.services[0].model_copy(
        update={"evidence": tuple(each.model_copy(update={"max_age_months": 1}) for each in pilot.evidence)}
    )
    changed = pilot.model_copy(update={"services": (stricter,)})
    assert {each.max_age_months for each in changed.required_evidence("day_activity")} == {1}


def test_an_age_that_only_one_side_names_holds(pilot: PilotDefinition) -> None:
    loose = tuple(each.model_copy(update={"max_age_months": None}) for each in pilot.evidence)
    ages = pilot.model_copy(update={"evidence": loose + pilot.evidence}).required_evidence()
    assert [each.max_age_months for each in ages] == [each.max_age_months for each in pilot.evidence]


def test_a_service_that_the_pilot_does_not_have_is_an_error(pilot: PilotDefinition) -> None:
    with pytest.raises(KeyError):
        pilot.required_evidence("home_care")


def test_the_form_holds_a_section_for_each_service_with_questions(pilot: PilotDefinition) -> None:
    keys = [section.key for section in pilot.sections_for(["transport", "day_activity"])]
    assert keys == [
        *(section.key for section in pilot.application),
        "service-day_activity",
        "service-transport",
    ]


def test_the_checklist_leaves_out_other_services(pilot: PilotDefinition) -> None:
    keys = {item.key for item in pilot.checklist_for(["transport"])}
    assert "vehicles" in keys
    assert "right_company" in keys
    assert "day_place" not in keys


def test_a_kept_document_reads_back_the_same(pilot: PilotDefinition) -> None:
    document = pilot.document()
    assert PilotDefinition.model_validate(document) == pilot.model_validate(document)
    assert PilotDefinition.model_validate(document).document() == document


def test_a_kept_document_holds_the_resolved_area() -> None:
    document = read_definition(DEFINITIONS / "siunsote-2017.yaml").document()
    assert "counties" not in document["area"]
    assert len(document["area"]["municipalities"]) == 11


def test_a_price_band_that_is_not_there_is_an_error(pilot: PilotDefinition) -> None:
    with pytest.raises(KeyError):
        pilot.service("day_activity").band("night")


def test_units_follow_the_price_table(pilot: PilotDefinition) -> None:
    assert pilot.service("day_activity").units == ("day", "half_day")


@pytest.mark.parametrize(
    ("day", "covered"),
    [
        (date(2025, 12, 31), False),
        (date(2026, 1, 1), True),
        (date(2026, 6, 30), True),
        (date(2026, 7, 1), False),
    ],
)
def test_a_period_holds_its_first_and_last_day(day: date, covered: bool) -> None:
    assert Period(starts=date(2026, 1, 1), ends=date(2026, 6, 30)).covers(day) is covered


def test_a_period_without_an_end_goes_on() -> None:
    assert Period(starts=date(2026, 1, 1)).covers(date(2099, 1, 1))


def test_a_time_band_over_midnight_is_both_ends_of_the_day() -> None:
    night = TimeBand.model_validate({"band": "night", "days": ["mon"], "from": "22:00", "to": "07:00"})
    assert night.spans == ((0, 420), (1320, 1440))


def test_a_question_is_required_when_its_condition_holds() -> None:
    asked = question(type="text", required_when={"car": "yes"})
    assert asked.is_required({"car": True})
    assert not asked.is_required({"car": False})
    assert not asked.is_required({})


def test_a_condition_looks_into_chosen_options() -> None:
    asked = question(type="text", required_when={"times": "nights"})
    assert asked.is_required({"times": ["days", "nights"]})
    assert not asked.is_required({"times": ["days"]})


@pytest.mark.parametrize(
    ("rule", "answer", "result"),
    [
        (None, "anything", "judge"),
        ({"equals": "yes"}, None, "judge"),
        ({"equals": "yes"}, True, "pass"),
        ({"equals": "yes"}, False, "fail"),
        ({"equals": "same_day"}, "same_day", "pass"),
        ({"at_least": 1}, 0, "fail"),
        ({"at_least": 1, "at_most": 3}, 3, "pass"),
        ({"at_least": 1, "at_most": 3}, 4, "fail"),
        ({"includes": ["phone"]}, ["phone", "web"], "pass"),
        ({"includes": ["phone"]}, ["web"], "fail"),
    ],
)
def test_an_answer_passes_fails_or_is_judged(rule: Any, answer: Any, result: str) -> None:
    assert question(type="text", passes=rule).assess(answer) == result
