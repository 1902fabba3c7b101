"""The data dictionary: what each report and each of its numbers is called and what it counts, in both languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from marketplace.i18n import LocalizedText
from marketplace.reports.rules import Measure, ReportKind

FOLDER: Final = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True)
class Described:
    """A measure in words. `of` is whom it tells of; `plain` a sentence in plain language, a number in it."""

    name: LocalizedText
    text: LocalizedText
    of: LocalizedText
    plain: LocalizedText | None


@dataclass(frozen=True, slots=True)
class DescribedReport:
    """A report in words. `parts`: its measures in tables of their own, by the name of the table.

    `months_hidden_at_most`: for everybody it goes by month where no more per cent of the months are hidden, else by
    quarter. `nothing`: what is told where nothing has happened yet.
    """

    name: LocalizedText
    text: LocalizedText
    parts: Sequence[tuple[LocalizedText, tuple[Measure, ...]]]
    months_hidden_at_most: int
    nothing: LocalizedText | None


@cache
def reports() -> Mapping[ReportKind, DescribedReport]:
    """Every report in words."""
    return {
        report: DescribedReport(
            _text(kept["name"]),
            _text(kept["text"]),
            [(_text(part["name"]), tuple(map(Measure, part["measures"]))) for part in kept["parts"]],
            kept.get("months_hidden_at_most", 100),
            _text(kept["nothing"]) if "nothing" in kept else None,
        )
        for report, kept in _files().items()
    }


@cache
def measures() -> Mapping[Measure, Described]:
    """Every measure in words."""
    return {
        Measure(key): Described(
            _text(each["name"]),
            _text(each["text"]),
            _text(each["of"]),
            _text(each["plain"]) if "plain" in each else None,
        )
        for kept in _files().values()
        for key, each in kept["measures"].items()
    }


def _files() -> Mapping[ReportKind, Any]:
    return {
        report: yaml.safe_load((FOLDER / f"{report}.yaml").read_text(encoding="utf-8"))
        for report in ReportKind
    }


def _text(pair: Mapping[str, str]) -> LocalizedText:
    return LocalizedText(**pair)
