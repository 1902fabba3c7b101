"""A pilot definition is checked as a whole: every mistake at once, each with file, line, path and plain words."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from marketplace.pilots.content import DEFINITIONS
from marketplace.pilots.loading import read_all, read_definition
from marketplace.pilots.source import InvalidDefinition

MINIMAL = """\
key: tiny-2026
organisation: keusote
name: {fi: Pieni kokeilu, sv: Litet försök}
summary: {fi: Lyhyesti., sv: I korthet.}
lead:
  - {fi: Mitä tämä on., sv: Vad det är.}
area:
  description: {fi: Kaksi kuntaa, sv: Två kommuner}
  municipalities: [106, 186]
period: {starts: 2026-01-01, ends: 2027-12-31}
application_period: {starts: 2026-01-01}
groups: [disabled_people]
budget_kinds: [euros]
services:
  - key: day_activity
    bands:
      - {band: day, unit: day, ceiling: "75,50", required: yes}
    rulebook:
      - heading: {fi: Päivätoiminta, sv: Dagverksamhet}
        paragraphs: [{fi: Sisältö., sv: Innehåll.}]
rulebook:
  version: "1.0"
  valid_from: 2026-01-01
  general:
    - heading: {fi: Ehdot, sv: Villkor}
      paragraphs: [{fi: Ehto., sv: Villkor.}]
checklist:
  - {key: registered, text: {fi: On Soterissa., sv: Finns i Soteri.}, services: [day_activity]}
application:
  - key: operations
    title: {fi: Toiminta, sv: Verksamhet}
    questions:
      - {key: own_car, label: {fi: Onko auto?, sv: Har du bil?}, type: yes_no, required: yes}
      - {key: car_count, label: {fi: Montako?, sv: Hur många?}, type: number, required_when: {own_car: yes}}
handling_days: 30
completion_days: 14
notice: {client_days: 14, provider_days: 30, price_change_days: 30}
contact: {name: {fi: Toimisto, sv: Byrån}, email: hb@keusote.example}
"""

HOURS = """\
  - key: close_care
    bands:
      - {band: weekday_day, unit: h, ceiling: 38}
    rulebook:
      - heading: {fi: Vierihoito, sv: Närvård}
        paragraphs: [{fi: Sisältö., sv: Innehåll.}]
rulebook:
"""


def written(folder: Path, *changes: tuple[str, str], name: str = "tiny-2026.yaml") -> Path:
    """The minimal definition with some of its text replaced, as a file."""
    text = MINIMAL
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def problems(path: Path) -> list[str]:
    with pytest.raises(InvalidDefinition) as caught:
        read_definition(path)
    return [str(problem) for problem in caught.value.problems]


def test_a_definition_without_mistakes_is_read(tmp_path: Path) -> None:
    definition = read_definition(written(tmp_path))
    assert definition.municipalities == {"106", "186"}
    assert definition.service("day_activity").band("day").ceiling.cents == 7550


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "key: day_activity",
            "key: day_activty",
            (
                "tiny-2026.yaml:15 services.0.key: “day_activty” is not a known service; "
                "did you mean “day_activity”?"
            ),
        ),
        (
            "[106, 186]",
            "[106, 999]",
            "tiny-2026.yaml:9 area.municipalities.1: “999” is not a known municipality code",
        ),
        (
            "[106, 186]",
            "[106, 106]",
            "tiny-2026.yaml:9 area.municipalities.1: the municipality “106” is there twice",
        ),
        (
            ", sv: Litet försök}",
            "}",
            "tiny-2026.yaml:3 name.sv: the Swedish text is missing",
        ),
        ("sv: Litet försök", "sv: ", "tiny-2026.yaml:3 name.sv: the Swedish text is missing"),
        (
            "Pieni kokeilu",
            "Pieni, uusi kokeilu",
            (
                "tiny-2026.yaml:3 name.uusi kokeilu: “uusi kokeilu” is not a key that is known here; "
                "inside { } a text with a comma needs quotes"
            ),
        ),
        (
            '"75,50"',
            '"75,505"',
            "tiny-2026.yaml:17 services.0.bands.0.ceiling: “75,505” has more than two decimals",
        ),
        (
            '"75,50"',
            "abc",
            (
                "tiny-2026.yaml:17 services.0.bands.0.ceiling: “abc” is not an amount of euros; "
                "write it like 34,50"
            ),
        ),
        (
            '"75,50"',
            "-1",
            "tiny-2026.yaml:17 services.0.bands.0.ceiling: “-1” is below zero; a price cannot be",
        ),
        (
            '"75,50"',
            "100000000000",
            "tiny-2026.yaml:17 services.0.bands.0.ceiling: “100000000000” is too large an amount",
        ),
        (
            "unit: day,",
            "unit: h,",
            (
                "tiny-2026.yaml:17 services.0.bands.0.unit: this service is not priced by “h”; "
                "its units are day, half_day"
            ),
        ),
        (
            "{own_car: yes}",
            "{own_cat: yes}",
            "tiny-2026.yaml:34 application.0.questions.1.required_when.own_cat: there is no question “own_cat”",
        ),
        (
            "{own_car: yes}",
            "{own_car: maybe}",
            (
                "tiny-2026.yaml:34 application.0.questions.1.required_when.own_car: “maybe” is not an answer to "
                "“own_car”; its answers are yes, no"
            ),
        ),
        (
            "{own_car: yes}",
            "{car_count: 1}",
            (
                "tiny-2026.yaml:34 application.0.questions.1.required_when.car_count: "
                "a question cannot wait for itself"
            ),
        ),
        (
            "required_when: {own_car: yes}",
            "part_of: own_car",
            "tiny-2026.yaml:34 application.0.questions.1.part_of: the page asks for no number “own_car”",
        ),
        (
            "required_when: {own_car: yes}",
            "part_of: car_count",
            "tiny-2026.yaml:34 application.0.questions.1.part_of: a number cannot be a part of itself",
        ),
        (
            "type: number, required_when: {own_car: yes}",
            "type: date, part_of: own_car",
            "tiny-2026.yaml:34 application.0.questions.1.part_of: only a number question is a part of another",
        ),
        (
            "key: car_count, label: {fi: Montako?, sv: Hur många?}, type: number, required_when: {own_car: yes}",
            "key: own_car, label: {fi: Montako?, sv: Hur många?}, type: number",
            "tiny-2026.yaml:34 application.0.questions.1.key: the question “own_car” is there twice",
        ),
        (
            "type: number",
            "type: numbr",
            (
                "tiny-2026.yaml:34 application.0.questions.1.type: “numbr” is not one of 'text', 'long_text', "
                "'number', 'money', 'date', 'yes_no', 'one_of', 'many_of', 'municipalities', 'file' or "
                "'declaration'; did you mean “number”?"
            ),
        ),
        (
            "type: number",
            "type: one_of",
            "tiny-2026.yaml:34 application.0.questions.1: a one_of question needs options",
        ),
        (
            "type: yes_no,",
            "type: yes_no, maximum: 3,",
            (
                "tiny-2026.yaml:33 application.0.questions.0.maximum: "
                "only a number question has a minimum or a maximum"
            ),
        ),
        (
            "type: yes_no,",
            "type: yes_no, max_length: 3,",
            "tiny-2026.yaml:33 application.0.questions.0.max_length: only a text question has a longest length",
        ),
        (
            "type: yes_no,",
            "type: yes_no, options: [{key: a, label: {fi: A, sv: A}}],",
            "tiny-2026.yaml:33 application.0.questions.0.options: a yes_no question has no options",
        ),
        ("handling_days: 30\n", "", "tiny-2026.yaml:1 handling_days: this is missing"),
        (
            "handling_days: 30",
            "handling_days: soon",
            "tiny-2026.yaml:35 handling_days: write a whole number here",
        ),
        (
            "handling_days: 30",
            "handling_days: 30\nhandling_dayz: 30",
            (
                "tiny-2026.yaml:36 handling_dayz: “handling_dayz” is not a key that is known here; "
                "did you mean “handling_days”?"
            ),
        ),
        (
            "starts: 2026-01-01, ends",
            "starts: 1.1.2026, ends",
            "tiny-2026.yaml:10 period.starts: write a day like 2026-11-22",
        ),
        (
            "ends: 2027-12-31",
            "ends: 2025-12-31",
            "tiny-2026.yaml:10 period.ends: the last day is before the first",
        ),
        (
            "required: yes}\n    rulebook",
            "required: perhaps}\n    rulebook",
            "tiny-2026.yaml:17 services.0.bands.0.required: write yes or no here",
        ),
        (
            "groups: [disabled_people]",
            "groups: disabled_people",
            "tiny-2026.yaml:12 groups: write a list here",
        ),
        ("groups: [disabled_people]", "groups: []", "tiny-2026.yaml:12 groups: write at least one"),
        (
            "organisation: keusote",
            "organisation: keusot",
            "tiny-2026.yaml:2 organisation: “keusot” is not a known organisation; did you mean “keusote”?",
        ),
        (
            "period: {starts: 2026-01-01, ends: 2027-12-31}",
            "period: now",
            "tiny-2026.yaml:10 period: write keys and values here",
        ),
        (
            "services: [day_activity]}",
            "services: [transport]}",
            "tiny-2026.yaml:28 checklist.0.services.0: the pilot does not have the service “transport”",
        ),
        (
            "  municipalities: [106, 186]",
            "  counties: [14]\n  except: [106]",
            (
                "tiny-2026.yaml:10 area.except.0: Hyvinkää (106) is not in the counties of the area, "
                "so it cannot be left out"
            ),
        ),
        (
            "  municipalities: [106, 186]",
            "  counties: [02]\n  municipalities: [106]",
            "tiny-2026.yaml:10 area.municipalities.0: Hyvinkää (106) is already in the area through its county",
        ),
        (
            "  municipalities: [106, 186]\n",
            "",
            "tiny-2026.yaml:7 area: the area is empty: name counties or municipalities",
        ),
        (
            "    rulebook:\n",
            "    evidence: [{kind: tax}, {kind: tax}]\n    rulebook:\n",
            "tiny-2026.yaml:18 services.0.evidence.1.kind: the kind of evidence “tax” is there twice",
        ),
        (
            "key: tiny-2026",
            "key: other-2026",
            "tiny-2026.yaml:1 key: the file of the pilot “other-2026” has another name",
        ),
    ],
)
def test_each_mistake_has_its_own_message(tmp_path: Path, old: str, new: str, expected: str) -> None:
    assert problems(written(tmp_path, (old, new))) == [expected]


@pytest.mark.parametrize("key", ["company", "services", "evidence", "rulebook", "service-transport"])
def test_a_section_cannot_take_the_place_of_a_page_of_every_application(tmp_path: Path, key: str) -> None:
    path = written(tmp_path, ("key: operations", f"key: {key}"))
    [problem] = problems(path)
    assert problem.startswith("tiny-2026.yaml:30 application.0.key: ")
    assert f"a page “{key}” of its own" in problem


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    path = written(
        tmp_path, (", sv: Litet försök}", "}"), ("{own_car: yes}", "{nothing: yes}"), ('"75,50"', '"0,001"')
    )
    assert [line.split(": ")[0] for line in problems(path)] == [
        "tiny-2026.yaml:3 name.sv",
        "tiny-2026.yaml:17 services.0.bands.0.ceiling",
        "tiny-2026.yaml:34 application.0.questions.1.required_when.nothing",
    ]


def test_a_file_that_is_a_list_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "tiny-2026.yaml"
    path.write_text("- key: a\n", encoding="utf-8")
    assert problems(path) == ["tiny-2026.yaml:1: write keys and values here"]


def test_an_hour_is_priced_only_where_the_pilot_divides_the_week(tmp_path: Path) -> None:
    assert problems(written(tmp_path, ("rulebook:\n  version", HOURS + "  version"))) == [
        "tiny-2026.yaml:22 services.1.bands: time_bands does not say when the band “weekday_day” is"
    ]


WEEK = """\
time_bands:
  - {band: weekday_day, days: [mon, tue, wed, thu, fri, sat, sun], from: 07:00, to: 22:00}
  - {band: sunday_holiday, days: [holiday], from: 07:00, to: 22:00}
  - {band: night, days: [mon, tue, wed, thu, fri, sat, sun, holiday], from: 22:00, to: 07:00}
services:
"""


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "from: 07:00, to: 22:00}\n  - {band: sunday",
            "from: 08:00, to: 22:00}\n  - {band: sunday",
            "mon 07:00–08:00 belongs to no band",
        ),
        (
            "[holiday], from: 07:00, to: 22:00",
            "[holiday], from: 07:00, to: 23:00",
            "holiday 22:00–23:00 belongs to two bands",
        ),
        ("sat, sun, holiday]", "sat, sun]", "holiday 22:00–24:00 belongs to no band"),
        (
            "to: 22:00}\n  - {band: night",
            "to: 25:00}\n  - {band: night",
            "write a time of day like 18:00, at most 24:00",
        ),
        ("band: sunday_holiday", "band: day", "the band “day” is not a time of day"),
    ],
)
def test_the_week_is_divided_without_gap_or_overlap(
    tmp_path: Path, old: str, new: str, expected: str
) -> None:
    assert old in WEEK
    path = written(tmp_path, ("services:\n", WEEK.replace(old, new)))
    assert any(line.endswith(expected) for line in problems(path))


def test_eves_are_divided_only_when_the_pilot_names_them(tmp_path: Path) -> None:
    hours = ("rulebook:\n  version", HOURS + "  version")
    unnamed = problems(written(tmp_path, hours, ("services:\n", WEEK)))
    assert not [line for line in unnamed if "eve " in line]
    part = WEEK.replace("days: [holiday]", "days: [holiday, eve]")
    assert "eve 00:00–07:00 belongs to no band" in problems(written(tmp_path, ("services:\n", part)))[0]
    whole = part.replace("sun, holiday], from: 22", "sun, holiday, eve], from: 22")
    assert not [line for line in problems(written(tmp_path, hours, ("services:\n", whole))) if "eve " in line]


def test_a_service_by_the_hour_prices_the_whole_week(tmp_path: Path) -> None:
    path = written(tmp_path, ("rulebook:\n  version", HOURS + "  version"), ("services:\n", WEEK))
    assert [line.partition(" ")[2] for line in problems(path)] == [
        "services.1.bands: an hour in the band “night” has no row; the week must be covered",
        "services.1.bands: an hour in the band “sunday_holiday” has no row; the week must be covered",
    ]


def test_a_mistake_in_a_shared_part_names_the_part(tmp_path: Path) -> None:
    shutil.copytree(DEFINITIONS, tmp_path, dirs_exist_ok=True)
    part = tmp_path / "common" / "rulebook.yaml"
    part.write_text(
        part.read_text(encoding="utf-8").replace("sv: Tjänstens kvalitet}", "sw: x}"), encoding="utf-8"
    )
    line = next(
        number
        for number, text in enumerate(part.read_text(encoding="utf-8").splitlines(), 1)
        if "sw: x" in text
    )
    assert (
        f"common/rulebook.yaml:{line} rulebook.general.1.heading.sv: the Swedish text is missing"
        in problems(tmp_path / "keusote-2022.yaml")
    )


def test_the_mistakes_of_all_files_are_told_together(tmp_path: Path) -> None:
    one = written(tmp_path, ("key: day_activity", "key: nothing"))
    two = written(tmp_path, ("key: day_activity", "key: nowhere"), name="two.yaml")
    with pytest.raises(InvalidDefinition) as caught:
        read_all([one, two])
    assert {problem.file for problem in caught.value.problems} == {"tiny-2026.yaml", "two.yaml"}
