"""A signed-in person of a company with an approval, and a published offer of theirs."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from marketplace.db import Database
from marketplace.offers.models import Offer
from tests.factories import make_offer, make_required_evidence
from tests.providers.home import Home, SignIn


@pytest.fixture
def home(database: Database, client: FlaskClient, sign_in: SignIn) -> Home:
    with database.transaction() as session:
        home = Home(session)
    sign_in(client, home.person)
    return home


@pytest.fixture
def offer(database: Database, home: Home) -> Offer:
    with database.transaction() as session:
        approval = session.merge(home.approval)
        make_required_evidence(session, approval)
        return make_offer(session, approval)
