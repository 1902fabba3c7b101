"""A price list survives a spreadsheet: prices stay prices, formulas stay texts, dates are refused with their cell."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date
from typing import Any

import pytest
from flask import Flask
from openpyxl import Workbook, load_workbook

from marketplace.errors import Invalid
from marketplace.money import Money
from marketplace.offers.pricelists import table
from marketplace.offers.pricelists.plan import OfferPrices, PriceOutcome, packed, plan, unpacked
from marketplace.sheets import read_tables

HEAD = [name.fi for name in table.COLUMNS.values()]


@pytest.fixture(autouse=True)
def in_app(core_app: Flask) -> Any:
    with core_app.test_request_context("/fi/"):
        yield


def row(
    number: str = "7", band: str = "day", new: object = "", day: object = "", title: str = "Palvelu"
) -> list[Any]:
    return [number, title, "", "", band, "", "", "75,00", "37,50", new, day]


def workbook(*rows: list[Any], head: list[str] = HEAD) -> bytes:
    book = Workbook()
    for cells in (head, *rows):
        book.worksheets[0].append(cells)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def read(content: bytes) -> list[table.PriceListEntry]:
    return table.read(read_tables(content))


@pytest.mark.parametrize("write", [table.as_csv, table.as_xlsx])
def test_a_list_that_nobody_wrote_in_changes_nothing(write: Any) -> None:
    assert read(write([row(), row(band="half_day")])) == []


@pytest.mark.parametrize("write", [table.as_csv, table.as_xlsx])
@pytest.mark.parametrize("typed", ["12,5", "12,50", "12.50", "12,50 €"])
def test_a_price_written_as_text_stays_a_price(write: Any, typed: str) -> None:
    (entry,) = read(write([row(new=typed, day="1.1.2027")]))
    assert (entry.offer_id, entry.band, entry.price, entry.day) == (7, "day", Money(12_50), date(2027, 1, 1))
    assert entry.problems == ()


def test_a_number_and_a_date_of_the_spreadsheets_own_are_read() -> None:
    (entry,) = read(workbook(row(new=12.5, day=date(2027, 1, 1))))
    assert (entry.price, entry.day, entry.number) == (Money(12_50), date(2027, 1, 1), 2)


@pytest.mark.parametrize("number", [65.405, 101.005])
def test_a_number_with_parts_of_a_cent_is_told_how_to_be_rounded(number: float) -> None:
    (entry,) = read(workbook(row(new=number, day="1.1.2027")))
    assert len(entry.problems) == 1
    assert "PYÖRISTÄ(…;2)" in entry.problems[0], "a number of the spreadsheet's own is no thousand"


@pytest.mark.parametrize("dash", ["-", "–", " — "])
def test_a_dash_is_no_new_price(dash: str) -> None:
    assert read(workbook(row(new=dash), row(new=dash, day=dash))) == []
    (entry,) = read(workbook(row(new=dash, day="1.1.2027")))
    assert (entry.price, entry.problems) == (None, ())


def test_a_price_that_became_a_date_is_refused_and_not_guessed() -> None:
    (entry,) = read(workbook(row(new=date(2026, 5, 12), day="1.1.2027")))
    assert entry.price is None
    assert "12.5.2026" in entry.problems[0]


@pytest.mark.parametrize("formula", ["=cmd()", "=1+1", "+1+1", "@SUM(A1)", "-5", "=cmd|' /C calc'!A0"])
def test_a_formula_is_read_as_text_and_refused_as_a_price(formula: str) -> None:
    for content in (workbook(row(new=formula)), table.as_csv([row(new=formula)])):
        (entry,) = read(content)
        assert entry.price is None
        assert len(entry.problems) == 1


def test_a_formula_without_a_value_is_told_in_whatever_column_it_stands() -> None:
    (entry,) = read(workbook(row(number="=A1+1", new="10", day="=TODAY()")))
    assert ["=A1+1" in entry.problems[0], "=TODAY()" in entry.problems[1]] == [True, True]


@pytest.mark.parametrize(
    ("title", "cell"),
    [*((title, f"'{title}") for title in ("=cmd()", "+a1", "-a1", "@x")), ("\t=1", "'\t'=1")],
)
def test_a_title_that_looks_like_a_formula_goes_out_as_a_text(title: str, cell: str) -> None:
    text = table.as_csv([row(title=title)]).decode("utf-8-sig")
    assert f";{cell};" in text
    sheet = load_workbook(io.BytesIO(table.as_xlsx([row(title=title)]))).worksheets[0]
    assert sheet["B2"].data_type == "s"


def test_prices_go_out_as_numbers_and_the_new_ones_are_ready_for_numbers() -> None:
    cells = [*row()[:7], Money(75_00), Money(37_50), None, None]
    sheet = load_workbook(io.BytesIO(table.as_xlsx([cells]))).worksheets[0]
    assert (sheet["H2"].value, sheet["I2"].value) == (75, 37.5)
    assert (sheet["J2"].number_format, sheet["K2"].number_format) == ("#,##0.00", "d.m.yyyy")
    assert sheet.title == "Hinnasto"


@pytest.mark.parametrize("label", [["", "Yhteensä"], ["Yhteensä", ""], ["SUMMA", "Kaikki"]])
def test_a_row_of_a_sum_is_left_out_and_told(label: list[str]) -> None:
    entries = read(workbook(row(new="10"), [*label, "", "", "", "", "", "", "37,50", "10", ""]))
    assert [(entry.is_sum, entry.problems) for entry in entries] == [(False, ()), (True, ())]
    (_price, left_out) = plan(entries, {}).rows
    assert (left_out.outcome, len(left_out.problems)) == (PriceOutcome.LEFT_OUT, 1)


def test_the_columns_are_known_in_swedish_and_in_any_order() -> None:
    head = ["Nytt pris", "Gäller från", "Prisrad", "Tjänstens nummer"]
    (entry,) = read(workbook(["10", "2027-01-01", "day", "7"], head=head))
    assert (entry.price, entry.day, entry.offer_id) == (Money(10_00), date(2027, 1, 1), 7)


@pytest.mark.parametrize(
    ("cells", "count"),
    [
        (row(number="", new="10"), 1),
        (row(number="½", new="10"), 1),
        (row(band="midnight", new="10"), 1),
        (row(new="ten"), 1),
        (row(new="10,005"), 1),
        (row(new="10", day="31.2.2027"), 1),
        (row(new="ten", day="soon", band="?"), 3),
    ],
)
def test_what_is_wrong_in_a_row_is_told_there(cells: list[Any], count: int) -> None:
    (entry,) = read(table.as_csv([cells]))
    assert len(entry.problems) == count


def test_a_table_without_the_columns_of_a_price_list_is_refused() -> None:
    with pytest.raises(table.UnreadablePriceList) as refusal:
        read(b"a;b;c\n1;2;3\n")
    assert refusal.value.field == "file"


def test_a_row_that_a_stray_quotation_mark_breaks_is_told_and_the_others_are_read() -> None:
    whole = table.as_csv([row(new="10"), row(new="11")]).decode("utf-8-sig").splitlines()
    entries = read("\n".join([whole[0], '"' + whole[1], whole[2]]).encode())
    assert [(entry.number, entry.price, len(entry.problems)) for entry in entries] == [
        (2, None, 1),
        (3, Money(11_00), 0),
    ]


def test_confirmed_changes_come_back_as_they_went() -> None:
    changes = [OfferPrices(7, "2.1", date(2027, 1, 1), {"day": Money(70_00)})]
    assert unpacked(packed(changes)) == changes


@pytest.mark.parametrize(
    "text", ["", "{", "[1]", "[[1]]", '[[1, "1.1", "soon", {}]]', '[[1, "1.1", "2027-01-01", {"day": -5}]]',
             '[[1, "1.1", "2027-01-01", []]]', "[" * 100_000],
)  # fmt: skip
def test_a_tampered_confirmation_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        unpacked(text)


def test_a_day_with_slashes_is_read_with_the_day_first_and_told() -> None:
    (entry,) = read(workbook(row(new=12.5, day="1/2/2027")))
    assert (entry.day, entry.problems) == (date(2027, 2, 1), ())
    assert "1.2.2027" in entry.note
    (planned,) = plan([entry], {}).rows
    assert planned.note == entry.note
    (plain,) = read(workbook(row(new=12.5, day="1.2.2027")))
    assert plain.note == ""


def as_spreadsheet_programs_save(content: bytes, values: dict[str, str]) -> bytes:
    """The workbook with a value kept beside the formula of each cell, as Excel and LibreOffice write it."""
    saved = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(saved, "w") as after:
        for part in before.infolist():
            text = before.read(part)
            if part.filename.startswith("xl/worksheets/"):
                sheet = text.decode()
                for cell, value in values.items():
                    sheet, count = re.subn(
                        rf'(<c r="{cell}"[^>]*><f>[^<]*</f>)<v ?/?>(</v>)?', rf"\1<v>{value}</v>", sheet
                    )
                    assert count == 1
                text = sheet.encode()
            after.writestr(part, text)
    return saved.getvalue()


@pytest.mark.parametrize(
    ("kept", "price"),
    [("38.63", Money(38_63)), ("38.630000000000003", Money(38_63)), ("39", Money(39_00))],
)
def test_a_formula_is_read_by_the_value_that_the_program_kept(kept: str, price: Money) -> None:
    content = workbook(row(new="=ROUND(I2*1.03,2)", day="=DATE(2027,2,1)"))
    saved = as_spreadsheet_programs_save(content, {"J2": kept, "K2": "46419"})
    (entry,) = read(saved)
    assert entry.price == price
