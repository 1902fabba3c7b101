"""Reads the files of the vocabularies, checks them with one another, and says plainly what is wrong.

Every vocabulary is one file under `data/`; a file of the same name in the own content folder adds entries to it or puts
its own in the place of shipped ones. All are read together, because they name each other: a service its units and VAT
codes, an organisation its theme.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from marketplace.pilots.content import DATA
from marketplace.pilots.entries import (
    Age,
    Band,
    ChangeReason,
    County,
    EvidenceKind,
    Feature,
    FormerMunicipality,
    Group,
    Keyed,
    Language,
    Law,
    Municipality,
    Need,
    OrganisationData,
    PlainText,
    PriceUnit,
    Service,
    Synonyms,
    Theme,
    VatCode,
)
from marketplace.pilots.instruments import Instrument
from marketplace.pilots.reading import did_you_mean, near_or_all, read_part
from marketplace.pilots.source import InvalidDefinition, Problem, ValuePath, YamlSource, read_source


@dataclass(frozen=True, slots=True)
class File:
    """A vocabulary's file: what its entries are, and whether they are a list or stand under their keys.

    `one`: what an entry is called that has a file of its own, which the list includes; empty where they are short.
    """

    name: str
    entry: type[Keyed | Synonyms]
    shape: Literal["list", "keyed"] = "list"
    one: str = ""


FILES: Final = (
    File("municipalities.csv", Municipality),
    File("former_municipalities.csv", FormerMunicipality),
    File("counties.csv", County),
    File("services.yaml", Service),
    File("laws.yaml", Law),
    File("needs.yaml", Need),
    File("change_reasons.yaml", ChangeReason),
    File("groups.yaml", Group),
    File("features.yaml", Feature),
    File("ages.yaml", Age),
    File("languages.yaml", Language),
    File("plain_texts.yaml", PlainText),
    File("units.yaml", PriceUnit),
    File("bands.yaml", Band),
    File("evidence.yaml", EvidenceKind),
    File("vat.yaml", VatCode),
    File("themes.yaml", Theme, "keyed"),
    File("organisations.yaml", OrganisationData),
    File("synonyms.yaml", Synonyms, "keyed"),
    File("instruments.yaml", Instrument, one="instrument"),
)

REFERENCES: Final = (
    ("municipalities.csv", "county", "counties.csv", "county"),
    ("former_municipalities.csv", "municipalities", "municipalities.csv", "municipality"),
    ("services.yaml", "units", "units.yaml", "unit"),
    ("services.yaml", "vat", "vat.yaml", "VAT code"),
    ("needs.yaml", "services", "services.yaml", "service"),
    ("evidence.yaml", "stands_for", "evidence.yaml", "kind of evidence"),
    ("organisations.yaml", "theme", "themes.yaml", "theme with colours in themes.yaml"),
    ("synonyms.yaml", "services", "services.yaml", "service"),
    ("instruments.yaml", "organisations", "organisations.yaml", "organisation"),
)
"""Which field of which file holds keys of which other, and what these are called."""


CONCEPTS: Final = {
    "service": "services.yaml",
    "group": "groups.yaml",
    "feature": "features.yaml",
    "language": "languages.yaml",
}
"""The vocabularies whose entries synonyms can belong to."""


@dataclass(frozen=True, slots=True)
class VocabularyContent:
    """Every vocabulary as it was read: its entries by file and key, in the order of the files.

    `digest` changes with every character of the files. `problems` are the mistakes of the own content folder; the
    entries that have them are left out.
    """

    tables: Mapping[str, Mapping[str, Any]]
    digest: str
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class _Row:
    """One entry as it was written, and where."""

    source: YamlSource
    at: ValuePath
    data: Any
    folder: Path

    @property
    def key(self) -> str:
        found = self.data.get("code", self.data.get("key")) if isinstance(self.data, dict) else None
        return found if isinstance(found, str) else ""

    def problem(self, below: ValuePath, message: str) -> Problem:
        return self.source.problem((*self.at, *below), message)


def read_words(folders: Sequence[tuple[Path, Path]]) -> VocabularyContent:
    """Read every vocabulary from these folders, each given with the folder under which its files are named.

    Raises InvalidDefinition with all mistakes when what ships with the portal has one: it cannot run on half of it.
    """
    rows: dict[str, list[_Row]] = {file.name: [] for file in FILES}
    unread: set[str] = set()
    problems: list[tuple[Path, Problem]] = []
    for file in FILES:
        for folder, root in folders:
            try:
                rows[file.name] += _rows(file, folder, root)
            except InvalidDefinition as error:
                problems += [(folder, problem) for problem in error.problems]
                unread.add(file.name)
    problems += [(folder, problem) for folder, root in folders[1:] for problem in _unread_files(folder, root)]
    known = {name: None if name in unread else [row.key for row in rows[name]] for name in rows}
    tables: dict[str, dict[str, Any]] = {}
    for file in FILES:
        tables[file.name], mistakes = _table(file, rows[file.name], known)
        problems += mistakes
    found = InvalidDefinition([problem for _folder, problem in problems])
    if any(folder == DATA for folder, _problem in problems):
        raise found
    return VocabularyContent(tables, digest_of_files(folders), tuple(found.problems))


def digest_of_files(folders: Iterable[tuple[Path, Path]]) -> str:
    """Changes when any file of the vocabularies does, the logos included."""
    digest = hashlib.sha256()
    for folder, root in folders:
        for path in files_below(folder):
            digest.update(f"{path.relative_to(root)} {path.stat().st_size} ".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def files_below(folder: Path) -> list[Path]:
    """The files of a data folder and of the folders in it, by name; none when there is no such folder."""
    return sorted(path for path in (*folder.glob("*"), *folder.glob("*/*")) if path.is_file())


def _unread_files(folder: Path, root: Path) -> list[Problem]:
    """The data files of an own content folder that nobody reads because of their names."""
    names = [file.name for file in FILES]
    strays = [
        (path, f"there is no vocabulary of this name{did_you_mean(path.name, names)}")
        for path in folder.glob("*")
        if path.suffix in _DATA_SUFFIXES and path.name not in names
    ]
    strays += [
        (path, "the name of a pilot's file ends in .yaml") for path in (root / "definitions").glob("*.yml")
    ]
    return [Problem(path.relative_to(root).as_posix(), 1, "", message) for path, message in strays]


_DATA_SUFFIXES: Final = (".csv", ".yaml", ".yml")

_Known = Mapping[str, Sequence[str] | None]
"""The keys of each vocabulary by its file; None when a file of it cannot be read, and so nobody knows them."""


def _table(
    file: File, rows: Iterable[_Row], known: _Known
) -> tuple[dict[str, Any], list[tuple[Path, Problem]]]:
    """The entries of a vocabulary by key, and every mistake with the folder in which it was made."""
    table: dict[str, Any] = {}
    problems: list[tuple[Path, Problem]] = []
    seen: set[tuple[Path, str]] = set()
    for row in rows:
        entry, mistakes = read_part(file.entry, row.source, row.at, row.data, context={"folder": row.folder})
        mistakes += _unknown_references(file, row, known)
        if (row.folder, row.key) in seen:
            mistakes.append(row.problem(("key",), f"“{row.key}” is in this file already"))
        seen.add((row.folder, row.key))
        problems += [(row.folder, mistake) for mistake in mistakes]
        if entry is not None and not mistakes:
            table[entry.key] = _over(table.get(entry.key), entry)
    return table, problems


def _over(shipped: Keyed | Synonyms | None, own: Keyed | Synonyms) -> Keyed | Synonyms:
    """An own entry takes the place of a shipped one; synonyms are added to those that there are."""
    if isinstance(shipped, Synonyms) and isinstance(own, Synonyms):
        return shipped.joined(own)
    return own


def _unknown_references(file: File, row: _Row, known: _Known) -> list[Problem]:
    """The keys in the row that no entry of the vocabulary has that they should be from."""
    problems = _unknown_concept(row, known) if file.entry is Synonyms else []
    references = [each for each in REFERENCES if each[0] == file.name and isinstance(row.data, dict)]
    for _name, field, of, what in references:
        value, keys = row.data.get(field), known[of]
        places = enumerate(value) if isinstance(value, list) else [(None, value)]
        for index, key in places:
            if isinstance(key, str) and keys is not None and key not in keys:
                at = (field,) if index is None else (field, index)
                problems.append(row.problem(at, f"“{key}” is not a known {what}{near_or_all(key, keys)}"))
    return problems


def _unknown_concept(row: _Row, known: _Known) -> list[Problem]:
    """What is wrong with names of entries of vocabularies in synonyms: their key and those `near` (`group:…`)."""
    near = row.data.get("near") if isinstance(row.data, dict) else None
    named: list[tuple[tuple[str | int, ...], str]] = [((), row.key)] if ":" in row.key else []
    named += [(("near", at), str(key)) for at, key in enumerate(near if isinstance(near, list) else ())]
    return [row.problem(at, fault) for at, key in named if (fault := _concept_fault(key, known))]


def _concept_fault(key: str, known: _Known) -> str:
    """What is wrong with `service:transport`; empty when it names an entry that there is."""
    kind, _colon, name = key.partition(":")
    if kind not in CONCEPTS:
        return f"there is no vocabulary “{kind}”{did_you_mean(kind, CONCEPTS)}"
    keys = known[CONCEPTS[kind]]
    return "" if keys is None or name in keys else f"there is no {kind} “{name}”{did_you_mean(name, keys)}"


def _rows(file: File, folder: Path, root: Path) -> list[_Row]:
    """The entries of a file as they were written; the shipped file must be there, an own one need not."""
    path = folder / file.name
    if folder != DATA and not path.is_file():
        return []
    source = _csv_source(path, root) if path.suffix == ".csv" else read_source(path, root=root)
    if file.shape == "keyed":
        return [_Row(source, (key,), value, folder) for key, value in _keyed(source).items()]
    if not isinstance(source.data, list):
        raise InvalidDefinition(
            [source.problem((), "the file should be a list: each entry begins with “- ”")]
        )
    return [_Row(source, (index,), value, folder) for index, value in enumerate(source.data)]


def _keyed(source: YamlSource) -> dict[str, Any]:
    """A file of entries that stand under their keys, each with its key among its values."""
    if not isinstance(source.data, dict):
        raise InvalidDefinition([source.problem((), "the file should have a key for each entry")])
    return {
        key: {"key": key, **value} if isinstance(value, dict) else value for key, value in source.data.items()
    }


_LISTS: Final = ("languages", "municipalities")
"""Columns whose cells hold several values with blanks between."""


def _csv_source(path: Path, root: Path) -> YamlSource:
    """A CSV file as a list of entries; the columns `fi` and `sv` are the name, those of `_LISTS` are lists."""
    label = path.relative_to(root).as_posix()
    places: dict[ValuePath, tuple[str, int]] = {(): (label, 1)}
    data: list[dict[str, Any]] = []
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            for row in reader:
                places[(len(data),)] = (label, reader.line_num)
                data.append(_entry_of(row))
    except UnicodeDecodeError:
        raise InvalidDefinition([Problem(label, 1, "", f"the file {label} is not UTF-8 text")]) from None
    return YamlSource(data, places)


def _entry_of(row: dict[str, str]) -> dict[str, Any]:
    name = {language: row.pop(language) for language in ("fi", "sv") if row.get(language)}
    lists: dict[str, Any] = {column: row.pop(column).split() for column in _LISTS if column in row}
    return {**row, **lists, "name": name}
