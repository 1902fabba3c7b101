"""Where the table begins in a sheet, and which column is which."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from marketplace.i18n import _
from marketplace.recruiting.importing.rules import NEEDED, ImportedRow, readable
from marketplace.recruiting.importing.words import ImportWords
from marketplace.sheets import Cell, Table, UnreadableFile, is_blank

NOT_KEPT: Final = frozenset({"contact"})
"""Columns that are known, but for which the portal has no place."""

HEADER_AMONG_FIRST: Final = 40
"""Titles and notes above the table take fewer rows than this."""


@dataclass(frozen=True, slots=True)
class Layout:
    """A table whose columns are known. `unread` names the columns that are left out: header and letter."""

    origin: str
    header_row: int
    unread: tuple[tuple[str, str], ...]
    rows: tuple[ImportedRow, ...]


@dataclass(frozen=True, slots=True)
class _Header:
    """A header over columns: what each says, and what it means where that is known. `last_row` counts from 1."""

    table: Table
    last_row: int
    texts: tuple[str, ...]
    meanings: Mapping[int, str]

    @property
    def score(self) -> int:
        return len(set(self.meanings.values()))


def find_layout(tables: Sequence[Table], words: ImportWords) -> Layout:
    """The reading of the file in whose header most columns are known.

    Raises UnreadableFile when no header names the needed columns, or when two columns mean the same.
    """
    headers = [header for table in tables for header in _headers(table, words)]
    header = max(headers, key=lambda each: each.score, default=None)
    if header is None or header.score == 0:
        raise UnreadableFile(
            _("No header row was found. The columns business ID, service and municipalities are needed.")
        )
    missing = [name for name in NEEDED if name not in header.meanings.values()]
    if missing:
        raise UnreadableFile(
            _(
                "The header on row %(number)s lacks the columns: %(columns)s.",
                number=header.last_row,
                columns=", ".join(map(readable, missing)),
            )
        )
    _refuse_doubles(header)
    return Layout(
        origin=header.table.origin,
        header_row=header.last_row,
        unread=tuple(
            (text, _letter(index))
            for index, text in enumerate(header.texts)
            if text and header.meanings.get(index, "contact") in NOT_KEPT
        ),
        rows=tuple(_rows(header, words)),
    )


def _headers(table: Table, words: ImportWords) -> Iterator[_Header]:
    """Every row near the top that could be the header, and every two rows that could be it together.

    In a header of two rows the lower one names the parts of a group (Contact: phone, e-mail) and is blank under
    columns that have no parts.
    """
    above: tuple[str, ...] = ()
    for number, cells in enumerate(table.rows[:HEADER_AMONG_FIRST], start=1):
        row = tuple(cell if isinstance(cell, str) else "" for cell in cells)
        yield _header(table, number, row, words)
        names = [text for text in row if text]
        if above and names and all(words.column(text) for text in names):
            width = max(len(above), len(row))
            pairs = zip(_wide(above, width), _wide(row, width), strict=True)
            yield _header(table, number, tuple(lower or upper for upper, lower in pairs), words)
        above = row


def _wide(row: tuple[str, ...], width: int) -> tuple[str, ...]:
    return row + ("",) * (width - len(row))


def _header(table: Table, number: int, texts: tuple[str, ...], words: ImportWords) -> _Header:
    meanings = {index: words.column(text) for index, text in enumerate(texts) if text}
    return _Header(table, number, texts, {index: name for index, name in meanings.items() if name})


def _refuse_doubles(header: _Header) -> None:
    places: dict[str, int] = {}
    for index, name in header.meanings.items():
        if name in places:
            raise UnreadableFile(
                _(
                    "Columns %(first)s and %(second)s both mean %(column)s: “%(one)s” and “%(other)s”. Rename or "
                    "delete one of them.",
                    first=_letter(places[name]),
                    second=_letter(index),
                    column=readable(name),
                    one=header.texts[places[name]],
                    other=header.texts[index],
                )
            )
        places[name] = index


def _rows(header: _Header, words: ImportWords) -> Iterator[ImportedRow]:
    """The rows under the header that say something in a known column; a header repeated on a later page is none.

    A row that a stray quotation mark breaks stands among them, so that it is told and nothing is taken from it.
    """
    below = header.table.rows[header.last_row :]
    for number, cells in enumerate(below, start=header.last_row + 1):
        if number in header.table.broken:
            yield ImportedRow(number, {}, broken=True)
            continue
        known = {
            name: cells[index]
            for index, name in header.meanings.items()
            if index < len(cells) and not is_blank(cells[index]) and name not in NOT_KEPT
        }
        if known and not _repeats_header(known.items(), words):
            yield ImportedRow(number, known)


def _repeats_header(cells: Iterable[tuple[str, Cell]], words: ImportWords) -> bool:
    return all(isinstance(cell, str) and words.column(cell) == name for name, cell in cells)


def _letter(index: int) -> str:
    from openpyxl.utils import get_column_letter

    return get_column_letter(index + 1)
