"""The process that opens somebody's file: reads it from its input, writes the rows as JSON and ends.

Run as a program by `reading`. It limits its own memory and time before it looks at the file, so that no file takes more
than that, whatever it does to a library. Of the portal it imports `marketplace.text` and
`marketplace.workbook_records` alone, to start quickly.

Output: `{"tables": [{"origin": …, "rows": [[cell…]…], "broken": {row number: text}}…]}`, where a cell is a text or
`[ISO date]`; or `{"fault": code}` with a code of `reading.FAULTS`.
"""

from __future__ import annotations

import codecs
import csv
import html
import io
import json
import re
import struct
import sys
import zipfile
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as ET

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from marketplace import text as texts
from marketplace import workbook_records as records

MEMORY: Final = 190 * 1024 * 1024
SECONDS: Final = 1
MAX_CELLS: Final = 300_000
MAX_TEXT: Final = 12 * 1024 * 1024
MAX_UNPACKED: Final = 30 * 1024 * 1024
MAX_ENTRIES: Final = 2_000
MOST_COLUMNS: Final = 16_384
DELIMITERS: Final = {";": "semicolons", ",": "commas", "\t": "tabs"}
LINES_IN_CELL: Final = 10
"""A quotation mark that is not closed within so many lines, in a file with faults, is a stray one."""

Shown = str | list[str]
Tables = list[dict[str, Any]]
Untold = tuple[int, int, str]
"""A row and a column, from 0, and what stands there instead of a value."""

_ZIP: Final = b"PK\x03\x04"
_OLE: Final = b"\xd0\xcf\x11\xe0"
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")
_PAGE: Final = re.compile(rb"\s*(?:<!doctype html|<html|<\?xml|<table|\{\\rtf|%PDF-)", re.IGNORECASE)
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_TEXT_FORMULA: Final = re.compile(r'="([^"]*)"')
_GUARDED: Final = re.compile(r"''*[=+\-@]")
_GUARDED_WITHIN: Final = re.compile(r"(?<=[,\t\r\n])'(?='*(?:[=@]|[+\-][^\s,]*[(|!]))")
_NORDIC: Final = frozenset("åäöÅÄÖéÉüÜ–€’”§½·")


class Fault(Exception):
    """The file cannot be read; `code` is one of `reading.FAULTS`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Room:
    """Counts what has been read. Raises Fault when it is more than a table of people has."""

    def __init__(self) -> None:
        self.cells = 0
        self.text = 0

    def take(self, row: Sequence[Any]) -> None:
        """Count a row as it comes from the library."""
        self.cells += len(row) or 1
        self.text += sum(len(cell) for cell in row if isinstance(cell, str))
        if self.cells > MAX_CELLS or self.text > MAX_TEXT:
            raise Fault("too_large")


def tables(content: bytes) -> Tables:
    """The ways in which a file can be read as a table. Raises Fault, or whatever a library raises."""
    if not content.strip(b" \t\r\n\x00\xef\xbb\xbf\xff\xfe"):
        raise Fault("empty")
    if content.startswith(_ZIP):
        return _workbook(content, *_packed(content))
    if content.startswith(_OLE):
        if _ENCRYPTED in content:
            raise Fault("password")
        return _workbook(content, "XLS", _of_records(lambda: records.of_xls(content)))
    if _PAGE.match(content):
        raise Fault("not_a_table")
    return _csv(content)


# --- CSV -------------------------------------------------------------------------------------------------------------


def _csv(content: bytes) -> Tables:
    text, encoding = _decoded(content)
    found: Tables = []
    fault = Fault("not_a_table")
    text, delimiters = _delimiters(text)
    for delimiter in delimiters:
        try:
            rows, broken = _records(text, delimiter)
        except Fault as error:
            fault = error
            continue
        name = DELIMITERS.get(delimiter, f"“{delimiter}”")
        found.append({"origin": f"CSV, {encoding}, {name}", "rows": rows, "broken": broken})
    if not found:
        raise fault
    return found


def _decoded(content: bytes) -> tuple[str, str]:
    """Text and the name of its encoding. Nearly no text with å, ä or ö in another one is valid UTF-8."""
    marks = {
        codecs.BOM_UTF8: ("utf-8", "UTF-8"),
        codecs.BOM_UTF32_LE: ("utf-32", "UTF-32"),
        codecs.BOM_UTF16_LE: ("utf-16", "UTF-16"),
        codecs.BOM_UTF16_BE: ("utf-16", "UTF-16"),
    }
    encodings = next((own for mark, own in marks.items() if content.startswith(mark)), None)
    if encodings is None and b"\x00" in content[:4000]:
        # Without a mark: in Latin letters every second byte of UTF-16 is nought.
        even, odd = content[0:4000:2].count(0), content[1:4000:2].count(0)
        encodings = ("utf-16-be", "UTF-16") if even > odd else ("utf-16-le", "UTF-16")
    try:
        if encodings:
            text, name = content.decode(encodings[0]), encodings[1]
        else:
            text, name = content.decode("utf-8"), "UTF-8"
    except UnicodeDecodeError as error:
        if encodings:
            raise Fault("not_a_table") from error
        text, name = _of_one_byte(content)
    if _CONTROLS.search(text):
        raise Fault("not_a_table")
    return text.removeprefix("\ufeff"), name


def _of_one_byte(content: bytes) -> tuple[str, str]:
    """Text in the encoding of Windows, old Macs or DOS that gives the most letters of this country."""
    best, name, score = "", "", -1
    for encoding, shown in (
        ("cp1252", "Windows-1252"),
        ("mac_roman", "Mac Roman"),
        ("cp850", "DOS 850"),
        ("iso8859-15", "ISO 8859-15"),
    ):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        letters = sum(text.count(letter) for letter in _NORDIC)
        if letters > score:
            best, name, score = text, shown, letters
    return best, name


def _delimiters(text: str) -> tuple[str, list[str]]:
    """The text without Excel's `sep=` line, and what may stand between its cells."""
    line, _end, rest = text.partition("\n")
    declared = line.strip("\r").strip('"')
    if declared.lower().startswith("sep=") and len(declared) == 5:
        return rest, [declared[4]]
    return text, [each for each in DELIMITERS if each in text] or [";"]


def _records(text: str, delimiter: str) -> tuple[list[list[Shown]], dict[int, str]]:
    """Every record, and the ones that a stray quotation mark breaks: row number → text. A broken row has no cells."""
    room = Room()
    rows: list[list[Shown]] = []
    try:
        for record in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            room.take(record)
            rows.append([_unguarded(cell) for cell in record])
    except csv.Error:
        return _records_with_faults(text, delimiter)
    return rows, {}


def _records_with_faults(text: str, delimiter: str) -> tuple[list[list[Shown]], dict[int, str]]:
    room = Room()
    rows: list[list[Shown]] = []
    broken: dict[int, str] = {}
    lines = list(io.StringIO(text, newline=""))
    width = next((line.count(delimiter) for line in lines if line.strip()), 0)
    at = 0
    while at < len(lines):
        taken, record = _record(lines, at, delimiter, width)
        room.take(record or [])
        rows.append([] if record is None else [_unguarded(cell) for cell in record])
        if record is None:
            broken[len(rows)] = texts.one_line("".join(lines[at : at + taken]))[:200]
        at += taken
    return rows, broken


def _record(lines: list[str], at: int, delimiter: str, width: int) -> tuple[int, list[str] | None]:
    """How many lines the record at `at` takes, and its cells, or None when a quotation mark breaks it.

    A mark that is closed in a wrong place breaks every line up to there: part of a cell is never taken for a row. One
    that is never closed breaks the lines that the record needs to be as wide as the first one.
    """
    for taken in range(1, min(LINES_IN_CELL, len(lines) - at) + 1):
        try:
            return taken, next(csv.reader(lines[at : at + taken], delimiter=delimiter, strict=True), [])
        except csv.Error as error:
            if "unexpected end" not in str(error):
                return taken, None
    taken = marks = 0
    while at + taken < len(lines) and taken < LINES_IN_CELL and (not taken or marks < width):
        marks += lines[at + taken].count(delimiter)
        taken += 1
    return taken, None


def _unguarded(cell: str) -> str:
    """A cell of a CSV file, where an apostrophe before a formula's sign keeps it from being run (`writing`)."""
    bare = _clean(cell)
    bare = bare[1:] if _GUARDED.match(bare) else bare
    return _GUARDED_WITHIN.sub("", bare)


# --- workbooks -------------------------------------------------------------------------------------------------------


def _packed(content: bytes) -> tuple[str, list[list[Untold]]]:
    """The kind of a packed workbook, and the cells of each of its sheets whose value the library leaves out."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = archive.infolist()
        if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_UNPACKED:
            raise Fault("too_large")
        names = {entry.filename for entry in entries}
        if "xl/workbook.bin" in names:
            return "XLSB", _of_records(lambda: records.of_xlsb(archive, names))
        if "xl/workbook.xml" in names:
            return "XLSX", [_untold(each) for each in _sheets(archive, names)]
        if "content.xml" in names:
            manifest = archive.read("META-INF/manifest.xml") if "META-INF/manifest.xml" in names else b""
            if b"encryption-data" in manifest:
                raise Fault("password")
            return "ODS", _untold_of_ods(archive.read("content.xml"))
    raise Fault("not_a_table")


def _of_records(read: Callable[[], list[list[Untold]]]) -> list[list[Untold]]:
    """The cells without a value, or none where the records do not hold together; the library says what is damaged."""
    try:
        return read()
    except (struct.error, IndexError, KeyError, ValueError, ET.ParseError):
        return []


def _sheets(archive: zipfile.ZipFile, names: set[str]) -> list[bytes]:
    """The XML of every sheet in the order of the workbook."""
    places = {
        each.get("Id"): (each.get("Target") or "").lstrip("/")
        for each in ET.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314 - expat of today, limited
    }
    found = []
    for each in ET.fromstring(archive.read("xl/workbook.xml")).iter():  # noqa: S314
        if each.tag.rpartition("}")[2] == "sheet":
            own = next((value for key, value in each.attrib.items() if key.endswith("}id")), "")
            place = places.get(own, "")
            path = place if place in names else f"xl/{place}"
            found.append(archive.read(path) if path in names else b"")
    return found


def _workbook(content: bytes, kind: str, untold: list[list[Untold]]) -> Tables:
    """A table for each visible sheet that has rows."""
    from python_calamine import CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    except PasswordError as error:
        raise Fault("password") from error
    room, found = Room(), []
    for place, known in enumerate(book.sheets_metadata):
        if known.visible != SheetVisibleEnum.Visible or known.typ != SheetTypeEnum.WorkSheet:
            continue
        sheet = book.get_sheet_by_index(place)
        rows = _rows(sheet, room)
        if place < len(untold):
            _tell(rows, untold[place])
        _fill(rows, sheet.merged_cell_ranges or [])
        if any(any(row) for row in rows):
            found.append({"origin": f"{kind}, sheet “{known.name}”", "rows": rows, "broken": {}})
    if not found:
        raise Fault("no_sheet")
    return found


def _rows(sheet: Any, room: Room) -> list[list[Shown]]:
    """The rows of a sheet from its first, blank ones too."""
    if sheet.start is None:
        return []
    above, left = sheet.start
    rows: list[list[Shown]] = []
    for row in sheet.iter_rows():  # begins at the sheet's first row, but at the table's first column
        room.take(row)
        shown: list[Shown] = [""] * left
        shown += [_shown(cell) for cell in row]
        rows.append([] if len(rows) < above else shown)
    return rows


_CELL: Final = re.compile(rb"<(?:\w+:)?c\s([^>]*[^>/])>(.*?)</(?:\w+:)?c>", re.DOTALL)
_PLACE: Final = re.compile(rb'\br="([A-Z]{1,3})([0-9]{1,7})"')
_VALUE: Final = re.compile(rb"<(?:\w+:)?v>([^<]*)</")
_FORMULA: Final = re.compile(rb"<(?:\w+:)?f\b[^>]*>([^<]*)<")


def _untold(xml: bytes) -> list[Untold]:
    """The cells of a sheet of XLSX with an error (`#N/A`), or with a formula and no value beside it."""
    if b't="e"' not in xml and b"<f" not in xml and b":f" not in xml:
        return []
    found = []
    for cell in _CELL.finditer(xml):
        place = _PLACE.search(cell[1])
        value = _VALUE.search(cell[2])
        formula = _FORMULA.search(cell[2])
        wrong = b't="e"' in cell[1]
        has_value = value is not None and (
            value[1] != b"" or b't="str"' in cell[1]
        )  # an empty text is a value
        if place is None or not (wrong or (formula and not has_value)):
            continue
        told = value[1] if wrong and value else b"=" + (formula[1] if formula else b"")
        found.append((int(place[2]) - 1, _column(place[1]) - 1, _told(told)))
    return found


_ODS_TAG: Final = re.compile(
    rb'<table:(table|table-row|table-cell|covered-table-cell)((?:\s+[\w:.-]+="[^"]*")*)\s*(/?)>'
)
_ODS_FORMULA: Final = re.compile(rb'\stable:formula="(?:\w+:)?([^"]*)"')
_ODS_VALUE: Final = re.compile(
    rb'\soffice:(?:value|date-value|time-value|boolean-value)="[^"]|office:value-type="string"'
)
_ODS_TIMES: Final = re.compile(rb'-repeated="(\d{1,7})"')
_ODS_ERROR: Final = b'calcext:value-type="error"'
_TAGS: Final = re.compile(rb"<[^>]*>")


def _untold_of_ods(xml: bytes) -> list[list[Untold]]:
    """As `_untold`, for each sheet of an ODS file; a cell or row may stand for several that are alike."""
    found: list[list[Untold]] = []
    if b"table:formula" not in xml:
        return found
    row = column = rows = 0
    for tag in _ODS_TAG.finditer(xml):
        times = _ODS_TIMES.search(tag[2])
        many = int(times[1]) if times else 1
        if tag[1] == b"table":
            found.append([])
            row, rows = -1, 1
        elif tag[1] == b"table-row":
            row, rows, column = row + rows, many, 0
        else:
            formula = _ODS_FORMULA.search(tag[2])
            wrong = _ODS_ERROR in tag[2]
            if found and formula and (wrong or not _ODS_VALUE.search(tag[2])):
                shown = b"" if tag[3] else xml[tag.end() : xml.find(b"</table:table-cell>", tag.end())]
                error = _TAGS.sub(b"", shown).strip()
                found[-1].append((row, column, _told(error if wrong and error else formula[1])))
            column += many
    return found


def _told(text: bytes) -> str:
    return texts.one_line(html.unescape(text.decode("utf-8", "replace")))[:100]


def _tell(rows: list[list[Shown]], untold: Sequence[Untold]) -> None:
    """Write the error or the formula into the cells whose value the library leaves out, below its last row too.

    A formula is read by the value that the spreadsheet kept beside it; one without a value stays its own text.
    """
    for row, column, told in untold:
        if row >= MAX_CELLS or column >= MOST_COLUMNS:
            raise Fault("too_large")
        rows.extend([] for _each in range(row + 1 - len(rows)))
        cells = rows[row]
        cells.extend([""] * (column + 1 - len(cells)))
        cells[column] = told


def _clean(cell: str) -> str:
    """A cell as text; `="04300"`, a trick that keeps zeros, is the text 04300."""
    bare = texts.prose(cell)
    constant = _TEXT_FORMULA.fullmatch(bare)
    return constant[1] if constant else bare


def _column(letters: bytes) -> int:
    """`A` → 1, `AA` → 27."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _fill(rows: list[list[Shown]], blocks: Sequence[tuple[tuple[int, int], tuple[int, int]]]) -> None:
    """Write every merged block's value on each of its rows that the sheet has.

    It is filled downwards in the block's first column only: sideways, a company's name would become its street.
    """
    filled = 0
    for (top, left), (bottom, _right) in blocks:
        if top >= len(rows) or left >= len(rows[top]):
            continue
        value = rows[top][left]
        for row in rows[top + 1 : bottom + 1]:
            filled += 1
            if filled > MAX_CELLS:
                raise Fault("too_large")
            row.extend([""] * (left + 1 - len(row)))
            row[left] = value


def _shown(value: Any) -> Shown:
    """A cell's value as a person reads it; a number has no more digits than the spreadsheet keeps (15).

    Its decimals stand after a comma, for there is no doubt about them: a text with `65.405` may mean thousands.
    """
    match value:
        case str():
            shown: Shown = _clean(value)
        case float():
            shown = f"{value:.15g}".replace(".", ",")
        case datetime():
            shown = [value.date().isoformat()]
        case date():
            shown = [value.isoformat()]
        case time():
            shown = value.strftime("%H:%M")
        case timedelta():
            minutes = round(value.total_seconds() / 60)
            shown = f"{minutes // 60}:{minutes % 60:02d}"
        case _:
            shown = str(value)
    return shown


# --- the program -----------------------------------------------------------------------------------------------------


def _limit() -> None:
    """Take no more memory and time than a table needs; leave no memory image behind."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    """Read a file from the input and write its tables, or what is wrong with it, to the output."""
    _limit()
    answer: dict[str, Any]
    try:
        answer = {"tables": tables(sys.stdin.buffer.read())}
    except Fault as fault:
        answer = {"fault": fault.code}
    except MemoryError:
        answer = {"fault": "too_large"}
    except BaseException:  # noqa: BLE001 - whatever a library raises for a damaged file, its panics too
        answer = {"fault": "damaged"}
    sys.stdout.write(json.dumps(answer, ensure_ascii=True))


if __name__ == "__main__":
    main()
