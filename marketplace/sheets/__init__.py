"""Tables in files: the one reader and the one writer of CSV and workbooks.

`reading` reads what Excel, LibreOffice, Google Sheets and other programs save, in a process of its own with little
time and memory (`child`); `writing` makes files that those programs open unchanged and that `reading` reads back.
"""

from marketplace.sheets.cells import LONGEST_SHOWN, NoValue, is_blank, no_value, without_value
from marketplace.sheets.reading import MAX_BYTES, Cell, Table, UnreadableFile, read_tables, turn
from marketplace.sheets.writing import AMOUNT, CSV, DAY, XLSX, Value, as_csv, as_xlsx

__all__ = [
    "AMOUNT",
    "CSV",
    "DAY",
    "LONGEST_SHOWN",
    "MAX_BYTES",
    "XLSX",
    "Cell",
    "NoValue",
    "Table",
    "UnreadableFile",
    "Value",
    "as_csv",
    "as_xlsx",
    "is_blank",
    "no_value",
    "read_tables",
    "turn",
    "without_value",
]
