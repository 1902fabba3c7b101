"""Two counsellors at once: one agreement is recorded, and the other person is told."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import sqlalchemy as sa
from flask import Flask

from marketplace.db import Database
from marketplace.errors import Conflict
from marketplace.i18n import helsinki_date
from marketplace.vouchers import service
from marketplace.vouchers.models import Agreement
from marketplace.vouchers.rules import AgreementTerms
from tests.factories import NOW
from tests.vouchers.conftest import Scene
from tests.work import work_of


def test_the_same_agreement_is_recorded_once(app: Flask, kept: Scene) -> None:
    database: Database = app.extensions["database"]
    start = Barrier(2)

    def record(_turn: int) -> str:
        start.wait()
        try:
            with database.transaction() as session:
                terms = AgreementTerms("A-1", helsinki_date(NOW))
                service.record_agreement(work_of(session, kept.actor("counsellor")), kept.offer.id, terms)
        except Conflict:
            return "told"
        return "recorded"

    with ThreadPoolExecutor(2) as people:
        assert sorted(people.map(record, range(2))) == ["recorded", "told"]
    with database.read() as session:
        assert session.scalar(sa.select(sa.func.count(Agreement.id))) == 1
