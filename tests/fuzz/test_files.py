"""Whatever stands in a file, its reader gives what it reads or a refusal in words, and never a fault of its own.

Real files of every kind that people and banks send are changed at random: bytes turned, cut, doubled, filled in, and
pieces of one put into another; a packed workbook also inside its parts. `make fuzz` does it more often; FUZZ_SEED=…
chooses other changes.
"""

from __future__ import annotations

import io
import os
import tempfile
import time
import zipfile
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from PIL import Image
from pypdf import PdfWriter

from marketplace.files import photographs
from marketplace.files.photographs import UnreadablePhotograph
from marketplace.files.store import FileRefused, is_photograph, media_type_of
from marketplace.offers.photos import pictures
from marketplace.payments.rails.sepa.account_reports import read_account_reports
from marketplace.payments.rails.sepa.reading import UnreadableBankFile
from marketplace.payments.rails.sepa.status_reports import read_status_report
from marketplace.sheets.reading import UnreadableFile, read_tables
from marketplace.sheets.writing import as_csv, as_xlsx
from tests.payments.orders import order
from tests.payments.sepa.bank import account_report, status_report

ROUNDS: Final = int(os.environ.get("FUZZ_ROUNDS", "1"))
SEED: Final = int(os.environ.get("FUZZ_SEED", "1"))
QUICK: Final = 150
"""Changed files in a round for a reader that is a function."""
SLOW: Final = 6
"""The same for one that is a process of its own."""
PATIENCE: Final = 25
"""Seconds of the clock on the wall that no reader needs: those with a process of their own stop it earlier."""

BREAKING: Final = (
    b"",
    b"\x00",
    b"\xff",
    b"\xff\xff\xff\xff",
    b"\x7f\xff\xff\xff",
    b"\x00" * 64,
    b"-1",
    b"9" * 40,
    b"1e309",
    b"NaN",
    b"\xc3\x28",
    b"\r\n",
    b'"',
    b"<",
    b"</",
    b"]]>",
    b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]>&b;",
    b"<!--",
    b"endobj",
    b"0 R",
)
"""What lengths, numbers, texts and structures break at."""


@cache
def real_files() -> Mapping[str, Mapping[str, bytes]]:
    """Real files by reader and kind."""
    return {"pictures": _pictures(), "documents": _documents(), "tables": _tables(), "banks": _bank_files()}


def _pictures() -> dict[str, bytes]:
    drawing = Image.radial_gradient("L").resize((260, 240)).convert("RGB")
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "kuvaus"
    made = {}
    for kind, options in (
        ("JPEG", {"exif": exif}),
        ("PNG", {"exif": exif}),
        ("WEBP", {}),
    ):
        file = io.BytesIO()
        drawing.save(file, kind, **options)
        made[kind] = file.getvalue()
    progressive, palette = io.BytesIO(), io.BytesIO()
    drawing.save(progressive, "JPEG", progressive=True)
    drawing.convert("P").save(palette, "PNG", transparency=3)
    return made | {"progressive": progressive.getvalue(), "palette": palette.getvalue()}


def _documents() -> dict[str, bytes]:
    plain, locked = PdfWriter(), PdfWriter()
    for writer in (plain, locked):
        writer.add_blank_page(width=200, height=200)
    locked.encrypt("salasana", algorithm="AES-256")
    made = {}
    for name, writer in (("plain", plain), ("locked", locked)):
        file = io.BytesIO()
        writer.write(file)
        made[name] = file.getvalue()
    return made


def _tables() -> dict[str, bytes]:
    heads = ["Nimi", "Y-tunnus", "Sähköposti"]
    rows = [["Hoiva “Åbo” Oy", "1234567-1", "a@example.fi"], ["Rivin\nvaihto", "", "=1+1"]]
    text = as_csv(heads, rows)
    folder = Path("tests/sheets/files")
    return {
        "csv": text,
        "utf-16": text.decode("utf-8-sig").encode("utf-16"),
        "xlsx": as_xlsx(heads, rows, title="Lista"),
        "xls": (folder / "list.xls").read_bytes(),
        "encrypted": (folder / "password.xlsx").read_bytes(),
    }


def _bank_files() -> dict[str, bytes]:
    given = order()
    rows = [(payment.key, payment.amount) for payment in given.payments]
    return {
        "pain.002": status_report(given, rows={"P2": ("RJCT", "AC04", "Tili lopetettu")}),
        "camt.053": account_report(rows),
        "camt.054": account_report(rows, message="camt.054.001.08", returned={"P2": "AC04"}),
    }


# --- changing them ---------------------------------------------------------------------------------------------------


@st.composite
def changed(draw: st.DrawFn, reader: str) -> bytes:
    """A real file of a reader, changed in one to eight places."""
    files = sorted(real_files()[reader].items())
    kind, content = draw(st.sampled_from(files))
    other = draw(st.sampled_from(files))[1]
    if kind == "xlsx" and draw(st.booleans()):
        return _inside(draw, content)
    return _edited(draw, content, other)


def _edited(draw: st.DrawFn, content: bytes, other: bytes) -> bytes:
    edited = bytearray(content)
    for _each in range(draw(st.integers(1, 8))):
        at = draw(st.integers(0, max(len(edited) - 1, 0)))
        until = at + draw(st.sampled_from((1, 2, 4, 16, 200)))
        match draw(st.integers(0, 5)):
            case 0:
                edited[at : at + 1] = bytes([draw(st.integers(0, 255))])
            case 1:
                del edited[at:until]
            case 2:
                edited[at:at] = edited[at:until] * draw(st.sampled_from((1, 2, 50)))
            case 3:
                edited[at : at + draw(st.sampled_from((0, 1, 4)))] = draw(st.sampled_from(BREAKING))
            case 4:
                edited[at:until] = other[at:until]
            case _:
                del edited[at:]
    return bytes(edited)


def _inside(draw: st.DrawFn, content: bytes) -> bytes:
    """The same workbook with one of its parts changed, packed again."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    name = draw(st.sampled_from(sorted(parts)))
    parts[name] = _edited(draw, parts[name], content)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as book:
        for each, part in parts.items():
            book.writestr(each, part)
    return packed.getvalue()


def often(times: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A test of so many changed files in a round; the same ones each time but for FUZZ_SEED."""

    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        return seed(SEED)(
            settings(
                max_examples=times * ROUNDS,
                deadline=None,
                database=None,
                phases=(Phase.generate, Phase.shrink),
                suppress_health_check=list(HealthCheck),
            )(test)
        )

    return decorate


# --- the readers -----------------------------------------------------------------------------------------------------


def read(reader: Callable[..., Any], *given: Any, refusal: type[Exception]) -> Any:
    """What the reader gives, or None where it refuses the file in words; anything else that it raises is a fault."""
    began = time.perf_counter()
    try:
        return reader(*given)
    except refusal as refused:
        said = str(refused)
    finally:
        taken = time.perf_counter() - began
    assert said
    assert taken < PATIENCE
    return None


@often(QUICK)
@given(content=changed("pictures"))
def test_a_changed_picture_is_drawn_again_or_refused(content: bytes) -> None:
    for draw in (pictures.remake, pictures.narrower):
        read(draw, content, refusal=pictures.PictureRefused)


@often(QUICK)
@given(content=st.one_of(changed("pictures"), changed("documents"), changed("tables")))
def test_what_a_file_is_is_said_or_refused(content: bytes) -> None:
    for name in ("todistus.pdf", "kuva.jpeg", "kuva.HEIC", "taulukko.xlsx", "", "....", "/etc/passwd"):
        found = read(media_type_of, content, name, refusal=FileRefused)
        assert found is None or "/" in found
    assert is_photograph(content) in (True, False)


@often(QUICK)
@given(content=changed("banks"))
def test_a_changed_file_of_a_bank_is_read_or_refused_with_its_place(content: bytes) -> None:
    for reader in (read_status_report, read_account_reports):
        read(reader, content, refusal=UnreadableBankFile)


@often(SLOW)
@given(content=changed("tables"))
def test_a_changed_table_is_read_or_refused(content: bytes) -> None:
    for table in read(read_tables, content, refusal=UnreadableFile) or ():
        assert table.origin


@often(SLOW)
@given(content=st.one_of(changed("pictures"), changed("documents")))
def test_a_changed_photograph_or_document_is_read_in_its_own_process_or_refused(content: bytes) -> None:
    place = Path(_scratch()) / "file"
    place.write_bytes(content)
    assert photographs.is_locked(place) in (True, False)
    found = read(photographs.as_document, [place], refusal=UnreadablePhotograph)
    assert found is None or found[0] == "image/jpeg"


@cache
def _scratch() -> str:
    return tempfile.mkdtemp(prefix="fuzz-")


@pytest.mark.parametrize("reader", ["pictures", "documents", "tables", "banks"])
def test_the_files_are_real(reader: str) -> None:
    """What is changed is read as it is, or is of the kinds that are refused for what they are."""
    for kind, content in real_files()[reader].items():
        match reader:
            case "pictures":
                (pictures.narrower if kind == "WEBP" else pictures.remake)(content)
            case "documents":
                place = Path(_scratch()) / "real"
                place.write_bytes(content)
                assert photographs.is_locked(place) is (kind == "locked")
            case "tables" if kind == "encrypted":
                with pytest.raises(UnreadableFile):
                    read_tables(content)
            case "tables":
                assert read_tables(content)
            case _:
                assert (read_status_report if kind == "pain.002" else read_account_reports)(content)
