"""Reads a YAML file into plain data and remembers the file and line of every value.

Three things differ from ordinary YAML, each so that a person who edits a pilot is not surprised:

* Every scalar stays the text that was written. `016` is not octal, `18:00` is not 1080, `34,50` needs no quotes and
  no amount ever passes through a float; the models turn texts into numbers, dates and amounts.
* The same key twice in one mapping is a mistake, not a silent override.
* `include: common/rulebook.yaml#quality` brings in a shared part, here the value of the key `quality` in that file.
  Alone in a mapping it stands for the part itself (a list inside a list is spliced in); beside other keys the part
  must be a mapping, and the keys written beside it win. Paths are relative to the file that includes; what is not
  there is looked for in the folders that are shared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from marketplace.errors import DomainError

ValuePath = tuple[str | int, ...]
"""Where a value stands: `("services", 0, "bands", 1, "ceiling")`."""

INCLUDE: Final = "include"
_NULL: Final = "tag:yaml.org,2002:null"


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: the file as the reader names it, the line counted from 1, the path to the value, plain words."""

    file: str
    line: int
    path: str
    message: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}"
        return f"{where} {self.path}: {self.message}" if self.path else f"{where}: {self.message}"


class InvalidDefinition(DomainError):
    """A data file does not hold; `problems` has every mistake found, in the order of file and line.

    The messages are English: they are read on the command line by the person who edits the file.
    """

    status = 422

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = sorted(
            set(problems), key=lambda each: (each.file, each.line, each.path, each.message)
        )
        super().__init__("\n".join(str(problem) for problem in self.problems))


@dataclass(frozen=True, slots=True)
class YamlSource:
    """The data of a file (mappings, lists, texts and None) and where each value was written."""

    data: Any
    places: dict[ValuePath, tuple[str, int]]

    def problem(self, path: ValuePath, message: str) -> Problem:
        """The problem `message` at `path`; a value that is missing is placed where its owner begins."""
        known = path
        while known not in self.places:
            known = known[:-1]
        file, line = self.places[known]
        return Problem(file, line, ".".join(str(part) for part in path), message)


def read_source(path: Path, *, root: Path | None = None, shared: Sequence[Path] = ()) -> YamlSource:
    """Read the YAML file at `path` with everything it includes.

    Files are named as they lie under `root` (its own folder). `shared` are folders in which an included file is looked
    for when it is not beside the file that includes it. Raises InvalidDefinition for a file that cannot be read,
    broken YAML, a key written twice and a failing include.
    """
    path = path.resolve()
    reader = _Reader([(root or path.parent).resolve(), *(folder.resolve() for folder in shared)])
    source = YamlSource(reader.file(path, None, (), (reader.label(path), 1)), reader.places)
    if reader.problems:
        raise InvalidDefinition(reader.problems)
    return source


class _Reader:
    """One reading: collects places and problems while it turns nodes into data."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self.folders = folders
        self.places: dict[ValuePath, tuple[str, int]] = {(): ("", 1)}
        self.problems: list[Problem] = []
        self._open: list[tuple[Path, str | None]] = []
        self._nodes: dict[Path, yaml.Node | None] = {}

    def label(self, path: Path) -> str:
        """The file as the reader of a message knows it: where it lies under the first folder that holds it."""
        inside = (path.relative_to(folder) for folder in self.folders if path.is_relative_to(folder))
        return next((each.as_posix() for each in inside), path.name)

    def file(self, path: Path, part: str | None, at: ValuePath, asked_at: tuple[str, int]) -> Any:
        """The data of the file at `path`, or of one key of it; `asked_at` is the file and line that asked for it."""
        label = self.label(path)
        if (path, part) in self._open:
            return self._fault(asked_at, at, f"{label} includes itself")
        node = self._compose(path, label, at, asked_at)
        if node is not None and part is not None:
            node = _value_of(node, part)
            if node is None:
                self._fault(asked_at, at, f"the file {label} has no part “{part}”")
        if node is None:
            return None
        self._open.append((path, part))
        data = self._build(node, path, label, at)
        self._open.pop()
        return data

    def _compose(self, path: Path, label: str, at: ValuePath, asked_at: tuple[str, int]) -> yaml.Node | None:
        """The parsed file, or None when it has been reported; each file is parsed once."""
        if path in self._nodes:
            return self._nodes[path]
        node: yaml.Node | None = None
        text = ""
        try:
            text = path.read_text(encoding="utf-8")
            node = yaml.compose(text, Loader=yaml.CSafeLoader)
        except OSError as error:
            self._fault(asked_at, at, f"the file {label} cannot be read: {error.strerror or error}")
        except UnicodeDecodeError:
            self._fault(asked_at, at, f"the file {label} is not UTF-8 text")
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            self._fault((label, line), at, _in_plain_words(error, text))
        except yaml.YAMLError as error:
            self._fault((label, 1), at, f"this is not valid YAML: {error}")
        else:
            if node is None:
                self._fault((label, 1), at, "the file is empty")
        self._nodes[path] = node
        return node

    def _build(self, node: yaml.Node, file: Path, label: str, at: ValuePath) -> Any:
        self.places[at] = (label, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, file, label, at)
        if isinstance(node, yaml.SequenceNode):
            return self._sequence(node, file, label, at)
        return None if node.tag == _NULL else node.value

    def _sequence(self, node: yaml.SequenceNode, file: Path, label: str, at: ValuePath) -> list[Any]:
        items: list[Any] = []
        for child in node.value:
            before = len(items)
            item = self._build(child, file, label, (*at, before))
            if _only_includes(child) and isinstance(item, list):
                self._splice(at, before)
                items.extend(item)
            else:
                items.append(item)
        return items

    def _splice(self, around: ValuePath, first: int) -> None:
        """Move the places of the list that stands at item `first` of the list `around` into that list."""
        at = (*around, first)
        moved = {path: place for path, place in self.places.items() if path[: len(at)] == at and path != at}
        for path in moved:
            del self.places[path]
        for path, place in moved.items():
            self.places[(*around, first + int(path[len(at)]), *path[len(at) + 1 :])] = place

    def _mapping(self, node: yaml.MappingNode, file: Path, label: str, at: ValuePath) -> Any:
        own: dict[str, yaml.Node] = {}
        lines: dict[str, int] = {}
        for key_node, value_node in node.value:
            key, line = key_node.value, key_node.start_mark.line + 1
            if not isinstance(key, str):
                self._fault((label, line), at, "a key must be a single word")
            elif key in own:
                self._fault((label, line), (*at, key), "this key is written twice")
            else:
                own[key], lines[key] = value_node, line
        data: dict[str, Any] = {}
        if INCLUDE in own:
            included = self._included(own.pop(INCLUDE), file, label, at)
            if not own:
                return included
            self.places[at] = (label, node.start_mark.line + 1)
            if isinstance(included, dict):
                data.update(included)
            elif included is not None:
                self._fault(self.places[at], at, "only a mapping can be included beside other keys")
        for key, value_node in own.items():
            self._forget((*at, key), included=key in data)
            data[key] = self._build(value_node, file, label, (*at, key))
            if not _only_includes(
                value_node
            ):  # a list begins at its first item; the reader looks for its key
                self.places[(*at, key)] = (label, lines[key])
        return data

    def _included(self, node: yaml.Node, file: Path, label: str, at: ValuePath) -> Any:
        place = (label, node.start_mark.line + 1)
        if not isinstance(node, yaml.ScalarNode) or not node.value:
            return self._fault(
                place, (*at, INCLUDE), "write one file here, such as common/rulebook.yaml#quality"
            )
        name, _, part = node.value.partition("#")
        return self.file(self._find(name, file), part or None, at, place)

    def _find(self, name: str, including: Path) -> Path:
        """The included file: beside the one that includes it, or else in a shared folder."""
        beside = (including.parent / name).resolve()
        if beside.exists():
            return beside
        shared = ((folder / name).resolve() for folder in self.folders[1:])
        return next((path for path in shared if path.exists()), beside)

    def _forget(self, at: ValuePath, *, included: bool) -> None:
        """Drop the places of an included value that the including file replaces."""
        for path in [path for path in self.places if path[: len(at)] == at] if included else ():
            del self.places[path]

    def _fault(self, place: tuple[str, int], at: ValuePath, message: str) -> None:
        self.problems.append(Problem(*place, ".".join(str(part) for part in at), message))


_HINTS: Final = (
    (
        "mapping values are not allowed",
        "a text with a colon in it needs quotes, such as name: 'Pilot: part two'",
    ),
    ("expected ',' or '}'", "inside { } a comma or the closing } is missing, or a text needs quotes"),
    ("expected ',' or ']'", "inside [ ] a comma or the closing ] is missing, or a text needs quotes"),
    ("expected <block end>", "this line is not indented like the lines it belongs to"),
    ("expected key", "this line is not indented like the lines it belongs to"),
    ("did not find expected '-' indicator", "every entry of a list begins with “- ”, all equally far in"),
    ("could not find expected ':'", "a key and its value are written “key: value”"),
    ("unexpected end of stream", "a quote is opened here and never closed"),
)
"""What the YAML library says, by a part of it, and what a person needs to know."""


def _in_plain_words(error: yaml.MarkedYAMLError, text: str) -> str:
    """What is wrong with a file that is not YAML."""
    said = str(error.problem or error.context)
    lines, mark = text.splitlines(), error.problem_mark
    line = lines[mark.line] if mark and mark.line < len(lines) else ""
    if "\t" in line[: len(line) - len(line.lstrip())] or (
        mark and line[mark.column : mark.column + 1] == "\t"
    ):
        return "this line is indented with a tab; write spaces"
    hint = next((words for part, words in _HINTS if part in said), None)
    return f"this is not valid YAML: {hint or said}"


def _value_of(node: yaml.Node, key: str) -> yaml.Node | None:
    if not isinstance(node, yaml.MappingNode):
        return None
    return next((value for key_node, value in node.value if key_node.value == key), None)


def _only_includes(node: yaml.Node) -> bool:
    return isinstance(node, yaml.MappingNode) and [key.value for key, _ in node.value] == [INCLUDE]
