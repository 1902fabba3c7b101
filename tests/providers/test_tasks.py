"""Every kind of task stands on the provider's home while it is true, and goes when it is not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask, g
from sqlalchemy.orm import Session

from marketplace.accounts.service import actor_of
from marketplace.applications.messages.models import Message
from marketplace.applications.messages.rules import Side
from marketplace.applications.models import Application
from marketplace.applications.rules import ApplicationState
from marketplace.approvals.standing.models import ApprovalCondition, ApprovalMeasure
from marketplace.approvals.standing.rules import ConditionState, MeasureState
from marketplace.enquiries.models import Enquiry
from marketplace.enquiries.rules import AnswerBy, EnquiryState
from marketplace.i18n import LocalizedText
from marketplace.money import Money
from marketplace.offers.models import Offer
from marketplace.offers.rules import Availability, OfferState, VersionState
from marketplace.permissions import Role
from marketplace.providers.authority.models import ProviderRight
from marketplace.providers.authority.rules import RightState
from marketplace.providers.evidence.models import ProofLook
from marketplace.providers.evidence.rules import LookState
from marketplace.providers.models import Evidence
from marketplace.providers.rules import ApprovalAction, ApprovalState, ProviderState
from marketplace.providers.todo import Task, TaskKind, tasks
from marketplace.vouchers.rules import AgreementParty, AgreementState
from tests.factories import (
    NOW,
    make_agreement,
    make_application,
    make_approval,
    make_offer,
    make_provider,
    make_provider_admin,
    make_required_evidence,
    make_user,
)

TODAY = NOW.date()


class Affairs:
    """A company whose affairs are in order: shown to be its people's, approved, with an offer that clients see."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.provider = make_provider(session, iban="FI2112345600000785")
        self.person = make_provider_admin(session, self.provider)
        self.reviewer = make_user(session, Role.REVIEWER, organisation="keusote")
        self.approval = make_approval(session, self.provider)
        make_required_evidence(session, self.approval)
        self.offer = make_offer(session, self.approval)
        self.right = session.get_one(ProviderRight, self.provider.id)
        session.flush()

    @property
    def waiting(self) -> list[Task]:
        """What waits today."""
        self.session.flush()
        self.session.expire_all()
        return tasks(self.session, self.provider, today=TODAY, now=NOW)

    @property
    def kinds(self) -> set[TaskKind]:
        """The kinds of what waits today."""
        return {task.kind for task in self.waiting}

    def row(self, row: Any) -> Any:
        self.session.add(row)
        return row


@pytest.fixture
def affairs(app: Flask, session: Session) -> Iterator[Affairs]:
    made = Affairs(session)
    with app.test_request_context("/fi/"):
        g._login_user = SimpleNamespace(is_authenticated=True, actor=actor_of(made.person))
        yield made


Undo = Callable[[], object]


def _changed(row: object, **values: Any) -> Undo:
    """Set the values; undone by setting the former ones."""
    former = {name: getattr(row, name) for name in values}
    _set(row, values)
    return lambda: _set(row, former)


def _set(row: object, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(row, name, value)


def _application(affairs: Affairs, state: ApplicationState, then: ApplicationState) -> Undo:
    application = make_application(affairs.session, affairs.provider, affairs.person, state=state)
    return lambda: setattr(application, "state", then)


def _message(affairs: Affairs) -> Undo:
    state = ApplicationState.IN_REVIEW
    application: Application = make_application(
        affairs.session, affairs.provider, affairs.person, state=state
    )
    written = affairs.row(
        Message(
            application_id=application.id,
            side=Side.OFFICE,
            author_id=affairs.reviewer.id,
            text="Hei!",
            sent_at=NOW,
        )
    )
    return lambda: affairs.session.delete(written)


def _first_application(affairs: Affairs) -> Undo:
    affairs.provider = make_provider(affairs.session)
    return lambda: make_application(affairs.session, affairs.provider, affairs.person)


def _measure(affairs: Affairs) -> Undo:
    measure = affairs.row(
        ApprovalMeasure(
            approval_id=affairs.approval.id,
            kind=ApprovalAction.SUSPEND,
            state=MeasureState.HEARING,
            language="fi",
            grounds="Ehdot eivät täyty.",
            hearing_due_on=TODAY,
            proposed_by_id=affairs.reviewer.id,
            proposed_at=NOW,
        )
    )
    return lambda: setattr(measure, "state", MeasureState.PROPOSED)


def _condition(affairs: Affairs) -> Undo:
    condition = affairs.row(
        ApprovalCondition(
            approval_id=affairs.approval.id,
            text="Lähettäkää uusi todistus.",
            due_on=TODAY,
            state=ConditionState.OPEN,
            created_by_id=affairs.reviewer.id,
            created_at=NOW,
        )
    )
    return lambda: setattr(condition, "state", ConditionState.MET)


def _request(affairs: Affairs) -> Undo:
    asked = make_agreement(
        affairs.session,
        affairs.offer,
        affairs.reviewer,
        state=AgreementState.REQUESTED,
        asked_by=AgreementParty.CLIENT,
        answer_until=TODAY,
    )
    return lambda: affairs.session.delete(asked)


def _question(affairs: Affairs) -> Undo:
    asked = affairs.row(
        Enquiry(
            offer_id=affairs.offer.id,
            provider_id=affairs.provider.id,
            pilot_key=affairs.offer.pilot_key,
            name="",
            answer_by=AnswerBy.EMAIL,
            email="aino@client.example",
            phone="",
            text="Onko tilaa?",
            language="fi",
            state=EnquiryState.WAITING,
            asked_at=NOW,
        )
    )
    return lambda: affairs.session.delete(asked)


def _proof(affairs: Affairs) -> Undo:
    proof = affairs.session.scalars(sa.select(Evidence).limit(1)).one()
    return _changed(proof, valid_until=TODAY + timedelta(days=3))


def _returned_proof(affairs: Affairs) -> Undo:
    look = affairs.row(
        ProofLook(
            evidence_id=affairs.session.scalars(sa.select(Evidence.id).limit(1)).one(),
            organisation_key="keusote",
            state=LookState.RETURNED,
            counts_until=TODAY,
            looked_at=NOW,
            looked_by_id=affairs.reviewer.id,
            reason="Todistus on toisen yrityksen.",
        )
    )
    return lambda: setattr(look, "state", LookState.ACCEPTED)


def _offer_missing(affairs: Affairs) -> Undo:
    other = make_approval(affairs.session, affairs.provider, "transport")
    return lambda: make_offer(affairs.session, other)


def _second_version(affairs: Affairs, state: VersionState) -> Undo:
    other: Offer = make_offer(
        affairs.session, affairs.approval, state=OfferState.DRAFT, version={"state": state}
    )
    return lambda: _published(other)


def _published(offer: Offer) -> None:
    offer.state = OfferState.PUBLISHED
    offer.versions[0].state, offer.versions[0].published_at = VersionState.PUBLISHED, NOW


SCENES: dict[TaskKind, Callable[[Affairs], Undo]] = {
    TaskKind.COMPLETION: lambda a: _application(
        a, ApplicationState.COMPLETION_REQUESTED, ApplicationState.IN_REVIEW
    ),
    TaskKind.HEARING: lambda a: _application(a, ApplicationState.HEARING, ApplicationState.IN_REVIEW),
    TaskKind.MESSAGE: _message,
    TaskKind.APPLICATION_DRAFT: lambda a: _application(a, ApplicationState.DRAFT, ApplicationState.WITHDRAWN),
    TaskKind.FIRST_APPLICATION: _first_application,
    TaskKind.MEASURE: _measure,
    TaskKind.CONDITION: _condition,
    TaskKind.SUSPENSION: lambda a: _changed(a.approval, state=ApprovalState.SUSPENDED),
    TaskKind.REQUEST: _request,
    TaskKind.PROOF: _proof,
    TaskKind.RETURNED_PROOF: _returned_proof,
    TaskKind.FACTS: lambda a: _changed(a.provider, iban=""),
    TaskKind.RIGHT: lambda a: _changed(a.right, state=RightState.UNPROVEN, shown_at=None),
    TaskKind.PAUSE: lambda a: _changed(a.provider, state=ProviderState.PAUSED),
    TaskKind.QUESTION: _question,
    TaskKind.OFFER_MISSING: _offer_missing,
    TaskKind.OFFER_DRAFT: lambda a: _second_version(a, VersionState.DRAFT),
    TaskKind.OFFER_TEXTS: lambda a: _changed(a.offer.versions[0], summary=LocalizedText("Lyhyesti.", "")),
    TaskKind.OFFER_SENT: lambda a: _second_version(a, VersionState.RETURNED),
    TaskKind.OFFER_HIDDEN: lambda a: _changed(a.offer.versions[0], valid_from=TODAY + timedelta(days=3)),
    TaskKind.CEILING: lambda a: _changed(a.offer.versions[0].prices[0], amount=Money(9_999_00)),
    TaskKind.AVAILABILITY: lambda a: _changed(a.offer, availability_updated_at=NOW - timedelta(days=61)),
}


def test_a_company_whose_affairs_are_in_order_has_nothing_to_do(affairs: Affairs) -> None:
    assert affairs.kinds == set()


@pytest.mark.parametrize("kind", TaskKind)
def test_every_kind_of_task_appears_and_goes_again(affairs: Affairs, kind: TaskKind) -> None:
    undo = SCENES[kind](affairs)
    assert kind in affairs.kinds
    undo()
    assert kind not in affairs.kinds


def test_nothing_is_asked_of_offers_whose_approval_has_ended(affairs: Affairs) -> None:
    make_offer(affairs.session, affairs.approval, state=OfferState.DRAFT)
    affairs.approval.state = ApprovalState.ENDED
    assert affairs.kinds == set()


def test_a_pause_is_one_thing_and_not_one_for_each_offer(affairs: Affairs) -> None:
    make_offer(affairs.session, affairs.approval)
    affairs.provider.state = ProviderState.PAUSED
    assert affairs.kinds == {TaskKind.PAUSE}


def test_offers_that_are_hidden_for_the_same_reason_are_one_thing_to_do(affairs: Affairs) -> None:
    for _number in range(2):
        other = make_offer(affairs.session, affairs.approval)
        other.versions[0].valid_from = TODAY + timedelta(days=3)
    (task,) = affairs.waiting
    assert (task.kind, task.title) == (TaskKind.OFFER_HIDDEN, "Asiakkaat eivät näe 2 palvelua")
    assert task.href.endswith("/offers?state=hidden")


def test_offers_whose_free_places_are_stale_are_one_thing_to_do(affairs: Affairs) -> None:
    for days in (61, 90):
        make_offer(affairs.session, affairs.approval, availability_updated_at=NOW - timedelta(days=days))
    (task,) = affairs.waiting
    assert (task.kind, task.title) == (TaskKind.AVAILABILITY, "Tarkista 2 palvelun vapaat paikat")
    assert task.href.endswith("/offers?state=stale")
    assert task.status == "Päivitetty 3 kuukautta sitten"


def test_who_has_withdrawn_what_was_begun_can_still_apply(affairs: Affairs) -> None:
    affairs.provider = make_provider(affairs.session)
    make_application(affairs.session, affairs.provider, affairs.person, state=ApplicationState.WITHDRAWN)
    assert TaskKind.FIRST_APPLICATION in affairs.kinds


def test_free_places_that_were_never_told_are_a_task(affairs: Affairs) -> None:
    undo = _changed(affairs.offer, availability_state=Availability.UNTOLD)
    assert TaskKind.AVAILABILITY in affairs.kinds
    undo()
