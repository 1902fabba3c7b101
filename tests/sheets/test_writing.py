"""What the portal writes, a spreadsheet opens unchanged and the portal reads back."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from marketplace.money import Money
from marketplace.sheets import Value, as_csv, as_xlsx, child, read_tables
from marketplace.text import prose

TEXTS = st.text(st.characters(exclude_categories=("Cs", "Co", "Cc", "Cf", "Cn")), max_size=30).map(prose)
PHONES = ["+358 40 123 4567", "+358401234567", "040 123 4567", "+46 8 123 456 78"]
FORMULAS = ["=1+1", "+1+cmd|' /C calc'!A0", "-2+3+A1", "@SUM(A1)", '=HYPERLINK("http://x")', "'=1"]


def csv_back(content: bytes) -> list[list[object]]:
    return [list(row) for row in read_tables(content)[0].rows]


@pytest.mark.parametrize("number", PHONES)
def test_a_telephone_number_is_whole_in_both_files(number: str) -> None:
    assert number.encode() in as_csv(["Puhelin"], [[number]])
    assert f"'{number}".encode() not in as_csv(["Puhelin"], [[number]])
    [sheet] = load_workbook(BytesIO(as_xlsx(["Puhelin"], [[number]], title="x"))).worksheets
    assert sheet["A2"].value == number


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_is_a_text_in_a_workbook_and_guarded_in_csv(text: str) -> None:
    [sheet] = load_workbook(BytesIO(as_xlsx(["x"], [[text]], title="x"))).worksheets
    assert (sheet["A2"].value, sheet["A2"].data_type) == (text, "s")
    assert as_csv(["x"], [[text]]).decode("utf-8-sig").splitlines()[1].strip('"').startswith("'")
    assert csv_back(as_csv(["x"], [[text]]))[1] == [text]


@pytest.mark.parametrize(
    "text",
    [
        'Koti,=HYPERLINK("http://x")',
        "a\n=1+1",
        "a,@SUM(A1)",
        "a,+cmd|' /C calc'!A0,b",
        "a,-cmd|' /C calc'!A0",
        "a,'=1",
        "a,''=1",
    ],
)
def test_a_text_holds_no_formula_for_who_reads_the_file_with_commas(text: str) -> None:
    content = as_csv(["x", "y"], [["Oy", text]])
    line = content.decode("utf-8-sig").partition("\r\n")[2].replace('"', "")
    assert not [part for part in re.split(r"[,\n]", line) if part.startswith(("=", "@", "+", "-"))]
    assert csv_back(content)[1] == ["Oy", text]


@pytest.mark.parametrize("text", ["Hinta 5,-", "ma,-ke", "60,-24", "kävely\n-siivous\n- ruoka", "a, = b"])
def test_ordinary_text_gets_no_apostrophe(text: str) -> None:
    assert "'" not in as_csv(["x"], [[text]]).decode("utf-8-sig")


def test_amounts_and_days_are_numbers_and_days() -> None:
    row: list[Value] = [Money(123450), Decimal("25.5"), 7, date(2027, 2, 1), None]
    [sheet] = load_workbook(BytesIO(as_xlsx(["a"], [row], title="x"))).worksheets
    assert [cell.value for cell in sheet[2]] == [1234.5, 25.5, 7, sheet["D2"].value]
    assert sheet["D2"].is_date
    assert read_tables(as_xlsx(["a"], [row], title="x"))[0].rows[1] == (
        "1234,5",
        "25,5",
        "7",
        date(2027, 2, 1),
    )
    assert as_csv(["a"], [row]).decode("utf-8-sig").splitlines()[1] == "1234,50;25,50;7;1.2.2027;"


def test_a_title_that_a_sheet_may_not_have_is_made_one() -> None:
    made = as_xlsx(["a"], [["b"]], title="Hinnat [2026]: kaikki / alla " + "x" * 40)
    assert len(load_workbook(BytesIO(made)).sheetnames[0]) == 31


def test_characters_that_xml_cannot_hold_are_left_out() -> None:
    assert read_tables(as_xlsx(["a"], [["A\x00B\x0bC\ud800\uffff"]], title="x"))[0].rows[1] == ("ABC",)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(TEXTS, min_size=3, max_size=3), min_size=1, max_size=5))
def test_what_is_exported_as_csv_can_be_imported(rows: list[list[str]]) -> None:
    heads = ["Yritys;", "Sähkö", "=x"]
    [table, *_others] = child.tables(as_csv(heads, rows))
    assert table["rows"] == [heads, *rows]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(TEXTS, min_size=3, max_size=3), min_size=1, max_size=5))
def test_what_is_exported_as_a_workbook_can_be_imported(rows: list[list[str]]) -> None:
    [table] = child.tables(as_xlsx(["Yritys", "Sähkö", "=x"], rows, title="Lista"))
    read = [row + [""] * (3 - len(row)) for row in table["rows"]]
    assert read + [["", "", ""]] * (len(rows) + 1 - len(read)) == [["Yritys", "Sähkö", "=x"], *rows]
