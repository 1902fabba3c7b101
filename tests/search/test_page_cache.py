"""Kept pages, and what a made-up address can make of them."""

from __future__ import annotations

import random

import pytest
from flask import Flask, Response, request

from marketplace.search import page_cache
from marketplace.search.page_cache import PageCache


class Kept:
    """A cache that is asked for pages of some size, and how many it had to make."""

    def __init__(self, app: Flask) -> None:
        self._app, self._cache = app, PageCache()
        self.made = 0

    def ask(self, number: int, size: int) -> None:
        """Ask for the page of a number."""

        def make() -> tuple[Response, bool]:
            self.made += 1
            return Response(random.Random(number).randbytes(size)), True

        with self._app.test_request_context(f"/fi/services?page={number}"):
            self._cache.answer(request, "state", make, "fi")

    @property
    def bytes(self) -> int:
        """How much the kept pages fill."""
        return sum(page.size for page in self._cache._pages.values())


def test_kept_pages_fill_no_more_than_they_may(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_cache, "MOST_BYTES", 100_000)
    kept = Kept(app)
    for number in range(100):
        kept.ask(number, 4_000)
    assert 80_000 < kept.bytes <= 100_000
    kept.ask(99, 4_000)
    assert kept.made == 100, "the page asked for last is kept"
    kept.ask(0, 4_000)
    assert kept.made == 101, "the page asked for first had to go"


def test_a_page_that_is_very_large_pushes_no_others_out(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_cache, "MOST_BYTES", 100_000)
    kept = Kept(app)
    kept.ask(1, 1_000)
    kept.ask(2, 60_000)
    kept.ask(1, 1_000)
    assert kept.made == 2
    assert kept.bytes < 10_000
