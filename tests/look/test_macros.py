"""What the macros promise of every control, seen in the gallery where each of them stands in every state."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from flask import Flask

from marketplace.config import ROOT
from tests.look.markup import Element, Markup

TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))


@pytest.fixture(scope="module")
def gallery(core_app: Flask) -> Markup:
    answer = core_app.test_client().get("/fi/about/components")
    assert answer.status_code == 200
    return Markup(answer.text)


def controls(markup: Markup) -> list[Element]:
    return [
        element
        for element in markup.all("input", "select", "textarea")
        if element.attributes.get("type") not in ("hidden", "submit")
    ]


def test_every_control_has_its_label(gallery: Markup) -> None:
    labelled = {label.attributes.get("for") for label in gallery.all("label") if label.words}
    unlabelled = [
        element.attributes
        for element in controls(gallery)
        if element.id not in labelled and not any(outer.tag == "label" for outer in element.within)
    ]
    assert unlabelled == []


def test_every_group_of_choices_has_a_legend(gallery: Markup) -> None:
    legends = {legend.within[-1].id for legend in gallery.all("legend")}
    for choice in controls(gallery):
        if choice.attributes.get("type") == "radio" and choice.attributes["name"] != "scheme":
            assert any(outer.tag == "fieldset" and outer.id in legends for outer in choice.within)


def test_every_id_is_given_once(gallery: Markup) -> None:
    ids = Counter(element.id for element in gallery.elements if element.id)
    assert [name for name, times in ids.items() if times > 1] == []


@pytest.mark.parametrize("attribute", ["aria-describedby", "aria-labelledby", "for"])
def test_what_is_referred_to_exists(gallery: Markup, attribute: str) -> None:
    for element in gallery.elements:
        for name in element.references(attribute):
            gallery.by_id(name)


def test_a_hint_belongs_to_the_description_of_its_field(gallery: Markup) -> None:
    name = gallery.by_id("name")
    assert gallery.by_id(name.references("aria-describedby")[0]).words == "The name in the trade register."


def test_a_wrong_field_says_so_and_is_described_by_its_error(gallery: Markup) -> None:
    price = gallery.by_id("wrong-price")
    assert price.attributes["aria-invalid"] == "true"
    assert price.attributes["value"] == "12,345", "what was typed is shown again as it was typed"
    descriptions = [gallery.by_id(name).words for name in price.references("aria-describedby")]
    assert any("12,345" in words for words in descriptions)


def test_a_right_field_is_not_called_wrong(gallery: Markup) -> None:
    assert "aria-invalid" not in gallery.by_id("price").attributes


def test_the_error_summary_links_to_every_wrong_field(gallery: Markup) -> None:
    summary = gallery.by_id("error-summary")
    links = [link for link in gallery.all("a") if summary in link.within]
    targets = [link.attributes["href"].removeprefix("#") for link in links]
    form = summary.within[-1]
    errors = [
        element for element in gallery.elements if element.id.endswith("-error") and form in element.within
    ]
    wrong = {error.id.removesuffix("-error") for error in errors}
    assert set(targets) == wrong
    for target in targets:
        gallery.by_id(target)


def test_the_error_summary_is_the_first_thing_of_its_form(gallery: Markup) -> None:
    summary = gallery.by_id("error-summary")
    form = summary.within[-1]
    inside = [element for element in gallery.elements if element.within and element.within[-1] is form]
    visible = [element for element in inside if element.attributes.get("type") != "hidden"]
    assert visible[0] is summary
    assert summary.attributes["tabindex"] == "-1"


def test_each_language_of_a_pair_is_marked_with_its_language(gallery: Markup) -> None:
    assert gallery.by_id("title-fi").attributes["lang"] == "fi"
    assert gallery.by_id("title-sv").attributes["lang"] == "sv"


def test_a_limit_of_characters_never_cuts_what_is_pasted(gallery: Markup) -> None:
    description = gallery.by_id("description")
    assert description.attributes["data-limit"] == "200"
    assert "maxlength" not in description.attributes
    assert not [each for each in gallery.all("input") if "maxlength" in each.attributes]


def test_a_table_scrolls_in_a_named_group_that_takes_focus(gallery: Markup) -> None:
    for table in gallery.all("table"):
        region = table.within[-1]
        assert region.attributes["role"] == "group"
        assert region.attributes["tabindex"] == "0"
        assert region.attributes["aria-label"]


def test_a_state_is_told_in_words(gallery: Markup) -> None:
    tags = [element for element in gallery.all("span") if "data-tone" in element.attributes]
    assert tags
    assert all(tag.words for tag in tags)


def test_the_language_switch_keeps_path_and_query(core_app: Flask) -> None:
    page = Markup(core_app.test_client().get("/fi/about/components?offer=3&offer=5").text)
    switch = next(link for link in page.all("a") if link.attributes.get("hreflang") == "sv")
    assert switch.attributes["href"] == "/sv/about/components?offer=3&offer=5"


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_no_page_carries_script_or_style_in_its_markup(path: object) -> None:
    markup = re.sub(r"\{#.*?#\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)  # type: ignore[attr-defined]
    assert (
        re.findall(
            r"<script(?![^>]*(?:\ssrc=|ld\+json))|<style|\sstyle=|\son(?:click|change|input|submit|load|focus|blur|key|mouse)\w*=",
            markup,
        )
        == []
    )
