"""Mail leaves the outbox once, over real SMTP, and waits out a server that is down."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from aiosmtpd.controller import Controller
from click.testing import CliRunner
from flask import Flask

from marketplace import outbox
from marketplace.__main__ import command
from marketplace.db import Database
from marketplace.outbox import (
    BODIES_KEPT,
    GIVEN_UP_KEPT,
    MAX_ATTEMPTS,
    MailServerAway,
    OutboxMessage,
    Postman,
    deliver,
    forget_bodies,
    send,
)
from tests.factories import NOW
from tests.mail import Mailbox
from tests.work import work_of


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
            work_of(session),
            outbox.MailAddress("å@example.fi", "Åsa", language),
            "account_password",
            organisation_key=None,
            link="http://localhost/sv/account/",
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


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("https://palvelut.kainuu.fi", "palvelut.kainuu.fi"),
        ("https://tjänster.fi:8443", "xn--tjnster-6wa.fi"),
    ],
)
def test_a_message_is_known_by_the_name_of_its_portal(
    core_app: Flask, database: Database, monkeypatch: pytest.MonkeyPatch, address: str, host: str
) -> None:
    settings = replace(core_app.extensions["settings"], public_url=address)
    monkeypatch.setitem(core_app.extensions, "settings", settings)
    _write(core_app, database)
    with database.read() as session:
        assert session.scalars(sa.select(OutboxMessage)).one().message_id.endswith(f"@{host}>")


def test_a_server_that_is_down_costs_no_message(core_app: Flask, database: Database, tmp_path: Path) -> None:
    _write(core_app, database)
    with pytest.raises(MailServerAway, match="refused"):
        deliver(database, Postman("smtp://127.0.0.1:1", "x@example.fi"), now=NOW)
    with database.read() as session:
        message = session.scalars(sa.select(OutboxMessage)).one()
        assert message.sent_at is None
        assert "refused" in (message.last_error or "")
    folder = Postman(f"file://{tmp_path / 'mail'}", "x@example.fi")
    assert deliver(database, folder, now=NOW) == 0, "the next try waits"
    assert deliver(database, folder, now=NOW + timedelta(minutes=3)) == 1
    assert len(list((tmp_path / "mail").glob("*.eml"))) == 1


def test_what_is_rolled_back_is_never_sent(core_app: Flask, database: Database, tmp_path: Path) -> None:
    with core_app.app_context(), database.writing_session() as session:
        send(
            work_of(session),
            outbox.MailAddress("a@example.fi", "A", "fi"),
            "account_password",
            organisation_key=None,
            link="x",
        )
        session.flush()
        session.rollback()
    assert deliver(database, Postman(f"file://{tmp_path}", "x@example.fi"), now=NOW) == 0


def _outage(database: Database, server: Postman, *, begins: datetime, lasts: timedelta) -> datetime:
    """Let the worker try every minute while the server is away; the moment at which it is back."""
    moment = begins
    while moment < begins + lasts:
        with suppress(MailServerAway):
            deliver(database, server, now=moment)
        moment += timedelta(minutes=1)
    return moment


def test_a_long_weekend_without_a_mail_server_loses_nothing(
    core_app: Flask, database: Database, tmp_path: Path
) -> None:
    _write(core_app, database)
    away = Postman("smtp://127.0.0.1:1", "x@example.fi")
    back = _outage(database, away, begins=NOW, lasts=timedelta(days=4))
    folder = Postman(f"file://{tmp_path / 'mail'}", "x@example.fi")
    assert deliver(database, folder, now=back + outbox.LONGEST_WAIT) == 1


def test_what_was_given_up_is_listed_and_sent_again_when_asked_for(
    app: Flask, database: Database, tmp_path: Path
) -> None:
    _write(app, database)
    with database.transaction() as session:
        message = session.scalars(sa.select(OutboxMessage)).one()
        message.attempts, message.last_error = outbox.MAX_ATTEMPTS, "550 no such box"
    folder = Postman(f"file://{tmp_path / 'mail'}", "x@example.fi")
    assert deliver(database, folder, now=NOW + timedelta(days=30)) == 0
    listed = CliRunner().invoke(command, ["mail", "list"], obj=app).output
    assert "to å@example.fi" in listed
    assert "given up  550 no such box" in listed
    assert "No such" not in CliRunner().invoke(command, ["mail", "retry", "999"], obj=app).output
    assert deliver(database, folder, now=NOW) == 0
    assert "1 messages will be tried again" in CliRunner().invoke(command, ["mail", "retry"], obj=app).output
    assert deliver(database, folder, now=NOW) == 1
    assert "0 messages wait" in CliRunner().invoke(command, ["mail", "list"], obj=app).output


def test_the_text_of_mail_that_was_sent_is_forgotten_after_a_month(
    core_app: Flask, database: Database, tmp_path: Path
) -> None:
    for _ in range(2):
        _write(core_app, database)
    with database.transaction() as session:
        sent, _waits = session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id)).all()
        sent.sent_at = NOW
    for day, kept in ((BODIES_KEPT, 2), (BODIES_KEPT + timedelta(days=1), 1)):
        forget_bodies(database, now=NOW + day)
        with database.read() as session:
            rows = session.execute(sa.select(OutboxMessage.body, OutboxMessage.attachments)).all()
        assert len([row for row in rows if row.body and row.attachments]) == kept
        assert len([row for row in rows if not row.body and row.attachments is None]) == 2 - kept


def test_to_whom_a_mail_went_is_forgotten_with_its_text_also_of_what_was_forgotten_before(
    core_app: Flask, database: Database
) -> None:
    for _ in range(3):
        _write(core_app, database)
    with database.transaction() as session:
        sent, refused, waits = session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id)).all()
        recipient, message_id = sent.recipient, sent.message_id
        sent.sent_at, sent.body, sent.attachments = NOW, "", None
        refused.attempts, refused.last_error = MAX_ATTEMPTS, f"(550, b'no such box <{recipient}>')"
        old = NOW + GIVEN_UP_KEPT + timedelta(days=1)
        waits.created_at = old
    forget_bodies(database, now=old)
    with database.read() as session:
        sent, refused, waits = session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id)).all()
        assert [each.recipient for each in (sent, refused, waits)] == ["", "", recipient]
        assert [each.subject == "" for each in (sent, refused, waits)] == [True, True, False]
        assert (sent.message_id, sent.sent_at, sent.last_error) == (message_id, NOW, None)
        assert (refused.last_error, refused.sent_at) == ("", None), "that it was refused stays known"


TLS = Path(__file__).parent / "tls"


@pytest.fixture
def guarded_mailbox() -> Iterator[tuple[Mailbox, int]]:
    """An SMTP server on a port that speaks TLS with a certificate nobody has signed."""
    handler = Mailbox()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "certificate.pem", TLS / "key.pem")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(
        handler, hostname="127.0.0.1", port=port, tls_context=context, require_starttls=True
    )
    controller.start()
    yield handler, port
    controller.stop()


def test_a_server_that_cannot_prove_who_it_is_gets_neither_mail_nor_password(
    core_app: Flask, database: Database, guarded_mailbox: tuple[Mailbox, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    box, port = guarded_mailbox
    _write(core_app, database)
    monkeypatch.setattr(outbox, "_is_local", lambda host: False)
    postman = Postman(f"smtp://user:secret@127.0.0.1:{port}", "x@example.fi")
    with pytest.raises(MailServerAway, match="certificate"):
        deliver(database, postman, now=NOW)
    assert box.messages == []


def test_mail_goes_encrypted_to_a_server_whose_certificate_is_trusted(
    core_app: Flask, database: Database, guarded_mailbox: tuple[Mailbox, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    box, port = guarded_mailbox
    _write(core_app, database)
    monkeypatch.setattr(outbox, "_is_local", lambda host: False)
    monkeypatch.setenv("SSL_CERT_FILE", str(TLS / "certificate.pem"))
    assert deliver(database, Postman(f"smtp://127.0.0.1:{port}", "x@example.fi"), now=NOW) == 1
    assert len(box.messages) == 1


def test_a_server_elsewhere_without_encryption_is_refused_unless_said_off(
    core_app: Flask, database: Database, mailbox: tuple[Mailbox, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    box, url = mailbox
    _write(core_app, database)
    monkeypatch.setattr(outbox, "_is_local", lambda host: False)
    with pytest.raises(MailServerAway, match="STARTTLS"):
        deliver(database, Postman(url, "x@example.fi"), now=NOW)
    assert deliver(database, Postman(f"{url}?tls=off", "x@example.fi"), now=NOW + timedelta(minutes=3)) == 1
    assert len(box.messages) == 1


@pytest.mark.parametrize(
    ("host", "local"), [("localhost", True), ("127.0.0.1", True), ("::1", True), ("mail.county.fi", False)]
)
def test_only_this_machine_is_local(host: str, local: bool) -> None:
    assert outbox._is_local(host) is local
