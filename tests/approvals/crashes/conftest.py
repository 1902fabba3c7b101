"""Processes that are killed, and a mail server that counts what it takes."""

from __future__ import annotations

import asyncio
import multiprocessing
import random
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from aiosmtpd.controller import Controller

from marketplace.audit.proof import verify
from marketplace.db import Database
from marketplace.outbox import OutboxMessage
from tests.approvals.crashes.work import Job
from tests.factories import NOW
from tests.journeys.conftest import free_port
from tests.mail import Mailbox

KILLS = {"sqlite": 13, "postgresql": 12}
"""How often each of the two jobs is killed on each engine: 50 times in all."""
SEED = 4
MOST_PIECES = 4
LONGEST_AFTER = 0.1
"""A process dies after up to MOST_PIECES pieces of work, and up to LONGEST_AFTER seconds later: chance decides."""
PATIENCE = 120
"""Seconds after which a process that is not killed must be through, on whatever machine."""

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["tests.approvals.crashes.warm"])


@dataclass
class Crashes:
    """Starts processes on one database and kills them; its clock goes on from one to the next.

    The clock goes on far enough that mail whose delivery was cut off is due again.
    """

    database: Database
    folder: Path
    mailbox: Mailbox
    server: Controller
    kills: int
    chance: random.Random = field(default_factory=lambda: random.Random(SEED))
    now: datetime = NOW

    def kill_at_random(self, work: Callable[..., None], arguments: Callable[[], tuple[Any, ...]]) -> None:
        """Start `work` again and again and kill it, until it has been killed as often as it shall be.

        `arguments` are made again for each life and must hold enough to do for the longest one.
        """
        killed = 0
        for _life in range(self.kills * 5):
            process, beats = self.start(work, *arguments())
            for _piece in range(self.chance.randrange(MOST_PIECES + 1)):
                beat(beats)
            process.join(self.chance.uniform(0, LONGEST_AFTER))
            process.kill()
            killed += end_of(process, beats) == -signal.SIGKILL
            self.assert_chain_whole()
            if killed == self.kills:
                return
        raise AssertionError(f"killed only {killed} times: there was too little to do")

    def finish(self, work: Callable[..., None], *arguments: Any) -> None:
        """Run `work` to its end, as after a restart."""
        process, beats = self.start(work, *arguments)
        process.join(PATIENCE)
        process.kill()
        assert end_of(process, beats) == 0, "the work did not come to its end"

    def start(self, work: Callable[..., None], *arguments: Any) -> tuple[ForkServerProcess, Connection]:
        """Start `work` in a process of its own; returns when it has begun to work."""
        self.now += timedelta(hours=5)
        job = Job(
            self.database.url.render_as_string(hide_password=False),
            self.folder,
            f"smtp://127.0.0.1:{self.server.port}",
            self.now,
        )
        parent, child = _processes.Pipe(duplex=False)
        process = _processes.Process(target=work, args=(job, *arguments, child))
        process.start()
        child.close()
        beat(parent)
        return process, parent

    def assert_chain_whole(self) -> None:
        """The audit trail holds."""
        assert verify(self.database).problem is None

    def assert_mail_arrived_once(self) -> list[EmailMessage]:
        """Every message of the outbox has arrived, no other one has, and a mail system shows each of them once.

        A server may have taken a message in the moment before its process died, and then gets it again, with the same
        Message-ID and the same bytes, by which mail systems know the second copy. The messages without those copies.
        """
        copies = Counter(str(mail["Message-ID"]) for mail in self.mailbox.messages)
        contents: dict[str, set[bytes]] = {}
        for mail in self.mailbox.messages:
            del mail["X-Peer"]  # the test server's own note, with the port of the sender
            contents.setdefault(str(mail["Message-ID"]), set()).add(mail.as_bytes())
        assert {key for key, each in contents.items() if len(each) > 1} == set(), "copies differ"
        with self.database.read() as session:
            written = session.scalars(sa.select(OutboxMessage)).all()
        assert copies.keys() == {message.message_id for message in written}
        assert [message.id for message in written if message.sent_at is None] == []
        for message in written:
            assert copies[message.message_id] <= message.attempts
        assert sum(copies.values()) - len(copies) <= self.kills
        return list({str(mail["Message-ID"]): mail for mail in self.mailbox.messages}.values())


def beat(beats: Connection) -> None:
    """Wait until the process tells that it has done one piece more, or has ended."""
    assert beats.poll(PATIENCE), "the process does nothing"
    with suppress(EOFError):
        beats.recv_bytes()


def end_of(process: ForkServerProcess, beats: Connection) -> int | None:
    """Wait for the end of a process and free what it held; its exit code, negative for a signal."""
    process.join(PATIENCE)
    code = process.exitcode
    process.close()
    beats.close()
    return code


@pytest.fixture
def crashes(database: Database, engine_name: str, tmp_path: Path) -> Iterator[Crashes]:
    """Processes to be killed on the test's own database."""
    mailbox = Mailbox()
    server = Controller(mailbox, hostname="127.0.0.1", port=free_port())
    server.start()
    yield Crashes(database, tmp_path, mailbox, server, KILLS[engine_name])
    asyncio.run_coroutine_threadsafe(_left_alone(), server.loop).result(PATIENCE)
    server.stop()


async def _left_alone() -> None:
    """Wait until the mail server has noticed that everybody is gone, so that it leaves no connection open."""
    while len(asyncio.all_tasks()) > 1:
        await asyncio.sleep(0.01)
