"""Ready phrases of completion requests, from `phrases.yaml`, and which of them a checklist chooses beforehand."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import yaml

from marketplace.i18n import LocalizedText

FILE: Final = Path(__file__).with_name("phrases.yaml")


@dataclass(frozen=True, slots=True)
class ReadyPhrase:
    """What is often asked in a section; `checklist` are the points whose mark *missing* chooses it beforehand."""

    key: str
    section: str
    text: LocalizedText
    services: frozenset[str]
    checklist: frozenset[str]


@cache
def phrases() -> dict[str, ReadyPhrase]:
    """Every phrase by key, in the order of the file."""
    rows = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return {
        row["key"]: ReadyPhrase(
            row["key"],
            row["section"],
            LocalizedText(**row["text"]),
            frozenset(row.get("services", ())),
            frozenset(row.get("checklist", ())),
        )
        for row in rows
    }


def fitting(sections: Collection[str], services: Collection[str]) -> list[ReadyPhrase]:
    """The phrases for an application with these sections and services."""
    return [
        each
        for each in phrases().values()
        if each.section in sections and (not each.services or each.services & set(services))
    ]


def chosen_by(missing: Collection[str], among: Collection[ReadyPhrase]) -> list[str]:
    """The keys of the phrases that the points marked as missing choose."""
    return [each.key for each in among if each.checklist & set(missing)]
