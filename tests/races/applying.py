"""Applications, approvals with their measures and conditions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.accounts.service import actor_of
from marketplace.applications import queries
from marketplace.applications.models import Application
from marketplace.applications.rules import APPLICATION, ApplicationAction, ApplicationState, Outcome
from marketplace.applications.sending import service as sending
from marketplace.approvals import deadlines
from marketplace.approvals.completion.rules import AskedItem
from marketplace.approvals.completion.service import request_completion, take_back
from marketplace.approvals.deciding.service import decide, seen_mark
from marketplace.approvals.hearing import service as hearing
from marketplace.approvals.proposing import service as proposing
from marketplace.approvals.proposing.rules import LineProposal
from marketplace.approvals.reviewing.service import take
from marketplace.approvals.standing import conditions
from marketplace.approvals.standing import deciding as standing_decisions
from marketplace.approvals.standing import queries as standing
from marketplace.approvals.standing import service as measures
from marketplace.approvals.standing.models import ApprovalCondition, ApprovalMeasure
from marketplace.approvals.standing.rules import (
    CONDITION,
    MEASURE,
    ConditionAction,
    ConditionState,
    MeasureAction,
    MeasurePlan,
    MeasureState,
)
from marketplace.db import for_change
from marketplace.offers.models import Offer
from marketplace.permissions import SYSTEM, Actor, Role
from marketplace.providers.approved_services.service import restore
from marketplace.providers.models import ServiceApproval
from marketplace.providers.participation.ending import end_if_served
from marketplace.providers.participation.service import leave_pilot
from marketplace.providers.rules import APPROVAL, ApprovalAction, ApprovalState
from marketplace.work import UnitOfWork
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
from tests.races.nearby import END, Nearby, make_nearby, where
from tests.races.play import Deed, Play, store, two_of_the_office, verb
from tests.work import work_of

TODAY = NOW.date()
LATER = NOW + timedelta(days=60)


@dataclass
class Matter:
    """A matter between a company and the office; of each kind of people there are two."""

    provider: int
    subject: int
    applicants: tuple[Actor, Actor]
    reviewers: tuple[Actor, Actor]
    deciders: tuple[Actor, Actor]
    measure: int = 0


def _matter(session: Session, provider_id: int, subject: int) -> Matter:
    first, second = (
        actor_of(make_user(session, Role.PROVIDER_ADMIN, provider_id=provider_id)) for _each in range(2)
    )
    return Matter(
        provider_id,
        subject,
        applicants=(first, second),
        reviewers=two_of_the_office(session, Role.REVIEWER),
        deciders=two_of_the_office(session, Role.DECIDER),
    )


# --- applications ----------------------------------------------------------------------------------------------------


def application_in(session: Session, state: ApplicationState | str) -> Matter:
    """An application in a state, with two people on each side; what is withdrawn was a draft before."""
    provider = make_provider(session, iban="FI2112345600000785")
    applicant = make_provider_admin(session, provider)
    if state == ApplicationState.WITHDRAWN:
        application = make_application(session, provider, applicant)
        sending.withdraw(work_of(session, actor_of(applicant)), application)
    else:
        application = make_application(session, provider, applicant, state=state)
    return _matter(session, provider.id, application.id)


def _of_provider(do: Callable[..., object], *, company: bool = False) -> Deed:
    def run(session: Session, scene: Matter, hand: int) -> None:
        work = work_of(session, scene.applicants[hand])
        do(work, queries.for_provider(work, scene.provider, scene.subject, lock=True, company=company))

    return verb(run)


def _of_office(people: str, do: Callable[..., object]) -> Deed:
    def run(session: Session, scene: Matter, hand: int) -> None:
        work = work_of(session, getattr(scene, people)[hand])
        do(work, queries.for_office(work, scene.subject, lock=True))

    return verb(run)


def _propose(work: UnitOfWork, application: Application) -> None:
    proposals = [LineProposal(line.id, Outcome.APPROVED, "Ehdot täyttyvät.") for line in application.lines]
    proposing.propose(work, application, proposals)


APPLICATIONS = Play(
    APPLICATION,
    Application,
    application_in,
    {
        ApplicationAction.SUBMIT: _of_provider(lambda work, each: sending.submit(work, each, store=store())),
        ApplicationAction.COMPLETE: _of_provider(
            lambda work, each: sending.complete(work, each, store=store())
        ),
        ApplicationAction.ANSWER: _of_provider(
            lambda work, each: hearing.answer(work, each, "Lisäämme sen.")
        ),
        ApplicationAction.WITHDRAW: _of_provider(sending.withdraw),
        ApplicationAction.BRING_BACK: _of_provider(sending.bring_back, company=True),
        ApplicationAction.TAKE: _of_office("reviewers", take),
        ApplicationAction.REQUEST_COMPLETION: _of_office(
            "reviewers",
            lambda work, each: request_completion(
                work, each, [AskedItem("staff", "Tarkenna.")], due_on=TODAY + timedelta(days=14)
            ),
        ),
        ApplicationAction.TAKE_BACK: _of_office(
            "reviewers", lambda work, each: take_back(work, each, "Tieto tuli jo.")
        ),
        ApplicationAction.HEAR: _of_office(
            "reviewers",
            lambda work, each: hearing.hear(
                work, each, ["day_activity"], "Vakuutus puuttuu.", due_on=TODAY + timedelta(days=14)
            ),
        ),
        ApplicationAction.PROPOSE: _of_office("reviewers", _propose),
        ApplicationAction.RETURN: _of_office(
            "deciders", lambda work, each: proposing.return_to_reviewer(work, each, "Tarkista alue.")
        ),
        ApplicationAction.DECIDE: _of_office(
            "deciders", lambda work, each: decide(work, each, seen=seen_mark(each), store=store())
        ),
        ApplicationAction.LAPSE: verb(
            lambda session, scene, _hand: deadlines.settle(work_of(session, SYSTEM, now=LATER), scene.subject)
        ),
    },
    lambda session, scene: session.get_one(Application, scene.subject).state,
)


# --- approvals -------------------------------------------------------------------------------------------------------


def _approval(session: Session, state: ApprovalState = ApprovalState.APPROVED) -> Matter:
    provider = make_provider(session)
    ends_on = TODAY if state is ApprovalState.ENDING else None
    approval = make_approval(session, provider, state=state, ends_on=ends_on)
    make_required_evidence(session, approval)
    make_offer(session, approval)
    return _matter(session, provider.id, approval.id)


def _any_approval(session: Session, state: ApprovalState) -> Matter | Nearby:
    """The same, or that of a person near to a client."""
    return make_nearby(session, state) if state is ApprovalState.PRIVATE else _approval(session, state)


def _plan(kind: ApprovalAction, *, safety: bool) -> MeasurePlan:
    if kind is ApprovalAction.REINSTATE:
        return MeasurePlan(kind, "Ehdot täyttyvät taas.")
    if safety:
        return MeasurePlan(
            kind,
            "Ehdot eivät täyty.",
            safety=True,
            safety_reason="Asiakas on vaarassa.",
            condition="Soteri.",
            condition_due_on=TODAY + timedelta(days=30),
        )
    return MeasurePlan(kind, "Ehdot eivät täyty.", due_on=TODAY + timedelta(days=14))


def _open(session: Session, scene: Matter, kind: ApprovalAction, *, safety: bool, hand: int = 0) -> int:
    work = work_of(session, scene.reviewers[hand])
    approval = standing.for_office(work, scene.subject, lock=True)
    measure = measures.open_measure(work, approval, _plan(kind, safety=safety))
    session.flush()
    return measure.id


def _measured(kind: ApprovalAction) -> Deed:
    """Propose and decide on the approval in one go."""

    def run(session: Session, scene: Matter, hand: int) -> None:
        measure = _open(session, scene, kind, safety=True, hand=hand)
        standing_decisions.decide(
            work_of(session, scene.deciders[hand]), session.get_one(ApprovalMeasure, measure), store=store()
        )

    return verb(run)


def _leave(session: Session, scene: Matter, hand: int) -> None:
    """The provider leaves; nobody has an agreement with it."""
    leave_pilot(
        work_of(session, scene.applicants[hand]), provider_id=scene.provider, pilot_key="keusote-2022"
    )


def _leave_clients(session: Session, scene: Matter, hand: int) -> None:
    """The provider leaves while a client has an agreement."""
    offer = session.scalars(sa.select(Offer).where(Offer.approval_id == scene.subject)).one()
    counsellor = two_of_the_office(session, Role.COUNSELLOR)[hand]
    make_agreement(session, offer, session.get_one(User, counsellor.user_id))
    _leave(session, scene, hand)


APPROVALS = Play(
    APPROVAL,
    ServiceApproval,
    _any_approval,
    {
        ApprovalAction.CONDITION: _measured(ApprovalAction.CONDITION),
        ApprovalAction.SUSPEND: _measured(ApprovalAction.SUSPEND),
        ApprovalAction.REINSTATE: _measured(ApprovalAction.REINSTATE),
        ApprovalAction.WITHDRAW: _measured(ApprovalAction.WITHDRAW),
        ApprovalAction.LEAVE: verb(_leave_clients),
        ApprovalAction.END: verb(_leave),
        ApprovalAction.RESTORE: verb(
            lambda session, scene, _hand: restore(
                work_of(session),
                session.get_one(ServiceApproval, scene.subject, with_for_update=for_change(ServiceApproval)),
                suspended=False,
            )
        ),
        (ApprovalState.PRIVATE, ApprovalAction.END): END,
        (ApprovalState.ENDING, ApprovalAction.END): verb(
            lambda session, scene, _hand: end_if_served(work_of(session, SYSTEM, now=LATER), scene.subject)
        ),
    },
    lambda session, scene: (
        where(session, scene)
        if isinstance(scene, Nearby)
        else session.get_one(ServiceApproval, scene.subject).state
    ),
)


def _measure(session: Session, state: MeasureState) -> Matter:
    scene = _approval(session)
    if state is not MeasureState.NEW:
        safety = state is MeasureState.PROPOSED
        scene.measure = _open(session, scene, ApprovalAction.SUSPEND, safety=safety)
        if state is MeasureState.WITH_REVIEWER:
            _explain(session, scene, 0)
    return scene


def _by_office(people: str, do: Callable[..., object]) -> Deed:
    def run(session: Session, scene: Matter, hand: int) -> None:
        work = work_of(session, getattr(scene, people)[hand])
        standing.for_office(work, scene.subject, lock=True)
        do(work, session.get_one(ApprovalMeasure, scene.measure))

    return verb(run)


def _explain(session: Session, scene: Matter, hand: int) -> None:
    work = work_of(session, scene.applicants[hand])
    measures.answer(work, standing.for_provider(work, scene.provider, scene.measure, lock=True), "Korjaamme.")


def _lapse(session: Session, scene: Matter, _hand: int) -> None:
    measure = standing.measure_to_change(session, scene.measure)
    assert measure is not None
    if measure.state is MeasureState.HEARING:
        measures.lapse(work_of(session, SYSTEM, now=LATER), measure)


def _propose_measure(session: Session, scene: Matter, hand: int) -> None:
    """Open one without a hearing, or go on with the one that came back from its hearing."""
    if not scene.measure:
        _open(session, scene, ApprovalAction.SUSPEND, safety=True, hand=hand)
        return
    work = work_of(session, scene.reviewers[hand])
    standing.for_office(work, scene.subject, lock=True)
    measures.propose(work, session.get_one(ApprovalMeasure, scene.measure), "Selitys ei riitä.")


def _measure_states(session: Session, scene: Matter) -> tuple[MeasureState, ...]:
    of_this = sa.select(ApprovalMeasure.state).where(ApprovalMeasure.approval_id == scene.subject)
    return tuple(session.scalars(of_this.order_by(ApprovalMeasure.id)))


MEASURES = Play(
    MEASURE,
    ApprovalMeasure,
    _measure,
    {
        MeasureAction.HEAR: verb(
            lambda session, scene, hand: _open(
                session, scene, ApprovalAction.SUSPEND, safety=False, hand=hand
            )
        ),
        MeasureAction.PROPOSE: verb(_propose_measure),
        MeasureAction.FALL: verb(
            lambda session, scene, hand: leave_pilot(
                work_of(session, scene.applicants[hand]), provider_id=scene.provider, pilot_key="keusote-2022"
            )
        ),
        MeasureAction.ANSWER: verb(_explain),
        MeasureAction.LAPSE: verb(_lapse),
        MeasureAction.DROP: _by_office(
            "reviewers", lambda work, each: measures.drop(work, each, "Asia selvisi.")
        ),
        MeasureAction.RETURN: _by_office(
            "deciders", lambda work, each: measures.send_back(work, each, "Kuulkaa ensin.")
        ),
        MeasureAction.DECIDE: _by_office(
            "deciders", lambda work, each: standing_decisions.decide(work, each, store=store())
        ),
    },
    _measure_states,
)


def _condition(session: Session, state: ConditionState) -> Matter:
    scene = _approval(session)
    approval = session.get_one(ServiceApproval, scene.subject)
    condition = ApprovalCondition(
        approval=approval,
        measure=_decided(session, scene, approval),
        text="Vakuutus pidetään voimassa.",
        due_on=TODAY,
        state=state,
        created_by_id=scene.reviewers[0].user_id,
        created_at=NOW,
    )
    session.add(condition)
    session.flush()
    scene.measure = condition.id
    return scene


def _decided(session: Session, scene: Matter, approval: ServiceApproval) -> ApprovalMeasure:
    """The decision that set a condition."""
    measure = ApprovalMeasure(
        approval=approval,
        kind=ApprovalAction.CONDITION,
        state=MeasureState.DECIDED,
        language="fi",
        grounds="Syy.",
        condition="Vakuutus pidetään voimassa.",
        condition_due_on=TODAY,
        proposed_by_id=scene.reviewers[0].user_id,
        proposed_at=NOW,
        number=f"TEST-{approval.id}/S1",
        decided_by_id=scene.deciders[0].user_id,
        decided_at=NOW,
    )
    session.add(measure)
    return measure


def _settle(action: ConditionAction) -> Deed:
    def run(session: Session, scene: Matter, hand: int) -> None:
        people = scene.deciders if action is ConditionAction.LIFT else scene.reviewers
        work = work_of(session, people[hand], now=LATER)
        standing.for_office(work, scene.subject, lock=True)
        condition = session.get_one(ApprovalCondition, scene.measure)
        if action is ConditionAction.MEET:
            conditions.meet(work, condition)
        elif action is ConditionAction.FAIL:
            conditions.fail(work, condition, "Todistus puuttuu.")
        elif action is ConditionAction.REOPEN:
            conditions.reopen(work, condition)
        elif condition.measure is not None:
            conditions.lift(work, [condition])

    return verb(run)


CONDITIONS = Play(
    CONDITION,
    ApprovalCondition,
    _condition,
    {action: _settle(action) for action in ConditionAction},
    lambda session, scene: session.get_one(ApprovalCondition, scene.measure).state,
)

PLAYS = (APPLICATIONS, APPROVALS, MEASURES, CONDITIONS)
