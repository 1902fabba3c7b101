"""What client counsellors do to agreements: record one, end one. The days are the client's and the provider's to
agree; the register keeps what was agreed, so a day may lie in the past.

The audit trail names an agreement by its own number: the trail is kept for good, and a client's number is not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Final, Protocol

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.clients.labels import NUMBER_FAULTS
from marketplace.clients.models import Client
from marketplace.clients.rules import client_number, erased_number, number_fault
from marketplace.errors import Conflict, Fault, Invalid, NotAllowed, NotFound, refuse_all
from marketplace.files.service import forget_files
from marketplace.i18n import _l
from marketplace.ledger.rules import Amount
from marketplace.ledger.service import NotEnough
from marketplace.offers.models import Offer
from marketplace.offers.queries import standing_of
from marketplace.offers.rules import (
    OfferState,
    VersionState,
    is_visible,
    reasons_hidden_from_client,
    version_in_force,
)
from marketplace.permissions import Permission
from marketplace.slots import Answer
from marketplace.vouchers import queries, rules
from marketplace.vouchers.audit_actions import AgreementAudit
from marketplace.vouchers.granting import queries as granting
from marketplace.vouchers.granting.holding import Hold, hold, shorten
from marketplace.vouchers.granting.labels import amount_fault, amount_text
from marketplace.vouchers.granting.models import DecisionLine
from marketplace.vouchers.granting.rules import BadAmount, read_amount
from marketplace.vouchers.labels import FAULTS
from marketplace.vouchers.models import Agreement
from marketplace.vouchers.own_people import queries as own_people
from marketplace.vouchers.rules import AGREEMENT, AgreementAction, AgreementParty, AgreementState
from marketplace.work import UnitOfWork

ERASED: Final = "–"
"""What stands in the place of a reason once the client's data were erased; a declined or stopped agreement has one."""

settled: Final = Answer[Callable[[Session, Agreement], date | None]](
    "vouchers.settled_until",
    "The last day under an agreement whose services have been recorded, stated or paid: it does not end before it.",
)


class StillToCome(Protocol):
    """What has been delivered under an agreement and is not booked yet."""

    def __call__(self, session: Session, agreement: Agreement) -> Mapping[int, int]:
        """How much of each budget, by its id, in the budget's unit."""


still_to_come: Final = Answer[StillToCome](
    "vouchers.still_to_come",
    "How much of what an agreement holds has been delivered and is not booked yet: when it ends, so much stays held.",
)


def record_agreement(work: UnitOfWork, offer_id: int, terms: rules.AgreementTerms) -> Agreement:
    """Record what a client and a provider have agreed, with the prices in force on its first day.

    Raises NotFound for an offer of another organisation's pilot, Conflict when clients do not see the offer, the client
    has an agreement in it on one of those days, or every price would leave the client an own share that is barred, and
    Invalid for a number or days that do not hold, and without an amount where the client has a decision.
    """
    if work.actor.user_id is None:
        raise NotAllowed(_l("Only a person can record an agreement."))
    offer = queries.offer_for_staff(work, offer_id, lock=True)
    today = work.today
    terms = replace(terms, client_number=client_number(terms.client_number))
    demand_open(work.session, offer, terms.client_number, today)
    refuse_all(terms_faults(offer, terms, today))
    organisation = offer.approval.pilot.organisation_key
    queries.hold_client(work.session, organisation, terms.client_number)
    if queries.offers_taken(work.session, organisation, [offer.id], terms):
        raise Conflict(
            _l(
                "This client already has an agreement in the same service at that time, or has asked for one."
            ),
            field="client_number",
        )
    version = version_in_force(offer.versions, terms.starts_on)
    if version is None:
        raise NotFound()
    agreement = Agreement(
        organisation_key=organisation,
        client_number=terms.client_number,
        offer=offer,
        version=version,
        starts_on=terms.starts_on,
        ends_on=terms.ends_on,
        state=AgreementState.IN_FORCE,
        recorded_by_id=work.actor.user_id,
        recorded_at=work.now,
    )
    work.session.add(agreement)
    work.session.flush()
    _pay_from_decision(work, agreement, terms.monthly)
    work.record(
        AgreementAudit.RECORD,
        agreement,
        organisation=agreement.organisation_key,
        after={
            "offer": offer.id,
            "version": version.number,
            "starts_on": terms.starts_on.isoformat(),
            "ends_on": _iso(terms.ends_on),
        }
        | _held_field(agreement),
    )
    return agreement


def end_agreement(work: UnitOfWork, agreement_id: int, last_day: date) -> Agreement:
    """Give an agreement its last day, or an earlier one.

    Raises NotFound for another organisation's agreement, Conflict for one that is over and Invalid for a day before
    the first, after the last day agreed so far, or before a day of which services have been recorded.
    """
    agreement = queries.for_staff(work, agreement_id, permission=Permission.RECORD_AGREEMENTS, lock=True)
    demand_running(agreement, work.today)
    demand(rules.last_day_fault(agreement.starts_on, agreement.ends_on, last_day))
    demand(rules.settled_fault(last_day, settled_until(work.session, agreement)))
    give_last_day(work, agreement, last_day, by=AgreementParty.OFFICE)
    return agreement


def _pay_from_decision(work: UnitOfWork, agreement: Agreement, typed: str) -> None:
    """Reserve what the agreement needs each month, of a client who has a decision on the service.

    Nothing is reserved of one who has none, and then no amount may be given. Raises Invalid, and Conflict when some
    month has not enough left: two agreements never hold more together than was granted.
    """
    offer = agreement.offer
    line = granting.line_for(
        work.session,
        agreement.organisation_key,
        agreement.client_number,
        offer.pilot_key,
        offer.service_key,
        agreement.starts_on,
    )
    if line is None:
        if typed:
            raise Invalid(
                _l("The client has no decision on this service that is in force on the first day."),
                field="monthly",
            )
        return
    if line.value.bars_all(row for row in agreement.version.prices if line.facts.pays(row.band, row.unit)):
        raise Conflict(
            _l(
                "The prices of this provider are higher than the value of an hour in the client’s decision. The "
                "service is free of charge by law, so the client may not pay the rest."
            ),
            field="monthly",
        )
    if not typed:
        raise Invalid(
            _l("The client has a decision on this service: write how much of it is reserved each month."),
            field="monthly",
        )
    try:
        amount = read_amount(typed, line.unit)
    except BadAmount as error:
        raise Invalid(amount_fault(error), field="monthly") from error
    agreement.line, agreement.monthly = line, amount.number
    try:
        hold(work, line, held_by(agreement))
    except NotEnough as refusal:
        raise Conflict(
            _l(
                "The client’s budget has only %(left)s left in some month of this agreement.",
                left=amount_text(refusal.left),
            ),
            field="monthly",
        ) from refusal


def held_by(agreement: Agreement) -> Hold:
    """What an agreement that is paid from a line holds in it."""
    assert agreement.line is not None  # noqa: S101 - the caller has looked
    assert agreement.monthly is not None  # noqa: S101
    return Hold(
        agreement.id,
        agreement.offer.provider_id,
        Amount(agreement.line.unit, agreement.monthly),
        agreement.starts_on,
        agreement.ends_on,
    )


def held_in_lines(agreements: Iterable[Agreement]) -> list[tuple[DecisionLine, Hold]]:
    """What those of the agreements that are paid from a line hold in it."""
    return [(each.line, held_by(each)) for each in agreements if each.line is not None]


def give_last_day(
    work: UnitOfWork,
    agreement: Agreement,
    last_day: date,
    *,
    by: AgreementParty,
    action: AgreementAction = AgreementAction.END,
) -> None:
    """Let an agreement that stands end on a day, by `END` or `STOP`; one that would end before it begins is called off.

    What it holds of the budget after that returns. The caller holds the agreement for a change and has checked the day.
    Raises NoSuchTransition.
    """
    if last_day < agreement.starts_on:
        move(work, agreement, AgreementAction.CALL_OFF, by=by)
        let_go(work, agreement)
        return
    before, agreement.ends_on = agreement.ends_on, last_day
    if agreement.line is not None:
        shorten(work, agreement.line, held_by(agreement), lambda: _to_come(work.session, agreement))
    move(
        work,
        agreement,
        action,
        by=by,
        before={"ends_on": _iso(before)},
        after={"ends_on": last_day.isoformat()},
    )


def let_go(work: UnitOfWork, agreement: Agreement) -> None:
    """Return everything that an agreement still holds of the budget."""
    if agreement.line is not None:
        gone = agreement.starts_on - timedelta(days=1)
        gone_by = replace(held_by(agreement), last=gone)
        shorten(work, agreement.line, gone_by, lambda: _to_come(work.session, agreement))


def _to_come(session: Session, agreement: Agreement) -> Mapping[int, int]:
    found: Counter[int] = Counter()
    for answered in still_to_come:
        found.update(answered(session, agreement))
    return found


def move(
    work: UnitOfWork,
    agreement: Agreement,
    action: AgreementAction,
    *,
    by: AgreementParty | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Take an agreement, which the caller holds for a change, to its next state. Raises NoSuchTransition.

    `by`: who ends it.
    """
    state = agreement.state
    agreement.state = AGREEMENT.next(state, action)
    if by is not None:
        agreement.ended_by = by
    work.record(
        AgreementAudit.of(action),
        agreement,
        organisation=agreement.organisation_key,
        before={"state": state.value, **(before or {})},
        after={"state": agreement.state.value, **(after or {})},
    )


def settled_until(session: Session, agreement: Agreement) -> date | None:
    """The last day whose services have been recorded or paid under the agreement, None while there is none."""
    days = [day for each in settled if (day := each(session, agreement)) is not None]
    return max(days, default=None)


def demand_open(session: Session, offer: Offer, number: str, today: date) -> None:
    """Raise Conflict unless the client with this number can agree on the offer today: clients see it, or it is what a
    person near to the client gives, who is approved for that client.
    """
    if not offer_is_open(session, offer, number, today):
        raise Conflict(_l("Clients do not see this service now, so no new agreement can be made in it."))


def offer_is_open(session: Session, offer: Offer, number: str, today: date) -> bool:
    """Whether the client with this number can agree on the offer today."""
    standing = standing_of(session, offer, today)
    if offer.state is not OfferState.PRIVATE:
        return is_visible(standing, today)
    organisation = offer.approval.pilot.organisation_key
    return not reasons_hidden_from_client(standing, today) and own_people.is_for(
        session, offer, organisation, number
    )


def demand_running(agreement: Agreement, today: date) -> None:
    """Raise Conflict when the agreement is over, or has not come about."""
    if agreement.state not in AGREEMENT.standing or rules.is_over(agreement.ends_on, today):
        raise Conflict(_l("The agreement has ended already."))


def terms_faults(offer: Offer, terms: rules.AgreementTerms, today: date) -> Iterator[Fault]:
    """Everything that does not hold in the number of the client and the days, each with its field."""
    fault = number_fault(client_number(terms.client_number))
    if fault is not None:
        yield "client_number", NUMBER_FAULTS[fault]
    period = rules.period_fault(terms.starts_on, terms.ends_on, bounds_of(offer, today))
    if period is not None:
        yield period[0], FAULTS[period[1]]


def bounds_of(offer: Offer, today: date) -> rules.Bounds:
    """Between which days an agreement in the offer may begin; for an offer that has been published."""
    return rules.Bounds(
        approved_on=offer.approval.approved_on,
        first_day=min(each.valid_from for each in offer.versions if each.state == VersionState.PUBLISHED),
        last_day=offer.ends_on,
        today=today,
    )


def demand(fault: tuple[str, str] | None) -> None:
    """Raise Invalid for a fault of days, as (field, fault)."""
    if fault is not None:
        raise Invalid(FAULTS[fault[1]], field=fault[0])


def forget_client(session: Session, client_id: int) -> None:
    """Take the client's number and what was written of the client out of the agreements, and drop the contracts: the
    data are erased. For the slot `clients.erased`.
    """
    client = session.get_one(Client, client_id)
    theirs = sa.and_(
        Agreement.organisation_key == client.organisation_key, Agreement.client_number == client.number
    )
    contracts = session.scalars(sa.select(Agreement.file_id).where(theirs)).all()
    erased_reason = sa.case((Agreement.reason == "", ""), else_=ERASED)
    session.execute(
        sa.update(Agreement)
        .where(theirs)
        .values(client_number=erased_number(client_id), reason=erased_reason, file_id=None),
        execution_options={"synchronize_session": False},
    )
    forget_files(session, contracts, but=sa.select(Agreement.file_id))


def _held_field(agreement: Agreement) -> dict[str, int]:
    """What is held each month, for the trail: by the name of its unit."""
    line, monthly = agreement.line, agreement.monthly
    return {} if line is None or monthly is None else {f"monthly_{line.unit}": monthly}


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
