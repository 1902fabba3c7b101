"""Pages of a list: how many there are, what stands on one, and numbers that are out of range."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.paging import Page, cut, page_of, pages_of
from marketplace.pilots.models import Organisation
from marketplace.web.page_links import asked_page, page_links


@pytest.mark.parametrize(("total", "pages"), [(0, 1), (1, 1), (10, 1), (11, 2), (21, 3)])
def test_an_empty_list_has_one_page_and_a_full_page_needs_no_further_one(total: int, pages: int) -> None:
    assert pages_of(total, 10) == pages
    assert Page([], total, 1, 10).pages == pages


@pytest.mark.parametrize(
    ("asked", "shown", "rows"), [(1, 1, [0, 1]), (3, 3, [4]), (4, 3, [4]), (0, 1, [0, 1]), (-7, 1, [0, 1])]
)
def test_a_page_out_of_range_gives_the_nearest(asked: int, shown: int, rows: list[int]) -> None:
    page = cut(range(5), asked, 2)
    assert (page.page, list(page.rows), page.total) == (shown, rows, 5)


def test_a_query_and_a_list_have_the_same_pages(session: Session) -> None:
    query = sa.select(Organisation).order_by(Organisation.key)
    everything = session.scalars(query).all()
    for asked in (-1, 1, 2, 99):
        assert page_of(session, query, asked, 2) == cut(everything, asked, 2)


def test_other_rows_stand_on_the_same_page() -> None:
    page = cut(range(5), 2, 2)
    assert page.showing([str(each) for each in page.rows]) == Page(["2", "3"], 5, 2, 2)


@pytest.mark.parametrize(("query", "number"), [("", 1), ("?page=3", 3), ("?page=x", 1), ("?page=", 1)])
def test_the_address_asks_for_a_page(core_app: Flask, query: str, number: int) -> None:
    with core_app.test_request_context(f"/fi/office/audit{query}"):
        assert asked_page() == number


def test_the_other_pages_keep_what_is_asked_and_drop_what_is_empty(core_app: Flask) -> None:
    with core_app.test_request_context("/sv/office/audit?who=Aino&page=2"):
        address = page_links({"who": "Aino", "action": "", "subject": None})
        assert address(3) == "/sv/office/audit?who=Aino&page=3"
