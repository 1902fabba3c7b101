"""Whatever breaks between a delivery and the bank: nothing is half done, and each statement is paid once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask
from sqlalchemy import event

from marketplace.audit.models import AuditEvent
from marketplace.db import Database
from marketplace.files.models import StoredFile
from marketplace.files.store import FileStore, ReceivedFile
from marketplace.ledger.models import Posting
from marketplace.outbox import OutboxMessage
from marketplace.payments.batches.models import BankAnswer, Batch, PaymentNews, PaymentRow
from marketplace.payments.statements.models import Statement, StatementRow
from tests.payments.chain import Chain, owe, wrong

CHANGED = (
    Statement, StatementRow, Batch, PaymentRow, PaymentNews, BankAnswer, Posting, StoredFile, OutboxMessage, AuditEvent
)  # fmt: skip


class Broken(RuntimeError):
    """The process is gone, as far as the database can tell."""


class BreakingStore(FileStore):
    """A file store that tells before and after it has kept a content."""

    def put(self, *given: Any, **named: Any) -> ReceivedFile:
        """Keep the content."""
        self.step()
        kept = super().put(*given, **named)
        self.step()
        return kept

    def step(self) -> None:
        """Nothing, unless somebody breaks it."""


class Breaking:
    """Breaks what is done at its change, commit or file with a number, counted from 1 since `begin`.

    Where it only reads, nothing can be half done.
    """

    def __init__(self, at: int) -> None:
        self._at, self._seen, self._begun = at, 0, False

    def begin(self) -> None:
        """From here on it counts."""
        self._begun = True

    def __call__(
        self, _of: object = None, _cursor: object = None, statement: str = "", *_rest: object
    ) -> None:
        """Something is about to be done."""
        if statement.startswith(("SELECT", "WITH")):
            return
        self._seen += self._begun
        if self._begun and self._seen == self._at:
            raise Broken

    @contextmanager
    def watching(self, database: Database, store: BreakingStore) -> Iterator[None]:
        """The time in which it hears of everything that is done."""
        places = [(database.engine, "before_cursor_execute"), (database.engine, "commit")]
        for place in places:
            event.listen(*place, self)
        store.step = self  # type: ignore[method-assign]
        try:
            yield
        finally:
            self._begun = False
            for place in places:
                event.remove(*place, self)


def told(database: Database) -> list[list[tuple[Any, ...]]]:
    """Everything that the steps change."""
    with database.engine.connect() as connection:
        tables = [each.__table__ for each in CHANGED]
        return [
            [tuple(row) for row in connection.execute(sa.select(each).order_by(*each.primary_key))]
            for each in tables
        ]


def test_what_breaks_anywhere_is_undone_and_done_again_once(
    core_app: Flask, database: Database, tmp_path: Path
) -> None:
    store = BreakingStore(tmp_path, secret="secret", limit=1_000_000)
    with core_app.app_context(), database.transaction() as session:
        owe(session)
    broke: Counter[str] = Counter()
    at, step = 1, ""
    while True:
        before = told(database)
        try:
            breaking = Breaking(at)
            with (
                core_app.app_context(),
                breaking.watching(database, store),
                database.transaction() as session,
            ):
                found = Chain(session, store).next_step()
                if found is None:
                    break
                step, verb = found
                breaking.begin()
                verb()
        except Broken:
            broke[step] += 1
            at += 1
            assert told(database) == before, f"{step}, broken at {at - 1}"
            continue
        at = 1
        with database.read() as session:
            assert wrong(session) == []
    assert set(broke) == {"freeze", "accept", "prepare", "release", "write", "send", "pay"}
    assert all(count > 3 for count in broke.values())
    with database.read() as session:
        assert wrong(session, at_the_end=True) == []
        count = session.scalar(sa.select(sa.func.count(Statement.id)))
        assert session.scalar(sa.select(sa.func.count(PaymentRow.id))) == count == 2
