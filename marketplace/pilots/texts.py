"""Field types that the vocabularies and the pilot definitions share: text in both languages, amounts, clock times."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any, Final

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    PlainSerializer,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError, core_schema

from marketplace.i18n import LocalizedText
from marketplace.money import Money, MoneyError

DAY_MINUTES: Final = 24 * 60


class ContentModel(BaseModel):
    """Base of everything read from a data file: cannot be changed, and an unknown key is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class _Both(BaseModel):
    """The shape of a text in a data file: both languages, neither empty."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    fi: Annotated[str, Field(min_length=1)]
    sv: Annotated[str, Field(min_length=1)]


class _BothLanguages:
    """Reads `{fi: …, sv: …}` into a LocalizedText and writes it back; a missing language is placed on its key."""

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_wrap_validator_function(
            _localized,
            handler.generate_schema(_Both),
            serialization=core_schema.plain_serializer_function_ser_schema(
                lambda text: {"fi": text.fi, "sv": text.sv}
            ),
        )


def _localized(value: object, read: Callable[[object], _Both]) -> LocalizedText:
    if isinstance(value, LocalizedText):
        return value
    both = read(value)
    return LocalizedText(both.fi, both.sv)


class _Amount:
    """Reads `34,50` into Money and writes it back as `34.50`."""

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_wrap_validator_function(
            _money,
            core_schema.str_schema(),
            serialization=core_schema.plain_serializer_function_ser_schema(str),
        )


_MONEY_FAULTS: Final = {
    "not_a_number": "“{text}” is not an amount of euros; write it like 34,50",
    "negative": "“{text}” is below zero; a price cannot be",
    "sub_cent": "“{text}” has more than two decimals",
    "too_large": "“{text}” is too large an amount",
}


def _money(value: object, read: Callable[[object], str]) -> Money:
    if isinstance(value, Money):
        return value
    text = read(value)
    try:
        return Money.parse(text)
    except MoneyError as error:
        message = _MONEY_FAULTS.get(error.code, _MONEY_FAULTS["not_a_number"])
        raise PydanticCustomError("money", message, {"text": text}) from error


def _minutes(value: object) -> int:
    """Minutes since midnight of `HH:MM`; `24:00` is the end of the day."""
    match = re.fullmatch(r"(\d{1,2})[:.](\d{2})", value) if isinstance(value, str) else None
    minutes = int(match[1]) * 60 + int(match[2]) if match and int(match[2]) < 60 else DAY_MINUTES + 1
    if minutes > DAY_MINUTES:
        raise PydanticCustomError("clock", "write a time of day like 18:00, at most 24:00")
    return minutes


def clock(minutes: int) -> str:
    """`18:00` for 1080 minutes since midnight."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


Text = Annotated[LocalizedText, _BothLanguages]
"""A text that is always there in Finnish and in Swedish."""

Amount = Annotated[Money, _Amount, WithJsonSchema({"type": "string", "pattern": r"^\d+([.,]\d{1,2})?$"})]
"""Euros as a person writes them, exact cents inside."""

ClockTime = Annotated[
    int,
    BeforeValidator(_minutes),
    PlainSerializer(clock),
    WithJsonSchema({"type": "string", "pattern": r"^\d{1,2}[:.]\d{2}$"}),
]
"""A time of day as minutes since midnight (0–1440), written `HH:MM`."""


def _email(text: str) -> str:
    if text and not re.fullmatch(r"[^@\s,;<>]+@[^@\s,;<>.]+(\.[^@\s,;<>.]+)+", text):
        raise PydanticCustomError("email", "“{text}” is not an e-mail address", {"text": text})
    return text


def _phone(text: str) -> str:
    if text and not re.fullmatch(r"\+?[\d\s()–-]{3,30}", text):
        raise PydanticCustomError("phone", "“{text}” is not a telephone number", {"text": text})
    return text


Email = Annotated[str, AfterValidator(_email)]
"""An e-mail address that mail can be sent to; it may be empty where the field has a default."""

Phone = Annotated[str, AfterValidator(_phone)]
"""A telephone number as a person writes it: digits, spaces, + ( ) and dashes; it may be empty."""

Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*([_-][a-z0-9]+)*$")]
"""A name used by programs and addresses: small letters, digits, `_` and `-`."""
