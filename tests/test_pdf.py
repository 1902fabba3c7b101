"""A document is made whatever was written, and shows what was written as far as a font has it."""

from __future__ import annotations

import io
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from marketplace import pdf
from marketplace.text import BOX
from scripts.assets import FALLBACK_FONTS, make_fallback_font

pytestmark = pytest.mark.own_words

NOW = datetime(2026, 11, 29, tzinfo=UTC)


@pytest.fixture(scope="module")
def fonts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The documents' fonts with the ones beside them."""
    folder = tmp_path_factory.mktemp("fonts")
    for path in pdf.FONTS.glob("Source*"):
        (folder / path.name).write_bytes(path.read_bytes())
    for name, source in FALLBACK_FONTS.items():
        make_fallback_font(source, folder / name)
    return folder


def shown(*texts: str, title: str = "Vertailu") -> PdfReader:
    rows = [{"label": text, "cells": [text]} for text in texts]
    made = pdf.render_pdf(
        "comparison.typ",
        {"columns": list(texts[:1]), "rows": rows, "note": "", "address": "http://localhost/fi/compare"},
        language="fi",
        title=title,
        now=NOW,
    )
    return PdfReader(io.BytesIO(made))


def embedded(document: PdfReader) -> set[str]:
    """Names of the fonts that the first page carries."""
    resources: Any = document.pages[0]["/Resources"]
    return {str(font["/BaseFont"]).split("+")[-1] for font in resources["/Font"].values()}


@pytest.mark.parametrize(
    ("text", "font"),
    [
        ("Tekemisentalo 🌻", "NotoEmoji"),
        ("👩\u200d🔧 ja ❤\ufe0f", "NotoEmoji"),
        ("ไทยแลนด์", "NotoSansThai"),
        ("አማርኛ", "NotoSansEthiopic"),
        ("سۆرانی العربية", "NotoSansArabic"),
    ],
)
def test_letters_that_the_font_lacks_come_from_the_ones_beside_it(
    text: str, font: str, fonts: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(pdf, "FONTS", fonts)
    assert any(name.startswith(font) for name in embedded(shown(text)))
    assert not caplog.records


@pytest.mark.parametrize("text", ["Привет", "Ελληνικά", "ə ŋđŧ", "•▪□✓☑", "\u00a0\u202f–’”§€"])
def test_letters_of_europe_need_no_box(text: str, caplog: pytest.LogCaptureFixture) -> None:
    shown(text)
    assert not caplog.records


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("ehdot: \uf0b7 vakuutus", "ehdot: • vakuutus"),
        ("\ufeffalku\x00", "alku"),
        ("1\ufe0f\u20e3 eka", "1 eka"),
        ("漢字 Oy", f"{BOX}{BOX} Oy"),
    ],
)
def test_what_no_font_has_is_made_printable(
    text: str, printed: str, fonts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "FONTS", fonts)
    assert printed in shown(text, title=text).pages[0].extract_text().replace("\u00a0", " ")


def test_a_box_is_told_in_the_log_in_one_line(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        shown("漢 字 漢")
    assert [record.getMessage() for record in caplog.records] == [
        "No font has U+5B57, U+6F22 for comparison.typ; a box is printed in its place."
    ]


def test_a_text_of_hundreds_of_unknown_signs_is_made_without_trying_each() -> None:
    text = "".join(chr(code) for code in range(0x4E00, 0x5000)) + "ä"
    assert f"{BOX}ä" in shown(text).pages[0].extract_text().replace("\n", "")


@settings(max_examples=60, deadline=None)
@example("".join(chr(code) for code in range(0x20)))
@example("\u0335alku e\u0301\u0335\u20e0")
@given(st.text(max_size=20))
def test_any_text_makes_a_document(text: str) -> None:
    assert shown(text, title=f"Vertailu {text}").pages


def test_a_mistake_in_a_template_is_no_matter_of_letters() -> None:
    with pytest.raises(Exception, match=r"key"):
        pdf.render_pdf("comparison.typ", {}, language="fi", title="x", now=NOW)
