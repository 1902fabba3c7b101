"""The review page: what is asked stands first, and its queries do not grow with the applications or their history."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.applications.audit_actions import ApplicationAudit
from marketplace.applications.models import Application, CompletionRequest, Supplement
from marketplace.approvals.reviewing.models import Note
from marketplace.approvals.standing.models import ApprovalCondition
from marketplace.approvals.standing.rules import ConditionState
from marketplace.db import Database
from marketplace.files.store import FileStore
from tests.approvals.cast import Cast, make_cast
from tests.approvals.reviewing.test_correcting import decided
from tests.approvals.reviewing.test_long_queue import MANY, fill
from tests.approvals.standing.conftest import make_condition
from tests.factories import NOW, make_application, make_approval, make_evidence, make_hearing
from tests.forms import post_form
from tests.work import work_of

SignIn = Callable[[FlaskClient, User], None]
MOST_STATEMENTS = 36


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """The statements that the database executes in the block, whichever session sends them."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    yield statements
    event.remove(database.engine, "before_cursor_execute", note)


def reviewed(session: Session, cast: Cast, *, past: int) -> Application:
    """An application in review with proofs and `past` of everything that gathers on it."""
    application = make_application(
        session, cast.provider, cast.applicant, state="in_review", handler=cast.reviewer
    )
    application.evidence.append(make_evidence(session, cast.provider, "tax"))
    for number in range(past):
        application.completion_requests.append(
            CompletionRequest(
                requested_by_id=cast.reviewer.id,
                requested_at=NOW,
                due_on=NOW.date(),
                items=[{"section": "staff", "text": f"Tarkenna {number}."}],
                answered_at=NOW,
            )
        )
        session.add(make_hearing(application, cast.reviewer, ["transport"]))
        session.add(
            Note(application_id=application.id, author_id=cast.reviewer.id, written_at=NOW, text="Soitettu.")
        )
        work_of(session, cast.actor("reviewer")).record(
            ApplicationAudit.NOTE, application, organisation="keusote"
        )
    return application


def statements_of(app: Flask, browser: FlaskClient, application_id: int) -> list[str]:
    """What the database is asked for one opening of the page."""
    with counted(app.extensions["database"]) as statements:
        answer = browser.get(f"/fi/office/applications/{application_id}")
    assert answer.status_code == 200
    return statements


def test_the_review_page_takes_as_many_queries_among_two_thousand_applications_as_alone(
    app: Flask, client: FlaskClient, sign_in: SignIn
) -> None:
    with app.extensions["database"].transaction() as session:
        cast = make_cast(session)
        alone = reviewed(session, cast, past=1).id
    sign_in(client, cast.reviewer)
    statements_of(app, client, alone)
    few = statements_of(app, client, alone)
    with app.extensions["database"].transaction() as session:
        fill(session, MANY)
        among = reviewed(session, make_cast(session), past=12).id
    many = statements_of(app, client, among)
    assert len(many) == len(few), sorted(set(many) ^ set(few))
    assert len(many) <= MOST_STATEMENTS


@pytest.mark.parametrize("late", [False, True])
def test_an_open_completion_request_stands_above_the_checks(
    app: Flask, client: FlaskClient, sign_in: SignIn, late: bool
) -> None:
    with app.extensions["database"].transaction() as session:
        cast = make_cast(session)
        application = reviewed(session, cast, past=0)
    sign_in(client, cast.reviewer)
    page = f"/fi/office/applications/{application.id}"
    entries = {"sections": ["staff"], "text-staff": "Kerro koulutukset.", "due_on": "6.12.2026"}
    assert post_form(client, f"{page}/completion", entries).status_code == 303
    if late:
        with app.extensions["database"].transaction() as session:
            [request] = session.get_one(Application, application.id).completion_requests
            request.due_on = NOW.date() - timedelta(days=1)
    text = client.get(page).text
    assert text.count("Kerro koulutukset.") == 1
    assert text.index("Kerro koulutukset.") < text.index('id="findings"')
    assert ('notification" data-color="warning"' in text[: text.index("Kerro koulutukset.")]) is late
    with app.extensions["database"].transaction() as session:
        kept = session.get_one(Application, application.id)
        kept.completion_requests[0].answered_at, kept.state = NOW, "in_review"
    text = client.get(page).text
    assert text.index('id="findings"') < text.index("Kerro koulutukset.")


@pytest.mark.parametrize(
    ("supplements", "language", "title"),
    [
        (True, "fi", "Täydentävä hakemus"),
        (True, "sv", "Kompletterande ansökan"),
        (False, "fi", "Täydentävä hakemus"),
    ],
)
def test_the_page_says_what_a_supplementary_application_adds_to(
    app: Flask, client: FlaskClient, sign_in: SignIn, supplements: bool, language: str, title: str
) -> None:
    with app.app_context(), app.extensions["database"].transaction() as session:
        cast = make_cast(session)
        make_approval(session, cast.provider, "transport")
        application = reviewed(session, cast, past=0)
        session.flush()
        if supplements:
            session.add(Supplement(application_id=application.id, known=[]))
        reviewer, number = cast.reviewer, application.id
    sign_in(client, reviewer)
    assert (title in client.get(f"/{language}/office/applications/{number}").text) is supplements


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_the_page_tells_of_a_condition_of_an_earlier_approval_that_was_not_met(
    app: Flask, client: FlaskClient, sign_in: SignIn, language: str
) -> None:
    told = {"fi": "Aiemman hyväksymisen ehdoista 1", "sv": "1 villkor för ett tidigare godkännande"}[language]
    with app.app_context(), app.extensions["database"].transaction() as session:
        cast = make_cast(session)
        approval = make_approval(session, cast.provider, "transport")
        application = reviewed(session, cast, past=0)
        session.flush()
        condition = make_condition(session, approval, cast, reason="Todistusta ei tullut.")
    sign_in(client, cast.reviewer)
    page = f"/{language}/office/applications/{application.id}"
    assert told not in client.get(page).text
    with app.extensions["database"].transaction() as session:
        session.get_one(ApprovalCondition, condition.id).state = ConditionState.NOT_MET
    text = client.get(page).text
    for words in (told, "Todistusta ei tullut.", f"/{language}/office/approvals/{approval.id}"):
        assert words in text


def test_a_proof_that_ran_out_after_the_decision_does_not_fail_its_check(
    app: Flask, client: FlaskClient, sign_in: SignIn, store: FileStore
) -> None:
    with app.app_context(), app.extensions["database"].transaction() as session:
        cast = make_cast(session)
        application, decision = decided(session, cast, store)
        decision.decided_on = NOW.date() - timedelta(days=365)
        span = {"issued_on": NOW.date() - timedelta(days=380), "valid_until": NOW.date() - timedelta(days=15)}
        application.evidence[:] = [make_evidence(session, cast.provider, "tax", **span)]
        reviewer, number = cast.reviewer, application.id
    sign_in(client, reviewer)
    text = client.get(f"/fi/office/applications/{number}").text
    assert "Tilanne päätöksen tekopäivänä 22.11.2025." in text
    assert "Vanhentunut" not in text
