"""A request for a review is recorded, settled once, and undoes a measure that was set aside."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.approvals.contesting import service
from marketplace.approvals.contesting.models import ReviewRequest
from marketplace.approvals.contesting.queries import contest_of
from marketplace.approvals.contesting.rules import Force, ReviewAction, ReviewState
from marketplace.approvals.deciding import service as deciding
from marketplace.approvals.serving.models import ServedDocument
from marketplace.approvals.standing import deciding as standing_deciding
from marketplace.approvals.standing.models import ApprovalMeasure
from marketplace.approvals.standing.queries import conditions_of_provider
from marketplace.decisions.rules import Channel
from marketplace.errors import Conflict, Invalid, NotAllowed
from marketplace.files.store import FileStore
from marketplace.outbox import OutboxMessage
from marketplace.providers.models import ServiceApproval
from marketplace.providers.rules import ApprovalAction, ApprovalState
from tests.accounts.test_rooms_bar import SignIn
from tests.approvals.cast import Cast, make_cast
from tests.approvals.standing.conftest import make_standing, open_measure
from tests.factories import NOW, make_application, make_approval
from tests.forms import post_form
from tests.work import work_of

TODAY = NOW.date()


def decided(
    session: Session, cast: Cast, store: FileStore, approval: ServiceApproval, kind: ApprovalAction
) -> ApprovalMeasure:
    """A measure that was decided without a hearing, for the safety of clients."""
    safety = {"safety": True, "safety_reason": "Asiakas on vaarassa.", "due_on": None}
    measure = open_measure(session, approval, cast, kind, **safety)
    session.flush()
    return standing_deciding.decide(work_of(session, cast.actor("decider")), measure, store=store)


def settled(session: Session, cast: Cast, measure: ApprovalMeasure, action: ReviewAction) -> ReviewRequest:
    request = service.record_request(
        work_of(session, cast.actor("reviewer")), measure, by="Aino Hakija", received_on=TODAY
    )
    session.flush()
    service.settle(
        work_of(session, cast.actor("decider")), request, action, decided_on=TODAY, decided_by="Jaosto"
    )
    return request


@pytest.mark.parametrize(
    ("action", "words"),
    [
        (ReviewAction.UPHOLD, "päätös pysytettiin."),
        (ReviewAction.CHANGE, "päätöstä muutettiin."),
        (ReviewAction.SET_ASIDE, "päätös kumottiin."),
        (ReviewAction.DISMISS, "oikaisuvaatimuksen tutkimatta."),
    ],
)
def test_the_admins_of_the_provider_are_told_of_a_review_and_its_outcome(
    session: Session, cast: Cast, store: FileStore, action: ReviewAction, words: str
) -> None:
    measure = decided(session, cast, store, make_standing(session, cast), ApprovalAction.SUSPEND)
    settled(session, cast, measure, action)
    asked, outcome = session.scalars(
        sa.select(OutboxMessage)
        .where(OutboxMessage.template.in_(["review_recorded", "review_settled"]))
        .order_by(OutboxMessage.id)
    )
    assert asked.recipient == outcome.recipient == cast.applicant.email
    assert measure.number is not None
    assert measure.number in asked.subject
    assert "Aino Hakija" in asked.body
    first = outcome.body.split("\n\n")[1]
    assert asked.body.split("\n\n")[2].startswith("Päätös ei tule lainvoimaiseksi")
    assert outcome.body.split("\n\n")[3].startswith("Oikaisuvaatimuksen ratkaissut")
    assert measure.number in first
    assert first.endswith(words)
    assert ("Hyväksyminen palautuu" in outcome.body) is (action is ReviewAction.SET_ASIDE)
    assert ("miten asia etenee" in outcome.body) is (action is ReviewAction.CHANGE)


def test_the_provider_reads_the_legal_force_on_its_page_of_a_measure(
    app: Flask, client: FlaskClient, sign_in: SignIn
) -> None:
    with app.app_context(), app.extensions["database"].transaction() as session:
        cast = make_cast(session, "sv")
        store = FileStore.of(app.extensions["settings"])
        measure = decided(session, cast, store, make_standing(session, cast), ApprovalAction.SUSPEND)
        document = session.scalars(sa.select(ServedDocument)).one()
        page = f"/sv/provider/{cast.provider.id}/measures/{measure.id}"
    sign_in(client, cast.applicant)
    shown = client.get(page).text
    assert "Omprövning kan begäras senast" in shown or "laga kraft" in shown
    with app.app_context(), app.extensions["database"].transaction() as session:
        unsent = session.get_one(ServedDocument, document.id)
        unsent.channel, unsent.sent_on, unsent.served_on = Channel.POST, None, None
    assert "Du har ännu inte delgetts beslutet." in client.get(page).text


@pytest.mark.parametrize(
    ("before", "kinds", "action", "after"),
    [
        ({}, [ApprovalAction.SUSPEND], ReviewAction.SET_ASIDE, ApprovalState.APPROVED),
        ({}, [ApprovalAction.WITHDRAW], ReviewAction.SET_ASIDE, ApprovalState.APPROVED),
        (
            {},
            [ApprovalAction.SUSPEND, ApprovalAction.WITHDRAW],
            ReviewAction.SET_ASIDE,
            ApprovalState.SUSPENDED,
        ),
        (
            {"state": ApprovalState.ENDING, "ends_on": TODAY + timedelta(days=9)},
            [ApprovalAction.WITHDRAW],
            ReviewAction.SET_ASIDE,
            ApprovalState.ENDING,
        ),
        ({}, [ApprovalAction.WITHDRAW], ReviewAction.UPHOLD, ApprovalState.WITHDRAWN),
        ({}, [ApprovalAction.WITHDRAW], ReviewAction.CHANGE, ApprovalState.WITHDRAWN),
        ({}, [ApprovalAction.WITHDRAW], ReviewAction.DISMISS, ApprovalState.WITHDRAWN),
    ],
)
def test_a_measure_that_is_set_aside_is_undone_on_its_approval(
    session: Session,
    cast: Cast,
    store: FileStore,
    before: dict[str, object],
    kinds: list[ApprovalAction],
    action: ReviewAction,
    after: ApprovalState,
) -> None:
    approval = make_standing(session, cast, **before)
    measures = [decided(session, cast, store, approval, kind) for kind in kinds]
    settled(session, cast, measures[-1], action)
    assert approval.state == after


def test_a_condition_that_is_set_aside_is_lifted_and_overtakes_no_other_measure(
    session: Session, cast: Cast, store: FileStore
) -> None:
    approval = make_standing(session, cast)
    suspended = decided(session, cast, store, approval, ApprovalAction.SUSPEND)
    bound = decided(session, cast, store, approval, ApprovalAction.CONDITION)
    settled(session, cast, suspended, ReviewAction.SET_ASIDE)
    assert approval.state == ApprovalState.APPROVED
    assert [each.measure for each in conditions_of_provider(session, cast.provider.id)] == [bound]
    settled(session, cast, bound, ReviewAction.SET_ASIDE)
    assert (approval.state, conditions_of_provider(session, cast.provider.id)) == (ApprovalState.APPROVED, [])


def test_a_later_decision_on_the_same_measure_holds(session: Session, cast: Cast, store: FileStore) -> None:
    approval = make_standing(session, cast)
    kinds = (ApprovalAction.SUSPEND, ApprovalAction.REINSTATE, ApprovalAction.SUSPEND)
    first, *_later = [decided(session, cast, store, approval, kind) for kind in kinds]
    settled(session, cast, first, ReviewAction.SET_ASIDE)
    assert approval.state == ApprovalState.SUSPENDED


def test_what_was_set_aside_before_has_never_been(session: Session, cast: Cast, store: FileStore) -> None:
    approval = make_standing(session, cast)
    suspended = decided(session, cast, store, approval, ApprovalAction.SUSPEND)
    settled(session, cast, suspended, ReviewAction.SET_ASIDE)
    withdrawn = decided(session, cast, store, approval, ApprovalAction.WITHDRAW)
    settled(session, cast, withdrawn, ReviewAction.SET_ASIDE)
    assert approval.state == ApprovalState.APPROVED
    first = decided(session, cast, store, approval, ApprovalAction.SUSPEND)
    ended = decided(session, cast, store, approval, ApprovalAction.REINSTATE)
    settled(session, cast, ended, ReviewAction.SET_ASIDE)
    settled(session, cast, first, ReviewAction.SET_ASIDE)
    assert approval.state == ApprovalState.APPROVED


def test_a_withdrawal_is_not_restored_over_a_newer_approval(
    session: Session, cast: Cast, store: FileStore
) -> None:
    approval = make_standing(session, cast)
    measure = decided(session, cast, store, approval, ApprovalAction.WITHDRAW)
    session.flush()
    make_approval(session, cast.provider)
    with pytest.raises(Conflict):
        settled(session, cast, measure, ReviewAction.SET_ASIDE)


def test_a_request_waits_alone_and_is_settled_once(session: Session, cast: Cast, store: FileStore) -> None:
    approval = make_standing(session, cast)
    measure = decided(session, cast, store, approval, ApprovalAction.SUSPEND)
    reviewer, decider = (work_of(session, cast.actor(who)) for who in ("reviewer", "decider"))
    for day in (TODAY - timedelta(days=1), TODAY + timedelta(days=1)):
        with pytest.raises(Invalid) as refusal:
            service.record_request(reviewer, measure, by="Aino", received_on=day)
        assert refusal.value.field == "received_on"
    with pytest.raises(NotAllowed):
        service.record_request(work_of(session, cast.actor("stranger")), measure, by="A", received_on=TODAY)
    request = service.record_request(reviewer, measure, by="Aino", received_on=TODAY)
    session.flush()
    assert contest_of(session, measure, TODAY).force.force is Force.PENDING
    with pytest.raises(Conflict):
        service.record_request(reviewer, measure, by="Aino", received_on=TODAY)
    with pytest.raises(NotAllowed):
        service.settle(reviewer, request, ReviewAction.UPHOLD, decided_on=TODAY, decided_by="Jaosto")
    with pytest.raises(Invalid):
        service.settle(
            decider, request, ReviewAction.UPHOLD, decided_on=TODAY - timedelta(days=3), decided_by="Jaosto"
        )
    service.settle(decider, request, ReviewAction.UPHOLD, decided_on=TODAY, decided_by="Jaosto")
    with pytest.raises(Conflict):
        service.settle(decider, request, ReviewAction.CHANGE, decided_on=TODAY, decided_by="Jaosto")
    assert request.state is ReviewState.UPHELD
    assert contest_of(session, measure, TODAY).force.force is Force.UPHELD


def test_a_decision_on_an_application_shows_its_legal_force_and_review(
    app: Flask, client: FlaskClient, sign_in: SignIn
) -> None:
    with app.app_context(), app.extensions["database"].transaction() as session:
        cast = make_cast(session)
        application = make_application(session, cast.provider, cast.applicant, state="proposed")
        decision = deciding.decide(
            work_of(session, cast.actor("decider")),
            application,
            seen=deciding.seen_mark(application),
            store=FileStore.of(app.extensions["settings"]),
        )
        page = f"/fi/office/applications/{application.id}"
    sign_in(client, cast.reviewer)
    shown = client.get(page).text
    assert "Oikaisua voi vaatia viimeistään" in shown or "lainvoimainen" in shown
    form = f"{page}/decisions/{decision.id}/review"
    refused = post_form(client, form, {"by": "Aino Hakija", "received_on": "1.1.2020"})
    assert refused.status_code == 422
    assert "1.1.2020" in refused.text, "nothing typed is lost"
    day = f"{decision.decided_on.day}.{decision.decided_on.month}.{decision.decided_on.year}"
    assert post_form(client, form, {"by": "Aino Hakija", "received_on": day}).status_code == 303
    shown = client.get(page).text
    assert "Oikaisuvaatimus on vireillä" in shown
    sign_in(client, cast.decider)
    [address] = {
        part.split('"')[0]
        for part in client.get(page).text.split('href="')
        if "/office/reviews/" in part.split('"')[0]
    }
    entries = {"outcome": "uphold", "decided_on": day, "decided_by": "Jaosto", "note": ""}
    assert post_form(client, address, entries).status_code == 303
    assert "päätös pysytettiin" in client.get(page).text
    sign_in(client, cast.applicant)
    own = client.get(f"/fi/provider/{cast.provider.id}/applications/{application.id}").text
    assert "Oikaisuvaatimus ratkaistiin" in own
    assert "koskevan oikaisuvaatimuksen: päätös pysytettiin" in own
    sign_in(client, cast.stranger)
    assert client.get(address).status_code in (403, 404)
