"""Every file that an office program saves is read, or refused with a sentence; none costs more than is allowed."""

from __future__ import annotations

import random
import resource
import struct
import time
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from flask import Flask
from openpyxl import Workbook

from marketplace.errors import Conflict
from marketplace.i18n import in_language
from marketplace.sheets import MAX_BYTES, Table, UnreadableFile, child, read_tables, turn, without_value
from marketplace.sheets.child import MEMORY, SECONDS
from marketplace.sheets.reading import FAULTS
from tests.sheets import books
from tests.sheets.books import HARMFUL, STRICT, book, ods, packed

FILES = Path(__file__).parent / "files"
ROWS = (("Yritys", "Sähköposti"), ("Äiti & Öhman Åbo Oy", "a@esimerkki.fi"))


def saved(made: Workbook) -> bytes:
    file = BytesIO()
    made.save(file)
    return file.getvalue()


def workbook(*rows: Any) -> bytes:
    made = Workbook()
    for row in rows:
        made.worksheets[0].append(row)
    return saved(made)


def only(content: bytes) -> Table:
    [table] = read_tables(content)
    return table


def refusal(content: bytes) -> object:
    with pytest.raises(UnreadableFile) as refused:
        read_tables(content)
    assert refused.value.field == "file"
    return refused.value.message


def outcome(content: bytes) -> object:
    """`read`, or which message refuses the file."""
    try:
        read_tables(content)
    except UnreadableFile as refused:
        return id(refused.message)
    return "read"


# --- CSV -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "encoding",
    [
        *("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"),
        *("cp1252", "iso8859-15", "mac_roman", "cp850"),
    ],
)
@pytest.mark.parametrize("ending", ["\r\n", "\n", "\r"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_every_encoding_line_end_and_delimiter_gives_the_same_rows(
    encoding: str, ending: str, delimiter: str
) -> None:
    text = ending.join(delimiter.join(row) for row in ROWS) + ending
    [table] = child.tables(text.encode(encoding))
    assert [tuple(row) for row in table["rows"]] == list(ROWS)


def test_a_line_break_inside_quotation_marks_belongs_to_its_cell() -> None:
    table = only(b'nimi;posti\r\n"Hoiva\r\nOy";a@esimerkki.fi\r\nB;b@esimerkki.fi\r\n')
    assert table.rows[1:] == (("Hoiva\nOy", "a@esimerkki.fi"), ("B", "b@esimerkki.fi"))
    assert not table.broken


@pytest.mark.parametrize("sign", ["\u2028", "\u0085", "\v", "\f"])
def test_a_sign_that_only_some_programs_take_for_a_line_end_divides_no_row(sign: str) -> None:
    table = only(f"nimi;posti\nEsim{sign}Oy;a@esimerkki.fi\n".encode())
    assert len(table.rows) == 2
    assert str(table.rows[1][0]).split() == ["Esim", "Oy"]


@pytest.mark.parametrize("line", ["sep=;", '"sep=;"', "SEP=;"])
def test_the_line_that_names_the_delimiter_is_no_row(line: str) -> None:
    assert only(f"{line}\r\nnimi;posti, muu\r\n".encode()).rows == (("nimi", "posti, muu"),)


def test_the_line_may_name_a_delimiter_of_its_own() -> None:
    assert only(b"sep=|\na|b;c\n").rows == (("a", "b;c"),)


def test_a_stray_quotation_mark_breaks_its_row_and_no_other() -> None:
    table = only(b'nimi;posti\n"A;a@x.fi\nB;b@x.fi\nC;c@x.fi\n')
    assert table.broken == {2: '"A;a@x.fi'}
    assert table.rows[2:] == (("B", "b@x.fi"), ("C", "c@x.fi"))


@pytest.mark.parametrize("record", ['"Hoiva\nOy;a@x.fi', '"Hoiva\nOy "x";a@x.fi'])
def test_a_part_of_a_broken_record_is_never_taken_for_a_row(record: str) -> None:
    table = only(f"nimi;posti\n{record}\nB;b@x.fi\n".encode())
    assert list(table.broken) == [2]
    assert table.rows[2:] == (("B", "b@x.fi"),)


def test_decomposed_letters_invisible_signs_and_every_white_space_are_made_regular() -> None:
    table = only("Pa\u0308iva\u0308\u00a0Oy;\ufeffA\u200bB\u2009C; x\u00ad".encode())
    assert table.rows == (("Päivä\u00a0Oy", "AB C", "x"),)


def test_a_text_formula_that_keeps_zeros_and_our_own_guard_are_their_texts() -> None:
    assert only(b"=\"04300\";'+358 40;'=1+1;'tis;''=x\n").rows == (
        ("04300", "+358 40", "=1+1", "'tis", "'=x"),
    )


# --- workbooks -------------------------------------------------------------------------------------------------------


def test_cells_are_what_a_person_sees() -> None:
    moment = date(2026, 5, 12)
    table = only(workbook(["Koti Oy", 106, 4300.0, 12.1, 0.1 + 0.2, True, moment, 358401234567]))
    assert table.rows == (("Koti Oy", "106", "4300", "12,1", "0,3", "True", moment, "358401234567"),)


@pytest.mark.parametrize(("number", "day"), [("1", date(1904, 1, 2)), ("44692", date(2026, 5, 12))])
def test_days_of_a_book_that_counts_from_1904(number: str, day: date) -> None:
    styles = (
        '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><cellXfs count="2">'
        '<xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>'
    )
    relations = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="rId1" Target="worksheets/sheet1.xml" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"/>'
        '<Relationship Id="rId2" Target="styles.xml" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles"/></Relationships>'
    )
    made = book(
        f'<sheetData><row r="1"><c r="A1" s="1"><v>{number}</v></c></row></sheetData>',
        before='<workbookPr date1904="1"/>',
        parts={"xl/styles.xml": styles, "xl/_rels/workbook.xml.rels": relations},
    )
    assert only(made).rows == ((day,),)


def test_formulas_give_the_value_beside_them_and_what_has_none_is_told() -> None:
    row = (
        '<c r="A1"><f>1+1</f><v>2</v></c><c r="B1"><f>CONCAT("a")</f></c><c r="C1" t="e"><v>#N/A</v></c>'
        '<c r="D1" t="str"><f>"a"</f><v>a</v></c><c r="F1" t="e"><f>1/0</f><v>#DIV/0!</v></c>'
        '<c r="G1"><f>1+2</f><v></v></c><c r="H1" t="str"><f>T("")</f><v></v></c><c r="I1"><v>9</v></c>'
    )
    made = book(f'<sheetData><row r="1">{row}</row></sheetData>')
    assert only(made).rows == (("2", '=CONCAT("a")', "#N/A", "a", "", "#DIV/0!", "=1+2", "", "9"),)


def test_formulas_and_errors_of_an_xls_file_are_told_like_those_of_others() -> None:
    def number(row: int, column: int, value: float) -> bytes:
        return books.record(0x0203, struct.pack("<HHHd", row, column, 0, value))

    def formula(row: int, column: int, result: bytes, flags: int) -> bytes:
        return books.record(0x0006, struct.pack("<HHH8sHIH", row, column, 0, result, flags, 0, 0))

    wrong = b"\x02\x00\x17\x00\x00\x00\xff\xff"
    sheet = (
        number(0, 0, 1)
        + formula(0, 1, struct.pack("<d", 35.1), 0)
        + formula(1, 0, bytes(8), 3)
        + formula(1, 1, bytes(8), 0)
        + formula(2, 0, wrong, 0)
        + books.record(0x0205, struct.pack("<HHHBB", 2, 1, 0, 0x2A, 1))
        + books.record(0x0205, struct.pack("<HHHBB", 3, 0, 0, 1, 0))
    )
    rows = only(books.xls(sheet)).rows
    assert rows[:3] == (("1", "35,1"), ("=", "0"), ("#REF!", "#N/A"))
    assert [len(without_value(row)) for row in rows[:3]] == [0, 1, 2]


def test_errors_of_an_xlsb_file_are_told_like_those_of_others() -> None:
    def row(number: int) -> bytes:
        return books.part(0, struct.pack("<I", number) + bytes(13))

    cells = (
        row(0)
        + books.part(5, struct.pack("<IId", 0, 0, 12.5))
        + books.part(3, struct.pack("<IIB", 1, 0, 0x07))
        + row(1)
        + books.part(11, struct.pack("<IIBH", 0, 0, 0x17, 0))
    )
    assert only(books.xlsb(cells)).rows == (("12,5", "#DIV/0!"), ("#REF!",))


def test_formulas_without_a_value_are_told_below_the_last_row_too_and_in_a_sheet_of_nothing_else() -> None:
    filled = '<row r="1"><c r="A1"><v>1</v></c></row>'
    waiting = '<row r="3"><c r="B3"><f>1+2</f></c></row>'
    assert only(book(f"<sheetData>{filled}{waiting}</sheetData>")).rows == (("1",), (), ("", "=1+2"))
    assert only(book(f"<sheetData>{waiting}</sheetData>")).rows == ((), (), ("", "=1+2"))


def test_a_formula_without_a_value_far_down_is_no_table() -> None:
    far = '<row r="1048576"><c r="A1048576"><f>1+2</f></c></row>'
    with pytest.raises(UnreadableFile, match="too large"):
        read_tables(book(f"<sheetData>{far}</sheetData>"))


def test_formulas_and_errors_of_an_ods_file_are_told_like_those_of_others() -> None:
    text = 'office:value-type="string"'
    cells = (
        '<table:table-cell table:number-columns-repeated="2"/>',
        '<table:table-cell table:formula="of:=IF([.A1]&gt;1;2;3)"/>',
        '<table:table-cell table:formula="of:=1+2" office:value-type="float" office:value="3"/>',
        f'<table:table-cell table:formula="of:=NA()" {text} office:string-value="" calcext:value-type="error">',
        "<text:p>#N/A</text:p></table:table-cell>",
        f'<table:table-cell table:formula="of:=T(&quot;&quot;)" {text} office:string-value=""/>',
    )
    name = f"<table:table-cell {text}><text:p>Nimi</text:p></table:table-cell>"
    made = ods(
        f'<table:table table:name="Lista"><table:table-row table:number-rows-repeated="2">{name}</table:table-row>'
        f"<table:table-row>{''.join(cells)}</table:table-row></table:table>"
    )
    first, second, told = (row[:5] for row in only(made).rows)
    assert first[0] == second[0] == "Nimi"
    assert told == ("", "", "=IF([.A1]>1;2;3)", "3", "#N/A")


def test_a_strict_workbook_is_read() -> None:
    made = book(
        '<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>Öhman</t></is></c></row></sheetData>',
        spaces=STRICT,
    )
    assert only(made).rows == (("Öhman",),)


def test_merged_cells_stand_on_every_row_but_not_sideways_and_not_below_the_table() -> None:
    made = Workbook()
    sheet = made.worksheets[0]
    for row in (["Lista"], ["A", "B"], [None, "C"]):
        sheet.append(row)
    for block in ("A1:C1", "A2:A4000"):
        sheet.merge_cells(block)
    assert [row[:2] for row in only(saved(made)).rows[:3]] == [("Lista", ""), ("A", "B"), ("A", "C")]


def test_every_visible_sheet_with_rows_is_a_table_and_hidden_and_chart_sheets_are_none() -> None:
    made = Workbook()
    made.worksheets[0].title = "Kansi"
    made.create_chartsheet("Kaavio")
    for name, state in (("Salaa", "hidden"), ("Tuottajat", "visible"), ("Muut", "visible")):
        sheet = made.create_sheet(name)
        sheet.append([name])
        sheet.sheet_state = state
    tables = read_tables(saved(made))
    assert [table.origin for table in tables] == ["XLSX, sheet “Tuottajat”", "XLSX, sheet “Muut”"]


def test_blank_rows_and_columns_before_the_table_keep_the_count() -> None:
    made = Workbook()
    made.worksheets[0]["C4"] = "x"
    made.worksheets[0]["D5"] = "y"
    assert only(saved(made)).rows == ((), (), (), ("", "", "x", ""), ("", "", "", "y"))


def test_an_old_workbook_is_read() -> None:
    assert only((FILES / "list.xls").read_bytes()).rows == (
        ("Yritys", "Päivä", "Hinta"),
        ("Äiti & Öhman Oy", date(2026, 5, 12), "12,5"),
    )


def test_a_workbook_of_libreoffice_is_read() -> None:
    table = (
        '<table:table table:name="Lista"><table:table-row><table:table-cell office:value-type="string">'
        '<text:p>Öhman</text:p></table:table-cell><table:table-cell office:value-type="date" '
        'office:date-value="2026-05-12"><text:p>12.5.26</text:p></table:table-cell></table:table-row></table:table>'
    )
    space = "urn:oasis:names:tc:opendocument:xmlns"
    content = (
        f'<office:document-content xmlns:office="{space}:office:1.0" xmlns:table="{space}:table:1.0" '
        f'xmlns:text="{space}:text:1.0" office:version="1.3"><office:body><office:spreadsheet>{table}'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    manifest = f'<manifest:manifest xmlns:manifest="{space}:manifest:1.0"/>'
    made = packed(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "META-INF/manifest.xml": manifest,
            "content.xml": content,
        }
    )
    assert only(made).rows[0][0] == "Öhman"
    assert only(made).rows[0][1] == date(2026, 5, 12)


# --- refused ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "empty"),
        (b" \r\n \t", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"\xff\xfe\x00", "empty"),
        (b"x" * (MAX_BYTES + 1), "too_long"),
        (b"PK\x03\x04 not a workbook", "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "damaged"),
        (b"MZ\x90\x00\x03", "not_a_table"),
        (b"%PDF-1.7\n1 0 obj", "not_a_table"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "not_a_table"),
        (b"<!DOCTYPE html><table><tr><td>x</td></tr></table>", "not_a_table"),
        (b"{\\rtf1 hei}", "not_a_table"),
        (packed({"word/document.xml": "<x/>"}), "not_a_table"),
        (packed({"xl/workbook.xml": "<x", "xl/_rels/workbook.xml.rels": "<x/>"}), "damaged"),
        (book("<sheetData/>"), "no_sheet"),
    ],
)
def test_what_is_no_table_is_refused_with_its_reason(content: bytes, fault: str) -> None:
    assert refusal(content) is FAULTS[fault]


def test_a_workbook_with_a_password_is_refused_with_what_to_do(core_app: Flask) -> None:
    message = refusal((FILES / "password.xlsx").read_bytes())
    with core_app.app_context(), in_language("en"):
        assert "Save it without one" in str(message)


def test_a_damaged_workbook_is_refused_whatever_the_library_raises() -> None:
    whole = bytearray(workbook(*([f"Yritys {n} Oy", n, date(2026, 5, 12)] for n in range(300))))
    chance = random.Random(20)
    for _try in range(15):
        damaged = bytearray(whole)
        for _byte in range(5):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        assert outcome(bytes(damaged)) in {"read", *map(id, FAULTS.values())}


def test_a_cut_workbook_is_refused() -> None:
    whole = workbook(*([f"Yritys {n} Oy", n] for n in range(300)))
    for length in (5, 100, len(whole) // 2, len(whole) - 10):
        assert refusal(whole[:length]) in (FAULTS["damaged"], FAULTS["not_a_table"])


TOLD_BY_ENTITY = '<row r="1"><c r="A1" t="inlineStr"><is><t>Yritys&e;</t></is></c></row>'
TELLING_BOOKS = {
    "xlsx": book(f"<sheetData>{TOLD_BY_ENTITY}</sheetData>"),
    "ods": ods(
        '<table:table table:name="Lista"><table:table-row><table:table-cell office:value-type="string">'
        "<text:p>Yritys&e;</text:p></table:table-cell></table:table-row></table:table>"
    ),
}


@pytest.mark.parametrize("entity", ['"told"', 'SYSTEM "file:///etc/hostname"'], ids=["own", "of a file"])
@pytest.mark.parametrize("kind", TELLING_BOOKS)
def test_entities_within_a_workbook_are_refused(kind: str, entity: str) -> None:
    declared = f"<!DOCTYPE x [<!ENTITY e {entity}>]>".encode()
    with ZipFile(BytesIO(TELLING_BOOKS[kind])) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    content = packed({name: declared + part if b"&e;" in part else part for name, part in parts.items()})
    assert refusal(content) is FAULTS["damaged"]


# --- cost ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", HARMFUL)
def test_no_file_costs_more_than_a_second_and_two_hundred_megabytes(name: str) -> None:
    content = HARMFUL[name]()
    assert len(content) <= MAX_BYTES + 1024 * 1024
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    assert outcome(content) in {"read", *map(id, FAULTS.values())}
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime <= SECONDS + 0.3
    assert time.monotonic() - began < 10, "twenty times what it takes on an idle machine"
    assert MEMORY < 200 * 1024 * 1024


def test_the_child_cannot_take_more_memory_than_its_limit() -> None:
    """The limit is set by the child itself before it reads: a copy of it that asks for more is told so."""
    import subprocess
    import sys

    asked = (
        "import runpy, sys; child = runpy.run_path(sys.argv[1]); child['_limit']()\n"
        "try: bytearray(child['MEMORY'])\nexcept MemoryError: print('refused')"
    )
    done = subprocess.run(
        [sys.executable, "-c", asked, str(Path(child.__file__))], capture_output=True, text=True, check=True
    )
    assert done.stdout == "refused\n"


def test_an_account_has_one_file_read_at_a_time(tmp_path: Path) -> None:
    with turn(tmp_path, "1"):
        with turn(tmp_path, "2"):
            pass
        with pytest.raises(Conflict), turn(tmp_path, "1"):
            pytest.fail("two files at once")
    with turn(tmp_path, "1"):
        pass
