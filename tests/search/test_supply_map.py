"""The map of supply: true borders, a number and a link in each municipality, names apart, a table beside it."""

from __future__ import annotations

import itertools
import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from marketplace.pilots.vocabulary import COUNTIES, MUNICIPALITIES
from marketplace.search.supply_map.borders import borders
from marketplace.search.supply_map.drawing import WIDTH, Counted, Drawing, Word, drawing, ground_of
from scripts import borders as importer


def drawn(county: str, language: str, counts: dict[str, int] | None = None) -> Drawing:
    """The drawing of a whole county."""
    codes = sorted(code for code, place in MUNICIPALITIES.items() if place.county == county)
    ground = ground_of(codes, borders().shapes)
    names = {code: place.name[language] for code, place in MUNICIPALITIES.items()}
    counted = [Counted(code, names[code], (counts or {}).get(code, 3)) for code in codes]
    return drawing(ground, counted, names)


def box(words: tuple[Word, ...]) -> tuple[float, float, float, float]:
    half = max(len(word.text) for word in words) * 15 * 0.56 / 2
    return words[0].x - half, words[0].y - 12, words[0].x + half, words[-1].y + 3


def test_every_municipality_has_its_border_and_the_data_says_whose_it_is() -> None:
    found = borders()
    assert found.shapes.keys() == MUNICIPALITIES.keys()
    assert "Maanmittauslaitos" in found.source
    assert found.licence == "CC BY 4.0"


@pytest.mark.parametrize("code", ["638", "106", "272", "853", "478"])
def test_a_centre_lies_within_the_box_of_its_border(code: str) -> None:
    place, shape = MUNICIPALITIES[code], borders().shapes[code]
    xs, ys = zip(*(point for ring in shape.rings for point in ring), strict=True)
    assert min(xs) <= place.longitude <= max(xs)
    assert min(ys) <= place.latitude <= max(ys)
    assert min(xs) < shape.name[0] < max(xs)


def test_neighbours_keep_one_border() -> None:
    def edges(code: str) -> set[frozenset[tuple[float, float]]]:
        return {
            frozenset(pair)
            for ring in borders().shapes[code].rings
            for pair in zip(ring, (*ring[1:], ring[0]), strict=True)
        }

    assert len(edges("638") & edges("753")) >= 3, "Porvoo and Sipoo"
    assert len(edges("106") & edges("543")) >= 2, "Hyvinkää and Nurmijärvi"


@pytest.mark.parametrize("language", ["fi", "sv"])
@pytest.mark.parametrize("county", [key for key in COUNTIES if key != "91"])
def test_names_do_not_overlap_and_stay_within_the_drawing(county: str, language: str) -> None:
    found = drawn(county, language)
    boxes = [box(area.words) for area in found.areas if area.words]
    assert len(boxes) >= 0.9 * len(found.areas)
    for left, top, right, bottom in boxes:
        assert left >= -1
        assert right <= WIDTH + 1
        assert top >= -1
        assert bottom <= found.height + 1
    for one, other in itertools.combinations(boxes, 2):
        apart = one[2] <= other[0] + 1 or other[2] <= one[0] + 1
        assert apart or one[3] <= other[1] + 2 or other[3] <= one[1] + 2


def test_shades_follow_the_numbers_from_none_to_the_most() -> None:
    own = [code for code, place in MUNICIPALITIES.items() if place.county == MUNICIPALITIES["106"].county]
    counts = dict(zip(own, (0, 1, 5, 20, 39, 40), strict=True))
    levels = {area.count: area.level for area in drawn(MUNICIPALITIES["106"].county, "fi", counts).areas}
    assert levels == {0: 0, 1: 1, 5: 1, 20: 2, 39: 4, 40: 4}


def test_what_was_joined_has_no_border_inside_and_small_islands_go() -> None:
    def square(code: str, x: float, y: float, side: float) -> dict[str, Any]:
        ring = [[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]]
        return {"properties": {"NATCODE": code}, "geometry": {"type": "Polygon", "coordinates": [ring]}}

    collection = {
        "features": [
            square("507", 26.0, 61.0, 0.8),
            square("588", 26.8, 61.0, 0.8),
            square("507", 30, 61, 0.008),
        ]
    }
    shapes = importer.borders(collection, {"588": "507"})
    assert shapes.keys() == {"507"}
    [ring] = shapes["507"]["rings"]
    assert len(ring) == 6
    assert shapes["507"]["name"][0] == pytest.approx(26.8, abs=0.5)


@pytest.mark.parametrize(
    ("language", "town", "services"), [("fi", "Järvenpää", "palvelua"), ("sv", "Träskända", "tjänster")]
)
def test_each_municipality_is_a_link_that_narrows_with_its_number_and_a_table_says_the_same(
    client: FlaskClient, offered: Any, language: str, town: str, services: str
) -> None:
    text = client.get(f"/{language}/services/map?language=fi").text
    drawn_links = re.findall(r'<a href="([^"]*)" aria-label="([^"]*)"', text)
    label = next(label for _href, label in drawn_links if label.startswith(town))
    assert label == f"{town} 2 {services}"
    href = next(href for href, label in drawn_links if label.startswith(town)).replace("&amp;", "&")
    assert href == f"/{language}/services?language=fi&municipality=186"
    assert client.get(href).status_code == 200
    assert re.search(rf'<th scope="row"><a[^>]*>{town}</a></th><td data-align="end">2</td>', text)
    assert "CC BY 4.0" in text
    assert "Maanmittauslaitos" in text


def test_the_map_takes_words_ticks_and_plan_along(client: FlaskClient, offered: Any) -> None:
    results = client.get("/fi/services?q=invataksi&offer=2").text
    assert 'href="/fi/services/map?q=invataksi&amp;offer=2"' in results
    text = client.get("/fi/services/map?q=invataksi&offer=2&municipality=186").text
    assert 'href="/fi/services?q=invataksi&amp;municipality=858&amp;offer=2"' in text
    assert "(valittu)" in text

    assert 'href="/fi/services/map?q=invataksi&amp;offer=2"' in text, "the chip drops the municipality"


def test_a_pilot_shows_its_own_area_alone(client: FlaskClient, offered: Any) -> None:
    text = client.get("/fi/services/map?pilot=keusote-2022").text
    assert "Hyvinkää" in text
    assert ">Lieksa<" not in text
    assert "Part" not in text


def test_an_address_opens_in_the_own_map_of_the_reader(client: FlaskClient, offered: Any) -> None:
    text = client.get("/fi/providers/1").text
    assert re.search(r'href="geo:0,0\?q=[^"]+"', text)
    assert 'href="https://www.openstreetmap.org/search?query=' in text
