"""Wherever the state of an approval that is ending is shown, its last day is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.models import User
from marketplace.db import Database
from marketplace.i18n import date_text, helsinki_date
from marketplace.permissions import Role
from marketplace.providers.models import ServiceApproval
from marketplace.providers.rules import ApprovalState
from tests.approvals.cast import make_cast
from tests.factories import NOW, make_agreement, make_approval, make_offer, make_user

LAST_DAY = helsinki_date(NOW) + timedelta(days=20)
PAGES = {
    "home of the provider": ("applicant", "/fi/provider/{provider}/"),
    "taking part": ("applicant", "/fi/provider/{provider}/participation"),
    "offers": ("applicant", "/fi/provider/{provider}/offers"),
    "approval": ("reviewer", "/fi/office/approvals/{approval}"),
    "approvals": ("reviewer", "/fi/office/approvals?state=ending"),
    "file of approvals": ("reviewer", "/fi/office/approvals/list.csv?state=ending"),
    "company": ("reviewer", "/fi/office/companies/{provider}"),
    "agreement": ("counsellor", "/fi/counsellor/agreements/{agreement}"),
    "agreements": ("counsellor", "/fi/counsellor/agreements?state=touched"),
}

Scene = tuple[dict[str, User], dict[str, int]]


@pytest.fixture
def scene(app: Flask, database: Database) -> Scene:
    """The people, and the numbers of what the pages are about."""
    with app.app_context(), database.transaction() as session:
        cast = make_cast(session)
        approval = make_approval(session, cast.provider, state=ApprovalState.ENDING, ends_on=LAST_DAY)
        counsellor = make_user(session, Role.COUNSELLOR, organisation="keusote")
        agreement = make_agreement(session, make_offer(session, approval), counsellor)
        people = {"applicant": cast.applicant, "reviewer": cast.reviewer, "counsellor": counsellor}
        return people, {"provider": cast.provider.id, "approval": approval.id, "agreement": agreement.id}


@pytest.mark.parametrize("page", PAGES)
def test_the_last_day_of_an_approval_that_is_ending_is_told(
    app: Flask, database: Database, sign_in: Callable[[FlaskClient, User], None], scene: Scene, page: str
) -> None:
    people, numbers = scene
    who, address = PAGES[page]
    client = app.test_client()
    sign_in(client, people[who])
    assert date_text(LAST_DAY) in client.get(address.format(**numbers)).text
    with database.transaction() as session:
        session.get_one(ServiceApproval, numbers["approval"]).state = ApprovalState.WITHDRAWN
    assert date_text(LAST_DAY) not in client.get(address.format(**numbers)).text
