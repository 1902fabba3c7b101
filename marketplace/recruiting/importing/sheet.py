"""A file of rows and cells, whatever program wrote it: CSV in the encodings of office programs, and XLSX."""

from __future__ import annotations

import csv
import io
import re
import warnings
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from xml.etree.ElementTree import ParseError

from marketplace.errors import Invalid

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

MAX_BYTES: Final = 10 * 1024 * 1024
MAX_UNPACKED_BYTES: Final = 200 * 1024 * 1024
MAX_CELLS: Final = 2_000_000
DELIMITERS: Final = {";": "semicolons", ",": "commas", "\t": "tabs"}

Cell: TypeAlias = str | date
"""What a cell shows. A date stays one, because a date in the wrong place is a mistake of the spreadsheet's."""

_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0"
_TEXT_FORMULA = re.compile(r'="([^"]*)"')
_INVISIBLE = str.maketrans("", "", "\ufeff\u200b\u00ad")


class UnreadableFile(Invalid):
    """The file as a whole cannot be imported; the message is in English, for the command line."""


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a file in order, blank ones too: `rows[0]` is row 1 of the sheet. `origin` says how it was read."""

    rows: tuple[tuple[Cell, ...], ...]
    origin: str


def read_tables(content: bytes) -> list[Table]:
    """The ways in which a file can be read as a table: one for XLSX, one per delimiter for CSV.

    Raises UnreadableFile for what is no table at all.
    """
    if not content.strip():
        raise UnreadableFile("The file is empty.")
    if len(content) > MAX_BYTES:
        raise UnreadableFile("The file is larger than 10 MB.")
    if content.startswith(_ZIP):
        return [_xlsx(content)]
    if content.startswith(_OLE):
        raise UnreadableFile(
            "This is an old .xls workbook or one with a password. Save it as .xlsx without a password, or as CSV."
        )
    return _csv(content)


# --- CSV -------------------------------------------------------------------------------------------------------------


def _csv(content: bytes) -> list[Table]:
    text, encoding = _decoded(content)
    tables: list[Table] = []
    problem = ""
    for delimiter, name in DELIMITERS.items():
        try:
            records = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
        except csv.Error as error:
            problem = problem or str(error)
            continue
        rows = tuple(tuple(_clean(cell) for cell in record) for record in records)
        tables.append(Table(rows, f"CSV, {encoding}, {name}"))
    if not tables:
        raise UnreadableFile(f"The file cannot be read as CSV: {problem}. Look for a stray quotation mark.")
    return tables


def _decoded(content: bytes) -> tuple[str, str]:
    """Text and the name of its encoding. Nearly no Windows-1252 text with å, ä or ö is valid UTF-8."""
    if b"\x00" in content:
        raise UnreadableFile("This is not a spreadsheet. Give a CSV or an XLSX file.")
    for encoding, name in (("utf-8-sig", "UTF-8"), ("cp1252", "Windows-1252")):
        try:
            return content.decode(encoding), name
        except UnicodeDecodeError:
            continue
    raise UnreadableFile("The text is neither UTF-8 nor Windows-1252. Save the file as “CSV UTF-8”.")


def _clean(text: str) -> str:
    """A cell without the characters that nobody sees; `="04300"`, a trick that keeps zeros, is the text 04300."""
    bare = text.translate(_INVISIBLE).strip()
    constant = _TEXT_FORMULA.fullmatch(bare)
    return constant[1] if constant else bare


# --- XLSX ------------------------------------------------------------------------------------------------------------


def _xlsx(content: bytes) -> Table:
    """The first visible sheet with merged cells filled. Formulas keep their text: nothing is calculated here."""
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MAX_UNPACKED_BYTES:
                raise UnreadableFile("The workbook is too large.")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about decorations that the library does not keep
            book = load_workbook(io.BytesIO(content))
    except (InvalidFileException, zipfile.BadZipFile, ParseError, KeyError, ValueError, TypeError) as error:
        raise UnreadableFile("The file is not an XLSX workbook, or it is damaged.") from error
    sheet = next((sheet for sheet in book.worksheets if sheet.sheet_state == "visible"), None)
    if sheet is None:
        raise UnreadableFile("The workbook has no visible sheet.")
    if sheet.max_row * sheet.max_column > MAX_CELLS:
        raise UnreadableFile(
            "The sheet is too large. Delete the empty rows and columns around the table and save it again."
        )
    return Table(tuple(_filled(sheet)), f"XLSX, sheet “{sheet.title}”")


def _filled(sheet: Worksheet) -> Iterator[tuple[Cell, ...]]:
    """Rows with every merged block's value on each of its rows.

    It is filled downwards in the block's first column only: sideways, a company's name would become its street.
    """
    rows = [[_shown(value) for value in row] for row in sheet.iter_rows(values_only=True)]
    blocks: Iterable[Any] = sheet.merged_cells.ranges
    for block in blocks:
        column = block.min_col - 1
        for row in rows[block.min_row : block.max_row]:
            row[column] = rows[block.min_row - 1][column]
    return (tuple(row) for row in rows)


def _shown(value: Any) -> Cell:
    """A cell's value as a person reads it; a number has no more digits than the spreadsheet keeps (15)."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, float):
        return f"{value:.15g}"
    return _clean(str(value))
