"""A listener for the whole run: whatever stands wrong in a letter or a document fails the test that made it.

Heard are the texts themselves, wherever in the run they are made: what goes into a mail, and the words of a document
before it is set (the templates of documents hold none of their own). A text that has been heard is not looked at
again. Faults are kept until the test ends, so that no handler of errors hides them.

Tests that fill documents with whatever signs there are carry `own_words`.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import Any, Final

import pytest
from flask import has_app_context
from sqlalchemy import event

from marketplace import pdf
from marketplace.i18n import LANGUAGES
from marketplace.outbox import OutboxMessage
from scripts import translations
from tests.slips import slips, unsaid

WRONG: Final = {
    "two blanks": r"(?<=\S)[ \u00a0]{2,}(?=\S)",
    "a unit that a line may end before": r"\d (?:€|%|h\b|§|km\b|min\b|kk\b|mån\b)",
    "a unit twice": r"/(\w+)[ \u00a0]\1\b",
    "an entity": r"&(?:amp|lt|gt|quot|apos|nbsp|#\d+);",
    "a placeholder": r"%\(\w+\)[sd]|\{\{|\{%|\{[a-z_]+\}",
    "a dash that hangs": r"(?m)\S [–-]$|^[–-]\S",
    "a stop after a mark": r"[!?:;,]\.(?!\.)|\.[;:,](?=\s|$)(?<!\b[a-z]\.[;:,])",
}
SENTENCE: Final = re.compile(r"(?<=[.!?:])\s+|\n+")
MACHINE: Final = frozenset(
    {"lang", "day", "logo", "colour", "color", "url", "link", "href", "key", "kind", "id"}
)
"""Names of values of a document that nobody reads."""

RUN_TOGETHER: Final = re.compile(r"(?m)^(?!- ).*[.!?]\n(?=[A-ZÅÄÖ])")
"""Two paragraphs of a letter without an empty line between them."""

FEWEST_WORDS: Final = 4
"""A sentence of fewer words may be the same in two languages, or somebody's own."""


class Hearing:
    """Hears every letter and document from when it is made, and fails the test in which one was wrong."""

    def __init__(self) -> None:
        self._heard: set[int] = set()
        self._faults: list[str] = []
        self._set = pdf._compiled
        pdf._compiled = self._document
        event.listen(OutboxMessage, "init", self._letter)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, None, None]:
        """Tell after a test what was wrong in what it made."""
        self._faults.clear()
        yield
        if self._faults and item.get_closest_marker("own_words") is None:
            pytest.fail("letters and documents:\n" + "\n".join(dict.fromkeys(self._faults)), pytrace=False)

    def _letter(self, _message: OutboxMessage, _positional: Any, content: dict[str, Any]) -> None:
        for part in ("subject", "body"):
            where = f"the {part} of the letter {content.get('template', '')}"
            self._hear(where, str(content.get(part, "")), content.get("language", "fi"), needed=True)
        self._faults += [
            f"the letter {content.get('template', '')}: no empty line after “{found[0].strip()}”"
            for found in RUN_TOGETHER.finditer(str(content.get("body", "")))
        ]

    def _document(self, template: str, content: Any, now: datetime) -> bytes:
        if template != "signs.typ":
            for name, text in texts_in(content):
                self._hear(f"{name} of the document {template}", text, content["lang"])
            for name in headings_without_words(content):
                self._faults.append(f"{name} of the document {template} is a heading without words")
        return self._set(template, content, now)

    def _hear(self, where: str, text: str, language: str, *, needed: bool = False) -> None:
        if (mark := hash((where, language, text))) in self._heard:
            return
        if not has_app_context():  # every text stays as it was written
            return
        found = faults(text, language) if text.strip() or not needed else ["it is empty"]
        if not found:
            self._heard.add(mark)
        self._faults += [f"{where} ({language}): {each}" for each in found]


def texts_in(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """The texts of a document with where they stand; not what only the template reads."""
    match value:
        case str():
            yield name, value
        case Mapping():
            for key, each in value.items():
                if key not in MACHINE:
                    yield from texts_in(each, f"{name}.{key}" if name else str(key))
        case list() | tuple():
            for each in value:
                yield from texts_in(each, name)


def headings_without_words(value: Any, name: str = "") -> Iterator[str]:
    """Where a part of a document has a place for a heading with nothing in it, and something under it."""
    match value:
        case Mapping():
            for key in ("heading", "title"):
                rest = [each for other, each in value.items() if other != key]
                if isinstance(value.get(key), str) and not value[key].strip() and any(rest):
                    yield f"{name}.{key}".lstrip(".")
            for key, each in value.items():
                yield from headings_without_words(each, f"{name}.{key}")
        case list() | tuple():
            for each in value:
                yield from headings_without_words(each, name)


def faults(text: str, language: str) -> list[str]:
    """Everything that a machine finds wrong in a text that somebody reads in this language."""
    return [
        *slips(text),
        *unsaid(text),
        *(
            f"{kind}: …{text[max(0, found.start() - 30) : found.end() + 30]}…"
            for kind, pattern in WRONG.items()
            for found in re.finditer(pattern, text)
        ),
        *(f"not in its language: {each}" for each in strange_sentences(text, language)),
    ]


def strange_sentences(text: str, language: str) -> list[str]:
    """The portal's own sentences in the text that are not in its language."""
    strange = _strange(language)
    return [each for each in _sentences(text) if each in strange]


def _sentences(text: str) -> Iterator[str]:
    for each in SENTENCE.split(text):
        bare = " ".join(each.split())
        if bare.count(" ") >= FEWEST_WORDS - 1:
            yield bare


@cache
def _strange(language: str) -> frozenset[str]:
    """The sentences of the catalogues that are of another language alone, English among them."""
    own: set[str] = set()
    others: set[str] = set()
    for each in LANGUAGES:
        for message in translations.read(each):
            if not message.id:
                continue
            forms = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
            ids = (message.id,) if isinstance(message.id, str) else tuple(message.id)
            (own if each == language else others).update(s for form in forms for s in _sentences(str(form)))
            others.update(s for form in ids for s in _sentences(str(form)))
    return frozenset(others - own)
