"""What a cell of a workbook holds instead of a value: every reader of tables tells it at its row."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Any, Final

from marketplace.i18n import _l, filled
from marketplace.sheets.reading import Cell

_ERRORS: Final = re.compile(r"#(?:N/A|REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|PUUTTUU!?|VIITTAUS!|ARVO!|NIMI\?)")
LONGEST_SHOWN: Final = 40


class NoValue(StrEnum):
    """Why a cell has no value: the program that wrote the file has not reckoned its formula, or could not."""

    FORMULA = "formula"
    ERROR = "error"


NO_VALUE: Final[dict[NoValue, Any]] = {
    NoValue.FORMULA: _l(
        "“%(text)s” is a formula whose value is not in the file. Open the file in your spreadsheet program, "
        "save it there and choose it again."
    ),
    NoValue.ERROR: _l(
        "“%(text)s” is what the spreadsheet shows where it cannot reckon. Correct the cell, save the file and choose "
        "it again."
    ),
}
"""What a person reads of a cell without a value."""


def is_blank(cell: Cell) -> bool:
    """Whether a cell says nothing: it is empty, or holds the dash that people write for nothing."""
    return isinstance(cell, str) and cell.strip() in ("", "-", "–", "—")


def no_value(cell: Cell) -> NoValue | None:
    """Why a cell has no value; None where it has one, or is blank."""
    if not isinstance(cell, str):
        return None
    if cell.startswith("="):
        return NoValue.FORMULA
    return NoValue.ERROR if _ERRORS.match(cell) else None


def without_value(cells: Iterable[Cell]) -> list[str]:
    """A sentence in the reader's language for each cell that has no value."""
    return [
        filled(str(NO_VALUE[why]), {"text": str(cell)[:LONGEST_SHOWN]})
        for cell in cells
        if (why := no_value(cell)) is not None
    ]
