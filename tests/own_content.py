"""A content folder of a county's own, for tests: a sixth pilot with a service, an organisation and colours."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from marketplace.pilots import service, vocabulary
from marketplace.pilots.content import DEFINITIONS
from tests.work import work_of

ANIMALS = """\
- key: xanadu_animals
  name: {fi: Eläinavusteinen toiminta, sv: Djurassisterad verksamhet}
  description: {fi: Eläin on mukana., sv: Ett djur är med.}
  legal_basis: 675/2023 7 §
  units: [visit]
  vat: [EX]
  minors: yes
"""

XANADU = """\
- key: xanadu
  name: {fi: Xanadun hyvinvointialue, sv: Xanadus välfärdsområde}
  short_name: {fi: Xanadu, sv: Xanadu}
  theme: xanadu
  email: hb@xanadu.example
"""

COLOURS = 'xanadu: {accent: "#0f5257", warm: "#b4532a", neutral: "#2f3b3c"}\n'


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Path]:
    """An empty content folder that this process uses."""
    folder = tmp_path / "own"
    for name in ("data", "definitions"):
        (folder / name).mkdir(parents=True)
    vocabulary.use_content(folder)
    yield folder
    vocabulary.use_content(None)


def write(folder: Path, name: str, text: str) -> Path:
    """Write a file so that its change is seen even within one tick of the clock."""
    path = folder / name
    before = path.stat().st_mtime_ns if path.exists() else 0
    path.write_text(text, encoding="utf-8")
    os.utime(path, ns=(before + 10**9, before + 10**9))
    return path


def own_pilot(own: Path, *changes: tuple[str, str]) -> Path:
    """A sixth pilot: the definition of Soite with another key and other words changed."""
    text = (DEFINITIONS / "soite-2018.yaml").read_text(encoding="utf-8")
    for old, new in (
        ("key: soite-2018", "key: xanadu-2027"),
        ("organisation: soite", "organisation: xanadu"),
        *changes,
    ):
        assert old in text, old
        text = text.replace(old, new, 1)
    return write(own / "definitions", "xanadu-2027.yaml", text)


def own_words(own: Path) -> None:
    write(own / "data", "services.yaml", ANIMALS)
    write(own / "data", "organisations.yaml", XANADU)
    write(own / "data", "themes.yaml", COLOURS)
    vocabulary.follow(at_once=True)


ANIMALS_IN_PILOT = (
    "services:\n",
    """services:
  - key: xanadu_animals
    bands: [{band: visit, unit: visit, ceiling: 60, required: yes}]
    rulebook: [{heading: {fi: Eläimet, sv: Djur}, paragraphs: [{fi: Eläin on terve., sv: Djuret är friskt.}]}]
""",
)


def load_elsewhere(app: Flask, path: Path) -> None:
    """What another process does, which has the new words: this one has to find them by itself."""
    with app.extensions["database"].transaction() as session:
        service.load(work_of(session), [path])
