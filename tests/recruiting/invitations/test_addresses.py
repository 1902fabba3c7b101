"""A list of providers is read as a spreadsheet saves it; a broken row is told and breaks no other."""

from __future__ import annotations

import pytest
from flask import Flask

from marketplace.errors import Invalid
from marketplace.i18n import in_language
from marketplace.recruiting.invitations.addresses import Reading, addressee, read
from marketplace.sheets import read_tables
from tests.factories import business_id


def listed(content: bytes) -> Reading:
    return read(read_tables(content))


HEAD = "nimi;sähköposti;kieli;y-tunnus\n"
IDENTITY = business_id(1_234_567)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_encodings_and_delimiters_of_spreadsheets_are_read(encoding: str, delimiter: str) -> None:
    text = f"{HEAD}Mäntykärki Åbo Oy;Info@Example.FI;ruotsi;{IDENTITY}\r\n".replace(";", delimiter)
    [row] = listed(text.encode(encoding)).rows
    assert row.number == 2
    assert (row.addressee.name, row.addressee.email) == ("Mäntykärki Åbo Oy", "info@example.fi")
    assert (row.addressee.language, row.addressee.business_id) == ("sv", IDENTITY)


def test_columns_may_stand_in_any_order_and_others_are_passed_over() -> None:
    [row] = listed(b"ort;e-post;namn\nBorg\xe5;a@example.fi;Vard Ab\n").rows
    assert (row.addressee.name, row.addressee.email, row.addressee.language) == (
        "Vard Ab",
        "a@example.fi",
        "fi",
    )


def test_a_file_without_headings_is_read_by_place() -> None:
    reading = listed(b"A Oy;a@example.fi\nB Ab;b@example.fi;sv\n")
    assert [row.addressee.name for row in reading.rows] == ["A Oy", "B Ab"]
    assert [row.number for row in reading.rows] == [1, 2]


def test_a_comma_inside_quotation_marks_belongs_to_the_name() -> None:
    [row] = listed(b'name,email\n"Hoiva, Koti ja Apu Oy",a@example.fi\n').rows
    assert row.addressee.name == "Hoiva, Koti ja Apu Oy"


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (";a@example.fi;fi;", "name is missing"),
        ("A Oy;;fi;", "address is missing"),
        ("A Oy;not an address;fi;", "not a valid one"),
        ("A Oy;a@example.fi;en;", "neither Finnish"),
        ("A Oy;a@example.fi;fi;1234567-0", "check digit"),
        ("A Oy;a@example.fi;fi;12", "seven digits"),
        ('"A Oy;a@example.fi;fi;', "quotation mark"),
        ("=A2&B2;a@example.fi;fi;", "formula"),
        ("A Oy;a@example.fi;fi;#REF!", "cannot reckon"),
        ("A" * 300 + ";a@example.fi;fi;", "too long"),
    ],
)
def test_a_broken_row_is_told_with_its_number_and_reason(row: str, words: str, core_app: Flask) -> None:
    reading = listed(f"{HEAD}Good Oy;good@example.fi;fi;\n\n{row}\nLast Oy;last@example.fi;sv;\n".encode())
    [broken] = reading.broken
    assert broken.number == 4
    with core_app.app_context(), in_language("en"):
        assert words in str(broken.reason)
    assert [each.addressee.name for each in reading.rows] == ["Good Oy", "Last Oy"]


def test_an_address_that_stands_twice_is_repeated_and_not_broken() -> None:
    reading = listed(f"{HEAD}Good Oy;good@example.fi;fi;\nGood Oy;GOOD@Example.fi;fi;\n".encode())
    assert reading.broken == ()
    [again] = reading.repeated
    assert (again.number, again.first, again.addressee.email) == (3, 2, "good@example.fi")


def test_a_broken_row_keeps_what_it_holds_to_be_corrected() -> None:
    reading = listed(f'{HEAD}A Oy;not an address;en;\n"Open;open@example.fi;fi;\n'.encode())
    apart, whole = reading.broken
    assert apart.cells["email"] == "not an address"
    assert apart.cells["name"] == "A Oy"
    assert dict(whole.cells) == {}


def test_of_three_thousand_rows_with_forty_broken_all_good_ones_are_read() -> None:
    lines = [f"Yritys {n} Oy;yritys{n}@example.fi;{'sv' if n % 3 else 'fi'};" for n in range(3000)]
    for n in range(0, 3000, 75):
        lines[n] = ["Nobody;;fi;", '"Open;open@example.fi;fi;', "A;no address;fi;", "B;b@example.fi;xx;"][
            n // 75 % 4
        ]
    reading = listed((HEAD + "\n".join(lines)).encode("cp1252"))
    assert (len(reading.rows), len(reading.broken)) == (2960, 40)
    assert [row.number for row in reading.broken] == [n + 2 for n in range(0, 3000, 75)]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n",
        b"PK\x03\x04\x00\x00binary",
        b"\xff\xfe\x00",
        b"colour;size\nred;4\n",
        b"x" * (10 * 1024 * 1024 + 1),
    ],
    ids=["empty", "blank", "zip", "half utf-16", "other table", "too large"],
)
def test_what_is_no_such_list_is_refused_as_a_whole(content: bytes) -> None:
    with pytest.raises(Invalid) as refusal:
        listed(content)
    assert refusal.value.field == "file"


def test_a_typed_addressee_is_made_regular() -> None:
    made = addressee("  Åsas   Vård ", " ASA@Example.fi ", "", "")
    assert (made.name, made.email, made.language) == ("Åsas Vård", "asa@example.fi", "fi")
