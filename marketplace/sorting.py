"""The order of names in Finnish and Swedish, and letters without regard to case: the same in Python and on databases.

After CLDR's collation for Finnish, with which the Swedish one agrees for the letters of names here: å, ä and ö (with
æ and ø beside them) come after z, ü stands with y, other accents count only between names that are otherwise equal.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

COLLATION: Final = "names"
"""The name of the order on SQLite, where `db` registers it; PostgreSQL has its own by ICU."""

_OWN: Final = str.maketrans(
    {
        "å": "{",
        "ä": "|",
        "æ": "|",
        "ö": "}",
        "ø": "}",
        "ü": "y",
        "ű": "y",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "ł": "l",
    }
)


@lru_cache(maxsize=20_000)
def primary_key(name: str) -> str:
    """What decides first: base letters in their order, digits before them, signs and blanks before digits."""
    letters = unicodedata.normalize("NFC", name).casefold().translate(_OWN)
    bare = (each for each in unicodedata.normalize("NFD", letters) if not unicodedata.combining(each))
    return "".join(each if each.isalnum() or each in "{|}" else f"\x02{each}" for each in bare).replace(
        "\x02 ", "\x01"
    )


@lru_cache(maxsize=20_000)
def sort_key(name: str) -> tuple[str, str, str]:
    """A key for `sorted`: letters first, then their accents, then their case (small before capital)."""
    composed = unicodedata.normalize("NFC", name)
    return primary_key(name), composed.casefold(), composed.swapcase()


def compared(left: str, right: str) -> int:
    """Less than, equal to or greater than nought, as databases ask for it."""
    first, second = sort_key(left), sort_key(right)
    return (first > second) - (first < second)


class _InOrder(FunctionElement[str]):
    """A column with the collation of names."""

    type = sa.Text()
    inherit_cache = True


def by_name(column: Any) -> sa.ColumnElement[str]:
    """A column, or an expression, to order by in the order of names."""
    return _InOrder(column)


@compiles(_InOrder, "sqlite")
def _on_sqlite(element: _InOrder, compiler: Any, **options: Any) -> str:
    return f"({compiler.process(element.clauses, **options)}) COLLATE {COLLATION}"


@compiles(_InOrder, "postgresql")
def _on_postgresql(element: _InOrder, compiler: Any, **options: Any) -> str:
    return f'({compiler.process(element.clauses, **options)}) COLLATE "fi-x-icu"'
