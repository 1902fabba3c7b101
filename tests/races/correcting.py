"""Corrections of decisions: proposed by one person, made or dropped by another."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from marketplace.accounts.service import actor_of
from marketplace.applications import queries
from marketplace.applications.models import Application, Correction
from marketplace.approvals.correcting import service as correcting
from marketplace.approvals.deciding.document import application_decision
from marketplace.decisions.rules import CORRECTION, CorrectionAction, CorrectionState
from marketplace.permissions import Role
from marketplace.pilots.queries import kept_definition
from marketplace.work import UnitOfWork
from tests.factories import NOW, make_application, make_provider, make_provider_admin
from tests.races.applying import Matter
from tests.races.play import Deed, Play, store, two_of_the_office, verb
from tests.work import work_of


def _decided(session: Session, state: CorrectionState) -> Matter:
    provider = make_provider(session, iban="FI2112345600000785")
    first, second = (make_provider_admin(session, provider) for _each in range(2))
    application = make_application(session, provider, first, state="decided")
    [decision] = application.decisions
    decision.content = application_decision(
        application,
        kept_definition(session, application.definition_version_id),
        number=decision.number,
        decided_by=decision.decided_by,
        language=decision.language,
        now=NOW,
    ).kept
    scene = Matter(
        provider.id,
        application.id,
        applicants=(actor_of(first), actor_of(second)),
        reviewers=two_of_the_office(session, Role.REVIEWER),
        deciders=two_of_the_office(session, Role.DECIDER),
    )
    if state is not CorrectionState.NEW:
        _propose(work_of(session, scene.reviewers[0]), application)
    return scene


def _propose(work: UnitOfWork, application: Application) -> None:
    wrong = application.provider.business_id
    correcting.propose(work, application.decisions[0], wrong=wrong, right="9999999-9")


def _newest(application: Application) -> Correction:
    corrections: list[Correction] = application.decisions[0].corrections
    return corrections[-1]


def _of_office(people: str, do: Callable[[UnitOfWork, Application], object]) -> Deed:
    def run(session: Session, scene: Matter, hand: int) -> None:
        work = work_of(session, getattr(scene, people)[hand])
        do(work, queries.for_office(work, scene.subject, lock=True))

    return verb(run)


def _state(session: Session, scene: Matter) -> list[CorrectionState]:
    [decision] = session.get_one(Application, scene.subject).decisions
    return [each.state for each in decision.corrections]


CORRECTIONS = Play(
    CORRECTION,
    Correction,
    _decided,
    {
        CorrectionAction.PROPOSE: _of_office("reviewers", _propose),
        CorrectionAction.MAKE: _of_office(
            "deciders",
            lambda work, each: correcting.make(work, each.decisions[0], _newest(each), store=store()),
        ),
        CorrectionAction.DROP: _of_office(
            "deciders", lambda work, each: correcting.drop(work, each.decisions[0], _newest(each))
        ),
    },
    _state,
)
