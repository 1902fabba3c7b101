"""A list of providers that is imported while the office decides on one of their approvals, or a provider leaves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from marketplace.accounts.service import actor_of
from marketplace.approvals.standing import deciding
from marketplace.approvals.standing import queries as standing
from marketplace.approvals.standing import service as measures
from marketplace.approvals.standing.models import ApprovalMeasure
from marketplace.approvals.standing.rules import MeasurePlan
from marketplace.permissions import Actor, Role
from marketplace.providers.models import ServiceApproval
from marketplace.providers.participation.service import leave_pilot
from marketplace.providers.rules import ApprovalAction
from marketplace.recruiting.importing import confirming
from marketplace.recruiting.importing.models import SentList
from marketplace.sheets import read_tables
from tests.factories import make_approval, make_provider, make_provider_admin
from tests.races.play import Shared, store, two_of_the_office, verb
from tests.recruiting.importing.tables import table
from tests.work import work_of

PILOT: Final = "keusote-2022"


@dataclass(frozen=True)
class Scene:
    """A list that gives an approval another area, as it has been looked through; a measure that waits; the people."""

    provider: int
    approval: int
    measure: int
    sent: int
    seen: str
    admin: Actor
    coordinators: tuple[Actor, Actor]
    decider: Actor


def _make(session: Session) -> Scene:
    provider = make_provider(session)
    admin = make_provider_admin(session, provider)
    approval = make_approval(session, provider)
    measure = measures.open_measure(
        work_of(session, two_of_the_office(session, Role.REVIEWER)[0]),
        approval,
        MeasurePlan(ApprovalAction.SUSPEND, "Ehdot eivät täyty.", safety=True, safety_reason="Vaara."),
    )
    coordinators = two_of_the_office(session, Role.COORDINATOR)
    row = (provider.business_id, provider.official_name, "", "", "", "", "Päivätoiminta", "Hyvinkää", "")
    work = work_of(session, coordinators[0])
    sent = confirming.keep(work, PILOT, read_tables(table(row)), file_name="tuottajat.csv")
    return Scene(
        provider.id,
        approval.id,
        measure.id,
        sent.id,
        confirming.rehearse(work, sent).stamp,
        actor_of(admin),
        coordinators,
        two_of_the_office(session, Role.DECIDER)[0],
    )


def _confirm(session: Session, scene: Scene, hand: int) -> object:
    return confirming.confirm(work_of(session, scene.coordinators[hand]), scene.sent, seen=scene.seen)


def _suspend(session: Session, scene: Scene, _hand: int) -> object:
    work = work_of(session, scene.decider)
    standing.for_office(work, scene.approval, lock=True)
    return deciding.decide(work, session.get_one(ApprovalMeasure, scene.measure), store=store())


def _leave(session: Session, scene: Scene, _hand: int) -> None:
    leave_pilot(work_of(session, scene.admin), provider_id=scene.provider, pilot_key=PILOT)


def _state(session: Session, scene: Scene) -> object:
    approval = session.get_one(ServiceApproval, scene.approval)
    return approval.state, approval.municipalities, session.get_one(SentList, scene.sent).outcome


IMPORTED: Final = Shared(
    "list that is imported",
    _make,
    {
        "import it": verb(_confirm),
        "suspend the approval": verb(_suspend),
        "leave the pilot": verb(_leave),
    },
    {"import it": ("suspend the approval", "leave the pilot", "import it")},
    _state,
    lambda _session, _scene: [],
)
