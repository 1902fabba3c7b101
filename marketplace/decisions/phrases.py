"""A library of ready phrases for the grounds of decisions, from a YAML file, and grounds put together from them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import yaml

from marketplace.i18n import LocalizedText, current_language


@dataclass(frozen=True, slots=True)
class Phrase:
    """A ready sentence of grounds. `services` empty: it suits every service."""

    key: str
    outcome: str
    text: LocalizedText
    services: frozenset[str]


def translations(ready: Iterable[tuple[str, LocalizedText]], language: str) -> dict[str, str]:
    """How phrases, (key, text), go to a party that reads `language`; nothing where the reader of the page reads it."""
    return {} if language == current_language() else {key: text[language] for key, text in ready}


class Library:
    """The phrases of one kind of decision; the file is read when it is first asked for."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @cached_property
    def phrases(self) -> dict[str, Phrase]:
        """Every phrase by key, in the order of the file."""
        rows = yaml.safe_load(self._path.read_text(encoding="utf-8"))
        return {
            row["key"]: Phrase(
                row["key"], row["outcome"], LocalizedText(**row["text"]), frozenset(row.get("services", ()))
            )
            for row in rows
        }

    def for_service(self, service: str) -> tuple[Phrase, ...]:
        """The phrases that suit a service, whatever the outcome."""
        return tuple(each for each in self.phrases.values() if not each.services or service in each.services)

    def ready(self, service: str, outcome: str) -> tuple[Phrase, ...]:
        """The phrases that suit a service and an outcome."""
        return tuple(each for each in self.for_service(service) if each.outcome == outcome)

    def common(self, services: Iterable[str], outcome: str) -> tuple[Phrase, ...]:
        """The phrases of an outcome that suit each of the services."""
        asked = set(services)
        return tuple(
            each
            for each in self.phrases.values()
            if each.outcome == outcome and (not each.services or asked <= each.services)
        )

    def fitting(self, keys: Iterable[str], service: str, outcome: str | None) -> tuple[str, ...]:
        """Those of `keys` that suit the service and the outcome, in the order of the library."""
        chosen = set(keys)
        return tuple(each.key for each in self.ready(service, outcome or "") if each.key in chosen)

    def grounds(self, keys: Iterable[str], own_words: str | None, language: str) -> str:
        """The grounds as the decision states them: the phrases in `language`, then the writer's own words."""
        chosen = [self.phrases[key].text.text(language)[0] for key in keys if key in self.phrases]
        return " ".join([*chosen, *filter(None, [(own_words or "").strip()])])
