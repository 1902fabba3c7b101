"""Where the table begins in a sheet, and which column is which."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import load_workbook

from marketplace.recruiting.importing.layout import find_layout
from marketplace.recruiting.importing.rules import completed
from marketplace.recruiting.importing.words import words
from marketplace.sheets import UnreadableFile, read_tables
from tests.recruiting.importing.books import workbook
from tests.recruiting.importing.tables import CLEAN, HEADER, csv_file, read, table

FILES = Path(__file__).parent / "files"
TOP = ["Y-tunnus", "Nimi", "Palvelu", "Kunnat", "Päivä"]


@pytest.mark.parametrize(("delimiter", "name"), [(";", "semicolons"), (",", "commas"), ("\t", "tabs")])
def test_the_delimiter_is_found_although_cells_hold_the_others(delimiter: str, name: str) -> None:
    layout = find_layout(read_tables(csv_file(delimiter=delimiter)), words())
    assert layout.origin == f"CSV, UTF-8, {name}"
    assert layout.rows[2].cells["street"] == "Jokikuja 3; ovi 2"
    assert layout.rows[2].cells["official_name"] == 'Sävel "Sointu" Osk'


def test_a_text_without_a_header_is_refused() -> None:
    with pytest.raises(UnreadableFile, match="No header row"):
        read(b"Dear all,\nthe list comes later.\n")


def test_the_sheet_with_the_header_is_chosen_although_others_stand_before_it() -> None:
    book = load_workbook(BytesIO(workbook([["Ohje"], ["Täytä seuraava välilehti"]])))
    sheet = book.create_sheet("Tuottajat")
    for row in (TOP, ["9100170-2", "Koti Oy", "Päivätoiminta", "Tuusula"]):
        sheet.append(row)
    file = BytesIO()
    book.save(file)
    assert find_layout(read_tables(file.getvalue()), words()).origin == "XLSX, sheet “Tuottajat”"


def test_a_merged_company_stands_on_every_row_of_it() -> None:
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


def test_a_broken_row_is_told_and_nothing_is_taken_from_the_one_above_it() -> None:
    content = (
        "Y-tunnus;Nimi;Palvelu;Kunnat\n9100170-2;Koti Oy;Päivätoiminta;Tuusula\n"
        '"9100180-9;Muu Oy;Päivätoiminta;Tuusula\n;;Kuljetuspalvelu;Järvenpää\n'
    ).encode()
    rows = list(completed(read(content)))
    assert [(row.number, row.broken, "business_id" in row.cells) for row in rows] == [
        (2, False, True),
        (3, True, False),
        (4, False, False),
    ]


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
    assert layout.unread == (("Huom.", "M"),)
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
    assert layout.unread == (("Yhteyshenkilö", "D"), ("Huom", "E"))
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
