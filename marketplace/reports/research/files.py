"""An extract as a file: two tables, and what their columns mean, in one ZIP file."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from marketplace.i18n import HELSINKI, LANGUAGES, LocalizedText
from marketplace.money import Money
from marketplace.reports.research.rules import GIVEN, MEASURES, PEOPLE, ExtractDatum, Given, Traits
from marketplace.sheets import Value, as_csv
from marketplace.slow_work import Slow, turn

_FILE: Final = Path(__file__).with_name("columns.yaml")
TABLES: Final[Mapping[str, tuple[ExtractDatum, ...]]] = {"people": PEOPLE, "given": GIVEN}
"""The tables by the names of their files."""


@cache
def columns() -> Mapping[ExtractDatum, tuple[str, LocalizedText]]:
    """Every column with its JSON type and what it holds."""
    kept = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return {ExtractDatum(name): (each["type"], LocalizedText(**each["text"])) for name, each in kept.items()}


def as_zip(
    people: Mapping[str, Traits], given: Iterable[Given], about: Mapping[str, Any], *, now: datetime
) -> bytes:
    """The extract; people by their pseudonyms, in whose order everything stands."""
    rows = sorted(given, key=lambda row: (str(row.who), row.quarter, row.service))
    files = {
        "people.csv": as_csv(
            PEOPLE,
            ([who, own.municipality, own.group, own.language] for who, own in sorted(people.items())),
        ),
        "given.csv": as_csv(GIVEN, (_line(row) for row in rows)),
        "schema.json": json.dumps({**about, **schema()}, ensure_ascii=False, indent=2).encode(),
    }
    content = io.BytesIO()
    with turn(Slow.ARCHIVE), zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, each in files.items():
            archive.writestr(zipfile.ZipInfo(name, now.astimezone(HELSINKI).timetuple()[:6]), each)
    return content.getvalue()


def schema() -> dict[str, Any]:
    """What the tables are and what their columns mean, in both languages."""
    return {
        "dialect": {"delimiter": ";", "decimal": ",", "encoding": "utf-8-sig", "header": True},
        "tables": {f"{name}.csv": [_described(column) for column in own] for name, own in TABLES.items()},
    }


def _described(column: ExtractDatum) -> dict[str, Any]:
    kind, text = columns()[column]
    return {
        "name": column.value,
        "type": kind,
        "text": {language: text[language] for language in LANGUAGES},
    }


def _line(row: Given) -> Sequence[Value]:
    return [
        str(row.who),
        row.quarter.name,
        row.service,
        *(_value(column, row.numbers.get(measure, 0)) for column, measure in MEASURES.items()),
    ]


def _value(column: ExtractDatum, number: int) -> Value:
    if columns()[column][0] == "number":
        return Money(number)
    return number // 60 if column.value.endswith("_hours") else number
