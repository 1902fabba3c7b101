"""A clean table of approved providers and the ways in which an office program may write it."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from marketplace.recruiting.importing.layout import find_layout
from marketplace.recruiting.importing.rules import ImportedRow
from marketplace.recruiting.importing.words import words
from marketplace.sheets import read_tables

HEADER = (
    "Y-tunnus",
    "Nimi",
    "Osoite",
    "Postinumero",
    "Puhelin",
    "Sähköposti",
    "Palvelu",
    "Kunnat",
    "Päivä €/pv",
)
CLEAN = (
    HEADER,
    ("9100170-2", "Ängsbacka Ab", "Åsgatan 1, trappa B", "04300", "09 111 222", "info@angsbacka.fi",
     "Päivätoiminta", "Tuusula, Järvenpää", "62,50"),
    ("", "", "", "", "", "", "Kuljetuspalvelu", "koko alue", ""),
    ("9100180-9", "Sävel \"Sointu\" Osk", "Jokikuja 3; ovi 2", "05800", "019 333 444", "toimisto@savel.fi",
     "Päivätoiminta", "Hyvinkää ja Mäntsälä", "60"),
)  # fmt: skip

Rows = Sequence[Sequence[str]]


def csv_file(
    rows: Rows = CLEAN, *, encoding: str = "utf-8", delimiter: str = ";", ending: str = "\r\n"
) -> bytes:
    """The rows as a CSV file."""
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=delimiter, lineterminator=ending).writerows(rows)
    return file.getvalue().encode(encoding)


def table(*rows: Sequence[str], header: Sequence[str] = HEADER) -> bytes:
    """A CSV file with our header and these rows, each filled up with blanks."""
    return csv_file([header, *([*row, *[""] * (len(header) - len(row))] for row in rows)])


def read(content: bytes) -> tuple[ImportedRow, ...]:
    """The rows of a file, columns known."""
    return find_layout(read_tables(content), words()).rows
