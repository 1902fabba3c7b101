"""What a county adds lies in a folder of its own, is checked like what ships, and is followed while the portal runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace import health
from marketplace.config import ROOT
from marketplace.i18n import in_language
from marketplace.pilots import queries, service, vocabulary
from marketplace.pilots.content import DATA
from marketplace.pilots.source import InvalidDefinition
from marketplace.pilots.vocabulary_files import read_words
from marketplace.search.concepts import catalogue_concepts
from marketplace.vouchers.granting.labels import provision_text
from tests.conftest import NOW
from tests.own_content import (
    ANIMALS,
    ANIMALS_IN_PILOT,
    COLOURS,
    XANADU,
    load_elsewhere,
    own_pilot,
    own_words,
    write,
)
from tests.work import work_of

VET = "name: {fi: Eläinlääkärin todistus, sv: Veterinärintyg}"


def problems_of(own: Path) -> list[str]:
    return [str(problem) for problem in read_words([(DATA, DATA), (own / "data", own)]).problems]


def test_own_entries_are_added_and_take_the_place_of_shipped_ones(own: Path) -> None:
    own_words(own)
    write(
        own / "data",
        "units.yaml",
        "- {key: km, name: {fi: ajettu kilometri, sv: körd kilometer}, short: {fi: km, sv: km}}\n",
    )
    assert vocabulary.SERVICES["xanadu_animals"].name.sv == "Djurassisterad verksamhet"
    assert "personal_assistance" in vocabulary.SERVICES
    assert vocabulary.UNITS["km"].name.fi == "ajettu kilometri"
    assert next(iter(vocabulary.UNITS)) == "h"


def test_a_pilot_of_the_own_folder_takes_parts_that_ship(own: Path, session: Session) -> None:
    own_words(own)
    [result] = service.load(work_of(session), [own_pilot(own, ANIMALS_IN_PILOT)])
    assert result.outcome == "new"
    assert queries.current_definition(session, "xanadu-2027").service_keys[0] == "xanadu_animals"
    assert queries.pilot(session, "xanadu-2027").organisation.short_name.sv == "Xanadu"


@pytest.mark.parametrize(
    ("basis", "language", "text"),
    [
        ("675/2023 24 §", "fi", "Vammaispalvelulaki (675/2023) 24\u00a0§."),
        ("1301/2014 18 a §", "sv", "Socialvårdslagen (1301/2014) 18 a\u00a0§."),
        ("569/2027 5 §", "sv", "Försökslagen (569/2027) 5\u00a0§."),
        ("570/2027 5 §", "fi", "570/2027 5\u00a0§"),
        ("675/2023", "fi", "675/2023"),
    ],
)
def test_a_decision_names_the_laws_of_the_data(
    own: Path, app: Flask, basis: str, language: str, text: str
) -> None:
    write(own / "data", "laws.yaml", "- {key: 569/2027, name: {fi: Kokeilulaki, sv: Försökslagen}}\n")
    with app.app_context(), in_language(language):
        assert provision_text(basis) == text


A_GROUP = "- {key: a, name: {fi: A, sv: A}, description: {fi: A, sv: A}}\n"
A_BAND = "- {key: a, name: {fi: A, sv: A}, short_name: {fi: A, sv: A}, timed: yes}\n"
A_PROOF = "- {key: a, name: {fi: A, sv: A}, help: {fi: A, sv: A}, file: yes, group: quality}\n"
A_LAW = "- {key: 675/2023, name: {fi: A, sv: A}}\n"
A_RATE = "- {key: S, name: {fi: A, sv: A}, rates: [{percent: 25.5, valid_from: 2024-09-01}]}\n"
RIDES = "service:transport:\n  fi: [eläinkyyti]\n  sv: [djurskjuts]\n"
A_SET = """\
- key: a
  version: "1"
  name: {fi: A, sv: A}
  purpose: {fi: A, sv: A}
  rights: {fi: A, sv: A}
  source: Z
  asks: state
  scale: {least: 1, most: 5, least_text: {fi: A, sv: A}, most_text: {fi: A, sv: A}}
  items:
    - {key: b, text: {fi: A, sv: A}, plain: {fi: A, sv: A}}
  scoring: each
  bands:
    - {key: low, from: 1, to: 3, name: {fi: A, sv: A}}
    - {key: high, from: 4, to: 5, name: {fi: A, sv: A}}
  interval: [0, 3]
  organisations: [soite]
"""
A_HOUSE = XANADU.replace("theme: xanadu", "theme: soite")

MISTAKES = [
    ("bands", A_BAND, "{key: a", "\t{key: a", "1: this line is indented with a tab; write spaces"),
    (
        *(
            "groups",
            A_GROUP,
            "{key: a, name: {fi: A, sv: A}, description: {fi: A, sv: A}}",
            "name: Kokeilu: uusi",
        ),
        "1: this is not valid YAML: a text with a colon in it needs quotes, such as name: 'Pilot: part two'",
    ),
    ("groups", A_GROUP, "- {", "{", "1: the file should be a list: each entry begins with “- ”"),
    ("groups", A_GROUP, ", sv: A}, d", "}, d", "1 0.name.sv: the Swedish text is missing"),
    (
        *("groups", A_GROUP, "description:", "descripton:"),
        "1 0.descripton: “descripton” is not a key that is known here; did you mean “description”?",
    ),
    ("groups", A_GROUP, "fi: A", "fi: <b>A</b>", "1 0.name.fi: a text has no markup: take out “<b>”"),
    ("groups", A_GROUP, A_GROUP, A_GROUP * 2, "2 1.key: “a” is in this file already"),
    ("bands", A_BAND, "timed: yes", "timed: maybe", "1 0.timed: write yes or no here"),
    (
        *("bands", A_BAND, "timed: yes", "timed: yes, coefficient: 1,15"),
        (
            "1 0.15: “15” is not a key that is known here; inside { } an amount with a comma needs quotes, "
            'such as "37,95"'
        ),
    ),
    (
        *("evidence", A_PROOF, "quality", "qualty"),
        (
            "1 0.group: “qualty” is not one of 'contractor', 'insurance', 'register' or 'quality'; "
            "did you mean “quality”?"
        ),
    ),
    (
        "laws",
        A_LAW,
        "675/",
        "675-",
        "1 0.key: “675-2023” has characters that do not belong here (pattern ^\\d+/\\d{4}$)",
    ),
    ("services", ANIMALS, "[EX]", "[EXX]", "6 0.vat.0: “EXX” is not a known VAT code; did you mean “EX”?"),
    (
        "services",
        ANIMALS,
        "[visit]",
        "[vist]",
        "5 0.units.0: “vist” is not a known unit; did you mean “visit”?",
    ),
    ("services", ANIMALS, "[visit]", "[]", "5 0.units: write at least one"),
    (
        *("organisations", XANADU, "theme: xanadu", "theme: siunsoten"),
        "4 0.theme: “siunsoten” is not a known theme with colours in themes.yaml; did you mean “siunsote”?",
    ),
    ("organisations", A_HOUSE, "hb@", "hb at ", "5 0.email: “hb at xanadu.example” is not an e-mail address"),
    (
        *("organisations", A_HOUSE, "theme: soite", "theme: soite\n  phone: soita"),
        "5 0.phone: “soita” is not a telephone number",
    ),
    ("themes", COLOURS, ', neutral: "#2f3b3c"', "", "1 xanadu.neutral: this is missing"),
    (
        *("themes", COLOURS, '"#0f5257"', "teal"),
        "1 xanadu.accent: “teal” is no colour; write it like “#0f5257”, in quotes",
    ),
    (
        *(
            "themes",
            COLOURS.replace("{", "\n  ").replace(", ", "\n  ").replace("}", ""),
            '"#b4532a"',
            "#b4532a",
        ),
        "3 xanadu.warm: write a colour here, in quotes: without them # begins a comment",
    ),
    ("services", ANIMALS, "[EX]", "[ex]", "6 0.vat.0: “ex” is not a known VAT code; did you mean “EX”?"),
    (
        *("services", ANIMALS, "[EX]", "[25.5]"),
        "6 0.vat.0: “25.5” is not a known VAT code; there are EX, NT, S, R1, R2",
    ),
    (
        *("synonyms", RIDES, "service:transport", "service:transprot"),
        "1 service:transprot: there is no service “transprot”; did you mean “transport”?",
    ),
    (
        *("synonyms", RIDES, "service:transport", "sevice:transport"),
        "1 sevice:transport: there is no vocabulary “sevice”; did you mean “service”?",
    ),
    (
        *("synonyms", RIDES, "\n  sv: [djurskjuts]", ""),
        "1 service:transport: the Swedish words are missing; write sv: [] when nothing is called so",
    ),
    ("synonyms", RIDES, RIDES, RIDES * 2, "4 service:transport: this key is written twice"),
    ("synonyms", RIDES, "[eläinkyyti]", "eläinkyyti", "2 service:transport.fi: write a list here"),
    (
        *("synonyms", RIDES, "  sv:", "  ask: {fi: [eläinkuski]}\n  sv:"),
        "3 service:transport.ask: “ask” is not a key that is known here; did you mean “asks”?",
    ),
    (
        "instruments",
        A_SET,
        "scoring:",
        "scorin:",
        "11 0.scorin: “scorin” is not a key that is known here; did you mean “scoring”?",
    ),
    ("instruments", A_SET, "to: 3", "to: 2", "1 0: the bands cover 1–5 without a gap, each point once"),
    (
        "instruments",
        A_SET,
        "[0, 3]",
        "[3, 0]",
        "1 0: write the months of interval in order, each once: [0, 3, 12]",
    ),
    (
        "instruments",
        A_SET,
        "most: 5",
        "most: 55",
        "8 0.scale: a scale has 2 to 11 points: set least and most",
    ),
    (
        "instruments",
        A_SET,
        "[soite]",
        "[soitte]",
        "16 0.organisations.0: “soitte” is not a known organisation; did you mean “soite”?",
    ),
    ("vat", A_RATE, "2024-09-01", "1.9.2024", "1 0.rates.0.valid_from: write a day like 2026-11-22"),
]


def test_the_example_of_a_set_of_questions_can_be_taken_as_it_stands(own: Path) -> None:
    text = (ROOT / "docs" / "effects.md").read_text(encoding="utf-8")
    blocks = [each.partition("```")[0] for each in text.split("```yaml\n")[1:]]
    (own / "data" / "instruments").mkdir()
    for name in ("instruments.yaml", "instruments/wellbeing.yaml"):
        write(own / "data", name, next(each for each in blocks if each.startswith(f"# data/{name} ")))
    assert problems_of(own) == []
    vocabulary.follow(at_once=True)
    assert "wellbeing" in vocabulary.INSTRUMENTS


@pytest.mark.parametrize(("file", "text", "old", "new", "told"), MISTAKES)
def test_a_mistake_in_a_vocabulary_is_told_like_one_in_a_pilot(
    own: Path, file: str, text: str, old: str, new: str, told: str
) -> None:
    assert old in text
    write(own / "data", f"{file}.yaml", text.replace(old, new, 1))
    assert problems_of(own) == [f"data/{file}.yaml:{told}"]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        (
            "data/service.yaml",
            "data/service.yaml:1: there is no vocabulary of this name; did you mean “services.yaml”?",
        ),
        (
            "data/services.yml",
            "data/services.yml:1: there is no vocabulary of this name; did you mean “services.yaml”?",
        ),
        ("definitions/a.yml", "definitions/a.yml:1: the name of a pilot's file ends in .yaml"),
    ],
)
def test_a_file_that_nobody_reads_because_of_its_name_is_told(own: Path, name: str, told: str) -> None:
    write(own, name, A_GROUP)
    write(own / "data", "README.md", "What is here.\n")
    assert problems_of(own) == [told]


@pytest.mark.parametrize("broken", ["\tunits: [visit]\n", "  name: Kokeilu: uusi\n"])
def test_an_unreadable_file_is_told_alone_without_those_that_name_its_entries(own: Path, broken: str) -> None:
    write(own / "data", "services.yaml", ANIMALS + broken)
    write(own / "data", "synonyms.yaml", RIDES.replace("transport", "xanadu_animals"))
    [problem] = problems_of(own)
    assert problem.startswith("data/services.yaml:8: ")


def test_a_pilot_is_not_loaded_while_a_vocabulary_has_a_mistake(own: Path, session: Session) -> None:
    own_words(own)
    write(own / "data", "groups.yaml", "- {key: a}\n")
    with pytest.raises(InvalidDefinition, match=r"data/groups\.yaml:1 0\.description: this is missing"):
        service.load(work_of(session), [own_pilot(own)])


def test_own_synonyms_are_added_to_those_that_ship(own: Path) -> None:
    write(own / "data", "synonyms.yaml", RIDES + "pets: {fi: [lemmikki], sv: [sällskapsdjur]}\n")
    rides = next(
        concept for concept in list(catalogue_concepts())[::-1] if concept.key == "#service:transport"
    )
    assert {"kuljetus", "eläinkyyti"} <= set(rides.names["fi"])
    assert any(concept.key == "#pets" for concept in catalogue_concepts())


def test_words_that_were_read_stand_while_their_file_has_a_mistake(own: Path) -> None:
    own_words(own)
    assert "xanadu_animals" in vocabulary.SERVICES
    write(own / "data", "services.yaml", ANIMALS.replace("name:", "nmae:"))
    assert not vocabulary.follow(at_once=True)
    assert "xanadu_animals" in vocabulary.SERVICES
    assert [problem.path for problem in vocabulary.problems()] == ["0.nmae"]
    write(own / "data", "services.yaml", ANIMALS.replace("sv: Djur", "sv: Nya djur"))
    assert vocabulary.follow(at_once=True)
    assert vocabulary.SERVICES["xanadu_animals"].name.sv == "Nya djurassisterad verksamhet"
    assert vocabulary.problems() == ()


def test_a_process_that_starts_with_a_mistake_leaves_out_that_entry_alone(own: Path) -> None:
    write(own / "data", "services.yaml", ANIMALS + ANIMALS.replace("key: xanadu_animals", "key: Animals!"))
    vocabulary.use_content(None)
    vocabulary.use_content(own)
    assert "xanadu_animals" in vocabulary.SERVICES
    assert "Animals!" not in vocabulary.SERVICES
    assert len(vocabulary.problems()) == 1


def test_what_was_derived_from_the_words_is_made_again_when_they_change(own: Path) -> None:
    made: list[int] = []

    @vocabulary.derived
    def count() -> int:
        made.append(1)
        return len(vocabulary.SERVICES)

    before = count()
    assert count() == before
    own_words(own)
    assert count() == before + 1
    assert len(made) == 2


# --- while the portal runs -------------------------------------------------------------------------------------------


@pytest.fixture
def running(app: Flask, client: FlaskClient, own: Path) -> Callable[[str], tuple[int, str]]:
    """A browser at a portal that has read its words already."""
    assert client.get("/fi/").status_code == 200

    def get(path: str) -> tuple[int, str]:
        answer = client.get(path)
        return answer.status_code, answer.text

    return get


def test_a_running_portal_follows_a_pilot_with_a_new_service_band_and_proof(
    app: Flask, running: Callable[[str], tuple[int, str]], own: Path
) -> None:
    write(
        own / "data",
        "bands.yaml",
        "- {key: xanadu_herd, name: {fi: Lauma, sv: Flock}, short_name: {fi: lauma, sv: flock}, timed: no}\n",
    )
    write(
        own / "data",
        "evidence.yaml",
        A_PROOF.replace("key: a", "key: xanadu_vet").replace("name: {fi: A, sv: A}", VET),
    )
    own_words(own)
    old, new = ANIMALS_IN_PILOT
    path = own_pilot(
        own,
        (
            old,
            new.replace("{band: visit,", "{band: xanadu_herd,").replace(
                "    rulebook", "    evidence: [{kind: xanadu_vet}]\n    rulebook"
            ),
        ),
    )
    load_elsewhere(app, path)
    for language, words in (
        ("fi", ("Eläinavusteinen toiminta", "Lauma", "Eläinlääkärin todistus")),
        ("sv", ("Djurassisterad verksamhet", "Flock", "Veterinärintyg")),
    ):
        status, text = running(f"/{language}/pilots/xanadu-2027")
        assert status == 200
        assert all(word in text for word in words)
        assert running(f"/{language}/")[0] == 200


def lose_the_words(own: Path) -> None:
    """As a process on another machine is, whose files have not come yet."""
    (own / "data" / "services.yaml").unlink()
    vocabulary.use_content(None)
    vocabulary.use_content(own)
    queries._parsed.clear()


def test_a_version_that_cannot_be_read_leaves_the_last_readable_one_visible(
    app: Flask, running: Callable[[str], tuple[int, str]], own: Path
) -> None:
    own_words(own)
    load_elsewhere(app, own_pilot(own))
    load_elsewhere(app, own_pilot(own, ANIMALS_IN_PILOT))
    lose_the_words(own)
    status, text = running("/fi/pilots/xanadu-2027")
    assert status == 200
    assert "Eläinavusteinen" not in text
    assert running("/fi/")[0] == 200
    told = health.problems(app.extensions["database"], app.extensions["settings"], now=NOW)
    [line] = [line for line in told if "xanadu-2027" in line]
    assert (
        "version 2 of the pilot xanadu-2027 cannot be read: services.0.key: “xanadu_animals” is not a known service"
        in line
    )


def test_a_pilot_without_any_readable_version_takes_down_no_page_but_its_own(
    app: Flask, running: Callable[[str], tuple[int, str]], own: Path
) -> None:
    own_words(own)
    load_elsewhere(app, own_pilot(own, ANIMALS_IN_PILOT))
    lose_the_words(own)
    assert running("/fi/pilots/xanadu-2027")[0] == 503
    for path in (
        "/fi/",
        "/sv/pilots",
        "/fi/pilots/soite-2018",
        "/fi/providers",
        "/api/v1/pilots",
    ):
        assert running(path)[0] == 200, path
    assert "xanadu-2027" not in running("/fi/pilots")[1]


def test_colours_without_a_stylesheet_are_the_portals_own_and_check_says_so(
    app: Flask, running: Callable[[str], tuple[int, str]], own: Path
) -> None:
    own_words(own)
    load_elsewhere(app, own_pilot(own))
    status, text = running("/fi/pilots/xanadu-2027")
    assert status == 200
    assert 'data-theme="palvelutori"' in text
    told = health.problems(app.extensions["database"], app.extensions["settings"], now=NOW)
    [line] = [line for line in told if "no stylesheet has been made" in line]
    assert "xanadu" in line
    assert "run 'make assets' with PILOTS_DIR, on a machine with Node" in line


def test_check_names_a_pilot_and_an_organisation_without_a_telephone(app: Flask, own: Path) -> None:
    own_words(own)
    load_elsewhere(app, own_pilot(own, ("  phone: 016 000 2806\n", "")))
    assert {
        "the organisation xanadu has no telephone in organisations.yaml",
        "the pilot xanadu-2027 has no telephone under contact",
    } <= set(health.notices(app.extensions["database"], app.extensions["settings"], now=NOW))
