"""A process is killed while it hands a message to the mail server: the one moment that is not the portal's alone."""

from __future__ import annotations

import signal
import threading
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace.outbox import MailAddress, OutboxMessage, send
from tests.approvals.crashes.conftest import PATIENCE, Crashes, end_of
from tests.approvals.crashes.work import deliver_mail
from tests.mail import Mailbox
from tests.work import work_of


class Deadly:
    """A mail server's handler: at one point of the conversation it waits until the process it speaks with is dead."""

    def __init__(self, mailbox: Mailbox, point: str) -> None:
        self.mailbox = mailbox
        self.point = point
        self.reached, self.dead = threading.Event(), threading.Event()

    def at(self, point: str) -> None:
        if point == self.point and not self.reached.is_set():
            self.reached.set()
            assert self.dead.wait(PATIENCE)

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        self.at("addressed")
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        answer: str = await self.mailbox.handle_DATA(server, session, envelope)
        self.at("taken")
        return answer

    async def handle_QUIT(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.at("goodbye")
        return "221 Bye"


@pytest.mark.parametrize(
    ("point", "copies"),
    [("addressed", 1), ("taken", 2), ("goodbye", 1)],
)
def test_only_a_death_between_the_servers_taking_and_our_noting_brings_a_copy_and_it_is_the_same(
    crashes: Crashes, core_app: Flask, point: str, copies: int
) -> None:
    deadly = Deadly(crashes.mailbox, point)
    crashes.server.handler = deadly
    with core_app.app_context(), crashes.database.transaction() as session:
        send(
            work_of(session),
            MailAddress("å@example.fi", "Åsa", "sv"),
            "account_password",
            organisation_key=None,
            link="http://localhost/sv/account/password",
            attachments=[("beslut.pdf", "application/pdf", b"%PDF-1.7 test")],
        )
    process, beats = crashes.start(deliver_mail)
    assert deadly.reached.wait(PATIENCE)
    process.kill()
    assert end_of(process, beats) == -signal.SIGKILL
    deadly.dead.set()
    crashes.finish(deliver_mail)
    assert len(crashes.mailbox.messages) == copies
    crashes.assert_mail_arrived_once()
    with crashes.database.read() as session:
        message = session.scalars(sa.select(OutboxMessage)).one()
        assert message.attempts == (1 if point == "goodbye" else 2)
