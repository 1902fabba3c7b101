"""Reads a pilot definition from its YAML file and says plainly what is wrong with it, everything at once."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from marketplace.pilots.checks import faults
from marketplace.pilots.definition import PilotDefinition
from marketplace.pilots.source import InvalidDefinition, Problem, Source, ValuePath, read_source

DEFINITIONS: Final = Path(__file__).parent / "definitions"
"""The folder of the pilots that ship with the portal."""


def shipped(folder: Path = DEFINITIONS) -> list[Path]:
    """The definition files of `folder`, by name. Shared parts live in its subfolders and are not pilots."""
    return sorted(folder.glob("*.yaml"))


def read_definition(path: Path) -> PilotDefinition:
    """Read and check the pilot definition at `path`.

    Raises InvalidDefinition with every mistake, each with file, line and path.
    """
    source = read_source(path)
    problems = [source.problem(at, message) for at, message in faults(source.data)]
    try:
        definition = PilotDefinition.model_validate(source.data)
    except ValidationError as error:
        problems.extend(_problem(source, details) for details in _first_causes(error.errors()))
        raise InvalidDefinition(problems) from None
    if definition.key != path.stem:
        problems.append(
            source.problem(("key",), f"the file of the pilot “{definition.key}” has another name")
        )
    if problems:
        raise InvalidDefinition(problems)
    return definition


def read_all(paths: Sequence[Path]) -> list[PilotDefinition]:
    """Read several definitions. Raises InvalidDefinition with the mistakes of all of them."""
    definitions: list[PilotDefinition] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            definitions.append(read_definition(path))
        except InvalidDefinition as error:
            problems.extend(error.problems)
    if problems:
        raise InvalidDefinition(problems)
    return definitions


_LANGUAGE_NAMES: Final = {"fi": "Finnish", "sv": "Swedish"}

_PLAIN: Final = {
    "missing": "this is missing",
    "too_short": "write at least one",
    "string_type": "write a text here",
    "tuple_type": "write a list here",
    "list_type": "write a list here",
    "model_type": "write keys and values here",
    "model_attributes_type": "write keys and values here",
    "dict_type": "write keys and values here",
    "int_parsing": "write a whole number here",
    "int_type": "write a whole number here",
    "bool_parsing": "write yes or no here",
    "bool_type": "write yes or no here",
    "date_type": "write a day like 2026-11-22",
    "date_parsing": "write a day like 2026-11-22",
    "date_from_datetime_parsing": "write a day like 2026-11-22",
    "date_from_datetime_inexact": "write a day like 2026-11-22",
}


def _first_causes(errors: Sequence[ErrorDetails]) -> list[ErrorDetails]:
    """The errors without those that only follow from another: a list whose items are wrong also counts as short."""

    def follows(details: ErrorDetails) -> bool:
        at = details["loc"]
        return details["type"] == "too_short" and any(
            other["loc"][: len(at)] == at and other["loc"] != at for other in errors
        )

    return [details for details in errors if not follows(details)]


def _problem(source: Source, details: ErrorDetails) -> Problem:
    """A pydantic error in plain words, at its place in the file."""
    at: ValuePath = details["loc"]
    return source.problem(at, _message(at, details))


def _message(at: ValuePath, details: ErrorDetails) -> str:
    kind, last, context = details["type"], str(at[-1]) if at else "", details.get("ctx", {})
    language, given = _LANGUAGE_NAMES.get(last), details["input"]
    if language and kind in ("missing", "string_too_short", "string_type"):
        return f"the {language} text is missing"
    if kind == "extra_forbidden":
        hint = "; inside { } a text with a comma needs quotes" if " " in last else ""
        return f"“{last}” is not a key that is known here{hint}"
    if kind == "literal_error":
        near = difflib.get_close_matches(str(given), _choices(context), n=1)
        return f"“{given}” is not one of {context['expected']}" + (
            f"; did you mean “{near[0]}”?" if near else ""
        )
    if kind == "string_pattern_mismatch":
        return f"“{given}” has characters that do not belong here (pattern {context['pattern']})"
    return _PLAIN.get(kind, details["msg"])


def _choices(context: dict[str, Any]) -> list[str]:
    return [word.strip(" '") for word in str(context.get("expected", "")).replace(" or ", ",").split(",")]
