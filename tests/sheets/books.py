"""Workbooks part by part: what programs save in ways of their own, and what somebody makes to do harm."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable, Mapping
from typing import Final

_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_TYPES: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"
TRANSITIONAL: Final = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
)
STRICT: Final = (
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
    "http://purl.oclc.org/ooxml/officeDocument/relationships",
)


def packed(parts: Mapping[str, str | bytes]) -> bytes:
    """A ZIP file of the parts."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            # The kind of an ODS file stands at its beginning as it is.
            archive.writestr(name, content, zipfile.ZIP_STORED if name == "mimetype" else None)
    return file.getvalue()


def book(
    sheet: str,
    *,
    spaces: tuple[str, str] = TRANSITIONAL,
    before: str = "",
    parts: Mapping[str, str] | None = None,
) -> bytes:
    """An XLSX file of one sheet, whose XML is `sheet`. `before`: XML of the workbook before its list of sheets."""
    main, relations = spaces
    return packed(
        {
            "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPES}.sheet.main+xml"/>'
            f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPES}.worksheet+xml"/></Types>',
            "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1"'
            f' Type="{relations}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
            "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{relations}">{before}'
            '<sheets><sheet name="Lista" sheetId="1" r:id="rId1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1"'
            f' Type="{relations}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
            "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}">{sheet}</worksheet>',
            **(parts or {}),
        }
    )


_OASIS: Final = "urn:oasis:names:tc:opendocument:xmlns"


def ods(sheets: str) -> bytes:
    """An ODS file whose sheets are `sheets`."""
    names = " ".join(
        f'xmlns:{prefix}="{_OASIS}:{prefix}:1.0"' for prefix in ("office", "table", "text", "calcext")
    )
    return packed(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "META-INF/manifest.xml": f'<manifest:manifest xmlns:manifest="{_OASIS}:manifest:1.0"/>',
            "content.xml": f"<office:document-content {names}><office:body><office:spreadsheet>{sheets}"
            "</office:spreadsheet></office:body></office:document-content>",
        }
    )


def cells(rows: int, columns: int, cell: str = "<c><v>1</v></c>") -> str:
    """The data of a sheet: the same cell everywhere."""
    return f"<sheetData>{f'<row>{cell * columns}</row>' * rows}</sheetData>"


_ONE: Final = '<sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData>'
_ALL: Final = '<mergeCell ref="A1:XFD1048576"/>'


def _corner() -> bytes:
    first = '<row r="1"><c r="A1"><v>1</v></c></row>'
    last = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    return book(f"<sheetData>{first}{last}</sheetData>")


def _long_text() -> bytes:
    shared = f'<sst xmlns="{TRANSITIONAL[0]}"><si><t>{"x" * 30000}</t></si></sst>'
    return book(cells(3000, 100, '<c t="s"><v>0</v></c>'), parts={"xl/sharedStrings.xml": shared})


HARMFUL: Final[Mapping[str, Callable[[], bytes]]] = {
    "one merged block over the whole sheet": lambda: book(f"{_ONE}<mergeCells>{_ALL}</mergeCells>"),
    "half a million merged blocks": lambda: book(f"{_ONE}<mergeCells>{_ALL * 500_000}</mergeCells>"),
    "a lone cell in the last corner": _corner,
    "a dense sheet of 20 MB": lambda: book(cells(13_000, 100)),
    "a dense sheet of 60 MB": lambda: book(cells(40_000, 100)),
    "texts up to the limit": lambda: book(cells(29_999, 10, '<c t="inlineStr"><is><t>Koti Oy</t></is></c>')),
    "a hundred megabytes of blanks": lambda: book(f"<sheetData/>{' ' * 100_000_000}"),
    "one long text in every cell": _long_text,
    "ten thousand entries": lambda: packed({f"xl/{number}": "" for number in range(10_000)}),
    "ten megabytes of delimiters": lambda: b";," * 5_000_000,
    "ten megabytes of quotation marks": lambda: b'"\n' * 5_000_000,
    "ten megabytes of rows": lambda: b"Koti Oy;a@esimerkki.fi;fi\n" * 400_000,
    "entities within entities": lambda: book(
        _ONE,
        parts={
            "xl/workbook.xml": "<!DOCTYPE x [<!ENTITY a '"
            + "a" * 1000
            + "'>"
            + "".join(f"<!ENTITY {chr(98 + n)} '{f'&{chr(97 + n)};' * 10}'>" for n in range(9))
            + "]><workbook>&j;</workbook>"
        },
    ),
}
"""What was made to cost time and memory: its name → how it is made."""


def record(kind: int, body: bytes) -> bytes:
    """A record of an XLS file."""
    return struct.pack("<HH", kind, len(body)) + body


def _begins(what: int) -> bytes:
    return record(0x0809, struct.pack("<HHHHII", 0x0600, what, 0, 0, 0, 0x0600))


def xls(cells: bytes) -> bytes:
    """An XLS file of one sheet with these records of cells, in its file of sectors."""
    name, end = b"Lista", record(0x000A, b"")
    book_begins, codepage = _begins(0x0005), record(0x0042, struct.pack("<H", 1200))
    place = len(book_begins) + len(codepage) + 4 + 8 + len(name) + len(end)
    listed = record(0x0085, struct.pack("<IBBBB", place, 0, 0, len(name), 0) + name)
    stream = book_begins + codepage + listed + end + _begins(0x0010) + cells + end
    stream = stream.ljust(4096, b"\0")
    sectors = len(stream) // 512
    table = [0xFFFFFFFD, 0xFFFFFFFE, *range(3, 2 + sectors), 0xFFFFFFFE]
    table += [0xFFFFFFFF] * (128 - len(table))
    head = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + bytes(16)
        + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
        + bytes(6)
    )
    head += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    head += struct.pack("<109I", 0, *[0xFFFFFFFF] * 108)
    entries = _entry("Root Entry", 5, 1, 0xFFFFFFFE, 0) + _entry("Workbook", 2, 0xFFFFFFFF, 2, len(stream))
    return head + struct.pack("<128I", *table) + entries.ljust(512, b"\0") + stream


def _entry(name: str, kind: int, child: int, first: int, size: int) -> bytes:
    wide = (name + "\0").encode("utf-16-le")
    none = 0xFFFFFFFF
    head = wide.ljust(64, b"\0") + struct.pack("<HBBIII", len(wide), kind, 1, none, none, child)
    return head + bytes(36) + struct.pack("<II", first, size) + bytes(4)


def xlsb(cells: bytes) -> bytes:
    """An XLSB file of one sheet with these records of cells."""
    wide = ["rId1".encode("utf-16-le"), "Lista".encode("utf-16-le")]
    bundle = struct.pack("<II", 0, 1) + b"".join(struct.pack("<I", len(each) // 2) + each for each in wide)
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    return packed(
        {
            "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"/>',
            "xl/_rels/workbook.bin.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1"'
            f' Type="{office}/worksheet" Target="worksheets/sheet1.bin"/></Relationships>',
            "xl/workbook.bin": part(131, b"")
            + part(143, b"")
            + part(156, bundle)
            + part(144, b"")
            + part(132, b""),
            "xl/worksheets/sheet1.bin": part(129, b"")
            + part(148, struct.pack("<IIII", 0, 9, 0, 9))
            + part(145, b"")
            + cells
            + part(146, b"")
            + part(130, b""),
        }
    )


def part(kind: int, body: bytes) -> bytes:
    """A record of an XLSB file."""
    head = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])
    return head + bytes([len(body)]) + body
