"""What is done to deliveries: recorded and withdrawn by the provider, confirmed or disputed for the client, decided by
the office, confirmed by itself when nobody objects in time.

The provider is locked first, then the client, then the agreement: of two visits at the same time one is refused,
whoever records them, and none is recorded for a day after the agreement has ended.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.accounts.impartiality.rules import demand_impartial
from marketplace.accounts.models import User
from marketplace.clients.models import Client
from marketplace.clients.queries import client_of_number
from marketplace.clients.rules import erased_number, holds_identity_code
from marketplace.db import Database, for_change
from marketplace.deliveries import booking, mails, queries
from marketplace.deliveries.audit_actions import DeliveryAudit
from marketplace.deliveries.labels import FAULTS, FIELDS, would_fit
from marketplace.deliveries.models import Delivery, DeliveryMessage, kept_line
from marketplace.deliveries.rules import (
    DELIVERY,
    MOST_REASON,
    DeliveryAction,
    DeliveryFacts,
    DeliveryFlaw,
    DeliveryKind,
    DeliveryState,
    OwnShareBarred,
    Price,
    PricedDelivery,
    Said,
    Times,
    faults,
    minutes_taken,
    objection_ends,
    price,
)
from marketplace.duties import each_by_itself
from marketplace.errors import Fault, Invalid, NotFound
from marketplace.i18n import HELSINKI, _l, helsinki_date
from marketplace.ledger.rules import Unit
from marketplace.offers.pricing.days import Region, calendar_of, region_of
from marketplace.offers.pricing.rules import BadQuantity, PricingError
from marketplace.offers.pricing.values import UNLIMITED
from marketplace.offers.rules import OfferState
from marketplace.permissions import SYSTEM
from marketplace.pilots.definition import DeliveryRules, PilotDefinition
from marketplace.pilots.queries import kept_definition
from marketplace.providers.company.queries import admins_of
from marketplace.providers.queries import my_provider, provider_to_change
from marketplace.vouchers.models import Agreement
from marketplace.work import UnitOfWork

MOST_AT_ONCE: Final = 500
"""Ids that are read at a time."""


class DeliveryRefused(Invalid):
    """A delivery that cannot be recorded; `found` is everything that is wrong with it, `words` says it in sentences.

    `fits`: what would fit into the budget, in words, of one that is over it.
    """

    def __init__(self, found: Sequence[DeliveryFlaw], *, fits: str = "") -> None:
        self.found = tuple(found)
        self.words = tuple(
            fits if fits and each is DeliveryFlaw.OVER_BUDGET else FAULTS[each] for each in found
        )
        super().__init__(self.words[0], field=FIELDS.get(found[0]))
        self.faults = tuple(
            (FIELDS.get(each, ""), words) for each, words in zip(found, self.words, strict=True)
        )


def record(work: UnitOfWork, provider_id: int, agreement_id: int, said: Said) -> Delivery:
    """Record a delivery at the prices that the agreement fixes.

    The same row with the same number of the provider's own gives the delivery that stands. Raises NotFound for another
    provider's agreement and DeliveryRefused with everything that is wrong.
    """
    my_provider(work, provider_id, lock=True)
    return _record(work, provider_id, agreement_id, said)


def record_for_own_person(work: UnitOfWork, client: Client, agreement_id: int, said: Said) -> Delivery:
    """Record what a person near to the client has given, on the person's behalf: by the client, who helps, or the
    counsellor, whom the caller has let in. It waits for the client's own word, however long.

    Raises NotFound for any other agreement, Disqualified for who may take no part in the person's matters, and
    DeliveryRefused with everything that is wrong.
    """
    provider_id = queries.own_agreement(work.session, client, agreement_id).offer.provider_id
    demand_impartial(work.actor, provider_id)
    provider_to_change(work.session, provider_id)
    return _record(work, provider_id, agreement_id, said)


def _record(work: UnitOfWork, provider_id: int, agreement_id: int, said: Said) -> Delivery:
    agreement, client = queries.agreement_to_deliver(work.session, provider_id, agreement_id)
    before = queries.by_reference(work.session, provider_id, said.reference) if said.reference else None
    if before is not None:
        return _the_same(before, agreement, said)
    definition = kept_definition(
        work.session, agreement.offer.approval.pilot_version_id, current_ceilings=True
    )
    found = list(_flaws(work, agreement, said, definition.deliveries))
    priced: PricedDelivery | DeliveryFlaw = DeliveryFlaw.NO_PRICE
    if not found:
        priced = _priced(agreement, said, definition, client)
        found = [priced] if isinstance(priced, DeliveryFlaw) else []
    if found or isinstance(priced, DeliveryFlaw):
        raise DeliveryRefused(found)
    delivery = _delivery(work, provider_id, agreement, said, priced, definition.deliveries)
    if agreement.offer.state is OfferState.PRIVATE or (client is not None and client.ask_each_time):
        delivery.objection_until = None
    _demand_room(work, delivery, priced, definition.deliveries)
    work.session.add(delivery)
    work.session.flush()
    work.record(
        DeliveryAudit.RECORD,
        delivery,
        organisation=delivery.organisation_key,
        after={
            "agreement": agreement.id,
            "day": delivery.day.isoformat(),
            "kind": delivery.kind,
            "amount": delivery.amount.cents,
        }
        | ({} if work.actor.key is None else {"key": work.actor.key}),
    )
    return delivery


def said_faults(work: UnitOfWork, agreement: Agreement, said: Said, rules: DeliveryRules) -> Iterator[Fault]:
    """What is wrong with what is said, before it is priced, each with its field: for a form that is not whole yet."""
    for flaw in _flaws(work, agreement, said, rules):
        yield FIELDS.get(flaw, ""), FAULTS[flaw]


def _flaws(
    work: UnitOfWork, agreement: Agreement, said: Said, rules: DeliveryRules
) -> Iterator[DeliveryFlaw]:
    yield from faults(said, _facts(work, agreement, said, rules))
    if any(holds_identity_code(text) for text in (said.activity, said.worker, said.reference)):
        yield DeliveryFlaw.IDENTITY_CODE


def _demand_room(work: UnitOfWork, delivery: Delivery, priced: PricedDelivery, rules: DeliveryRules) -> None:
    """Let the delivery take its part of the budget of its day. Raises DeliveryRefused with what would fit.

    The budget stays locked, so that two deliveries never take the same.
    """
    if delivery.agreement.line is None:
        return
    budget = booking.budget_on(delivery.agreement, delivery.day)
    if budget is None:
        raise DeliveryRefused([DeliveryFlaw.NOT_IN_DECISION])
    percent = rules.cancellation_percent if delivery.kind is DeliveryKind.CANCELLED_LATE else 100
    unit = budget.account.unit
    takes = minutes_taken(priced, percent) if unit is Unit.MINUTES else priced.total.cents
    room = booking.room_in(work, delivery.agreement, budget)
    if takes > room.number:
        raise DeliveryRefused([DeliveryFlaw.OVER_BUDGET], fits=would_fit(room, priced))
    delivery.budget, delivery.takes = budget, takes


def _the_same(before: Delivery, agreement: Agreement, said: Said) -> Delivery:
    """The delivery that stands, when what is said is the same. Raises DeliveryRefused when it is not, or stands no
    more: what is not paid must not look recorded.
    """
    measure = said.measure
    same = (
        (before.starts_at, before.ends_at) == (measure.start, measure.end)
        if isinstance(measure, Times)
        else (before.day, before.priced[0].band, before.priced[0].quantity)
        == (measure.day, measure.band, measure.count)
    )
    stands = before.state in DELIVERY.counting
    if not stands or not same or (before.agreement_id, before.kind) != (agreement.id, said.kind):
        raise DeliveryRefused([DeliveryFlaw.OTHER_BEFORE])
    return before


def _day(said: Said) -> date:
    return helsinki_date(said.measure.start) if isinstance(said.measure, Times) else said.measure.day


def _facts(work: UnitOfWork, agreement: Agreement, said: Said, rules: DeliveryRules) -> DeliveryFacts:
    day, measure = _day(said), said.measure
    timed = measure if isinstance(measure, Times) else None
    provider_id = agreement.offer.provider_id
    return DeliveryFacts(
        now=work.now,
        today=work.today,
        day=day,
        starts_on=agreement.starts_on,
        ends_on=agreement.ends_on,
        approved=queries.approval_held(work.session, agreement.offer.approval, day),
        begins=timed.start if timed is not None else datetime.combine(day, time(), HELSINKI),
        oldest=work.today - timedelta(days=rules.oldest_days),
        cancellation_hours=rules.cancellation_hours,
        cancellation_percent=rules.cancellation_percent,
        client_is_elsewhere=timed is not None
        and queries.client_is_elsewhere(work.session, agreement, said.kind, timed.start, timed.end),
        worker_is_elsewhere=timed is not None
        and queries.worker_is_elsewhere(work.session, provider_id, said.worker, timed.start, timed.end),
    )


def prices_of(agreement: Agreement) -> dict[str, Price]:
    """The prices that the agreement fixes, by band; of an agreement under a decision those that its line pays for."""
    line = None if agreement.line is None else agreement.line.facts
    return {
        row.band: Price(row.unit, row.amount, row.vat_code)
        for row in agreement.version.prices
        if line is None or line.pays(row.band, row.unit)
    }


def _priced(
    agreement: Agreement, said: Said, definition: PilotDefinition, client: Client | None
) -> PricedDelivery | DeliveryFlaw:
    place = client.municipality if client is not None else None
    region = Region.MAINLAND if place is None else region_of(place)
    try:
        return price(
            said,
            prices_of(agreement),
            calendar_of(definition.time_bands, region),
            minimum_minutes=agreement.version.minimum_minutes,
            cancellation_percent=definition.deliveries.cancellation_percent,
            value=UNLIMITED if agreement.line is None else agreement.line.value,
        )
    except OwnShareBarred:
        return DeliveryFlaw.ABOVE_VALUE
    except BadQuantity:
        return DeliveryFlaw.BAD_QUANTITY
    except (PricingError, KeyError):
        return DeliveryFlaw.NO_PRICE


def _delivery(
    work: UnitOfWork,
    provider_id: int,
    agreement: Agreement,
    said: Said,
    priced: PricedDelivery,
    rules: DeliveryRules,
) -> Delivery:
    timed = said.measure if isinstance(said.measure, Times) else None
    return Delivery(
        agreement=agreement,
        provider_id=provider_id,
        organisation_key=agreement.organisation_key,
        client_number=agreement.client_number,
        kind=said.kind,
        state=DELIVERY.initial,
        day=_day(said),
        starts_at=None if timed is None else timed.start,
        ends_at=None if timed is None else timed.end,
        cancelled_at=said.cancelled_at,
        activity=said.activity,
        worker=said.worker,
        reference=said.reference,
        amount=priced.total,
        own_share=priced.own_share,
        lines=[kept_line(line) for line in priced.lines],
        shortest=priced.shortest,
        recorded_by_id=work.person_id,
        recorded_at=work.now,
        objection_until=objection_ends(work.today, rules.objection_days),
    )


# --- what comes after ------------------------------------------------------------------------------------------------


def withdraw(work: UnitOfWork, provider_id: int, delivery_id: int) -> Delivery:
    """Take back a delivery that should not have been recorded. Raises NotFound and NoSuchTransition."""
    delivery = queries.for_provider(work, provider_id, delivery_id, lock=True)
    return _move(work, delivery, DeliveryAction.WITHDRAW, DeliveryAudit.WITHDRAW)


def withdraw_for_own_person(work: UnitOfWork, delivery: Delivery) -> Delivery:
    """Take back what was recorded on behalf of a person near to the client. The caller has let the actor in and has
    found it for a change. Raises NotFound for the delivery of a company, and NoSuchTransition.
    """
    if not delivery.provider.is_private:
        raise NotFound()
    return _move(work, delivery, DeliveryAction.WITHDRAW, DeliveryAudit.WITHDRAW)


def choose_asking(work: UnitOfWork, client: Client, *, each_time: bool) -> None:
    """Choose for a client, whom the caller has found: deliveries wait for the client's word, or are paid unless the
    client objects. It holds for what is recorded from now on.
    """
    work.session.refresh(client, with_for_update=for_change(Client))
    if client.ask_each_time is each_time:
        return
    client.ask_each_time = each_time
    work.record(
        DeliveryAudit.ASKING,
        client,
        organisation=client.organisation_key,
        before={"ask_each_time": not each_time},
        after={"ask_each_time": each_time},
    )


def confirm(work: UnitOfWork, delivery: Delivery) -> Delivery:
    """Confirm a delivery: the client's own act, or a counsellor's to whom the client has said so.

    The caller has found it, for a change. Raises NoSuchTransition, and NotAllowed (`queries.may_confirm`).
    """
    queries.demand_may_confirm(work, delivery)
    return _move(work, delivery, DeliveryAction.CONFIRM, DeliveryAudit.CONFIRM)


def dispute(work: UnitOfWork, delivery: Delivery, reason: str, *, owner_id: int | None) -> Delivery:
    """Object to a delivery, which the caller has found for a change: the client, or a counsellor for the client.

    `owner_id` is who of the office looks into it, None until somebody of the office does. Raises NoSuchTransition and
    Invalid without a reason.
    """
    words = _words(reason, _l("Say why the client objects."))
    rules = kept_definition(
        work.session, delivery.agreement.offer.approval.pilot_version_id, current_ceilings=True
    ).deliveries
    delivery.dispute_reason, delivery.owner_id = words, owner_id
    delivery.due_on = work.today + timedelta(days=rules.dispute_days)
    _move(work, delivery, DeliveryAction.DISPUTE, DeliveryAudit.DISPUTE, due_on=delivery.due_on)
    _tell_of_dispute(work, delivery)
    return delivery


def _tell_of_dispute(work: UnitOfWork, delivery: Delivery) -> None:
    """Mail to the provider, to who looks into it, and to the client, but to nobody of what they have done."""
    for admin in admins_of(work.session, delivery.provider_id):
        mails.delivery_disputed(work, admin, delivery)
    owner = None if delivery.owner_id is None else work.session.get(User, delivery.owner_id)
    if owner is not None and owner.id != work.actor.user_id:
        mails.delivery_dispute_office(work, owner, delivery)
    person = _account_of_client(work.session, delivery)
    if person is not None and person.id != work.actor.user_id:
        mails.delivery_dispute_client(work, person, delivery)


def _account_of_client(session: Session, delivery: Delivery) -> User | None:
    client = client_of_number(session, delivery.organisation_key, delivery.client_number)
    return None if client is None else client.user


def decide(work: UnitOfWork, delivery: Delivery, *, upheld: bool, reason: str) -> Delivery:
    """Settle a dispute for the office: the delivery is paid (`upheld`) or it is not; both sides read the reason.

    The caller has found it for a change. Raises NoSuchTransition, Invalid without a reason, and NotAllowed for who
    would have paid what they may not confirm.
    """
    words = _words(reason, _l("Give the reason of the decision."))
    if upheld:
        queries.demand_may_confirm(work, delivery)
    action = DeliveryAction.UPHOLD if upheld else DeliveryAction.REJECT
    delivery.owner_id = delivery.owner_id or work.person_id
    _move(work, delivery, action, DeliveryAudit.DECIDE)
    _say(work, delivery, words)
    for admin in admins_of(work.session, delivery.provider_id):
        mails.delivery_dispute_settled(work, admin, delivery, to_client=False)
    person = _account_of_client(work.session, delivery)
    if person is not None:
        mails.delivery_dispute_settled(work, person, delivery, to_client=True)
    return delivery


def reverse(work: UnitOfWork, delivery: Delivery, reason: str) -> Delivery:
    """Take back a confirmed delivery that was wrong, with a reason that both sides read: the provider or the office.

    The caller has found it for a change. What a statement says of it stays; the next one takes it back. Raises
    NoSuchTransition and Invalid without a reason.
    """
    words = _words(reason, _l("Say what was wrong with the delivery."))
    booking.unbook(work, delivery)
    _move(work, delivery, DeliveryAction.REVERSE, DeliveryAudit.REVERSE)
    _say(work, delivery, words)
    return delivery


def answer(work: UnitOfWork, delivery: Delivery, text: str) -> DeliveryMessage:
    """Say something about a disputed delivery, which the caller has found. Raises NoSuchTransition and Invalid."""
    words = _words(text, _l("Write the message first."))
    if delivery.state != DeliveryState.DISPUTED:
        DELIVERY.next(delivery.state, DeliveryAction.UPHOLD)
    message = _say(work, delivery, words)
    work.record(
        DeliveryAudit.MESSAGE, delivery, organisation=delivery.organisation_key, after={"message": message.id}
    )
    return message


def lapse(database: Database, now: datetime) -> int:
    """Confirm what nobody has objected to in time; gives how many. Each in a transaction of its own."""
    return sum(
        each_by_itself(
            database,
            "confirm a delivery",
            _waiting(database, helsinki_date(now)),
            lambda one: lapse_one(database, one, now),
            now=now,
        )
    )


def _waiting(database: Database, today: date) -> Iterator[int]:
    """Every delivery whose time is over, read in parts: those that cannot be confirmed hold up none behind them."""
    last = 0
    while True:
        with database.read() as session:
            part = queries.lapsed(session, today, after=last, most=MOST_AT_ONCE)
        if not part:
            return
        yield from part
        last = part[-1]


def lapse_one(database: Database, delivery_id: int, now: datetime) -> bool:
    """Confirm one delivery whose time is over; False when something else has happened to it meanwhile."""
    with database.transaction() as session:
        delivery = session.get(Delivery, delivery_id, with_for_update=for_change(Delivery))
        if delivery is None or not DELIVERY.allows(delivery.state, DeliveryAction.LAPSE):
            return False
        _move(UnitOfWork(session, SYSTEM, now), delivery, DeliveryAction.LAPSE, DeliveryAudit.CONFIRM)
    return True


def forget_client(session: Session, client_id: int) -> None:
    """Take the client's number and every word about the client out of what was given: the data are erased. What was
    paid for stays. For the slot `clients.erased`.
    """
    client = session.get_one(Client, client_id)
    theirs = sa.select(Delivery.id).where(*queries.to_client(client))
    once = {"synchronize_session": False}
    session.execute(
        sa.delete(DeliveryMessage).where(DeliveryMessage.delivery_id.in_(theirs)), execution_options=once
    )
    session.execute(
        sa.update(Delivery)
        .where(*queries.to_client(client))
        .values(client_number=erased_number(client_id), activity="", dispute_reason=""),
        execution_options=once,
    )


def _move(
    work: UnitOfWork,
    delivery: Delivery,
    action: DeliveryAction,
    event: DeliveryAudit,
    *,
    due_on: date | None = None,
) -> Delivery:
    before = delivery.state
    delivery.state = DELIVERY.next(before, action)
    delivery.settled_at = None if delivery.state == DeliveryState.DISPUTED else work.now
    if delivery.state is DeliveryState.CONFIRMED:
        booking.book(work, delivery)
    after = {"state": delivery.state} | ({"due_on": due_on.isoformat()} if due_on is not None else {})
    work.record(
        event, delivery, organisation=delivery.organisation_key, before={"state": before}, after=after
    )
    return delivery


def _say(work: UnitOfWork, delivery: Delivery, words: str) -> DeliveryMessage:
    message = DeliveryMessage(delivery=delivery, author_id=work.person_id, text=words, at=work.now)
    work.session.add(message)
    work.session.flush()
    return message


def _words(text: str, missing: object) -> str:
    words = text.strip()
    if not words:
        raise Invalid(missing, field="text")
    if len(words) > MOST_REASON:
        raise Invalid(_l("The text is too long: at most 2000 characters."), field="text")
    if holds_identity_code(words):
        raise Invalid(FAULTS[DeliveryFlaw.IDENTITY_CODE], field="text")
    return words
