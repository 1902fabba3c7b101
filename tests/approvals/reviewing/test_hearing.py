"""A provider is heard before a rejection, answers on its own page, and the application comes back to its handler."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.applications.models import Application, Hearing
from marketplace.applications.rules import ApplicationState, Outcome
from marketplace.approvals.deciding import service as deciding
from marketplace.approvals.hearing import service as hearing
from marketplace.approvals.hearing.queries import heard_services
from marketplace.approvals.proposing import service
from marketplace.approvals.proposing.rules import LineProposal
from marketplace.decisions.service import Refused
from marketplace.errors import Invalid, NotFound
from marketplace.files.store import FileStore
from marketplace.outbox import OutboxMessage
from marketplace.workflow import NoSuchTransition
from tests.approvals.cast import Cast, make_cast
from tests.factories import NOW, make_application, make_hearing
from tests.forms import post_form
from tests.work import work_of

SignIn = Callable[[FlaskClient, User], None]
TOMORROW = NOW.date() + timedelta(days=1)


def in_review(session: Session, cast: Cast) -> Application:
    return make_application(session, cast.provider, cast.applicant, state="in_review", handler=cast.reviewer)


def propose_rejection(session: Session, application: Application, cast: Cast) -> None:
    first, second = application.lines
    proposals = [
        LineProposal(first.id, Outcome.APPROVED, "Ehdot täyttyvät."),
        LineProposal(second.id, Outcome.REJECTED, "Vakuutus puuttuu."),
    ]
    service.propose(work_of(session, cast.actor("reviewer")), application, proposals)


def state_of(session: Session, application: Application) -> ApplicationState | None:
    return session.scalar(sa.select(Application.state).where(Application.id == application.id))


def test_a_rejection_is_refused_until_the_provider_has_been_heard_on_that_service(
    session: Session, cast: Cast
) -> None:
    application = in_review(session, cast)
    session.add(make_hearing(application, cast.reviewer, ["day_activity"]))
    with pytest.raises(Refused) as refusal:
        propose_rejection(session, application, cast)
    assert [field for field, _ in refusal.value.faults] == [f"outcome-{application.lines[1].id}"]
    assert state_of(session, application) == ApplicationState.IN_REVIEW
    session.add(make_hearing(application, cast.reviewer, ["transport"]))
    propose_rejection(session, application, cast)
    assert application.state == ApplicationState.PROPOSED


def test_the_provider_is_told_and_its_answer_comes_back_to_the_handler(session: Session, cast: Cast) -> None:
    application = in_review(session, cast)
    hearing.hear(
        work_of(session, cast.actor("reviewer")),
        application,
        ["transport"],
        "Liikennelupa puuttuu.",
        due_on=TOMORROW,
        short_reason="Palvelun on tarkoitus alkaa heti.",
    )
    assert state_of(session, application) == ApplicationState.HEARING
    assert heard_services(session, application) == set()
    hearing.answer(work_of(session, cast.actor("applicant")), application, "Lupa on haettu.")
    assert application.state == ApplicationState.IN_REVIEW
    assert heard_services(session, application) == {"transport"}
    asked, answered = session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id))
    assert (asked.recipient, answered.recipient) == (cast.applicant.email, cast.reviewer.email)
    assert "Liikennelupa puuttuu." in asked.body
    assert "23.11.2026" in asked.body
    assert "Lupa on haettu." in answered.body
    with pytest.raises(NoSuchTransition):
        hearing.answer(work_of(session, cast.actor("applicant")), application, "Vielä yksi asia.")


@pytest.mark.parametrize(
    ("services", "reasons", "days", "field"),
    [
        (["transport"], "Lupa puuttuu.", 0, "due_on"),
        (["transport"], "Lupa puuttuu.", -1, "due_on"),
        (["transport"], "Lupa puuttuu.", 13, "short_reason"),
        ([], "Lupa puuttuu.", 14, "services"),
        (["transport"], " ", 14, "reasons"),
    ],
)
def test_an_impossible_hearing_is_refused_at_its_field_and_changes_nothing(
    session: Session, cast: Cast, services: list[str], reasons: str, days: int, field: str
) -> None:
    application = in_review(session, cast)
    due_on = NOW.date() + timedelta(days=days)
    with pytest.raises(Invalid) as refusal:
        hearing.hear(work_of(session, cast.actor("reviewer")), application, services, reasons, due_on=due_on)
    assert refusal.value.field == field
    assert application.state == ApplicationState.IN_REVIEW
    assert session.scalars(sa.select(Hearing)).all() == []


def test_only_the_provider_itself_answers_and_never_without_words(session: Session, cast: Cast) -> None:
    application = make_application(session, cast.provider, cast.applicant, state=ApplicationState.HEARING)
    with pytest.raises(NotFound):
        hearing.answer(work_of(session, cast.actor("reviewer")), application, "Sana.")
    with pytest.raises(Invalid):
        hearing.answer(work_of(session, cast.actor("applicant")), application, "  ")
    assert application.state == ApplicationState.HEARING


def test_a_decider_cannot_reject_what_was_proposed_without_a_hearing(
    session: Session, cast: Cast, store: FileStore
) -> None:
    rejected = dict.fromkeys(("day_activity", "transport"), Outcome.REJECTED)
    application = make_application(
        session, cast.provider, cast.applicant, state=ApplicationState.PROPOSED, outcomes=rejected
    )
    session.execute(sa.delete(Hearing))
    with pytest.raises(Invalid):
        deciding.decide(
            work_of(session, cast.actor("decider")),
            application,
            seen=deciding.seen_mark(application),
            store=store,
        )
    assert application.state == ApplicationState.PROPOSED


def test_a_decision_without_grounds_is_refused(session: Session, cast: Cast, store: FileStore) -> None:
    application = make_application(session, cast.provider, cast.applicant, state=ApplicationState.PROPOSED)
    for line in application.lines:
        line.proposed_grounds = ""
    with pytest.raises(Invalid):
        deciding.decide(
            work_of(session, cast.actor("decider")),
            application,
            seen=deciding.seen_mark(application),
            store=store,
        )
    assert application.decisions == []


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_hearing_through_the_pages(app: Flask, sign_in: SignIn, language: str) -> None:
    with app.extensions["database"].transaction() as setup:
        cast = make_cast(setup, language)
        application = in_review(setup, cast)
        number, line = application.id, application.lines[1].id
    reviewer, provider = app.test_client(), app.test_client()
    sign_in(reviewer, cast.reviewer)
    sign_in(provider, cast.applicant)
    page = f"/{language}/office/applications/{number}"
    own = f"/{language}/provider/{cast.provider.id}/applications/{number}"
    refused = post_form(
        reviewer, f"{page}/proposal", {f"outcome-{line}": "rejected", f"grounds-{line}": "Ei."}
    )
    assert refused.status_code == 422
    assert f'href="#outcome-{line}"' in refused.text
    past = {"services": ["transport"], "reasons": "Lupa puuttuu.", "due_on": "22.11.2026"}
    assert 'href="#due_on"' in post_form(reviewer, f"{page}/hearing", past).text
    assert post_form(reviewer, f"{page}/hearing", {**past, "due_on": "6.12.2026"}).location == page
    assert f'href="{own}/hearing"' in provider.get(own).text
    assert "Lupa puuttuu." in provider.get(f"{own}/hearing").text
    assert post_form(provider, f"{own}/hearing", {"answer": ""}).status_code == 422
    assert post_form(provider, f"{own}/hearing", {"answer": "Lupa on haettu."}).location == own
    assert provider.get(f"{own}/hearing").location == own
    assert "Lupa on haettu." in reviewer.get(page).text
    assert "Lupa on haettu." in reviewer.get(f"{page}/proposal").text


def test_the_proposal_names_what_the_provider_has_not_been_heard_on(app: Flask, sign_in: SignIn) -> None:
    must, yet = "Palveluntuottajaa on kuultava", "Kuulematta vielä: Päivätoiminta."
    with app.extensions["database"].transaction() as setup:
        cast = make_cast(setup, "fi")
        page = f"/fi/office/applications/{(application := in_review(setup, cast)).id}/proposal"
    client = app.test_client()
    sign_in(client, cast.reviewer)
    shown = client.get(page).text
    assert (must in shown, yet in shown) == (True, False), "nothing has been heard, which needs no list"
    with app.extensions["database"].transaction() as setup:
        setup.add(make_hearing(application, cast.reviewer, ["transport"]))
    assert yet in client.get(page).text
    with app.extensions["database"].transaction() as setup:
        setup.add(make_hearing(application, cast.reviewer, ["day_activity"]))
    assert must not in client.get(page).text
