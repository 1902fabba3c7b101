"""The tables of the two languages and of what people call things: data files, read once and checked.

A mistake raises InvalidDefinition with file, line, path and, where a name is misspelt, the one that was meant.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

from pydantic import BaseModel, BeforeValidator, Field, ValidationError

from marketplace.pilots.source import InvalidDefinition, Source, ValuePath, read_source
from marketplace.pilots.texts import Entry

DATA: Final = Path(__file__).resolve().parent.parent / "data"

LANGUAGE_TABLES: Final = DATA / "languages.yaml"

Model = TypeVar("Model", bound=BaseModel)


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


class Names(Entry):
    """Names of one concept by language."""

    fi: Words = ()
    sv: Words = ()


class ConceptEntry(Names):
    """A concept of the synonym file: `asks` are understood in queries only, `told` in texts only."""

    asks: Names = Names()
    told: Names = Names()


@cache
def language_table(language: str, file: Path = LANGUAGE_TABLES) -> LanguageTable:
    """The table of a language."""
    read = checked(read_source(file), (), _LanguageTables)
    found: LanguageTable = getattr(read, language)
    return found


def concept_entries(file: Path, vocabularies: Mapping[str, Collection[str]]) -> dict[str, ConceptEntry]:
    """The concepts of a synonym file by key; `service:transport` names the entry `transport` of `vocabularies`."""
    source = read_source(file)
    if not isinstance(source.data, dict):
        raise InvalidDefinition(
            [source.problem((), "the file should be a mapping from concepts to their names")]
        )
    problems = [
        source.problem((key,), message)
        for key in source.data
        if ":" in key and (message := _unknown(key, vocabularies))
    ]
    found: dict[str, ConceptEntry] = {}
    for key in source.data:
        try:
            found[key] = checked(source, (key,), ConceptEntry)
        except InvalidDefinition as error:
            problems += error.problems
    if problems:
        raise InvalidDefinition(problems)
    return found


def _unknown(key: str, vocabularies: Mapping[str, Collection[str]]) -> str:
    """What is wrong with the key of a concept; empty when it names an entry that there is."""
    kind, _, name = key.partition(":")
    if kind not in vocabularies:
        return f"there is no vocabulary “{kind}”{hint(kind, vocabularies)}"
    if name not in vocabularies[kind]:
        return f"there is no {kind} “{name}”{hint(name, vocabularies[kind])}"
    return ""


def checked(source: Source, at: ValuePath, model: type[Model]) -> Model:
    """The part of a file at a path as a model. Raises InvalidDefinition with every mistake in it."""
    data: Any = source.data
    for part in at:
        data = data[part]
    try:
        return model.model_validate(data)
    except ValidationError as error:
        problems = []
        for fault in error.errors():
            message = fault["msg"]
            if fault["type"] == "extra_forbidden":
                name = str(fault["loc"][-1])
                message = f"there is no part “{name}” here{hint(name, _fields(model, fault['loc'][:-1]))}"
            problems.append(source.problem((*at, *fault["loc"]), message))
        raise InvalidDefinition(problems) from None


def _fields(model: type[BaseModel], at: ValuePath) -> Collection[str]:
    """The names of the parts that a model has at a path."""
    for part in at:
        field = model.model_fields.get(str(part))
        if (
            field is None
            or not isinstance(field.annotation, type)
            or not issubclass(field.annotation, BaseModel)
        ):
            return ()
        model = field.annotation
    return model.model_fields.keys()


def hint(name: str, known: Collection[str]) -> str:
    """“; did you mean …?” with the nearest known name, or nothing."""
    near = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean “{near[0]}”?" if near else ""
