"""An answer of the bank and others who book at the same moment never wait for each other in a circle."""

from __future__ import annotations

from pathlib import Path
from threading import Thread

from flask import Flask

from marketplace.db import Database
from marketplace.ledger import service as ledger
from marketplace.ledger.rules import Unit
from marketplace.payments.batches import reconciling
from marketplace.payments.batches.models import Batch
from marketplace.permissions import SYSTEM
from marketplace.vouchers.granting.holding import provider_account
from marketplace.work import UnitOfWork
from tests.conftest import NOW
from tests.payments.batches.scenes import ORGANISATION, bank_statement, make_cast


def test_an_answer_locks_its_accounts_in_the_order_of_all(
    database: Database, core_app: Flask, tmp_path: Path
) -> None:
    """Somebody holds the first account; the answer waits for it without holding a later one that is wanted next."""
    with core_app.app_context(), database.transaction() as session:
        cast = make_cast(session, tmp_path, owed=3)
        batch = cast.sent()
        rows = sorted(batch.payments, key=lambda row: -row.provider_id)
        content = bank_statement([(row.key, -row.amount.cents) for row in rows])
        batch_id, payer, store = batch.id, cast.payer, cast.store
        providers = [row.provider_id for row in rows]

    def read() -> None:
        with core_app.app_context(), database.transaction() as session:
            cast.session, cast.payer, cast.store = session, session.merge(payer), store
            cast.read(content)

    reader = Thread(target=read)
    with database.transaction() as session:
        work = UnitOfWork(session, SYSTEM, NOW)
        accounts = sorted(
            provider_account(work, each, Unit.CENTS, organisation=ORGANISATION).id for each in providers
        )
        ledger.lock_accounts(work, accounts[:1])
        reader.start()
        reader.join(1)
        assert reader.is_alive()
        for each in accounts[1:]:
            ledger.lock_accounts(work, [each])
    reader.join(30)
    assert not reader.is_alive()
    with database.read() as session:
        assert {row.state.value for row in session.get_one(Batch, batch_id).payments} == {"paid"}
        assert list(reconciling.disagreements(session, ORGANISATION)) == []
