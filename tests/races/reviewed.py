"""A decision on an approval: a review of it, a correction of its words, and what is decided on the approval next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.accounts.service import actor_of
from marketplace.approvals.contesting import queries
from marketplace.approvals.contesting import service as contesting
from marketplace.approvals.contesting.models import ReviewRequest
from marketplace.approvals.contesting.rules import ReviewAction, ReviewState
from marketplace.approvals.correcting import service as correcting
from marketplace.approvals.correcting.queries import correction_of
from marketplace.approvals.standing import conditions, deciding
from marketplace.approvals.standing import queries as standing
from marketplace.approvals.standing import service as measures
from marketplace.approvals.standing.models import ApprovalCondition, ApprovalMeasure
from marketplace.approvals.standing.rules import ConditionState, MeasurePlan
from marketplace.permissions import Actor, Role
from marketplace.providers.models import ServiceApproval
from marketplace.providers.participation.service import leave_pilot
from marketplace.providers.rules import ApprovalAction, ApprovalState
from marketplace.work import UnitOfWork
from tests.factories import NOW, make_approval, make_provider, make_provider_admin, make_required_evidence
from tests.races.play import Deed, Shared, store, two_of_the_office, verb
from tests.work import work_of

LATER: Final = NOW + timedelta(days=40)
TODAY: Final = NOW.date()
GROUNDS: Final = "Ehdot eivät täyty."


@dataclass(frozen=True)
class Scene:
    """An approval with a decision on it that is contested, and a correction of its words that waits.

    `request` asks for the review, `next` is a measure that waits for the decider (none beside a condition).
    """

    provider: int
    approval: int
    measure: int
    correction: int
    request: int
    next: int | None
    admin: Actor
    reviewers: tuple[Actor, Actor]
    deciders: tuple[Actor, Actor]


def _make(session: Session, kind: ApprovalAction) -> Scene:
    provider = make_provider(session)
    admin = actor_of(make_provider_admin(session, provider))
    approval = make_approval(session, provider)
    make_required_evidence(session, approval)
    reviewers, deciders = two_of_the_office(session, Role.REVIEWER), two_of_the_office(session, Role.DECIDER)
    by_reviewer, by_decider = work_of(session, reviewers[0]), work_of(session, deciders[0])
    plan = MeasurePlan(
        kind,
        GROUNDS,
        safety=True,
        safety_reason="Asiakas on vaarassa.",
        condition="Vakuutus pidetään voimassa.",
        condition_due_on=TODAY + timedelta(days=30),
    )
    measure = measures.open_measure(by_reviewer, approval, plan)
    session.flush()
    deciding.decide(by_decider, measure, store=store())
    session.flush()
    correction = correcting.propose(by_reviewer, measure, wrong=GROUNDS, right="Ehdot eivät enää täyty.")
    request = contesting.record_request(by_reviewer, measure, by="Aino Hakija", received_on=TODAY)
    later = None
    if kind is ApprovalAction.SUSPEND:
        later = measures.open_measure(
            by_reviewer, approval, MeasurePlan(ApprovalAction.REINSTATE, "Ehdot täyttyvät taas.")
        )
    session.flush()
    return Scene(
        provider.id,
        approval.id,
        measure.id,
        correction.id,
        request.id,
        None if later is None else later.id,
        admin,
        reviewers,
        deciders,
    )


def _settle(action: ReviewAction) -> Deed:
    def deed(session: Session, scene: Scene, hand: int) -> None:
        work = work_of(session, scene.deciders[hand], now=LATER)
        request = queries.request_for_office(work, scene.request, lock=True)
        contesting.settle(work, request, action, decided_on=TODAY, decided_by="Jaosto")

    return verb(deed)


def _of_office(people: str, do: Callable[[UnitOfWork, ServiceApproval, Scene], object]) -> Deed:
    """What is done on the page of the approval, which is locked when it comes."""

    def deed(session: Session, scene: Scene, hand: int) -> object:
        work = work_of(session, getattr(scene, people)[hand], now=LATER)
        return do(work, standing.for_office(work, scene.approval, lock=True), scene)

    return verb(deed)


def _correct(work: UnitOfWork, _approval: ServiceApproval, scene: Scene) -> object:
    measure = work.session.get_one(ApprovalMeasure, scene.measure)
    return correcting.make(work, measure, correction_of(measure, scene.correction), store=store())


def _drop(work: UnitOfWork, _approval: ServiceApproval, scene: Scene) -> None:
    measure = work.session.get_one(ApprovalMeasure, scene.measure)
    correcting.drop(work, measure, correction_of(measure, scene.correction))


def _reinstate(work: UnitOfWork, _approval: ServiceApproval, scene: Scene) -> object:
    return deciding.decide(work, work.session.get_one(ApprovalMeasure, scene.next), store=store())


def _meet(work: UnitOfWork, _approval: ServiceApproval, scene: Scene) -> None:
    conditions.meet(work, _condition(work.session, scene))


def _fail(work: UnitOfWork, _approval: ServiceApproval, scene: Scene) -> None:
    conditions.fail(work, _condition(work.session, scene), "Todistus puuttuu.")


def _condition(session: Session, scene: Scene) -> ApprovalCondition:
    return session.scalars(sa.select(ApprovalCondition).where(_set_by(scene))).one()


def _set_by(scene: Scene) -> sa.ColumnElement[bool]:
    return ApprovalCondition.measure_id == scene.measure


def _leave(session: Session, scene: Scene, _hand: int) -> None:
    work = work_of(session, scene.admin, now=LATER)
    leave_pilot(work, provider_id=scene.provider, pilot_key="keusote-2022")


def _state(session: Session, scene: Scene) -> object:
    """Where the approval and the request stand, each measure, each correction, and the condition."""
    measure = session.get_one(ApprovalMeasure, scene.measure)
    every = sa.select(ApprovalMeasure.state).where(ApprovalMeasure.approval_id == scene.approval)
    return (
        session.get_one(ServiceApproval, scene.approval).state,
        session.get_one(ReviewRequest, scene.request).state,
        session.scalars(every.order_by(ApprovalMeasure.id)).all(),
        [(each.state, each.number is not None) for each in measure.corrections],
        session.scalars(sa.select(ApprovalCondition.state).where(_set_by(scene))).all(),
    )


def _wrong(session: Session, scene: Scene) -> list[str]:
    """What a review has set aside holds nobody any more."""
    request = session.get_one(ReviewRequest, scene.request)
    if request.state is not ReviewState.SET_ASIDE:
        return []
    state = session.get_one(ServiceApproval, scene.approval).state
    standing_conditions = session.scalars(sa.select(ApprovalCondition.state).where(_set_by(scene))).all()
    return ["suspended by a decision that was set aside"] * (state is ApprovalState.SUSPENDED) + [
        "bound by a decision that was set aside"
        for each in standing_conditions
        if each is ConditionState.OPEN
    ]


_SET_ASIDE: Final = _settle(ReviewAction.SET_ASIDE)
_CORRECT: Final = _of_office("deciders", _correct)

SUSPENDED: Final = Shared(
    "suspension that is contested",
    lambda session: _make(session, ApprovalAction.SUSPEND),
    {
        "set it aside": _SET_ASIDE,
        "uphold it": _settle(ReviewAction.UPHOLD),
        "make the correction": _CORRECT,
        "drop the correction": _of_office("deciders", _drop),
        "reinstate": _of_office("deciders", _reinstate),
        "leave the pilot": verb(_leave),
    },
    {
        "set it aside": (
            "reinstate",
            "uphold it",
            "make the correction",
            "drop the correction",
            "leave the pilot",
        ),
        "make the correction": ("drop the correction", "reinstate", "leave the pilot"),
    },
    _state,
    _wrong,
)

BOUND: Final = Shared(
    "condition that is contested",
    lambda session: _make(session, ApprovalAction.CONDITION),
    {
        "set it aside": _SET_ASIDE,
        "make the correction": _CORRECT,
        "mark as met": _of_office("reviewers", _meet),
        "mark as not met": _of_office("reviewers", _fail),
    },
    {
        "set it aside": ("mark as met", "mark as not met", "make the correction"),
        "mark as met": ("mark as not met",),
    },
    _state,
    _wrong,
)
