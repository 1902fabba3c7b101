"""Files as office programs write them become the same rows; what is no table is refused with its reason."""

from __future__ import annotations

from datetime import date, datetime, time
from pathlib import Path

import pytest

from marketplace.recruiting.importing.layout import find_layout
from marketplace.recruiting.importing.sheet import MAX_BYTES, UnreadableFile, read_tables
from marketplace.recruiting.importing.words import words
from tests.recruiting.importing.books import workbook
from tests.recruiting.importing.tables import CLEAN, HEADER, csv_file, read, table

FILES = Path(__file__).parent / "files"
TOP = ["Y-tunnus", "Nimi", "Palvelu", "Kunnat", "Päivä"]


@pytest.mark.parametrize(
    ("encoding", "name"),
    [("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8"), ("cp1252", "Windows-1252")],
)
@pytest.mark.parametrize("ending", ["\r\n", "\n"])
def test_letters_survive_every_encoding(encoding: str, name: str, ending: str) -> None:
    layout = find_layout(read_tables(csv_file(encoding=encoding, ending=ending)), words())
    assert layout.origin == f"CSV, {name}, semicolons"
    assert layout.rows[0].cells["official_name"] == "Ängsbacka Ab"
    assert layout.rows[0].cells["street"] == "Åsgatan 1, trappa B"


@pytest.mark.parametrize(("delimiter", "name"), [(";", "semicolons"), (",", "commas"), ("\t", "tabs")])
def test_the_delimiter_is_found_although_cells_hold_the_others(delimiter: str, name: str) -> None:
    layout = find_layout(read_tables(csv_file(delimiter=delimiter)), words())
    assert layout.origin == f"CSV, UTF-8, {name}"
    assert layout.rows[2].cells["street"] == "Jokikuja 3; ovi 2"
    assert layout.rows[2].cells["official_name"] == 'Sävel "Sointu" Osk'


def test_a_text_formula_that_keeps_zeros_is_its_text() -> None:
    (row,) = read(table(["9100170-2", "Koti Oy", "", '="04300"']))
    assert row.cells["postal_code"] == "04300"


@pytest.mark.parametrize(
    ("content", "words_said"),
    [
        (b"", "empty"),
        (b" \r\n ", "empty"),
        (b"x" * (MAX_BYTES + 1), "larger than 10 MB"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "Save it as .xlsx"),
        (b"PK\x03\x04 not a workbook", "not an XLSX workbook"),
        (b"MZ\x90\x00\x03", "not a spreadsheet"),
        ("Y-tunnus;Palvelu".encode("utf-16"), "not a spreadsheet"),
        (b"Y-tunnus;Palvelu;Kunta\x81", "neither UTF-8 nor Windows-1252"),
        (b'Y-tunnus;Palvelu;Kunnat\n"1;2;3', "stray quotation mark"),
        (b"Dear all,\nthe list comes later.\n", "No header row"),
    ],
)
def test_what_is_no_table_is_refused_with_the_reason(content: bytes, words_said: str) -> None:
    with pytest.raises(UnreadableFile, match=words_said):
        read(content)


def test_merged_cells_of_a_workbook_stand_on_every_row_but_not_sideways() -> None:
    rows = read(
        workbook(
            [
                ["Lista"],
                TOP,
                ["9100170-2", "Koti Oy", "Päivätoiminta", "Tuusula", 60],
                [None, None, "Kuljetuspalvelu", None, None],
            ],
            merged=["A1:E1", "A3:A4", "B3:B4", "D3:E4"],
        )
    )
    assert [row.number for row in rows] == [3, 4]
    assert rows[1].cells == {
        "business_id": "9100170-2",
        "official_name": "Koti Oy",
        "service": "Kuljetuspalvelu",
        "municipalities": "Tuusula",
    }


def test_cells_of_a_workbook_are_what_a_person_sees() -> None:
    numbers = ["9100170-2", "Koti Oy", 106, 4300.0, 12.1]
    days = [True, "=A1", datetime.combine(date(2026, 5, 12), time()), date(2026, 5, 12), 0.1 + 0.2]
    first, second = read(workbook([TOP, numbers, days]))
    assert list(first.cells.values()) == ["9100170-2", "Koti Oy", "106", "4300", "12.1"]
    assert list(second.cells.values()) == ["True", "=A1", date(2026, 5, 12), date(2026, 5, 12), "0.3"]


def test_the_first_visible_sheet_is_read() -> None:
    from io import BytesIO

    from openpyxl import load_workbook

    book = load_workbook(BytesIO(workbook([["salaa"]])))
    visible = book.create_sheet("Tuottajat")
    visible.append(TOP)
    visible.append(["9100170-2", "Koti Oy", "Päivätoiminta", "Tuusula"])
    book.worksheets[0].sheet_state = "hidden"
    file = BytesIO()
    book.save(file)
    assert find_layout(read_tables(file.getvalue()), words()).origin == "XLSX, sheet “Tuottajat”"


def test_a_sheet_with_a_lone_cell_far_away_is_refused_and_not_walked_through() -> None:
    from io import BytesIO

    from openpyxl import load_workbook

    book = load_workbook(BytesIO(workbook([TOP])))
    book.worksheets[0]["XFD1048576"] = "x"
    file = BytesIO()
    book.save(file)
    with pytest.raises(UnreadableFile, match="too large"):
        read(file.getvalue())


# --- the header ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "header",
    [
        ["Y-tunnus", "Palveluntuottaja", "Palvelu", "Kunnat"],
        ["y-TUNNUS *", "YRITYKSEN NIMI", "palvelu ", "Toiminta-alue"],
        ["FO-nummer", "Serviceproducent", "Tjänst", "Kommuner"],
        ["Business ID", "Company name", "Service", "Municipalities"],
        ["Y-tunnus (esim. 1234567-8)", "Nimi / Namn", "Palvelu:", "Kunta/Kommun"],
    ],
)
def test_headers_are_known_in_three_languages_and_any_case(header: list[str]) -> None:
    (row,) = read(csv_file([header, ["9100170-2", "Koti Oy", "Päivätoiminta", "Tuusula"]]))
    assert list(row.cells) == ["business_id", "official_name", "service", "municipalities"]


@pytest.mark.parametrize(
    ("header", "band"),
    [
        ("Päivä", "day"),
        ("Hinta päivä €/pv", "day"),
        ("Pris vardagskväll (€/h)", "weekday_evening"),
        ("Arki-ilta, euroa/h", "weekday_evening"),
        ("sunday_holiday", "sunday_holiday"),
        ("Yksikköhinta: yhdensuuntainen matka EUR", "trip"),
    ],
)
def test_a_price_column_is_headed_by_its_band(header: str, band: str) -> None:
    assert words().column(header) == f"price:{band}"


def test_titles_blank_columns_and_a_header_of_two_rows_are_seen_through() -> None:
    layout = find_layout(read_tables((FILES / "keusote.csv").read_bytes()), words())
    assert layout.header_row == 4
    assert layout.unread == ("“Huom.” (column M)",)
    assert layout.rows[0].number == 5
    known = {column for row in layout.rows for column in row.cells}
    assert {"business_id", "street", "phone", "email", "price:day", "price:trip", "approved_on"} <= known


def test_a_header_repeated_on_a_later_page_is_no_row_and_blank_rows_keep_the_count() -> None:
    rows = read(csv_file([*CLEAN[:2], [], HEADER, CLEAN[3]]))
    assert [row.number for row in rows] == [2, 5]


def test_dashes_stand_for_nothing() -> None:
    (row,) = read(table(["9100170-2", "–", "-", "—", "", "", "Päivätoiminta"]))
    assert list(row.cells) == ["business_id", "service"]


def test_columns_that_are_not_imported_are_named() -> None:
    content = csv_file(
        [["Y-tunnus", "Palvelu", "Kunnat", "Yhteyshenkilö", "Huom"], ["9100170-2", "x", "y", "Eva", "z"]]
    )
    layout = find_layout(read_tables(content), words())
    assert layout.unread == ("“Yhteyshenkilö” (column D)", "“Huom” (column E)")
    assert "Eva" not in layout.rows[0].cells.values()


def test_a_missing_column_is_named() -> None:
    with pytest.raises(UnreadableFile, match=r"row 2 lacks the columns: business ID, municipalities"):
        read(csv_file([["Lista"], ["Nimi", "Palvelu"], ["Koti Oy", "Päivätoiminta"]]))


def test_two_columns_with_one_meaning_are_refused_with_their_letters() -> None:
    with pytest.raises(UnreadableFile, match=r"Columns B and E both mean phone: “Puhelin” and “Telefon”"):
        read(csv_file([["Y-tunnus", "Puhelin", "Palvelu", "Kunnat", "Telefon"]]))


def test_no_word_means_two_things() -> None:
    known = words()
    for text in known.columns:
        assert text not in known.bands
