"""Reading approvals for the office: the list with what needs attention, one approval, the rounds."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload

from marketplace.accounts.impartiality.rules import demand_impartial
from marketplace.applications.models import ApplicationLine, Decision
from marketplace.approvals.standing import rules
from marketplace.approvals.standing.models import ApprovalCondition, ApprovalMeasure, ApprovalRecheck
from marketplace.approvals.standing.rules import ConditionState, Expiry, MeasureState
from marketplace.audit.models import AuditEvent
from marketplace.db import asked_once, for_change
from marketplace.errors import NotFound
from marketplace.files.models import StoredFile
from marketplace.offers.models import Offer
from marketplace.offers.rules import OfferState
from marketplace.paging import Page, contains, cut, page_of
from marketplace.permissions import Permission
from marketplace.pilots.definition import ChecklistItem
from marketplace.pilots.models import Pilot
from marketplace.pilots.queries import current_definition, hold_versions, kept_definition
from marketplace.pilots.vocabulary import county_registers, kinds_that_prove
from marketplace.providers.evidence.queries import proofs_by_provider
from marketplace.providers.evidence.rules import HeldProof, accepted, not_returned
from marketplace.providers.models import Provider, ServiceApproval
from marketplace.providers.rules import APPROVAL
from marketplace.sorting import by_name
from marketplace.work import UnitOfWork

NEAR: Final = timedelta(days=28)
RECHECK: Final = "recheck"
ATTENTION: Final = ("safety", "decisions", "proposals", "proofs", "conditions", "measures", RECHECK)
"""What the list can be narrowed to: something runs out or waits."""


@dataclass(frozen=True, slots=True)
class StandingApproval:
    """An approval with what needs attention in it, the proofs that run out first."""

    approval: ServiceApproval
    expiries: tuple[Expiry, ...]
    conditions: tuple[ApprovalCondition, ...]
    measure: ApprovalMeasure | None
    recheck_on: date

    @property
    def waits_for_decision(self) -> bool:
        """Whether a measure is with the decider."""
        return self.measure is not None and self.measure.state is MeasureState.PROPOSED

    @property
    def waits_for_proposal(self) -> bool:
        """Whether a measure is with the reviewer: an answer came, none came in time, or the decider returned it."""
        return self.measure is not None and self.measure.state is MeasureState.WITH_REVIEWER

    def needs(self, today: date) -> frozenset[str]:
        """Which of ATTENTION hold: the filters of the list ask the same as its tags say."""
        if self.approval.state not in APPROVAL.standing:
            return frozenset()
        found = {
            "proofs": any(each.is_past(today + NEAR) for each in self.expiries),
            "conditions": any(
                (c.state == ConditionState.NOT_MET and c.binding)
                or (c.state == ConditionState.OPEN and c.due_on <= today + NEAR)
                for c in self.conditions
            ),
            "safety": self.waits_for_decision and bool(self.measure and self.measure.safety_reason),
            "decisions": self.waits_for_decision,
            "proposals": self.waits_for_proposal,
            "measures": self.measure is not None and self.measure.state is MeasureState.HEARING,
            RECHECK: self.recheck_on - rules.RECHECK_NOTICE <= today,
        }
        return frozenset(name for name, holds in found.items() if holds)


@dataclass(frozen=True, slots=True)
class StandingFilter:
    """What the list is narrowed to; an empty text does not narrow. `state` empty: approved and suspended.

    `words`: a part of the company's name, or its business ID. `sort`: empty by company, `check` by the yearly check,
    `proof` by the first proof to run out.
    """

    words: str = ""
    pilot: str = ""
    service: str = ""
    municipality: str = ""
    state: str = ""
    attention: str = ""
    sort: str = ""
    page: int = 1


def of_organisation(
    session: Session, organisation: str, wanted: StandingFilter, *, today: date
) -> Page[StandingApproval]:
    """The approvals in the organisation's pilots, a page of them; a page beyond the last gives the last.

    The number of queries does not depend on the number of approvals.
    """
    if not wanted.attention and not wanted.sort:
        shown = page_of(session, fitting(organisation, wanted), wanted.page)
        return shown.showing(standings(session, shown.rows, today=today))
    return cut(whole_list(session, organisation, wanted, today=today), wanted.page)


def whole_list(
    session: Session, organisation: str, wanted: StandingFilter, *, today: date
) -> list[StandingApproval]:
    """Every approval that the filter leaves."""
    found = session.scalars(fitting(organisation, wanted)).all()
    return _in_order(standings(session, found, today=today), wanted, today)


def _in_order(
    found: Sequence[StandingApproval], wanted: StandingFilter, today: date
) -> list[StandingApproval]:
    """Those that need the attention asked for, in the order asked for."""
    left = [each for each in found if not wanted.attention or wanted.attention in each.needs(today)]
    if wanted.sort == "check":
        left.sort(key=lambda each: each.recheck_on)
    elif wanted.sort == "proof":
        left.sort(key=lambda each: (each.expiries[0].day or date.min) if each.expiries else date.max)
    return left


_NAME: Final = sa.func.coalesce(sa.func.nullif(Provider.trade_name, ""), Provider.official_name)


def _standing_in(organisation: str, states: Collection[str]) -> sa.Select[ServiceApproval]:
    """The organisation's approvals by company, with no more of the company than a list of them shows."""
    return (
        sa.select(ServiceApproval)
        .join(Pilot, Pilot.key == ServiceApproval.pilot_key)
        .join(Provider, Provider.id == ServiceApproval.provider_id)
        .where(
            Pilot.organisation_key == organisation,
            ServiceApproval.state.in_(states),
            ServiceApproval.state.not_in(APPROVAL.private),
        )
        .options(
            contains_eager(ServiceApproval.provider).load_only(
                Provider.official_name,
                Provider.trade_name,
                Provider.business_id,
                Provider.phone,
                Provider.email,
            )
        )
        .order_by(by_name(_NAME), ServiceApproval.id)
    )


def attachment_of(measure: ApprovalMeasure, file_id: int) -> StoredFile:
    """A file that went with the explanation. Raises NotFound for any other."""
    for each in measure.attachments:
        if each.file_id == file_id:
            return each.file
    raise NotFound()


def fitting(organisation: str, wanted: StandingFilter) -> sa.Select[ServiceApproval]:
    """The approvals that a filter leaves, by company."""
    query = _standing_in(organisation, (wanted.state,) if wanted.state else APPROVAL.standing)
    if wanted.pilot:
        query = query.where(ServiceApproval.pilot_key == wanted.pilot)
    if wanted.service:
        query = query.where(ServiceApproval.service_key == wanted.service)
    if wanted.municipality:
        codes = sa.cast(ServiceApproval.municipalities, sa.Text)
        query = query.where(codes.contains(f'"{wanted.municipality}"', autoescape=True))
    if wanted.words:
        query = query.where(
            sa.or_(
                contains(Provider.official_name, wanted.words),
                contains(Provider.trade_name, wanted.words),
                Provider.business_id == wanted.words,
            )
        )
    return query


def attention(session: Session, organisation: str, *, today: date) -> Counter[str]:
    """How many of the organisation's approvals need each kind of ATTENTION."""
    current = session.scalars(_standing_in(organisation, APPROVAL.standing)).all()
    return Counter(name for each in standings(session, current, today=today) for name in each.needs(today))


def standings(
    session: Session, approvals: Sequence[ServiceApproval], *, today: date
) -> list[StandingApproval]:
    """The approvals with what needs attention, in the same order."""
    hold_versions(session, (approval.pilot_version_id for approval in approvals))
    ids = [approval.id for approval in approvals]
    proofs = proofs_by_provider(session, {approval.provider_id for approval in approvals})
    conditions: dict[int, list[ApprovalCondition]] = defaultdict(list)
    of_these = ApprovalCondition.approval_id.in_(ids)
    for condition in session.scalars(
        sa.select(ApprovalCondition).where(of_these).order_by(ApprovalCondition.due_on, ApprovalCondition.id)
    ):
        conditions[condition.approval_id].append(condition)
    measures = {
        measure.approval_id: measure
        for measure in session.scalars(
            sa.select(ApprovalMeasure).where(
                ApprovalMeasure.approval_id.in_(ids), ApprovalMeasure.state.in_(rules.MEASURE.open)
            )
        )
    }
    last_checks = session.execute(
        sa.select(ApprovalRecheck.approval_id, sa.func.max(ApprovalRecheck.checked_on))
        .where(ApprovalRecheck.approval_id.in_(ids))
        .group_by(ApprovalRecheck.approval_id)
    )
    checked: dict[int, date] = {row[0]: row[1] for row in last_checks}
    return [
        StandingApproval(
            approval=approval,
            expiries=expiries(session, approval, proofs[approval.provider_id], today),
            conditions=tuple(conditions[approval.id]),
            measure=measures.get(approval.id),
            recheck_on=rules.recheck_due(approval.approved_on, checked.get(approval.id)),
        )
        for approval in approvals
    ]


def expiries(
    session: Session, approval: ServiceApproval, proofs: Sequence[HeldProof], today: date
) -> tuple[Expiry, ...]:
    """The required kinds that end some day or are not proven, the most pressing first.

    What the organisation has returned proves nothing.
    """
    definition = kept_definition(session, approval.pilot_version_id)
    held = not_returned(proofs, definition.organisation)
    days = [
        rules.expiry_of(each.kind, held, today, kinds_that_prove)
        for each in definition.required_evidence(approval.service_key)
    ]
    return tuple(
        sorted((each for each in days if each.day != date.max), key=lambda each: each.day or date.min)
    )


def for_office(work: UnitOfWork, approval_id: int, *, lock: bool = False) -> ServiceApproval:
    """An approval in a pilot of the actor's organisation; `lock` for a change. Raises NotFound otherwise."""
    approval = work.session.get(
        ServiceApproval, approval_id, with_for_update=for_change(ServiceApproval) if lock else None
    )
    if (
        approval is None
        or approval.state in APPROVAL.private
        or not work.actor.may(Permission.VIEW_APPLICATIONS, organisation=approval.pilot.organisation_key)
    ):
        raise NotFound()
    demand_impartial(work.actor, approval.provider_id)
    return approval


def decision_of(session: Session, approval: ServiceApproval) -> Decision | None:
    """The decision on the application from which the approval came; None when it was not applied for here."""
    return session.scalar(
        sa.select(Decision)
        .join(ApplicationLine, ApplicationLine.application_id == Decision.application_id)
        .where(ApplicationLine.id == approval.application_line_id)
        .order_by(Decision.id.desc())
        .limit(1)
    )


def for_provider(
    work: UnitOfWork, provider_id: int, measure_id: int, *, lock: bool = False
) -> ApprovalMeasure:
    """A measure that the provider has been told of: it is heard or was, or it is decided. Raises NotFound."""
    measure = (
        measure_to_change(work.session, measure_id) if lock else work.session.get(ApprovalMeasure, measure_id)
    )
    if (
        measure is None
        or measure.approval.provider_id != provider_id
        or not work.actor.may(Permission.EDIT_PROVIDER, provider=provider_id)
        or not is_told(measure)
    ):
        raise NotFound()
    return measure


def measure_to_change(session: Session, measure_id: int) -> ApprovalMeasure | None:
    """The measure as it is now, its approval locked: what is done to either goes one after another."""
    approval_id = session.scalar(
        sa.select(ApprovalMeasure.approval_id).where(ApprovalMeasure.id == measure_id)
    )
    if approval_id is not None:
        session.get(ServiceApproval, approval_id, with_for_update=for_change(ServiceApproval))
    return session.get(ApprovalMeasure, measure_id, populate_existing=True)


def is_told(measure: ApprovalMeasure) -> bool:
    """Whether the provider knows of the measure: it has been asked to explain, or the decision has been mailed."""
    return measure.hearing_due_on is not None or measure.state == MeasureState.DECIDED


def measures_of(session: Session, approval: ServiceApproval) -> Sequence[ApprovalMeasure]:
    """The approval's measures, the newest first."""
    return session.scalars(
        sa.select(ApprovalMeasure)
        .where(ApprovalMeasure.approval_id == approval.id)
        .options(joinedload(ApprovalMeasure.proposed_by), joinedload(ApprovalMeasure.decided_by))
        .order_by(ApprovalMeasure.id.desc())
    ).all()


def earlier_measures(session: Session, provider_id: int, organisation: str) -> Sequence[ApprovalMeasure]:
    """What the organisation has decided on the provider's approvals, and what fell when it left; the newest first."""
    return session.scalars(
        sa.select(ApprovalMeasure)
        .join(ServiceApproval, ServiceApproval.id == ApprovalMeasure.approval_id)
        .join(Pilot, Pilot.key == ServiceApproval.pilot_key)
        .where(
            ServiceApproval.provider_id == provider_id,
            Pilot.organisation_key == organisation,
            ApprovalMeasure.state.in_((MeasureState.DECIDED, MeasureState.FALLEN)),
        )
        .options(joinedload(ApprovalMeasure.approval))
        .order_by(ApprovalMeasure.id.desc())
    ).all()


def failed_conditions(session: Session, provider_id: int, organisation: str) -> Sequence[ApprovalCondition]:
    """Conditions of the provider's approvals that the organisation found not to be met, the newest first."""
    return session.scalars(
        sa.select(ApprovalCondition)
        .join(ServiceApproval, ServiceApproval.id == ApprovalCondition.approval_id)
        .join(Pilot, Pilot.key == ServiceApproval.pilot_key)
        .where(
            ServiceApproval.provider_id == provider_id,
            Pilot.organisation_key == organisation,
            ApprovalCondition.binding.is_(True),
            ApprovalCondition.state == ConditionState.NOT_MET,
        )
        .options(joinedload(ApprovalCondition.approval))
        .order_by(ApprovalCondition.id.desc())
    ).all()


def open_measure(session: Session, approval: ServiceApproval) -> ApprovalMeasure | None:
    """The measure that is under way, or None."""
    return next((m for m in measures_of(session, approval) if m.state in rules.MEASURE.open), None)


@asked_once
def told_to_provider(session: Session, provider_id: int) -> Sequence[ApprovalMeasure]:
    """What the provider has been heard or told about in all its approvals, the newest first."""
    found = session.scalars(
        sa.select(ApprovalMeasure)
        .join(ServiceApproval, ServiceApproval.id == ApprovalMeasure.approval_id)
        .where(ServiceApproval.provider_id == provider_id)
        .order_by(ApprovalMeasure.id.desc())
    ).all()
    return [measure for measure in found if is_told(measure)]


def condition_of(
    session: Session, approval: ServiceApproval, condition_id: int | None
) -> ApprovalCondition | None:
    """A dated condition of this very approval; None when it has no such condition."""
    condition = None if condition_id is None else session.get(ApprovalCondition, condition_id)
    return condition if condition is not None and condition.approval_id == approval.id else None


@asked_once
def conditions_of_provider(session: Session, provider_id: int) -> Sequence[ApprovalCondition]:
    """What is left of the provider's conditions and requests, in approvals that stand; the first due first.

    A request that was not answered in time is over: nothing follows from it without a decision.
    """
    return session.scalars(
        sa.select(ApprovalCondition)
        .join(ServiceApproval, ServiceApproval.id == ApprovalCondition.approval_id)
        .where(
            ServiceApproval.provider_id == provider_id,
            ServiceApproval.state.in_(APPROVAL.standing),
            sa.or_(
                ApprovalCondition.state == ConditionState.OPEN,
                sa.and_(ApprovalCondition.state == ConditionState.NOT_MET, ApprovalCondition.binding),
            ),
        )
        .order_by(ApprovalCondition.due_on, ApprovalCondition.id)
    ).all()


def conditions_for_clients(
    session: Session, approval: ServiceApproval
) -> tuple[str | None, list[tuple[str, date]]]:
    """The dated conditions of an approval that clients see and that are not met yet, the first due first, and the
    language in which all its conditions are written; one query.

    The language is that of the decision on its application, None for an approval that was not applied for here.
    """
    spoken = (
        sa.select(Decision.language)
        .join(ApplicationLine, ApplicationLine.application_id == Decision.application_id)
        .where(ApplicationLine.id == approval.application_line_id)
        .order_by(Decision.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = session.execute(
        sa.select(spoken, ApprovalCondition.text, ApprovalCondition.due_on)
        .select_from(ServiceApproval)
        .outerjoin(
            ApprovalCondition,
            sa.and_(
                ApprovalCondition.approval_id == ServiceApproval.id,
                ApprovalCondition.public,
                ApprovalCondition.state.in_((ConditionState.OPEN, ConditionState.NOT_MET)),
            ),
        )
        .where(ServiceApproval.id == approval.id)
        .order_by(ApprovalCondition.due_on, ApprovalCondition.id)
    ).all()
    return rows[0][0], [(text, due_on) for _spoken, text, due_on in rows if text is not None]


def yearly_points(session: Session, approval: ServiceApproval) -> tuple[ChecklistItem, ...]:
    """What the pilot asks now to look at once a year in the approval."""
    return current_definition(session, approval.pilot_key).yearly_check_of(approval.service_key)


def rechecks_of(session: Session, approval: ServiceApproval) -> Sequence[ApprovalRecheck]:
    """The yearly checks of the approval, the newest first."""
    return session.scalars(
        sa.select(ApprovalRecheck)
        .where(ApprovalRecheck.approval_id == approval.id)
        .options(joinedload(ApprovalRecheck.checked_by))
        .order_by(ApprovalRecheck.id.desc())
    ).all()


def offers_of(session: Session, approval: ServiceApproval) -> Sequence[Offer]:
    """The offers under the approval that have not ended: what clients lose with it."""
    return session.scalars(
        sa.select(Offer)
        .where(Offer.approval_id == approval.id, Offer.state != OfferState.ENDED)
        .options(selectinload(Offer.versions))
        .order_by(Offer.id)
    ).all()


@dataclass(frozen=True, slots=True)
class CountyRegistered:
    """An approval that rests on a county's register; `answered`: a proof of Soteri waits for somebody to look at it."""

    approval: ServiceApproval
    answered: bool


def county_registered(session: Session, organisation: str, *, today: date) -> list[CountyRegistered]:
    """Approvals that rest on a county's register: their service is one of those, and no proof of Soteri has been looked
    up and accepted. A number that was typed says nothing before somebody has looked it up.
    """
    approvals = session.scalars(
        _standing_in(organisation, APPROVAL.standing).where(
            ServiceApproval.service_key.in_(county_registers())
        )
    ).all()
    proofs = proofs_by_provider(session, {approval.provider_id for approval in approvals})

    def shown(held: Iterable[HeldProof]) -> bool:
        return not rules.expiry_of(rules.SOTERI, held, today, kinds_that_prove).is_past(today)

    return [
        CountyRegistered(each, answered=shown(not_returned(proofs[each.provider_id], organisation)))
        for each in approvals
        if not shown(accepted(proofs[each.provider_id], organisation))
    ]


def history(session: Session, approval: ServiceApproval) -> Sequence[AuditEvent]:
    """Everything that was done to the approval, the newest first."""
    return session.scalars(
        sa.select(AuditEvent)
        .where(
            AuditEvent.subject_type == ServiceApproval.__audit_name__,
            AuditEvent.subject_id == str(approval.id),
            AuditEvent.action.not_like("%.view"),
        )
        .order_by(AuditEvent.id.desc())
    ).all()
