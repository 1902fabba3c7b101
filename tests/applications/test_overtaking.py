"""Two people at once: the database lets only one of them through."""

from __future__ import annotations

import pytest
from sqlalchemy.orm.exc import StaleDataError

from marketplace.applications.models import Application
from marketplace.applications.rules import ApplicationState
from marketplace.db import Database
from tests.approvals.cast import make_cast
from tests.factories import make_application


def test_whoever_writes_second_on_an_old_revision_is_stopped(database: Database) -> None:
    with database.transaction() as setup:
        cast = make_cast(setup)
        application_id = make_application(setup, cast.provider, cast.applicant, state="proposed").id
    with database.writing_session() as slow:
        old = slow.get_one(Application, application_id)
        slow.commit()
        with database.transaction() as quick:
            quick.get_one(Application, application_id).state = ApplicationState.DECIDED
        old.state = ApplicationState.IN_REVIEW
        with pytest.raises(StaleDataError):
            slow.flush()
