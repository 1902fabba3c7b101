"""The tables of the two languages: a data file, read once and checked.

A mistake raises InvalidDefinition with file, line, path and, where a name is misspelt, the one that was meant.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated, Final

from pydantic import BeforeValidator, Field

from marketplace.pilots.reading import did_you_mean, read_part
from marketplace.pilots.source import InvalidDefinition, read_source
from marketplace.pilots.texts import ContentModel

DATA: Final = Path(__file__).resolve().parent / "data"

LANGUAGE_TABLES: Final = DATA / "languages.yaml"


def _words(value: object) -> object:
    """A row of endings is written as one text with spaces."""
    return tuple(value.split()) if isinstance(value, str) else value


Words = tuple[Annotated[str, Field(min_length=1)], ...]
Row = Annotated[Words, BeforeValidator(_words)]


class LanguageTable(ContentModel):
    """What the search knows of one language beside its dictionary; `languages.yaml` says what each part means."""

    stop_words: frozenset[str]
    says_only_service: frozenset[str]
    part_says_nothing: Mapping[str, str]
    families: tuple[Row, ...]
    bare_endings: frozenset[str] = frozenset()
    plurals: Mapping[str, str] = {}
    spoken: Mapping[str, Row] = {}
    spoken_words: Mapping[str, str] = {}
    passed_over: frozenset[str] = frozenset()


class _LanguageTables(ContentModel):
    fi: LanguageTable
    sv: LanguageTable


class Names(ContentModel):
    """Words of one thing by language."""

    fi: Words = ()
    sv: Words = ()


class Over(StrEnum):
    """Over which named services a rule holds: none, those that a word names which may mean something else, or all."""

    NONE = "none"
    WEAK = "weak"
    ALL = "all"


class Rule(ContentModel):
    """Which services a query means whose words have all these signs and none of `unless`.

    `over` tells when it holds although the query names a service.
    """

    signs: tuple[str, ...]
    services: tuple[str, ...]
    unless: tuple[str, ...] = ()
    over: Over = Over.NONE


class PageQuestion(Names):
    """A question that a page answers: the words that ask it, and the name of the page."""

    page: str


class QueryWords(ContentModel):
    """What a query says beside names of services and places; `query_words.yaml` says what each part means."""

    joins: Names
    signs: Mapping[str, Names]
    pictures: Mapping[str, str]
    rules: tuple[Rule, ...]
    leans: Mapping[str, Mapping[str, int]]
    answers: Mapping[str, PageQuestion]


def query_words(
    services: Collection[str], concepts: Collection[str], file: Path = DATA / "query_words.yaml"
) -> QueryWords:
    """The words of queries. `concepts` are the keys of synonyms, which rules may name beside signs."""
    source = read_source(file)
    read, problems = read_part(QueryWords, source, (), source.data)
    if read is not None:
        known = [*read.signs, *concepts]
        for at, rule in enumerate(read.rules):
            for name, keys, among, what in (
                ("signs", rule.signs, known, "sign"),
                ("unless", rule.unless, known, "sign"),
                ("services", rule.services, services, "service"),
            ):
                problems += [
                    source.problem(
                        ("rules", at, name), f"there is no {what} “{key}”{did_you_mean(key, among)}"
                    )
                    for key in keys
                    if key not in among
                ]
        for sign, towards in read.leans.items():
            for key, among, what in (
                (sign, known, "sign"),
                *((service, services, "service") for service in towards),
            ):
                if key not in among:
                    problems.append(
                        source.problem(
                            ("leans", sign), f"there is no {what} “{key}”{did_you_mean(key, among)}"
                        )
                    )
    if read is None or problems:
        raise InvalidDefinition(problems)
    return read


@cache
def language_table(language: str, file: Path = LANGUAGE_TABLES) -> LanguageTable:
    """The table of a language."""
    source = read_source(file)
    read, problems = read_part(_LanguageTables, source, (), source.data)
    if read is None:
        raise InvalidDefinition(problems)
    found: LanguageTable = getattr(read, language)
    return found
