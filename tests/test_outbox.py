"""Mail leaves the outbox once, over real SMTP, and waits out a server that is down."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from aiosmtpd.controller import Controller
from flask import Flask

from marketplace.db import Database
from marketplace.outbox import OutboxMessage, Postman, deliver, send
from tests.factories import NOW
from tests.mail import Mailbox


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, str]]:
    """A running SMTP server and its MAIL_URL."""
    handler = Mailbox()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    yield handler, f"smtp://127.0.0.1:{port}"
    controller.stop()


def _write(app: Flask, database: Database, language: str = "sv") -> None:
    with app.app_context(), database.transaction() as session:
        send(
            session,
            to="å@example.fi",
            language=language,
            template="account_password",
            now=NOW,
            context={"name": "Åsa", "link": "http://localhost/sv/account/"},
            attachments=[("beslut.pdf", "application/pdf", b"%PDF-1.7 test")],
        )


def test_a_message_is_delivered_once_with_its_attachment(
    core_app: Flask, database: Database, mailbox: tuple[Mailbox, str]
) -> None:
    box, url = mailbox
    _write(core_app, database)
    postman = Postman(url, "palvelutori@example.fi")
    assert deliver(database, postman, now=NOW) == 1
    assert deliver(database, postman, now=NOW + timedelta(days=1)) == 0
    [mail] = box.messages
    body = mail.get_body()
    assert body is not None
    assert "Åsa" in body.get_content()
    [attachment] = list(mail.iter_attachments())
    assert (attachment.get_filename(), attachment.get_content()) == ("beslut.pdf", b"%PDF-1.7 test")


def test_a_server_that_is_down_costs_no_message(core_app: Flask, database: Database, tmp_path: Path) -> None:
    _write(core_app, database)
    assert deliver(database, Postman("smtp://127.0.0.1:1", "x@example.fi"), now=NOW) == 0
    with database.read() as session:
        message = session.scalars(sa.select(OutboxMessage)).one()
        assert message.sent_at is None
        assert message.last_error
    folder = Postman(f"file://{tmp_path / 'mail'}", "x@example.fi")
    assert deliver(database, folder, now=NOW) == 0, "the next try waits"
    assert deliver(database, folder, now=NOW + timedelta(minutes=3)) == 1
    assert len(list((tmp_path / "mail").glob("*.eml"))) == 1


def test_what_is_rolled_back_is_never_sent(core_app: Flask, database: Database, tmp_path: Path) -> None:
    with core_app.app_context(), database.writing_session() as session:
        facts = {"name": "A", "link": "x"}
        send(session, to="a@example.fi", language="fi", template="account_password", now=NOW, context=facts)
        session.flush()
        session.rollback()
    assert deliver(database, Postman(f"file://{tmp_path}", "x@example.fi"), now=NOW) == 0
