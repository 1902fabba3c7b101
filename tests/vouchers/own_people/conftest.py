"""The scene of a client whose sister is paid."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.db import Database
from tests.near_people import Near, make_near


@pytest.fixture
def scene(app: Flask, session: Session) -> Near:
    """The scene in a session that is rolled back."""
    return make_near(session)


@pytest.fixture
def kept(app: Flask, database: Database) -> Near:
    """The scene in the portal's own database, for tests of pages."""
    with app.app_context(), database.transaction() as session:
        return make_near(session)
