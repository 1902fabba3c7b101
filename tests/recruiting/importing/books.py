"""Workbooks as people make them, written for the tests."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date
from typing import Any

from openpyxl import Workbook


def workbook(rows: Sequence[Sequence[Any]], merged: Sequence[str] = ()) -> bytes:
    """An XLSX file with one sheet of `rows`, the ranges `merged` merged."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    for block in merged:
        sheet.merge_cells(block)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def messy_workbook() -> bytes:
    """Keusote's list: merged company cells, numbers where texts should be, a formula, a day for a price."""
    return workbook(
        [
            ["Hyväksytyt tuottajat 2026"],
            [],
            ["Yritys", None, None, None, "Hyväksyntä", None, None, None],
            [
                "Y-tunnus",
                "Nimi",
                "Postinumero",
                "Puhelin",
                "Palvelu",
                "Toiminta-alue",
                "Päivä €",
                "Pvm päätös",
            ],
            ["9100110-4", "Koivukoto Oy", 4300, "09 111 222", "Päivätoiminta", "Tuusula", 62.5, None],
            [None, None, None, None, "Omaishoitajan vapaa yksikössä", "Tuusula; Järvenpää", 118, None],
            ["9100120-0", "Lepola säätiö sr", 120, 401234567, "Päivätoiminta", "koko alue", 60, None],
            ["9100130-7", "Pihlaja Ky", "05800", "019 33 444", "Päivätoiminta", 106, date(2026, 5, 12), None],
            ['=CONCAT("9100140","-3")', "Laskuri Oy", "05800", "019 55 666", "Päivätoiminta", 186, 60, None],
            ["9100151-8", "Tuomi Oy", "04600", "019 66 777", "Päivätoiminta", "Mäntsälä", 60.123, None],
            ["9100160-6", "Vaahtera Tmi", "04600", "019 88 999", "Kotihoito", "Mäntsälä", None, None],
        ],
        merged=["A1:H1", "A3:D3", "E3:H3", "A5:A6", "B5:B6", "C5:C6", "D5:D6"],
    )
