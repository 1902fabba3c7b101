"""The figures of the reports over the demo content: the same as an independent count."""

from __future__ import annotations

from flask import Flask

from marketplace.db import Database
from tests.conftest import NOW
from tests.reports.compared import kept, make, recounted


def test_every_number_is_what_the_raw_rows_say(demo_database: Database, core_app: Flask) -> None:
    with core_app.app_context(), demo_database.writing_session() as session:
        assert make(session, now=NOW) > 30
        numbers, again = kept(session), recounted(session)
        assert len(numbers) > 1000
        assert numbers == again
        session.rollback()
