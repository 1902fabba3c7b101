"""The tables of the two languages: a data file, read once and checked.

A mistake raises InvalidDefinition with file, line, path and, where a name is misspelt, the one that was meant.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Final

from pydantic import BeforeValidator, Field

from marketplace.pilots.reading import read_part
from marketplace.pilots.source import InvalidDefinition, read_source
from marketplace.pilots.texts import Entry

DATA: Final = Path(__file__).resolve().parent.parent / "data"

LANGUAGE_TABLES: Final = DATA / "languages.yaml"


def _words(value: object) -> object:
    """A row of endings is written as one text with spaces."""
    return tuple(value.split()) if isinstance(value, str) else value


Words = tuple[Annotated[str, Field(min_length=1)], ...]
Row = Annotated[Words, BeforeValidator(_words)]


class LanguageTable(Entry):
    """What the search knows of one language beside its dictionary; `languages.yaml` says what each part means."""

    stop_words: frozenset[str]
    says_only_service: frozenset[str]
    part_says_nothing: Mapping[str, str]
    families: tuple[Row, ...]
    bare_endings: frozenset[str] = frozenset()
    plurals: Mapping[str, str] = {}


class _LanguageTables(Entry):
    fi: LanguageTable
    sv: LanguageTable


@cache
def language_table(language: str, file: Path = LANGUAGE_TABLES) -> LanguageTable:
    """The table of a language."""
    source = read_source(file)
    read, problems = read_part(_LanguageTables, source, (), source.data)
    if read is None:
        raise InvalidDefinition(problems)
    found: LanguageTable = getattr(read, language)
    return found
