"""A real browser for tests. One Chromium serves all tests of a worker: the driver allows no second one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

CHROMIUM = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium of the system, without a window."""
    program = next(filter(None, map(shutil.which, CHROMIUM)), None)
    assert program, "Chromium is not installed: run 'make test', or install the package chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser profile of the test's own; a page that asks another server for anything fails the test."""
    context = browser.new_context(locale="fi-FI", viewport={"width": 1280, "height": 900})
    context.set_default_timeout(15_000)
    strangers: list[str] = []
    context.on("request", lambda request: _note_stranger(request.url, strangers))
    yield context
    context.close()
    assert strangers == []


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """One tab."""
    return context.new_page()


def _note_stranger(url: str, strangers: list[str]) -> None:
    if not url.startswith(("http://127.0.0.1:", "data:", "blob:", "about:")):
        strangers.append(url)
