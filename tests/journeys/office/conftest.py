"""A portal whose clock the test moves, the office's people at their computers, and a provider's proof."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from aiosmtpd.controller import Controller
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page
from pypdf import PdfWriter
from werkzeug.serving import make_server

from marketplace.app import create_app
from marketplace.permissions import Role
from tests.conftest import settings_for
from tests.journeys import people
from tests.journeys.conftest import free_port
from tests.journeys.office.timed import TimedPortal, make_office
from tests.mail import Mailbox

Sit = Callable[..., Page]
"""`sit(language, role)`: somebody at a computer of their own, signed in when a role of the office is named; `email`
names anybody else, and with `phone` the screen is that of a telephone."""

PHONE: Final = {"width": 390, "height": 844}
DESK: Final = {"width": 1280, "height": 720}


@pytest.fixture(scope="session")
def timed_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """An application behind a server; the fixture `timed` puts it on a database, once for each test."""
    port = free_port()
    folder = tmp_path_factory.mktemp("timed")
    settings = replace(settings_for("sqlite://", folder), public_url=f"http://127.0.0.1:{port}")
    app = create_app(settings)
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield app
    server.shutdown()
    thread.join(timeout=30)


@pytest.fixture
def timed(timed_app: Flask, database_url: str, tmp_path: Path) -> Iterator[TimedPortal]:
    """A portal of the test's own whose clock the test moves."""
    kept = dict(timed_app.extensions)
    mailbox = Mailbox()
    mail = Controller(mailbox, hostname="127.0.0.1", port=free_port())
    mail.start()
    running = TimedPortal(
        kept["settings"].public_url,
        database_url,
        tmp_path,
        mailbox,
        app=timed_app,
        mail_url=f"smtp://127.0.0.1:{mail.port}",
    )
    with running.database.transaction() as session:
        make_office(session)
    running.work()
    yield running
    mail.stop()
    running.database.dispose()
    timed_app.extensions.clear()
    timed_app.extensions.update(kept)


@pytest.fixture
def scripts() -> bool:
    """Whether browsers run JavaScript; tests that walk both ways give it as a parameter."""
    return True


@pytest.fixture
def sit(browser: Browser, timed: TimedPortal, scripts: bool) -> Iterator[Sit]:
    """Seats people at computers; the computers are put away in the end."""
    computers: list[BrowserContext] = []

    def seat(language: str, role: Role | None = None, *, email: str = "", phone: bool = False) -> Page:
        computer = browser.new_context(
            locale=f"{language}-FI",
            reduced_motion="reduce",
            java_script_enabled=scripts,
            viewport=PHONE if phone else DESK,  # type: ignore[arg-type]
        )
        computer.set_default_timeout(people.PATIENCE)
        computers.append(computer)
        page = computer.new_page()
        if role is not None or email:
            people.sign_in(page, timed, email or f"{role}@demo.fi", language=language)
        return page

    yield seat
    for computer in computers:
        computer.close()


@pytest.fixture
def proof(tmp_path: Path) -> Path:
    """A real PDF file."""
    writer = PdfWriter()
    writer.add_blank_page(595, 842)
    path = tmp_path / "todistus.pdf"
    writer.write(path)
    return path
