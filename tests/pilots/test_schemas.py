"""The schemas for editors take every file that ships and mark the mistakes that a schema can see."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, cast

import jsonschema_rs
import pytest
import yaml

from marketplace.config import ROOT
from marketplace.pilots import schemas
from marketplace.pilots.content import DATA, DEFINITIONS
from tests.own_content import ANIMALS, own_words

INSTRUMENTS = DATA / "instruments"
FILES = sorted([*DEFINITIONS.glob("*.yaml"), *DATA.glob("*.yaml"), *INSTRUMENTS.glob("*.yaml")])


class AsAnEditor(yaml.SafeLoader):
    """Reads as editors do, by the core schema of YAML 1.2: `yes` is a text, `016` a number and a day a text."""


AsAnEditor.yaml_implicit_resolvers = {}
for tag, pattern, first in (
    ("bool", r"^(true|false)$", "tf"),
    ("int", r"^[-+]?\d+$", "-+0123456789"),
    ("float", r"^[-+]?\d+\.\d+$", "-+0123456789"),
    ("null", r"^(null|)$", ["n", ""]),
):
    AsAnEditor.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(pattern), list(first))
AsAnEditor.add_constructor(
    "tag:yaml.org,2002:int",
    lambda loader, node: int(str(loader.construct_scalar(cast(yaml.ScalarNode, node)))),
)


def mistakes(name: str, text: str) -> list[str]:
    """Where the schema finds a mistake in the text of a file."""
    check = jsonschema_rs.validator_for(schemas.schemas()[name])
    data: Any = yaml.load(text, AsAnEditor)
    return ["/".join(map(str, error.instance_path)) for error in check.iter_errors(data)]


def named(path: Path) -> str:
    return {DEFINITIONS: "pilot", INSTRUMENTS: "instrument"}.get(path.parent, path.stem)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_schema_takes_every_file_that_ships(path: Path) -> None:
    assert mistakes(named(path), path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_file_leads_editors_to_its_schema(path: Path) -> None:
    [line] = re.findall(r"^# yaml-language-server: \$schema=(\S+)\n", path.read_text(encoding="utf-8"))
    assert (path.parent / line).resolve() == ROOT / "build" / "schemas" / f"{named(path)}.json"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("legal_basis:", "legal_bases:"),
        (", sv: Djurassisterad verksamhet", ""),
        ("minors: yes", "minors: maybe"),
        ("[visit]", "[vist]"),
        ("[EX]", "[]"),
    ],
)
def test_a_mistake_in_a_vocabulary_is_marked(old: str, new: str) -> None:
    assert old in ANIMALS
    assert mistakes("services", ANIMALS) == []
    assert mistakes("services", ANIMALS.replace(old, new)) != []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("handling_days:", "handling_day:"),
        ("organisation: soite", "organisation: soitee"),
        ("counties: [18]", "counties: [99]"),
        ("summary:", "summery:"),
        ("budget_kinds: [euros, hours]", "budget_kinds: [euro]"),
    ],
)
def test_a_mistake_in_a_pilot_is_marked(old: str, new: str) -> None:
    text = (DEFINITIONS / "soite-2018.yaml").read_text(encoding="utf-8")
    assert old in text
    assert mistakes("pilot", text.replace(old, new)) != []


def test_the_keys_of_the_own_folder_are_among_those_proposed(own: Path, tmp_path: Path) -> None:
    own_words(own)
    files = {path.name: path for path in schemas.write(tmp_path / "schemas")}
    assert "xanadu_animals" in files["pilot.json"].read_text(encoding="utf-8")
    offered = json.loads(files["organisations.json"].read_text(encoding="utf-8"))
    assert "xanadu" in offered["items"]["properties"]["theme"]["enum"]
