"""E-mail, written in the same transaction as its cause and delivered afterwards by the worker.

A message that is in the table is sent at least once, also after a crash; its Message-ID is fixed when it is written,
so that a mail system recognises the rare second copy.
"""

from __future__ import annotations

import hashlib
import logging
import re
import smtplib
import ssl
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import message_from_bytes
from email.errors import MessageError
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime, make_msgid
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final, Protocol, cast
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

import sqlalchemy as sa
from flask import current_app, render_template
from sqlalchemy.orm import Mapped, Session, mapped_column, undefer

from marketplace.contact import kept_email
from marketplace.db import Base, Database
from marketplace.i18n import in_language
from marketplace.slots import Answer
from marketplace.text import one_line
from marketplace.work import UnitOfWork

_log = logging.getLogger(__name__)

LONGEST_WAIT: Final = timedelta(hours=2)
"""Between two tries of one message; the first ones follow each other sooner."""

MAX_ATTEMPTS: Final = 66
"""Tries of one message: about five days, as RFC 5321 (4.5.4.1) wants it. A weekend without a mail server costs none."""

BODIES_KEPT: Final = timedelta(days=30)
"""How long the text of a message that was sent is kept, and to whom it went: links and personal data."""

GIVEN_UP_KEPT: Final = timedelta(days=90)
"""How long a message that no server takes can be sent again: after that it is older than what it tells."""


class OutboxMessage(Base):
    """One e-mail, complete and addressed; `sent_at` stays empty until a server has taken it.

    Of an old one only stays that there was one, of which kind and when (`forget_bodies`): the row itself does, because
    letters of invitations lead to theirs.

    `organisation_key` is whose office is told when no server takes it; None where the matter is no office's.
    """

    __tablename__ = "outbox_messages"
    __audit_name__ = "Mail"
    __table_args__ = (
        sa.Index("ix_outbox_messages_waiting", "next_attempt_at", sqlite_where=sa.text("sent_at IS NULL"),
                 postgresql_where=sa.text("sent_at IS NULL")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    recipient: Mapped[str]
    language: Mapped[str]
    template: Mapped[str]
    organisation_key: Mapped[str | None]
    subject: Mapped[str]
    body: Mapped[str]
    message_id: Mapped[str] = mapped_column(unique=True)
    attachments: Mapped[bytes | None] = mapped_column(sa.LargeBinary, deferred=True)
    created_at: Mapped[datetime]
    next_attempt_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None]
    last_error: Mapped[str | None]

    @classmethod
    def is_waiting(cls) -> sa.ColumnElement[bool]:
        """No server has taken it, and it still has the text with which it could be sent."""
        return sa.and_(cls.sent_at.is_(None), cls.body != "")

    @classmethod
    def is_given_up(cls) -> sa.ColumnElement[bool]:
        """It waits and is not tried any more."""
        return sa.and_(cls.is_waiting(), cls.attempts >= MAX_ATTEMPTS)


Attachment = tuple[str, str, bytes]
"""File name, media type, content."""


def address(endpoint: str, language: str, **values: Any) -> str:
    """The whole address of a page for a letter, made from its route; further values go into the query.

    Raises werkzeug.routing.BuildError for a page that does not exist, so that no letter goes out with a dead link.
    """
    path = current_app.url_map.bind("").build(endpoint, {"lang": language, **values})
    return f"{current_app.extensions['settings'].public_url}{path}"


class Recipient(Protocol):
    """Who gets a message, and in which language: a person with an account, or a `MailAddress`."""

    @property
    def email(self) -> str:
        """The address."""

    @property
    def name(self) -> str:
        """How the message greets; empty when nobody knows."""

    @property
    def language(self) -> str:
        """The code of the language in which the message is written."""


@dataclass(frozen=True, slots=True)
class MailAddress:
    """An address without an account."""

    email: str
    name: str
    language: str


unwanted: Final = Answer[Callable[[Session, object, str], bool]](
    "outbox.unwanted", "Whether the recipient has switched off mail of this template; it is then not written."
)


def rendered(template: str, language: str, context: Mapping[str, Any]) -> tuple[str, str]:
    """Subject and text of a letter from `templates/emails/<template>.txt`, whose first line is `Subject: …`.

    One empty line stands between its paragraphs, also where a part is left out.
    """
    with in_language(language):
        text = render_template(f"emails/{template}.txt", lang=language, **context)
    head, _, body = text.strip().partition("\n")
    return head.removeprefix("Subject:").strip(), re.sub(r"\n{3,}", "\n\n", body.strip())


def send(
    work: UnitOfWork,
    to: Recipient,
    template: str,
    *,
    organisation_key: str | None,
    attachments: Iterable[Attachment] = (),
    **context: Any,
) -> OutboxMessage:
    """Write a message in the recipient's language; needs an application context for the template.

    A message to somebody without an address is only made, for a letter that is printed and posted, and so is one that
    its reader has switched off; nothing of it is kept here.

    `organisation_key` is whose matter the message belongs to: its office sees when no server takes it. None for what is
    between the portal and a person or a company alone.

    `context` is what the template shows beside the recipient's `name`. Only the `mails.py` of the rooms call this: one
    function there for each template, named after it, which also makes the links.
    """
    subject, body = rendered(template, to.language, {"name": to.name, **context})
    message = OutboxMessage(
        recipient=to.email,
        language=to.language,
        template=template,
        organisation_key=organisation_key,
        subject=subject,
        body=body + "\n",
        message_id=_message_id(),
        attachments=_pack(attachments),
        created_at=work.now,
        next_attempt_at=work.now,
        attempts=0,
    )
    if to.email and not any(refuses(work.session, to, template) for refuses in unwanted):
        work.session.add(message)
    return message


def _message_id() -> str:
    """A new Message-ID under the portal's own name: a name that no host can have speaks against the sender."""
    host = urlsplit(current_app.extensions["settings"].public_url).hostname or "localhost"
    return make_msgid(domain=host.encode("idna").decode("ascii"))


def _pack(attachments: Iterable[Attachment]) -> bytes | None:
    """Attachments as one MIME message, or None when there are none."""
    bundle = EmailMessage(policy=SMTP)
    names = 0
    for name, media_type, content in attachments:
        _attach(bundle, name, media_type, content)
        names += 1
    return bundle.as_bytes() if names else None


def _attach(email: EmailMessage, name: str, media_type: str, content: bytes) -> None:
    """Attach a file; the portal's own text files are UTF-8. A calendar entry tells its method (RFC 6047 2.4)."""
    main, sub = media_type.split("/", 1)
    params = {"charset": "utf-8"} if main == "text" else {}
    if method := _METHOD.search(content) if media_type == "text/calendar" else None:
        params["method"] = method[1].decode("ascii")
    email.add_attachment(content, maintype=main, subtype=sub, filename=name, params=params or None)


_METHOD: Final = re.compile(rb"^METHOD:([A-Z]+)\r?$", re.MULTILINE)


class _Wire(EmailPolicy):
    """How messages are written: a subject comes out of every reader as it went in.

    The library's own folding of long subjects loses or adds blanks between encoded words (gh-92081 and its repairs,
    Python 3.11 to 3.14); a subject is therefore encoded whole, with its blanks inside the words (RFC 2047 6.2).
    """

    def fold(self, name: str, value: Any) -> str:
        """A header as text."""
        if name.lower() != "subject":
            return str(super().fold(name, value))
        text = str(value)
        if text.isascii() and text.isprintable() and len(text) <= _PLAIN_SUBJECT and "=?" not in text:
            return f"{name}: {text}{self.linesep}"
        return f"{name}: {Header(text, 'utf-8', header_name=name).encode(linesep=self.linesep)}{self.linesep}"

    def fold_binary(self, name: str, value: Any) -> bytes:
        """A header as bytes."""
        return (
            self.fold(name, value).encode("ascii")
            if name.lower() == "subject"
            else super().fold_binary(name, value)
        )


_PLAIN_SUBJECT: Final = 60
WIRE: Final = _Wire(linesep="\r\n")


def as_email(message: OutboxMessage, sender: str) -> EmailMessage:
    """The message as it goes on the wire: the same bytes each time."""
    email = EmailMessage(policy=WIRE)
    email["From"], email["To"] = sender, kept_email(message.recipient)
    email["Subject"] = one_line(message.subject)
    email["Date"] = format_datetime(message.created_at)
    email["Message-ID"] = message.message_id
    email["Content-Language"] = message.language
    email["Auto-Submitted"] = "auto-generated"
    email.set_content(message.body)
    if message.attachments:
        bundle = message_from_bytes(message.attachments, policy=SMTP)
        for part in bundle.iter_attachments():
            content = cast(bytes, part.get_payload(decode=True))
            _attach(email, str(part.get_filename()), part.get_content_type(), content)
        email.set_boundary(f"={hashlib.sha256(message.message_id.encode()).hexdigest()[:32]}=")
    return email


class MailServerAway(Exception):
    """The mail server cannot be reached, or does not prove who it is; the message says why. No message is to blame."""


@dataclass(frozen=True)
class Postman:
    """Takes messages where MAIL_URL points: `smtp://[user:password@]host[:port]`, `smtps://…` or `file:///folder`.

    The way to a server is encrypted and its certificate is checked: by STARTTLS, or from the start with `smtps`. To a
    relay on this machine, and where the address ends in `?tls=off`, messages go as they are.
    """

    url: str
    sender: str

    @contextmanager
    def carry(self, email: EmailMessage) -> Iterator[None]:
        """Hand one message over: inside the block it has been taken, and the server's goodbye waits for its end.

        Raises MailServerAway, or OSError or smtplib.SMTPException when this message was not taken.
        """
        parts = urlsplit(self.url)
        if parts.scheme == "file":
            folder = Path(parts.path)
            folder.mkdir(parents=True, exist_ok=True)
            name = email["Message-ID"].strip("<>").partition("@")[0]
            (folder / f"{name}.eml").write_bytes(email.as_bytes())
            yield
            return
        server = _connect(parts)
        try:
            server.send_message(email)
            yield
            with suppress(OSError, smtplib.SMTPException):
                server.quit()
        finally:
            server.close()


_PATIENCE: Final = 30
"""Seconds that a mail server has for each answer."""


def _connect(address: SplitResult) -> smtplib.SMTP:
    """A session with the mail server, encrypted and signed in as the address says. Raises MailServerAway."""
    host, port = address.hostname or "localhost", address.port or 0
    server: smtplib.SMTP | None = None
    try:
        if address.scheme == "smtps":
            server = smtplib.SMTP_SSL(host, port, timeout=_PATIENCE, context=ssl.create_default_context())
        else:
            server = smtplib.SMTP(host, port, timeout=_PATIENCE)
            if not _is_local(host) and parse_qs(address.query).get("tls") != ["off"]:
                server.starttls(context=ssl.create_default_context())
        if address.username:
            server.login(unquote(address.username), unquote(address.password or ""))
    except (OSError, smtplib.SMTPException) as error:
        if server is not None:
            server.close()
        raise MailServerAway(f"{host}: {error}") from error
    return server


def _is_local(host: str) -> bool:
    """Whether a host is this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def deliver(database: Database, postman: Postman, *, now: datetime, limit: int = 50) -> int:
    """Deliver what waits; the number of messages delivered.

    Each message is claimed in one short transaction and settled in another, so that no lock is held while the mail
    server answers. A refusal is tried again after a growing pause, MAX_ATTEMPTS times in all; a worker that dies
    between the two leaves the message for the next try. It is settled as soon as the server has taken it, so that
    only a death in that very moment brings a second copy.

    Raises MailServerAway when there is no server to speak with: what waits goes on waiting.
    """
    delivered = 0
    for _ in range(limit):
        message = _claim(database, now)
        if message is None:
            break
        try:
            with postman.carry(as_email(message, postman.sender)):
                _settle(database, message, sent_at=now)
                delivered += 1
        except MailServerAway as absence:
            _settle(database, message, last_error=str(absence))
            raise
        except (OSError, smtplib.SMTPException) as refusal:
            _settle(database, message, last_error=str(refusal))
            _log.warning("mail %s was not taken (try %s): %s", message.id, message.attempts, refusal)
        except (ValueError, LookupError, MessageError) as fault:
            _settle(database, message, last_error=f"cannot be written: {type(fault).__name__}")
            _log.exception("mail %s cannot be written (try %s)", message.id, message.attempts)
    return delivered


def waiting(session: Session) -> Sequence[OutboxMessage]:
    """Messages that no server has taken yet, the oldest first."""
    return session.scalars(
        sa.select(OutboxMessage).where(OutboxMessage.is_waiting()).order_by(OutboxMessage.id)
    ).all()


def late(session: Session, *, before: datetime) -> tuple[int, int]:
    """How many messages have waited since `before`, and how many of them are not tried any more."""
    given_up = sa.func.count().filter(OutboxMessage.attempts >= MAX_ATTEMPTS)
    row = session.execute(
        sa.select(sa.func.count(), given_up).where(
            OutboxMessage.is_waiting(), OutboxMessage.created_at < before
        )
    ).one()
    return row[0], row[1]


def retry(session: Session, *, now: datetime, ids: Collection[int] = ()) -> int:
    """Have messages that wait tried again at once and from the beginning, all or those of `ids`; how many."""
    wanted = [OutboxMessage.is_waiting(), *([OutboxMessage.id.in_(ids)] if ids else [])]
    result = session.execute(sa.update(OutboxMessage).where(*wanted).values(attempts=0, next_attempt_at=now))
    return cast("sa.CursorResult[Any]", result).rowcount


def given_up_by(organisation: str) -> sa.Select[OutboxMessage]:
    """What an organisation's office has to be told: its mail that no server took, the newest first."""
    return (
        sa.select(OutboxMessage)
        .where(OutboxMessage.organisation_key == organisation, OutboxMessage.is_given_up())
        .order_by(OutboxMessage.id.desc())
    )


def forget_bodies(database: Database, *, now: datetime) -> None:
    """Drop text and attachments of messages that were sent long ago, or that no server has taken for longer, and to
    whom they went, which an answer of a mail server repeats; that there was one, and whether it arrived, stays known.
    """
    unsent = sa.and_(OutboxMessage.is_given_up(), OutboxMessage.created_at < now - GIVEN_UP_KEPT)
    with database.transaction() as session:
        session.execute(
            sa.update(OutboxMessage)
            .where(
                sa.or_(OutboxMessage.sent_at < now - BODIES_KEPT, unsent),
                sa.or_(OutboxMessage.body != "", OutboxMessage.recipient != ""),
            )
            .values(
                recipient="",
                subject="",
                body="",
                attachments=None,
                last_error=sa.case((OutboxMessage.last_error.is_not(None), ""), else_=None),
            )
        )


def forget_letters(session: Session, templates: Collection[str], *, before: datetime) -> None:
    """Drop whole letters to people whom the portal knows from nothing else, with their addresses, sent or not."""
    session.execute(
        sa.delete(OutboxMessage).where(
            OutboxMessage.template.in_(templates), OutboxMessage.created_at <= before
        )
    )


def forget_letters_to(
    session: Session, recipients: Collection[str], is_theirs: Callable[[str], bool]
) -> None:
    """Drop whole letters to addresses whose owner is to be forgotten, sent or not, of the templates that are theirs."""
    to_them = OutboxMessage.recipient.in_(recipients)
    templates = session.scalars(sa.select(OutboxMessage.template).where(to_them).distinct()).all()
    theirs = [template for template in templates if is_theirs(template)]
    session.execute(sa.delete(OutboxMessage).where(to_them, OutboxMessage.template.in_(theirs)))


def _settle(
    database: Database,
    message: OutboxMessage,
    *,
    sent_at: datetime | None = None,
    last_error: str | None = None,
) -> None:
    """Write down how a try ended."""
    with database.transaction() as session:
        row = session.get_one(OutboxMessage, message.id)
        row.sent_at, row.last_error = sent_at, last_error


def _claim(database: Database, now: datetime) -> OutboxMessage | None:
    """The oldest message that is due, taken so that no other worker tries it before its next attempt."""
    with database.transaction() as session:
        message = session.scalar(
            sa.select(OutboxMessage)
            .where(
                OutboxMessage.sent_at.is_(None),
                OutboxMessage.next_attempt_at <= now,
                OutboxMessage.attempts < MAX_ATTEMPTS,
            )
            .options(undefer(OutboxMessage.attachments))
            .order_by(OutboxMessage.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if message is not None:
            message.attempts += 1
            message.next_attempt_at = now + min(
                timedelta(minutes=2 ** min(message.attempts, 10)), LONGEST_WAIT
            )
    return message
