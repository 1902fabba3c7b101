"""Requests for a review of a decision: recorded by the office, and settled once."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.applications import queries as applications
from marketplace.applications.models import Application
from marketplace.approvals.contesting import queries, service
from marketplace.approvals.contesting.models import ReviewRequest
from marketplace.approvals.contesting.rules import REVIEW, ReviewAction, ReviewState
from tests.factories import NOW
from tests.races.applying import Matter, application_in
from tests.races.play import Deed, Play, verb
from tests.work import work_of

LATER = NOW + timedelta(days=30)
TODAY = NOW.date()


def _decided(session: Session, state: ReviewState) -> Matter:
    scene = application_in(session, "decided")
    if state is not ReviewState.NEW:
        _record(session, scene, 0)
    return scene


def _record(session: Session, scene: Matter, hand: int) -> None:
    work = work_of(session, scene.reviewers[hand], now=LATER)
    application = applications.for_office(work, scene.subject, lock=True)
    service.record_request(work, application.decisions[0], by="Aino Hakija", received_on=TODAY)


def _settle(action: ReviewAction) -> Deed:
    def run(session: Session, scene: Matter, hand: int) -> None:
        work = work_of(session, scene.deciders[hand], now=LATER)
        [number] = session.scalars(sa.select(ReviewRequest.id).where(_of(session, scene))).all()
        request = queries.request_for_office(work, number, lock=True)
        service.settle(work, request, action, decided_on=TODAY, decided_by="Jaosto")

    return verb(run)


def _of(session: Session, scene: Matter) -> sa.ColumnElement[bool]:
    [decision] = session.get_one(Application, scene.subject).decisions
    return ReviewRequest.decision_id == decision.id


def _states(session: Session, scene: Matter) -> list[ReviewState]:
    return list(session.scalars(sa.select(ReviewRequest.state).where(_of(session, scene))))


REVIEWS = Play(
    REVIEW,
    ReviewRequest,
    _decided,
    {ReviewAction.RECORD: verb(_record)} | {each: _settle(each) for each in REVIEW.outcomes},
    _states,
)
