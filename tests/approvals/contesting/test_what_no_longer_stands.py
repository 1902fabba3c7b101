"""What would go on from a decision that a review has set aside is refused, and what rested on it is not held to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.applications.models import Application, Decision, Supplement
from marketplace.approvals.contesting import service
from marketplace.approvals.contesting.rules import ReviewAction
from marketplace.approvals.correcting import service as correcting
from marketplace.approvals.deciding import service as deciding
from marketplace.approvals.standing import conditions
from marketplace.approvals.standing import deciding as standing_deciding
from marketplace.approvals.standing.models import ApprovalCondition, ApprovalMeasure
from marketplace.approvals.standing.rules import ConditionState
from marketplace.errors import Conflict
from marketplace.files.store import FileStore
from marketplace.providers.models import ServiceApproval
from marketplace.providers.rules import ApprovalAction
from tests.accounts.test_rooms_bar import SignIn
from tests.approvals.cast import Cast, make_cast
from tests.approvals.reviewing.test_correcting import text_of
from tests.approvals.standing.conftest import SAFE, make_standing, open_measure
from tests.factories import NOW, make_application
from tests.work import work_of

TODAY = NOW.date()
CONDITIONS: list[dict[str, Any]] = [
    {"text": "Toimita Soteri-päätös.", "due_on": (TODAY + timedelta(days=20)).isoformat(), "is_public": True},
    {"text": "Ilmoita muutoksista.", "due_on": None, "is_public": False},
]


@dataclass(frozen=True)
class Fallen:
    """A decision that waits with a proposed correction and has been set aside, and the approval that it is about."""

    cast: Cast
    store: FileStore
    subject: Decision | ApprovalMeasure
    approval: ServiceApproval

    def work(self, session: Session, who: str = "reviewer") -> Any:
        """One of the people at work."""
        return work_of(session, self.cast.actor(who))


def decided(session: Session, cast: Cast, store: FileStore, **given: Any) -> Decision:
    """A decision that approves day activities with two conditions."""
    application = make_application(
        session, cast.provider, cast.applicant, state="proposed", services=("day_activity",), **given
    )
    application.lines[0].proposed_conditions = CONDITIONS
    application.lines[0].proposed_grounds = "Vastuuhenkilö on Maija Merinen."
    work = work_of(session, cast.actor("decider"))
    return deciding.decide(work, application, seen=deciding.seen_mark(application), store=store)


def set_aside(session: Session, cast: Cast, subject: Decision | ApprovalMeasure) -> None:
    """A review sets the decision aside."""
    asked = service.record_request(
        work_of(session, cast.actor("reviewer")), subject, by="Aino Hakija", received_on=TODAY
    )
    session.flush()
    work = work_of(session, cast.actor("decider"))
    service.settle(work, asked, ReviewAction.SET_ASIDE, decided_on=TODAY, decided_by="Jaosto")
    session.flush()


def of_application(session: Session, cast: Cast, store: FileStore) -> Fallen:
    subject = decided(session, cast, store)
    session.flush()
    approval = session.scalars(sa.select(ServiceApproval)).one()
    return Fallen(cast, store, subject, approval)


def of_measure(session: Session, cast: Cast, store: FileStore) -> Fallen:
    approval = make_standing(session, cast)
    measure = open_measure(session, approval, cast, ApprovalAction.CONDITION, **SAFE)
    session.flush()
    work = work_of(session, cast.actor("decider"))
    return Fallen(cast, store, standing_deciding.decide(work, measure, store=store), approval)


def correct(session: Session, case: Fallen) -> None:
    correcting.propose(case.work(session), case.subject, wrong="Maija", right="Raija")


def make_the_correction(session: Session, case: Fallen) -> None:
    [waiting] = case.subject.corrections
    correcting.make(case.work(session, "decider"), case.subject, waiting, store=case.store)


def ask_for_another_review(session: Session, case: Fallen) -> None:
    service.record_request(case.work(session), case.subject, by="Aino Hakija", received_on=TODAY)


def hear_on_a_condition(session: Session, case: Fallen) -> None:
    open_measure(session, case.approval, case.cast, ApprovalAction.CONDITION)


def decide_a_condition(session: Session, case: Fallen) -> None:
    [measure] = session.scalars(sa.select(ApprovalMeasure).where(ApprovalMeasure.number.is_(None)))
    standing_deciding.decide(case.work(session, "decider"), measure, store=case.store)


def meet_its_condition(session: Session, case: Fallen) -> None:
    conditions.meet(case.work(session), its_condition(session))


def fail_its_condition(session: Session, case: Fallen) -> None:
    its_condition(session).due_on = TODAY - timedelta(days=1)
    conditions.fail(case.work(session), its_condition(session), "Ei tullut.")


def its_condition(session: Session) -> ApprovalCondition:
    return session.scalars(sa.select(ApprovalCondition)).one()


Step = Callable[[Session, Fallen], None]
REFUSED: list[tuple[Any, Step]] = [
    (of_application, correct),
    (of_application, make_the_correction),
    (of_application, ask_for_another_review),
    (of_application, hear_on_a_condition),
    (of_application, decide_a_condition),
    (of_application, meet_its_condition),
    (of_application, fail_its_condition),
    (of_measure, correct),
    (of_measure, make_the_correction),
    (of_measure, ask_for_another_review),
    (of_measure, meet_its_condition),
    (of_measure, fail_its_condition),
]


@pytest.mark.parametrize(("made", "step"), REFUSED)
def test_what_goes_on_from_a_decision_that_was_set_aside_is_refused(
    session: Session, cast: Cast, store: FileStore, made: Any, step: Step
) -> None:
    case = made(session, cast, store)
    if step is make_the_correction:
        wrong, right = ("Merinen", "Meri") if made is of_application else ("täyty", "täyttyneet")
        correcting.propose(case.work(session), case.subject, wrong=wrong, right=right)
    if step is decide_a_condition:
        open_measure(session, case.approval, cast, ApprovalAction.CONDITION, **SAFE)
    session.flush()
    set_aside(session, cast, case.subject)
    with pytest.raises(Conflict):
        step(session, case)


@pytest.mark.parametrize("kind", [ApprovalAction.SUSPEND, ApprovalAction.WITHDRAW])
def test_what_protects_clients_is_still_possible(
    session: Session, cast: Cast, store: FileStore, kind: ApprovalAction
) -> None:
    case = of_application(session, cast, store)
    set_aside(session, cast, case.subject)
    open_measure(session, case.approval, cast, kind)


def test_a_correction_that_waits_can_only_be_dropped(session: Session, cast: Cast, store: FileStore) -> None:
    case = of_application(session, cast, store)
    waiting = correcting.propose(case.work(session), case.subject, wrong="Merinen", right="Meri")
    session.flush()
    set_aside(session, cast, case.subject)
    correcting.drop(case.work(session, "decider"), case.subject, waiting)


def test_the_conditions_of_that_decision_alone_are_lifted(
    session: Session, cast: Cast, store: FileStore
) -> None:
    case = of_application(session, cast, store)
    theirs = its_condition(session)
    later = open_measure(session, case.approval, cast, ApprovalAction.CONDITION, **SAFE)
    session.flush()
    standing_deciding.decide(case.work(session, "decider"), later, store=store)
    asked = conditions.send_request(
        case.work(session), case.approval, "Kerro sijaisista.", TODAY + timedelta(days=9)
    )
    session.flush()
    set_aside(session, cast, case.subject)
    assert theirs.state is ConditionState.LIFTED
    others = session.scalars(sa.select(ApprovalCondition).where(ApprovalCondition.id != theirs.id)).all()
    assert asked in others
    assert [each.state for each in others] == [ConditionState.OPEN, ConditionState.OPEN]


def test_a_supplementary_decision_adds_nothing_to_what_does_not_stand(
    session: Session, cast: Cast, store: FileStore
) -> None:
    case = of_application(session, cast, store)
    more = make_application(session, cast.provider, cast.applicant, state="proposed", services=("transport",))
    more.lines[0].proposed_grounds = "Kalusto on kunnossa."
    session.add(Supplement(application_id=more.id, known=[]))
    session.flush()
    assert str(case.subject.number) in words(session, cast, more)
    set_aside(session, cast, case.subject)
    assert str(case.subject.number) not in words(session, cast, more)
    assert "täydentävää hakemusta" not in words(session, cast, more)


def words(session: Session, cast: Cast, application: Application) -> str:
    """The decision as it would be."""
    return text_of(deciding.preview(work_of(session, cast.actor("decider")), application))


def test_the_pages_lead_to_nothing_that_would_be_refused(
    app: Flask, client: FlaskClient, sign_in: SignIn
) -> None:
    with app.app_context(), app.extensions["database"].transaction() as session:
        cast = make_cast(session)
        case = of_application(session, cast, FileStore.of(app.extensions["settings"]))
        page = f"/fi/office/applications/{case.subject.application_id}"  # type: ignore[union-attr]
        approval = f"/fi/office/approvals/{case.approval.id}"
        own = f"{page}/decisions/{case.subject.id}"
    sign_in(client, cast.reviewer)
    assert f"{own}/correction" in client.get(page).text
    with app.app_context(), app.extensions["database"].transaction() as session:
        subject = session.get_one(Decision, case.subject.id)
        waiting = correcting.propose(
            work_of(session, cast.actor("reviewer")), subject, wrong="Merinen", right="Meri"
        )
        session.flush()
        set_aside(session, cast, subject)
        correction = f"{page}/corrections/{waiting.id}"
    shown = client.get(page).text
    assert f"{own}/correction" not in shown
    assert f"{own}/review" not in shown
    assert "Kumottu oikaisuvaatimuksen johdosta" in client.get(approval).text
    assert f"{approval}/suspend" in client.get(approval).text
    assert f"{approval}/condition" not in client.get(approval).text
    for address in (f"{own}/correction", f"{own}/review", f"{approval}/condition"):
        refused = client.get(address, follow_redirects=True)
        assert "kumo" in refused.text
        assert refused.request.path in (page, approval)
    sign_in(client, cast.decider)
    assert "Korjausta ei voi tehdä" in client.get(correction).text
