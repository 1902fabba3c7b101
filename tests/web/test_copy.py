"""Reports are read from a copy of the database where there is one; who asks is read from the database itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.models import User
from marketplace.audit.models import AuditEvent
from marketplace.db import Database
from marketplace.permissions import Role
from tests.databases import copy_database, drop_database
from tests.factories import make_user
from tests.trail import Tried
from tests.work import work_of

SignIn = Callable[[FlaskClient, User], None]


def test_a_report_is_read_from_the_copy_and_what_was_written_from_the_database(
    app: Flask, database: Database, database_url: str, tmp_path: Path, sign_in: SignIn
) -> None:
    url = copy_database(database_url, tmp_path / "copy.sqlite")
    copy = Database(url)
    with copy.transaction() as session:
        work_of(session).record(Tried.EVENT, ("Thing", 4711), organisation="keusote")
    copy.dispose()
    with database.transaction() as session:
        auditor = make_user(session, Role.AUDITOR, organisation="keusote")
    both = Database(database_url, info=database.info, copy_url=url)
    app.extensions["database"] = both
    client = app.test_client()
    sign_in(client, auditor)
    page = client.get("/fi/office/audit")
    assert page.status_code == 200
    assert "4711" in page.text
    with both.read() as session:
        assert session.scalar(sa.select(sa.func.count()).where(AuditEvent.subject_id == "4711")) == 0
    app.extensions["database"] = database
    assert "4711" not in client.get("/fi/office/audit").text
    both.dispose()
    drop_database(url)


def test_without_a_copy_reports_read_the_database(database: Database) -> None:
    with database.report_session() as session:
        assert session.get_bind() is database.engine
    assert database.copy is None
