"""The library of phrases for the grounds of a decision, from `phrases.yaml`, and grounds put together from them."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import yaml

from marketplace.i18n import LocalizedText

_FILE: Final = Path(__file__).with_name("phrases.yaml")


@dataclass(frozen=True, slots=True)
class Phrase:
    """A ready sentence of grounds. `services` empty: it suits every service."""

    key: str
    outcome: str
    text: LocalizedText
    services: frozenset[str]


class Grounded(Protocol):
    """A line with proposed grounds: keys of phrases and own words."""

    proposed_phrases: list[str]
    proposed_grounds: str | None


@functools.cache
def library() -> dict[str, Phrase]:
    """Every phrase by key, in the order of the file."""
    rows = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return {
        row["key"]: Phrase(
            row["key"], row["outcome"], LocalizedText(**row["text"]), frozenset(row.get("services", ()))
        )
        for row in rows
    }


def phrases_for(service: str) -> tuple[Phrase, ...]:
    """The phrases that suit a service, whatever the outcome."""
    return tuple(each for each in library().values() if not each.services or service in each.services)


def fitting(keys: Iterable[str], service: str, outcome: str) -> tuple[str, ...]:
    """Those of `keys` that suit the service and the outcome, in the order of the library."""
    chosen = set(keys)
    return tuple(each.key for each in phrases_for(service) if each.key in chosen and each.outcome == outcome)


def grounds(line: Grounded, language: str) -> str:
    """The grounds of a line as the decision states them: the phrases in `language`, then the reviewer's own words."""
    chosen = [library()[key].text.text(language)[0] for key in line.proposed_phrases if key in library()]
    return " ".join([*chosen, *filter(None, [(line.proposed_grounds or "").strip()])])
