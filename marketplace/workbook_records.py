"""Cells without a value in workbooks that are no XML: XLS (records in a file of sectors), XLSB (records in a ZIP).

The library gives such cells as blank, or, of a formula that no program has reckoned yet, as nought. Runs in the process
that `child` limits, on files of any kind: what does not fit ends the reading of a sheet, never the file.
"""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterator
from typing import Final
from xml.etree import ElementTree as ET

ERRORS: Final = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
}
UNRECKONED: Final = "="
"""What stands for a formula whose value nobody has reckoned: its text would have to be put together from tokens."""

Found = list[tuple[int, int, str]]
Record = tuple[int, bytes]

# --- XLS -------------------------------------------------------------------------------------------------------------

_FREE: Final = 0xFFFFFFFA
"""Numbers from here on are no sectors."""
_SMALL: Final = 4096
_ENTRY: Final = 128
_BOF, _EOF, _SHEET, _FORMULA, _ERROR = 0x0809, 0x000A, 0x0085, 0x0006, 0x0205
_ON_LOAD: Final = 3
"""Both flags of a formula that is to be reckoned when the file is opened."""


def of_xls(content: bytes) -> list[Found]:
    """The cells without a value of each sheet of an XLS file, in the order of the workbook."""
    book = _stream(content, ("Workbook", "Book"))
    places = [struct.unpack_from("<I", body)[0] for kind, body in _xls_records(book, 0) if kind == _SHEET]
    return [_of_sheet(book, place) for place in places]


def _of_sheet(book: bytes, place: int) -> Found:
    found: Found = []
    depth = 0
    for kind, body in _xls_records(book, place):
        depth += (kind == _BOF) - (kind == _EOF)
        if depth == 0:
            break
        if kind == _FORMULA and len(body) >= 16:
            row, column, _style, result, flags = struct.unpack_from("<HHH8sH", body)
            if result[6:] == b"\xff\xff" and result[0] == 2:
                found.append((row, column, ERRORS.get(result[2], "#N/A")))
            elif result == bytes(8) and flags & _ON_LOAD == _ON_LOAD:
                found.append((row, column, UNRECKONED))
        elif kind == _ERROR and len(body) >= 8 and body[7]:
            row, column = struct.unpack_from("<HH", body)
            found.append((row, column, ERRORS.get(body[6], "#N/A")))
    return found


def _xls_records(book: bytes, at: int) -> Iterator[Record]:
    while at + 4 <= len(book):
        kind, size = struct.unpack_from("<HH", book, at)
        yield kind, book[at + 4 : at + 4 + size]
        at += 4 + size


def _stream(content: bytes, names: tuple[str, ...]) -> bytes:
    """A stream of a file of sectors by its name; empty when there is none."""
    size = 1 << min(struct.unpack_from("<H", content, 30)[0], 16)
    table: list[int] = []
    for number in (each for each in struct.unpack_from("<109I", content, 76) if each < _FREE):
        table += _numbers(_sector(content, number, size))
    table += [each for number in _further(content, size) for each in _numbers(_sector(content, number, size))]
    directory = _chained(content, struct.unpack_from("<I", content, 48)[0], table, size)
    entries = [directory[at : at + _ENTRY] for at in range(0, len(directory) - _ENTRY + 1, _ENTRY)]
    wanted = next((each for each in entries if _name(each) in names), None)
    if wanted is None:
        return b""
    first, length = struct.unpack_from("<II", wanted, 116)
    if length >= _SMALL:
        return _chained(content, first, table, size)[:length]
    holder = _chained(content, struct.unpack_from("<I", entries[0], 116)[0], table, size)
    small = _numbers(_chained(content, struct.unpack_from("<I", content, 60)[0], table, size))
    return b"".join(holder[at * 64 : at * 64 + 64] for at in _chain(first, small))[:length]


def _further(content: bytes, size: int) -> Iterator[int]:
    """The sectors of the table that the head has no room for."""
    number, left = struct.unpack_from("<II", content, 68)
    while number < _FREE and left > 0:
        *sectors, number = _numbers(_sector(content, number, size)) or [_FREE]
        yield from (each for each in sectors if each < _FREE)
        left -= 1


def _name(entry: bytes) -> str:
    length = min(struct.unpack_from("<H", entry, 64)[0], 64)
    return entry[: max(length - 2, 0)].decode("utf-16-le", "replace")


def _sector(content: bytes, number: int, size: int) -> bytes:
    return content[(number + 1) * size : (number + 2) * size]


def _numbers(sector: bytes) -> list[int]:
    return [each for (each,) in struct.iter_unpack("<I", sector[: len(sector) // 4 * 4])]


def _chain(first: int, table: list[int]) -> Iterator[int]:
    seen = 0
    while first < len(table) and seen <= len(table):
        yield first
        first, seen = table[first], seen + 1


def _chained(content: bytes, first: int, table: list[int], size: int) -> bytes:
    return b"".join(_sector(content, number, size) for number in _chain(first, table))


# --- XLSB ------------------------------------------------------------------------------------------------------------

_ROW, _CELL_ERROR, _FORMULA_ERROR, _BUNDLE = 0, 3, 11, 156


def of_xlsb(archive: zipfile.ZipFile, names: set[str]) -> list[Found]:
    """The cells with an error of each sheet of an XLSB file, in the order of the workbook.

    The program that writes this kind keeps a value beside every formula.
    """
    relations = archive.read("xl/_rels/workbook.bin.rels")
    places = {each.get("Id"): each.get("Target") or "" for each in ET.fromstring(relations)}  # noqa: S314
    found = []
    for kind, body in _xlsb_records(archive.read("xl/workbook.bin")):
        if kind != _BUNDLE or len(body) < 12:
            continue
        letters = struct.unpack_from("<I", body, 8)[0]
        place = places.get(body[12 : 12 + 2 * letters].decode("utf-16-le", "replace"), "").lstrip("/")
        path = place if place in names else f"xl/{place}"
        found.append(_of_part(archive.read(path)) if path in names else [])
    return found


def _of_part(part: bytes) -> Found:
    found: Found = []
    row = 0
    for kind, body in _xlsb_records(part):
        if kind == _ROW and len(body) >= 4:
            row = struct.unpack_from("<I", body)[0]
        elif kind in (_CELL_ERROR, _FORMULA_ERROR) and len(body) >= 9:
            found.append((row, struct.unpack_from("<I", body)[0], ERRORS.get(body[8], "#N/A")))
    return found


def _xlsb_records(part: bytes) -> Iterator[Record]:
    at = 0
    while at < len(part):
        kind, at = _varying(part, at, 2)
        size, at = _varying(part, at, 4)
        yield kind, part[at : at + size]
        at += size


def _varying(part: bytes, at: int, longest: int) -> tuple[int, int]:
    """A number of up to so many bytes of seven bits each, and where the next thing stands."""
    number = 0
    for step in range(longest):
        byte = part[at] if at < len(part) else 0
        number |= (byte & 0x7F) << 7 * step
        at += 1
        if not byte & 0x80:
            break
    return number, at
