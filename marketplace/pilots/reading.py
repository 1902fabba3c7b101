"""Turns what a data file says into checked models, and every mistake in it into plain words with file, line and path.

Pilot definitions, vocabularies and the synonyms of the search are all read through here, so that a mistake reads alike
wherever it was made.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Any, Final, TypeVar, get_args, get_origin

from pydantic import AliasChoices, BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from marketplace.pilots.source import Problem, ValuePath, YamlSource

Model = TypeVar("Model", bound=BaseModel)

_LANGUAGE_NAMES: Final = {"fi": "Finnish", "sv": "Swedish"}

_DAY: Final = "write a day like 2026-11-22"

_PLAIN: Final = {
    "missing": "this is missing",
    "too_short": "write at least one",
    "string_type": "write a text here",
    "string_too_short": "this is empty",
    "tuple_type": "write a list here",
    "list_type": "write a list here",
    "model_type": "write keys and values here",
    "model_attributes_type": "write keys and values here",
    "dict_type": "write keys and values here",
    "int_parsing": "write a whole number here",
    "int_type": "write a whole number here",
    "float_parsing": "write a number here, with a point for the decimals",
    "decimal_parsing": "write a number here, with a point for the decimals: 25.5",
    "bool_parsing": "write yes or no here",
    "bool_type": "write yes or no here",
    "date_type": _DAY,
    "date_parsing": _DAY,
    "date_from_datetime_parsing": _DAY,
    "date_from_datetime_inexact": _DAY,
}

_FEW: Final = 8

_TAG: Final = re.compile(r"</?[a-zA-Z][^<>]*>|<!--|&(?:[a-z]{2,8}|#\d+);")


def read_part(
    model: type[Model], source: YamlSource, at: ValuePath, data: Any, *, context: dict[str, Any] | None = None
) -> tuple[Model | None, list[Problem]]:
    """The part `data` of a file, which stands at `at` in `source`, as a `model`; None and why, when it does not hold.

    `context` is handed to the validators of the model.
    """
    problems = [
        source.problem((*at, *below), f"a text has no markup: take out “{tag}”")
        for below, tag in _markup(data)
    ]
    try:
        read = model.model_validate(data, context=context)
    except ValidationError as error:
        causes = _first_causes(error.errors(include_url=False))
        return None, problems + [_problem(model, source, at, details) for details in causes]
    return (None if problems else read), problems


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean “…”?` with the nearest of the known words, or nothing when none is near."""
    folded = {each.casefold(): each for each in known}
    near = [] if word.isdigit() else difflib.get_close_matches(word.casefold(), list(folded), n=1)
    return f"; did you mean “{folded[near[0]]}”?" if near else ""


def near_or_all(word: str, known: Sequence[str]) -> str:
    """The nearest of the known words; all of them when none is near and they are few."""
    few = f"; there are {', '.join(known)}" if 1 < len(known) <= _FEW else ""
    return did_you_mean(word, known) or few


def _markup(data: Any, at: ValuePath = ()) -> Iterator[tuple[ValuePath, str]]:
    """Where a Finnish or Swedish text holds HTML, and the first of it: texts are shown as they are written."""
    items = enumerate(data) if isinstance(data, list) else data.items() if isinstance(data, dict) else ()
    for key, value in items:
        if key in _LANGUAGE_NAMES and isinstance(value, str):
            if found := _TAG.search(value):
                yield (*at, key), found[0]
        else:
            yield from _markup(value, (*at, key))


def _first_causes(errors: Sequence[ErrorDetails]) -> list[ErrorDetails]:
    """The errors without those that only follow from another.

    A list whose items are wrong also counts as short; a key that is written wrongly also counts as missing.
    """
    unknown = [details["loc"] for details in errors if details["type"] == "extra_forbidden"]

    def follows(details: ErrorDetails) -> bool:
        at = details["loc"]
        if details["type"] == "missing":
            return any(
                other[:-1] == at[:-1] and did_you_mean(str(other[-1]), [str(at[-1])]) for other in unknown
            )
        return details["type"] == "too_short" and any(
            other["loc"][: len(at)] == at and other["loc"] != at for other in errors
        )

    return [details for details in errors if not follows(details)]


def _problem(model: type[BaseModel], source: YamlSource, at: ValuePath, details: ErrorDetails) -> Problem:
    """A pydantic error in plain words, at its place in the file."""
    below: ValuePath = details["loc"]
    return source.problem((*at, *below), _message(model, below, details))


def _message(model: type[BaseModel], at: ValuePath, details: ErrorDetails) -> str:
    kind, last, context = details["type"], str(at[-1]) if at else "", details.get("ctx", {})
    language, given = _LANGUAGE_NAMES.get(last), details["input"]
    if language and kind in ("missing", "string_too_short", "string_type"):
        return f"the {language} text is missing"
    if kind == "extra_forbidden":
        return f"“{last}” is not a key that is known here{_key_hint(model, at, last)}"
    if kind == "literal_error":
        hint = did_you_mean(str(given), _choices(context))
        return f"“{given}” is not one of {context['expected']}{hint}"
    if kind == "string_pattern_mismatch":
        return f"“{given}” has characters that do not belong here (pattern {context['pattern']})"
    return _PLAIN.get(kind, details["msg"].removeprefix("Value error, "))


def _key_hint(model: type[BaseModel], at: ValuePath, key: str) -> str:
    """What the writer of an unknown key may have meant."""
    if key.isdigit():
        return '; inside { } an amount with a comma needs quotes, such as "37,95"'
    if " " in key:
        return "; inside { } a text with a comma needs quotes"
    return did_you_mean(key, _keys_at(model, at[:-1]))


def _choices(context: dict[str, Any]) -> list[str]:
    return [word.strip(" '") for word in str(context.get("expected", "")).replace(" or ", ",").split(",")]


def _keys_at(model: type[BaseModel], at: ValuePath) -> list[str]:
    """The keys that may be written at `at` below `model`; empty where no model stands."""
    kind: Any = model
    for part in at:
        kind = _below(kind, part)
    if not _is_model(kind):
        return []
    return [name for key, field in kind.model_fields.items() for name in _names(key, field)]


def _below(kind: Any, part: str | int) -> Any:
    """The type that stands under one key or index of another."""
    if isinstance(part, int):
        return _plain_type(get_args(kind)[0]) if get_args(kind) else None
    if not _is_model(kind):
        return None
    fields = kind.model_fields.items()
    found = next((field.annotation for key, field in fields if part in _names(key, field)), None)
    return _plain_type(found)


def _plain_type(annotation: Any) -> Any:
    """A type without what is wrapped around it: `Annotated`, and `| None`."""
    if get_origin(annotation) is Annotated:
        return _plain_type(get_args(annotation)[0])
    if type(None) in get_args(annotation):
        return _plain_type(next(each for each in get_args(annotation) if each is not type(None)))
    return annotation


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _names(key: str, field: FieldInfo) -> list[str]:
    alias = field.validation_alias
    if isinstance(alias, AliasChoices):
        return [str(each) for each in alias.choices]
    return [key if alias is None else str(alias)]
