"""A draft that was withdrawn before it was ever sent comes back for thirty days, with what was written in it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.applications.filling.service import start
from marketplace.applications.models import Application
from marketplace.applications.rules import ApplicationState
from marketplace.applications.sending import service as sending
from marketplace.errors import Conflict
from tests.approvals.cast import Cast
from tests.factories import NOW, make_application
from tests.forms import post_form
from tests.providers.home import Home, SignIn
from tests.work import work_of


def withdrawn(session: Session, cast: Cast, **given: Any) -> Application:
    application = make_application(session, cast.provider, cast.applicant, **given)
    sending.withdraw(work_of(session, cast.actor("applicant")), application)
    session.flush()
    return application


@pytest.mark.parametrize(("days", "comes"), [(0, True), (30, True), (31, False)])
def test_a_withdrawn_draft_comes_back_for_thirty_days(
    session: Session, cast: Cast, days: int, comes: bool
) -> None:
    application = withdrawn(session, cast)
    answers = dict(application.answers)
    work = work_of(session, cast.actor("applicant"), now=NOW + timedelta(days=days))
    if not comes:
        with pytest.raises(Conflict):
            sending.bring_back(work, application)
        return
    sending.bring_back(work, application)
    assert (application.state, application.withdrawn_at) == (ApplicationState.DRAFT, None)
    assert application.answers == answers


def test_what_the_office_has_had_is_applied_for_again(session: Session, cast: Cast) -> None:
    application = withdrawn(session, cast, state=ApplicationState.SUBMITTED)
    with pytest.raises(Conflict):
        sending.bring_back(work_of(session, cast.actor("applicant")), application)


def test_a_draft_does_not_come_back_beside_another_open_application(session: Session, cast: Cast) -> None:
    application = withdrawn(session, cast)
    work = work_of(session, cast.actor("applicant"))
    start(work, provider_id=cast.provider.id, pilot_key="keusote-2022")
    session.flush()
    with pytest.raises(Conflict):
        sending.bring_back(work, application)


def test_the_page_offers_to_bring_the_draft_back(app: Flask, client: FlaskClient, sign_in: SignIn) -> None:
    with app.app_context(), app.extensions["database"].transaction() as session:
        home = Home(session)
        application = make_application(session, home.provider, home.person)
    sign_in(client, home.person)
    page = f"{home.path}/applications/{application.id}"
    assert "Voit palauttaa luonnoksen 30 päivän ajan" in client.get(f"{page}/withdraw").text
    assert post_form(client, f"{page}/withdraw", {}).status_code == 303
    assert "Palauta luonnos" in client.get(page).text
    assert post_form(client, f"{page}/bring-back", {}, page=page).status_code == 303
    with app.extensions["database"].read() as session:
        assert session.get_one(Application, application.id).state == ApplicationState.DRAFT
