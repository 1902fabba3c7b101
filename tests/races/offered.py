"""An offer that is published while another room changes what it goes by: its approval, or the highest prices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.accounts.service import actor_of
from marketplace.approvals.offer_changes import service as office
from marketplace.approvals.standing import deciding
from marketplace.approvals.standing import queries as standing
from marketplace.approvals.standing import service as measures
from marketplace.approvals.standing.models import ApprovalMeasure
from marketplace.approvals.standing.rules import MeasurePlan
from marketplace.audit.models import AuditEvent, AuditSeal
from marketplace.money import Money
from marketplace.offers import service
from marketplace.offers.audit_actions import OfferAudit
from marketplace.offers.models import Offer
from marketplace.offers.publishing import service as publishing
from marketplace.offers.rules import Availability, FreePlaces, OfferState, VersionState
from marketplace.permissions import SYSTEM, Actor, Role
from marketplace.pilots.audit_actions import PilotAudit
from marketplace.pilots.definition import PilotDefinition
from marketplace.pilots.models import Pilot
from marketplace.pilots.queries import current_definition
from marketplace.pilots.service import take_into_use
from marketplace.providers.audit_actions import ApprovalAudit
from marketplace.providers.models import ServiceApproval
from marketplace.providers.participation.service import leave_pilot
from marketplace.providers.rules import ApprovalAction
from marketplace.work import AuditAction
from tests.factories import (
    NOW,
    make_approval,
    make_offer,
    make_provider,
    make_provider_admin,
    make_required_evidence,
)
from tests.races.play import Deed, Shared, store, two_of_the_office, verb
from tests.work import work_of


@dataclass(frozen=True)
class Scene:
    """An offer with a version that is to come before clients, as it was seen; its approval, and the people.

    `measure` is the proposal to suspend the approval, `definition` the pilot's with lower prices.
    """

    pilot: str
    provider: int
    approval: int
    offer: int
    version: int
    seen: str
    measure: int
    lower: PilotDefinition
    person: Actor
    admin: Actor
    reviewer: Actor
    decider: Actor


def _make(session: Session, state: VersionState) -> Scene:
    """A new offer at half of the highest prices, in a pilot of its own."""
    office = two_of_the_office(session, Role.REVIEWER)
    shipped = current_definition(session, "keusote-2022")
    provider = make_provider(session)
    definition = shipped.model_copy(update={"key": f"pilot-{provider.id}"})
    take_into_use(work_of(session), definition)
    approval = make_approval(session, provider, pilot_key=definition.key)
    make_required_evidence(session, approval)
    offer = make_offer(
        session,
        approval,
        state=OfferState.DRAFT,
        version={"state": state, "valid_from": NOW.date() + timedelta(days=1), "nothing_extra_at": NOW},
    )
    measure = measures.open_measure(
        work_of(session, office[0]),
        approval,
        MeasurePlan(ApprovalAction.SUSPEND, "Ehdot eivät täyty.", safety=True, safety_reason="Vaara."),
    )
    session.flush()
    version = service.editable_version(offer)
    person, admin = (actor_of(make_provider_admin(session, provider)) for _each in range(2))
    return Scene(
        definition.key,
        provider.id,
        approval.id,
        offer.id,
        version.id,
        service.stamp(version),
        measure.id,
        _lower(definition),
        person,
        admin,
        office[1],
        two_of_the_office(session, Role.DECIDER)[0],
    )


def _lower(definition: PilotDefinition) -> PilotDefinition:
    """The pilot with highest prices that are a tenth of what they were."""
    services = tuple(
        each.model_copy(
            update={
                "bands": tuple(
                    band.model_copy(update={"ceiling": Money(band.ceiling.cents // 10), "later": ()})
                    for band in each.bands
                )
            }
        )
        for each in definition.services
    )
    return definition.model_copy(update={"services": services})


def _publish(session: Session, scene: Scene, _hand: int) -> object:
    return publishing.publish(
        work_of(session, scene.person),
        provider_id=scene.provider,
        offer_id=scene.offer,
        seen=scene.seen,
        nothing_extra=True,
        sure=True,
        places=FreePlaces(Availability.NOW),
    )


def _approve(session: Session, scene: Scene, _hand: int) -> object:
    return office.approve(work_of(session, scene.reviewer), scene.version, seen=scene.seen)


def _suspend(session: Session, scene: Scene, _hand: int) -> object:
    work = work_of(session, scene.decider)
    standing.for_office(work, scene.approval, lock=True)
    return deciding.decide(work, session.get_one(ApprovalMeasure, scene.measure), store=store())


def _leave(session: Session, scene: Scene, _hand: int) -> None:
    leave_pilot(work_of(session, scene.admin), provider_id=scene.provider, pilot_key=scene.pilot)


def _load(session: Session, scene: Scene, _hand: int) -> object:
    return take_into_use(work_of(session, SYSTEM), scene.lower).number


def _state(session: Session, scene: Scene) -> object:
    offer = session.get_one(Offer, scene.offer)
    return offer.state, [each.state for each in offer.versions], offer.approval.state


_LIVE: Final = (OfferAudit.PUBLISH, OfferAudit.SUBMIT, OfferAudit.APPROVE_CHANGE)


def _wrong(session: Session, scene: Scene) -> list[str]:
    """What came before clients after its approval had fallen or its prices had become too high, by the chain of the
    trail.
    """
    sealed = sa.select(AuditSeal.number, AuditEvent.action).join(
        AuditEvent, AuditEvent.id == AuditSeal.event_id
    )

    def of(kind: type[Any], thing: object, actions: Sequence[AuditAction]) -> Sequence[Any]:
        about = AuditEvent.subject_type == kind.__audit_name__, AuditEvent.subject_id == str(thing)
        found = sealed.where(*about, AuditEvent.action.in_(actions))
        return session.execute(found.order_by(AuditSeal.number)).all()

    done = of(Offer, scene.offer, _LIVE)
    _first, *lowered = of(Pilot, scene.pilot, (PilotAudit.LOAD,))
    before = [*of(ServiceApproval, scene.approval, (ApprovalAudit.DECIDE, ApprovalAudit.LEAVE)), *lowered]
    return [
        f"{late.action} after {each.action}" for each in before for late in done if late.number > each.number
    ]


def _scene(name: str, state: VersionState, live: str, do: Deed) -> Shared:
    return Shared(
        name,
        lambda session: _make(session, state),
        {
            live: do,
            "suspend the approval": verb(_suspend),
            "leave the pilot": verb(_leave),
            "lower the highest prices": verb(_load),
        },
        {live: ("suspend the approval", "leave the pilot", "lower the highest prices")},
        _state,
        _wrong,
    )


WRITTEN: Final = _scene("offer to be published", VersionState.DRAFT, "publish it", verb(_publish))
GIVEN: Final = _scene("offer that waits", VersionState.WAITING, "approve it", verb(_approve))
