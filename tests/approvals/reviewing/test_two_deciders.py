"""Two people decide the same application at the same moment: one decision is made, the other person is told by whom."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.applications.models import Application, Decision
from marketplace.approvals.deciding.service import seen_mark
from marketplace.outbox import OutboxMessage
from marketplace.permissions import Role
from marketplace.providers.models import ServiceApproval
from tests.approvals.cast import make_cast
from tests.factories import make_application, make_user
from tests.forms import token_on

SignIn = Callable[[FlaskClient, User], None]


def proposed(session: Session) -> tuple[int, list[User]]:
    """An application that waits for a decision, and two people who may make it."""
    cast = make_cast(session)
    application = make_application(session, cast.provider, cast.applicant, state="proposed")
    other = make_user(session, Role.DECIDER, organisation="keusote", name="Päivi Päättäjä")
    return application.id, [cast.decider, other]


def at_once(*works: Callable[[], None]) -> None:
    """Run the works in threads of their own that start together."""
    barrier = threading.Barrier(len(works))

    def run(work: Callable[[], None]) -> None:
        barrier.wait(timeout=30)
        work()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)


@pytest.mark.parametrize("attempt", range(3))
def test_of_two_who_decide_at_once_one_wins_and_the_other_is_told(
    app: Flask, sign_in: SignIn, attempt: int
) -> None:
    with app.extensions["database"].transaction() as session:
        application_id, deciders = proposed(session)
        mark = seen_mark(session.get_one(Application, application_id))
    page = f"/fi/office/applications/{application_id}"
    browsers, tokens = [], []
    for person in deciders:
        browser = app.test_client()
        sign_in(browser, person)
        tokens.append(token_on(browser.get(f"{page}/decision").text))
        browsers.append(browser)
    answers: dict[int, int] = {}

    def decide(index: int) -> Callable[[], None]:
        def work() -> None:
            entries = {"csrf_token": tokens[index], "seen": mark}
            answers[index] = browsers[index].post(f"{page}/decision", data=entries).status_code

        return work

    at_once(decide(0), decide(1))
    assert answers == {0: 303, 1: 303}
    with app.extensions["database"].read() as session:
        [decision] = session.scalars(sa.select(Decision)).all()
        winner = decision.decided_by.name
        assert {line.decided_by_id for line in decision.application.lines} == {decision.decided_by_id}
        assert len(session.scalars(sa.select(ServiceApproval)).all()) == 2
        assert len(session.scalars(sa.select(OutboxMessage)).all()) == 1
    told = [" ".join(re.sub(r"<[^>]+>", " ", browser.get(page).text).split()) for browser in browsers]
    loser = next(index for index, person in enumerate(deciders) if person.name != winner)
    assert f"{winner} on jo tehnyt päätöksen KEUSOTE-2026/1" in told[loser]


def test_nobody_decides_a_proposal_that_has_changed_since_it_was_read(app: Flask, sign_in: SignIn) -> None:
    with app.extensions["database"].transaction() as session:
        application_id, deciders = proposed(session)
        mark = seen_mark(session.get_one(Application, application_id))
    page = f"/fi/office/applications/{application_id}"
    browser = app.test_client()
    sign_in(browser, deciders[0])
    token = token_on(browser.get(f"{page}/decision").text)
    with app.extensions["database"].transaction() as session:
        session.get_one(Application, application_id).lines[0].proposed_grounds = "Muut perustelut."
    answer = browser.post(f"{page}/decision", data={"csrf_token": token, "seen": mark})
    assert answer.status_code == 409
    assert "Muut perustelut." in answer.text
    with app.extensions["database"].read() as session:
        assert session.get_one(Application, application_id).state == "proposed"
