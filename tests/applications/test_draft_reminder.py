"""A draft that lies for a week brings one letter, and none while somebody writes in it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace.accounts.models import RoleGrant
from marketplace.applications.audit_actions import ApplicationAudit
from marketplace.applications.models import Application
from marketplace.applications.sending.drafts import UNTOUCHED, remind
from marketplace.db import Database
from marketplace.outbox import OutboxMessage
from marketplace.pilots.trail import record_in_pilot
from tests.approvals.cast import Cast, make_cast
from tests.factories import NOW, make_application, make_provider, make_provider_admin
from tests.work import work_of


@pytest.fixture
def cast(app: Flask, database: Database) -> Cast:
    with app.app_context(), database.transaction() as session:
        return make_cast(session)


@pytest.fixture
def draft(database: Database, cast: Cast) -> Application:
    with database.transaction() as session:
        return make_application(session, cast.provider, cast.applicant, complete=False, created_at=NOW)


def reminded(app: Flask, database: Database, now: datetime) -> list[str]:
    """Who is written to at a moment."""
    with app.app_context():
        remind(database, now=now)
    wanted = sa.select(OutboxMessage.recipient).where(
        OutboxMessage.template == "application_draft_waits", OutboxMessage.created_at == now
    )
    with database.read() as session:
        return list(session.scalars(wanted))


@pytest.mark.usefixtures("draft")
def test_a_draft_is_told_of_once_after_a_week(app: Flask, database: Database, cast: Cast) -> None:
    assert reminded(app, database, NOW + UNTOUCHED - timedelta(minutes=1)) == []
    assert reminded(app, database, NOW + UNTOUCHED) == [cast.applicant.email]
    assert reminded(app, database, NOW + UNTOUCHED + timedelta(days=40)) == []


def test_the_week_begins_again_with_each_page_that_is_saved(
    app: Flask, database: Database, cast: Cast, draft: Application
) -> None:
    saved = NOW + timedelta(days=5)
    with database.transaction() as session:
        work = work_of(session, cast.actor("applicant"), now=saved)
        record_in_pilot(work, ApplicationAudit.SAVE, session.get_one(Application, draft.id))
    assert reminded(app, database, NOW + UNTOUCHED) == []
    assert reminded(app, database, saved + UNTOUCHED) == [cast.applicant.email]


@pytest.mark.usefixtures("draft")
def test_where_who_began_it_has_left_the_admins_are_told_and_what_was_sent_is_no_draft(
    app: Flask, database: Database, cast: Cast
) -> None:
    with database.transaction() as session:
        other = make_provider_admin(session, session.merge(cast.provider), email="toinen@example.fi")
        session.execute(sa.delete(RoleGrant).where(RoleGrant.user_id == cast.applicant.id))
    assert reminded(app, database, NOW + UNTOUCHED) == [other.email]
    with database.transaction() as session:
        make_application(
            session, make_provider(session), session.merge(other), state="submitted", complete=False
        )
    assert reminded(app, database, NOW + UNTOUCHED * 2) == []
