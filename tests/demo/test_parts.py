"""The parts from which the demo content is put together, without a database."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader
from stdnum.fi import ytunnus

from marketplace.demo import identifiers, pictures, sources
from marketplace.demo.chance import Chance
from marketplace.demo.dates import decision_numbers
from marketplace.demo.papers import sheet
from marketplace.demo.places import PilotArea, distance_km, known_places, place
from marketplace.demo.plan import Planner, allot
from marketplace.demo.pricing import price
from marketplace.demo.sources import Pair
from marketplace.demo.writing import MAX_SENTENCES, profile_at, write
from marketplace.money import Money
from marketplace.pilots.content import definition_files
from marketplace.pilots.definition import PilotDefinition, PriceBand
from marketplace.pilots.loading import read_definition
from marketplace.pilots.vocabulary import FEATURES, GROUPS, LANGUAGES, MUNICIPALITIES, SERVICES
from tests.own_content import own_words
from tests.own_content import write as write_file

PLACEHOLDER = re.compile(r"\{(\w+)\}")


@pytest.fixture(scope="module")
def definitions() -> dict[str, PilotDefinition]:
    return {each.key: each for each in map(read_definition, definition_files(shipped=True))}


def every_pair(data: object) -> Iterator[Pair]:
    """The pairs of two texts anywhere in a data file."""
    if (
        isinstance(data, list)
        and len(data) == 2
        and all(isinstance(each, str) and " " in each for each in data)
    ):
        yield (data[0], data[1])
    elif isinstance(data, dict | list):
        for each in data.values() if isinstance(data, dict) else data:
            yield from every_pair(each)


def test_pictures_differ_and_each_has_words_of_its_own_in_both_languages() -> None:
    wanted = [(motif, count) for motif in pictures.ALT for count in pictures.COUNTS]
    assert len({pictures.drawing(*each) for each in wanted}) == len(wanted)
    texts = [pictures.description(*each) for each in wanted]
    assert len({text.fi for text in texts}) == len({text.sv for text in texts}) == len(wanted)
    assert pictures.drawing("hills", 3) == pictures.drawing("hills", 3), "the same picture every time"


@given(st.integers(0, identifiers.MAX_PROVIDERS - 1))
def test_business_ids_are_valid_and_begin_with_nine(number: int) -> None:
    text = identifiers.business_id(number)
    assert ytunnus.is_valid(text)
    assert re.fullmatch(r"9\d{6}-\d", text)


def test_business_ids_are_different_and_end_where_the_range_ends() -> None:
    numbers = [*range(2000), identifiers.MAX_PROVIDERS - 1]
    assert len({identifiers.business_id(number) for number in numbers}) == len(numbers)
    with pytest.raises(ValueError, match="provider numbers"):
        identifiers.business_id(identifiers.MAX_PROVIDERS)


def test_a_sheet_is_a_pdf_that_reads_as_written() -> None:
    document = sheet("Vastuuvakuutus (malli)", ["Ei todista mitään.", "Bevisar ingenting på svenska."])
    assert document == sheet(
        "Vastuuvakuutus (malli)", ["Ei todista mitään.", "Bevisar ingenting på svenska."]
    )
    text = PdfReader(io.BytesIO(document)).pages[0].extract_text()
    assert "Vastuuvakuutus (malli)" in text
    assert "Ei todista mitään." in text


@pytest.mark.parametrize("service", list(SERVICES))
def test_every_service_can_be_written_about_in_both_languages_with_the_same_placeholders(
    service: str,
) -> None:
    texts = sources.service_texts(service)
    of_profiles = [
        pair for each in texts.profiles for part in (each.titles, each.summaries, each.facts) for pair in part
    ]
    assert len(texts.profiles) >= 3
    for fi, sv in (*of_profiles, *texts.facts, *texts.plain):
        assert set(PLACEHOLDER.findall(fi)) == set(PLACEHOLDER.findall(sv))
        assert fi != sv
    named = {*texts.features, *(feature for profile in texts.profiles for feature in profile.features)}
    assert named <= set(FEATURES)
    assert set(texts.groups) <= set(GROUPS)


def test_shared_sentences_name_known_features_and_languages() -> None:
    assert set(sources.shared()["by_feature"]) <= set(FEATURES)
    assert set(sources.shared()["by_language"]) <= set(LANGUAGES)
    for fi, sv in [*every_pair(sources.shared()), *every_pair(sources.answers())]:
        assert set(PLACEHOLDER.findall(fi)) == set(PLACEHOLDER.findall(sv))


def test_a_service_without_texts_of_its_own_is_written_about_by_its_name(
    own: Path,
) -> None:
    own_words(own)
    texts = sources.service_texts("xanadu_animals")
    titles = {title for profile in texts.profiles for title in profile.titles}
    assert len(titles) == 6
    assert all("Eläinavusteinen toiminta" in fi and "Djurassisterad verksamhet" in sv for fi, sv in titles)
    assert (texts.trade, texts.place) == ("assistance", False)


def test_texts_of_the_own_folder_come_first(own: Path) -> None:
    text = (sources.DATA / "texts" / "escort.yaml").read_text(encoding="utf-8")
    (own / "data" / "texts").mkdir()
    write_file(
        own / "data" / "texts", "escort.yaml", text.replace("Saattaja matkalle ja perille", "Kulkukaveri")
    )
    assert sources.service_texts("escort").profiles[0].titles[0][0] == "Kulkukaveri"


def test_every_municipality_of_the_pilots_can_be_written_about(
    definitions: dict[str, PilotDefinition],
) -> None:
    assert set(known_places()) <= set(MUNICIPALITIES)
    for code in {code for definition in definitions.values() for code in definition.municipalities}:
        assert all(place(code).within), code


def test_an_operating_area_is_the_home_and_what_lies_nearest(definitions: dict[str, PilotDefinition]) -> None:
    ground = PilotArea(definitions["hb-2016"].municipalities)
    for number in range(40):
        chance = Chance.of(number)
        home = ground.home(number)
        area = ground.around(home, chance)
        assert area[0] == home
        assert [distance_km(home, code) for code in area] == sorted(distance_km(home, code) for code in area)
        assert distance_km(home, area[-1]) <= 75


def test_texts_of_a_service_come_round_before_one_comes_again() -> None:
    texts = sources.service_texts("day_activity")
    count = len(texts.profiles)
    seen = [profile_at(texts, turn, seed=1).titles[0][0] for turn in range(2 * count)]
    assert len(set(seen[:count])) == len(set(seen[count:])) == count


def test_a_description_has_two_to_four_sentences_in_both_languages() -> None:
    texts = sources.service_texts("transport")
    home = known_places()["106"]
    for turn in range(60):
        words = write(
            texts,
            profile_at(texts, turn, seed=1),
            turn=turn,
            home=home,
            features=["accessible_vehicle"],
            languages=["fi", "sv"],
            chance=Chance.of(turn),
        )
        for text in (words.description.fi, words.description.sv):
            assert 2 <= len(re.findall(r"[.!?](?= |$)", text)) <= MAX_SENTENCES + 1
            assert "{" not in text
        assert words.only("sv").title.fi == ""


@given(
    st.integers(1, 100_000_00),
    st.integers(780, 1000),
    st.sampled_from(["h", "day", "trip", "km", "full_day"]),
)
def test_no_price_is_above_its_ceiling(cents: int, level: int, unit: str) -> None:
    band = PriceBand.model_construct(band="day", unit=unit, ceiling=Money(cents), required=True)
    amount = min(price(band, level), band.ceiling)
    assert Money(0) < amount <= band.ceiling


def test_at_the_full_level_the_ceiling_is_the_price() -> None:
    band = PriceBand.model_construct(band="day", unit="day", ceiling=Money(17585), required=True)
    assert price(band, 1000) == Money(17585)


@pytest.mark.parametrize("offers", [0, 1, 8, 400, 5000])
def test_offers_are_dealt_out_to_the_last_one(definitions: dict[str, PilotDefinition], offers: int) -> None:
    plans = list(Planner(definitions, seed=2).plans(60))
    counts = allot(plans, offers)
    assert sum(counts) == offers
    assert len(counts) == sum(1 for plan in plans for _approved in plan.approved)


def test_a_provider_does_not_depend_on_how_many_others_there_are(
    definitions: dict[str, PilotDefinition],
) -> None:
    few, many = (list(Planner(definitions, seed=5).plans(count)) for count in (20, 90))
    assert many[:20] == few


def test_decisions_are_numbered_by_organisation_and_year_in_the_order_of_days() -> None:
    decided = [
        ("a", date(2026, 3, 1), (1, 0)),
        ("b", date(2026, 2, 1), (2, 0)),
        ("c", date(2026, 1, 1), (3, 0)),
        ("a", date(2025, 1, 1), (4, 0)),
    ]
    organisations = {"a": "north", "b": "north", "c": "south"}
    assert decision_numbers(decided, organisations) == {
        (2, 0): "NORTH-2026/1",
        (1, 0): "NORTH-2026/2",
        (3, 0): "SOUTH-2026/1",
        (4, 0): "NORTH-2025/1",
    }
