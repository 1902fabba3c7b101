"""What comes out on paper: where the words of the printed PDF stand."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from playwright.sync_api import Page
from pypdf import PdfReader

pytestmark = pytest.mark.browser


def lefts(pdf: bytes) -> dict[str, float]:
    """Where each piece of text begins, in points from the left edge of the paper."""
    found: dict[str, float] = {}

    def note(text: str, matrix: Any, own: Any, _font: Any, _size: Any) -> None:
        if text.strip():
            found.setdefault(text.strip(), matrix[4] + own[4] * matrix[0])

    for page in PdfReader(BytesIO(pdf)).pages:
        page.extract_text(visitor_text=note)
    return found


def test_a_table_in_a_closed_disclosure_is_printed_and_stands_at_the_edge(
    page: Page, gallery_address: str
) -> None:
    page.goto(gallery_address + "/fi/about/open-data")
    heading, cell = page.locator("h1"), page.locator(".disclosure[data-table] th").first
    assert not cell.is_visible()
    names = heading.inner_text(), cell.text_content() or ""
    at = lefts(page.pdf(format="A4", print_background=True))
    edge, inside = (at[name.strip()] for name in names)
    assert inside - edge <= 8, "the padding of the cell and its frame, and nothing more"


def test_what_belongs_to_the_screen_is_not_printed(page: Page, gallery_address: str) -> None:
    page.goto(gallery_address + "/fi/about/open-data")
    printed = lefts(page.pdf(format="A4"))
    link = page.locator(".main-nav a").first.inner_text()
    assert page.locator("h1").inner_text() in printed
    assert link not in printed
