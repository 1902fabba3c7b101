"""The house stands as docs/architecture.md draws it: rooms of a size, layers inside each, slots that hold something."""

from __future__ import annotations

import ast
import re
import tomllib
from collections import defaultdict
from pathlib import Path

from marketplace.config import ROOT
from marketplace.slots import every_slot

HOUSE = ROOT / "marketplace"
PYTHON = [path for path in sorted(HOUSE.rglob("*.py")) if "migrations" not in path.parts]
LARGEST_SHARE = 0.15
"""Of the lines of the program; a room that grows beyond it is split by domain."""

_CONTRACT = "Inside a room: pages over services over reads over tables over rules"


def _inner_layers() -> tuple[set[str], set[str]]:
    """The rooms whose layers are proved, and the names of the modules that the layers are made of."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contract = next(
        each for each in settings["tool"]["importlinter"]["contracts"] if each["name"] == _CONTRACT
    )
    names = {name.strip(" ()") for layer in contract["layers"] for name in layer.replace("|", ":").split(":")}
    return set(contract["containers"]), names


def test_the_layers_of_every_room_are_proved() -> None:
    proved, layers = _inner_layers()
    rooms: defaultdict[str, set[str]] = defaultdict(set)
    for path in PYTHON:
        rooms[".".join(path.parent.relative_to(ROOT).parts)].add(path.stem)
    layered = {room for room, modules in rooms.items() if len(modules & layers) > 1}
    assert proved == layered - {"marketplace", "marketplace.wiring"}


def test_no_room_is_larger_than_its_share() -> None:
    lines: defaultdict[str, int] = defaultdict(int)
    for path in PYTHON:
        lines[path.relative_to(HOUSE).parts[0]] += path.read_text(encoding="utf-8").count("\n")
    limit = LARGEST_SHARE * sum(lines.values())
    assert {room: count for room, count in lines.items() if count > limit} == {}


def test_every_slot_is_filled() -> None:
    for slot in every_slot():
        print(f"{slot.kind:9}{slot.name}: {slot.meaning}")  # noqa: T201 - the list is for people
        for filling in slot:
            print(f"{'':11}{filling.__module__}.{getattr(filling, '__qualname__', filling)}")  # noqa: T201
    assert [slot.name for slot in every_slot() if not list(slot)] == []


def test_a_slot_is_filled_in_the_wiring_and_in_the_file_of_its_kind() -> None:
    kinds = {name: kind for path in PYTHON for name, kind in _slots_made_in(path)}
    assert len(kinds) == len(every_slot())
    files = {"Panel": {"panels.py"}, "Reaction": {"reactions.py"}, "Answer": {"answers.py", "trail.py"}}
    elsewhere = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in PYTHON
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "fill"
        and (slot := ast.unparse(node.func.value).rpartition(".")[2]) in kinds
        and not (path.parent == HOUSE / "wiring" and path.name in files[kinds[slot]])
    ]
    assert elsewhere == []


def _slots_made_in(path: Path) -> list[tuple[str, str]]:
    """The names by which the module holds its slots, each with its kind."""
    return [
        (node.target.id, kind)
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.AnnAssign)
        and isinstance(node.target, ast.Name)
        and isinstance(node.value, ast.Call)
        and (kind := ast.unparse(node.value.func).partition("[")[0]) in ("Panel", "Reaction", "Answer")
    ]


def test_the_documents_name_only_rooms_that_are_there_and_the_map_names_all() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    [split] = re.findall(r"Big rooms are split by domain: (.+?)\. No room", text, re.DOTALL)
    found = re.findall(r"`(\w+)` into ((?:[^`]|`\w+`(?! into))+)", split)
    assert [room for room, _parts in found] == ["approvals", "providers", "offers"]
    for room, parts in found:
        named = re.findall(r"`(\w+)`", parts)
        there = {path.parent.name for path in (HOUSE / room).glob("*/__init__.py")}
        assert set(named) == there, room
    rooms = {path.parent.name for path in HOUSE.glob("*/__init__.py")} - {"migrations"}
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert {room for room in rooms if f"{room}/`" not in readme} == set()
