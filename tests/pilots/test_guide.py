"""`docs/pilots.md` is followed word for word: each step loads, and the running portal shows it in both languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.config import ROOT
from marketplace.contact import shown_phone
from marketplace.demo.sources import service_texts
from marketplace.pilots import queries, service, vocabulary
from marketplace.search.concepts import catalogue_concepts
from scripts.themes import faults, measured
from tests.own_content import write
from tests.work import work_of

GUIDE = ROOT / "docs" / "pilots.md"

STEP = re.compile(
    r"^## (?P<title>[^\n]+)$"
    r"|^```yaml (?P<file>\S+)(?: (?P<how>under|instead of) (?P<line>[^\n]+))?\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


def steps() -> Iterator[tuple[str, list[re.Match[str]]]]:
    """The title of each change with the files that it has one write."""
    title = ""
    blocks: list[re.Match[str]] = []
    for found in STEP.finditer(GUIDE.read_text(encoding="utf-8")):
        if found["title"]:
            if blocks:
                yield title, blocks
            title, blocks = found["title"], []
        else:
            blocks.append(found)
    if blocks:
        yield title, blocks


def follow(own: Path, block: re.Match[str]) -> None:
    """Write what the block says: a new file, or lines at its end, under a line or in the place of one."""
    path = own / block["file"]
    path.parent.mkdir(exist_ok=True)
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    if block["how"] is None:
        after = before + block["text"]
    else:
        line = block["line"] + "\n"
        assert before.count(line) == 1, block["line"]
        after = before.replace(line, block["text"] if block["how"] == "instead of" else line + block["text"])
    write(path.parent, path.name, after)


SHOWN = {
    "A new pilot, with its county and its colours": (
        ("Kainuun henkilökohtainen budjetti 2027", "Kajaani", "46,00 €/h", shown_phone("017 000 6110", "fi")),
        ("Kajanalands personliga budget 2027", "Kajana", "46,00 €/h", shown_phone("017 000 6110", "fi")),
    ),
    "A new service": (
        ("Eläinavusteinen toiminta", "60,00 €/käynti"),
        ("Djurassisterad verksamhet", "60,00 €/besök"),
    ),
    "A new question": ((), ()),
    "A new price band": (("Käynti, kaksi asiakasta", "82,50 €/käynti"), ("Besök, två klienter", "82,50 €/besök")),
    "A new kind of evidence": (("Eläinlääkärin todistus",), ("Intyg av veterinär",)),
}  # fmt: skip


def test_the_guide_is_followed_word_for_word(app: Flask, client: FlaskClient, own: Path) -> None:
    client.get("/fi/")
    number = 0
    for title, blocks in steps():
        for block in blocks:
            follow(own, block)
        with app.extensions["database"].transaction() as session:
            [result] = service.load(work_of(session), [own / "definitions" / "kainuu-2027.yaml"])
        number += 1
        assert (result.outcome, result.number) == ("new" if number == 1 else "changed", number), title
        for language, words in zip(("fi", "sv"), SHOWN[title], strict=True):
            page = client.get(f"/{language}/pilots/kainuu-2027").text.replace("\u00a0", " ")
            for word in words:
                assert word in page, (title, word)
    assert number == len(SHOWN)
    with app.extensions["database"].read() as session:
        definition = queries.current_definition(session, "kainuu-2027")
    assert "distances" in [section.key for section in definition.application]
    assert "animal_health" in [each.kind for each in definition.evidence]
    assert any("koira" in concept.asks.get("fi", ()) for concept in catalogue_concepts())
    assert service_texts("animal_assisted").profiles[0].titles[0][1] == "Ut med hunden"
    assert vocabulary.problems() == ()


def test_the_colours_of_the_guide_can_be_read(own: Path) -> None:
    for _title, blocks in steps():
        for block in blocks:
            if block["file"] == "data/themes.yaml":
                follow(own, block)
    colours = vocabulary.THEMES["kainuu"].colours
    assert list(faults(measured({"kainuu": colours})["kainuu"])) == []


@pytest.mark.parametrize("title", SHOWN)
def test_every_change_has_its_steps(title: str) -> None:
    assert title in dict(steps())
