"""What is done about agreements by those whose they are: the client asks, the provider answers, either side ends.

The client is locked first, so that what takes a client's budget goes one after another; then the agreements by number.
What a request asks for is reserved at once; declining it, withdrawing it and time let go of it again. Every verb tells
the other sides by mail.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy.exc import IntegrityError

from marketplace.accounts.queries import provider_people
from marketplace.clients.models import Client, Participation
from marketplace.clients.rules import Ground, Part, holds_identity_code
from marketplace.clients.service import note_gift
from marketplace.decisions.service import archive, demand_words
from marketplace.errors import Conflict, Invalid, NotFound
from marketplace.files.store import FileStore
from marketplace.i18n import _l, date_text
from marketplace.ledger.service import NotEnough
from marketplace.offers.pricing.rules import MonthlyCost
from marketplace.outbox import Recipient
from marketplace.pilots.definition import PilotDefinition
from marketplace.pilots.queries import current_definition, kept_definition
from marketplace.pilots.vocabulary import CHANGE_REASONS
from marketplace.vouchers import rules
from marketplace.vouchers.agreeing import mails, queries
from marketplace.vouchers.agreeing.document import contract_pdf
from marketplace.vouchers.agreeing.labels import obstacle_text
from marketplace.vouchers.agreeing.rules import Wish, asks_why
from marketplace.vouchers.agreeing.weighing import Weighing, prices_changed, weigh
from marketplace.vouchers.audit_actions import AgreementAudit
from marketplace.vouchers.granting.holding import hold, lock_held
from marketplace.vouchers.granting.labels import amount_text
from marketplace.vouchers.models import Agreement
from marketplace.vouchers.queries import hold_client, of_client
from marketplace.vouchers.rules import AGREEMENT, AgreementAction, AgreementParty
from marketplace.vouchers.service import (
    bounds_of,
    demand,
    demand_open,
    demand_running,
    end_agreement,
    give_last_day,
    held_by,
    held_in_lines,
    let_go,
    move,
    record_agreement,
    settled_until,
)
from marketplace.work import UnitOfWork

CLIENT_SIDE: Final = frozenset({AgreementParty.CLIENT, AgreementParty.HELPER, AgreementParty.OFFICE})
"""Those who ask and end for the client."""


def pilot_of(work: UnitOfWork, agreement: Agreement) -> PilotDefinition:
    """The pilot's rules under which the provider was approved."""
    return kept_definition(work.session, agreement.offer.approval.pilot_version_id, current_ceilings=True)


# --- asking ----------------------------------------------------------------------------------------------------------


def ask(work: UnitOfWork, client: Client, offer_id: int, wish: Wish, *, by: AgreementParty) -> Agreement:
    """Ask a provider for an agreement, and reserve what it takes of the client's budget.

    The caller has made sure that the person may act for the client. Raises NotFound for an offer of another
    organisation and for a client who has been erased, Conflict when it cannot be chosen or not enough is left in the
    budget, and Invalid for days and quantities that do not hold.
    """
    offer = queries.offer_for_client(work.session, client, offer_id, lock=True)
    if hold_client(work.session, client.organisation_key, client.number) is None:
        raise NotFound()
    old = None if wish.replaces is None else _to_replace(work, client, wish.replaces)
    found = weigh(work.session, client, offer, wish.starts_on, today=work.today, replaces=old)
    _demand_first_day(work, found)
    if found.obstacles:
        raise Conflict(obstacle_text(found.obstacles[0]))
    month = _month(found, wish)
    line, version, monthly = found.line, found.version, found.held(month)
    assert line is not None and version is not None and monthly is not None  # noqa: S101, PT018 - no obstacles
    agreement = Agreement(
        organisation_key=client.organisation_key,
        client_number=client.number,
        offer=offer,
        version=version,
        starts_on=wish.starts_on,
        recorded_by_id=work.person_id,
        recorded_at=work.now,
        line=line,
        monthly=monthly.number,
        state=AGREEMENT.initial,
        asked_by=by,
        wanted={band: str(each) for band, each in wish.quantities.items() if each},
        answer_until=rules.answer_until(work.today, found.pilot.agreements.answer_days, wish.starts_on),
        replaces=old,
        change_reason=_change_reason(wish, offer.provider_id, old),
    )
    _add(work, agreement)
    try:
        hold(work, line, held_by(agreement), freed=found.freed)
    except NotEnough as refusal:
        raise not_enough(found) from refusal
    note_gift(work, client, Part.AGREEMENTS, Ground.SERVICE, recipient=offer.provider.name)
    work.record(
        AgreementAudit.ASK,
        agreement,
        organisation=agreement.organisation_key,
        after={
            "state": agreement.state.value,
            "offer": offer.id,
            "starts_on": wish.starts_on.isoformat(),
            "replaces": wish.replaces,
            f"monthly_{line.unit}": monthly.number,
        },
    )
    for person in provider_people(work.session, offer.provider_id):
        mails.agreement_asked(work, agreement, person)
    return agreement


def _add(work: UnitOfWork, agreement: Agreement) -> None:
    try:
        with work.session.begin_nested():
            work.session.add(agreement)
    except IntegrityError as error:
        raise Conflict(_l("You have asked for this already. The provider has not answered yet.")) from error


def _change_reason(wish: Wish, provider_id: int, old: Agreement | None) -> str | None:
    """Why the client leaves the former provider, where that is asked. Raises Invalid for a reason that there is not."""
    if not wish.change_reason or old is None:
        return None
    if not asks_why(old.offer.provider_id, provider_id, old.ended_by):
        return None
    if wish.change_reason not in CHANGE_REASONS:
        raise Invalid(_l("Choose a reason from the list."), field="change_reason")
    return wish.change_reason


def _to_replace(work: UnitOfWork, client: Client, agreement_id: int) -> Agreement:
    old = queries.for_client(work.session, client, agreement_id, lock=True)
    demand_running(old, work.today)
    if queries.requested_instead(work.session, old) is not None:
        raise Conflict(
            _l(
                "You have already asked for another agreement in the place of this one. Withdraw that request first."
            )
        )
    return old


def earliest_first_day(
    today: date, pilot: PilotDefinition, offer_id: int | None, replaces: Agreement | None
) -> date:
    """The first day on which a requested agreement may begin: tomorrow, or after the notice of who is replaced.

    `offer_id`: the offer that is asked for; None for whichever other one.
    """
    if replaces is None or replaces.offer_id == offer_id:
        return today + timedelta(days=1)
    return rules.first_day_after(today, pilot.agreements.answer_days, pilot.notice.client_days)


def _demand_first_day(work: UnitOfWork, found: Weighing) -> None:
    earliest = earliest_first_day(work.today, found.pilot, found.offer.id, found.replaces)
    if found.starts_on < earliest:
        raise Invalid(
            _l("The first day can be %(day)s at the earliest.", day=date_text(earliest)), field="starts_on"
        )
    if found.version is None:
        return
    demand(rules.period_fault(found.starts_on, None, bounds_of(found.offer, work.today)))


def _month(found: Weighing, wish: Wish) -> MonthlyCost:
    """What a month costs. Raises Invalid when nothing is wanted or a band costs too much, Conflict for other prices."""
    if found.version is None or found.version.id != wish.version:
        raise Conflict(
            _l("The prices have changed since you opened the page. Look at them and send the form again.")
        )
    month = found.month(wish.quantities)
    if not month.lines or month.missing:
        raise Invalid(_l("Write how much you need in a month."), field=next(iter(found.prices), ""))
    dearer = found.dearer(month)
    if dearer and not found.value.own_share_allowed:
        raise Invalid(
            _l(
                "The price is higher than the value in your decision. This service is free of charge by law, so you "
                "cannot pay the rest yourself."
            ),
            field=next(iter(dearer)),
        )
    if found.over(month) is not None:
        raise not_enough(found)
    return month


def not_enough(found: Weighing) -> Conflict:
    """The refusal of a request that exceeds what is left, saying what would fit."""
    assert found.room is not None  # noqa: S101 - it is known wherever there is a decision
    if not found.room.number:
        return Conflict(_l("Nothing is left of your budget in some month of this agreement."))
    return Conflict(
        _l(
            "This is more than what is left of your budget. %(fits)s a month would fit.",
            fits=amount_text(found.room),
        )
    )


# --- answering -------------------------------------------------------------------------------------------------------


def withdraw(work: UnitOfWork, agreement: Agreement) -> Agreement:
    """Take a request back, for the client; the caller holds it for a change. Raises NoSuchTransition."""
    move(work, agreement, AgreementAction.WITHDRAW)
    let_go(work, agreement)
    _tell_provider_of_end(work, agreement)
    return agreement


def accept(work: UnitOfWork, provider_id: int, agreement_id: int, *, store: FileStore) -> Agreement:
    """Accept a request: the agreement is in force with its contract, and the one that it replaces has its last day.

    Raises NotFound, NoSuchTransition, and Conflict when the time is over, clients do not see the offer, the prices have
    changed and the pilot asks the client anew, or the budget has been used meanwhile.
    """
    queries.hold_approval_of(work.session, agreement_id)
    agreement = queries.for_provider(work, provider_id, agreement_id, lock=True)
    AGREEMENT.next(agreement.state, AgreementAction.ACCEPT)
    _demand_in_time(work, agreement)
    demand_open(work.session, agreement.offer, agreement.client_number, work.today)
    if pilot_of(work, agreement).agreements.price_changed == "asked_anew" and prices_changed(agreement):
        raise Conflict(_l("Your prices have changed since the request. Ask the client to choose again."))
    if agreement.replaces is not None:
        _make_room(work, agreement, agreement.replaces)
    client = queries.client_of(work.session, agreement)
    move(work, agreement, AgreementAction.ACCEPT)
    _note_answer(work, agreement)
    if client is not None:
        note_gift(work, client, Part.FACTS, Ground.SERVICE, recipient=agreement.offer.provider.name)
        _write_contract(work, agreement, client, store)
    _tell_of_answer(work, agreement)
    return agreement


def record_for_office(
    work: UnitOfWork, offer_id: int, terms: rules.AgreementTerms, *, store: FileStore
) -> Agreement:
    """Record what a client and a provider have agreed elsewhere; see `record_agreement`.

    A client whom the register knows gets the contract as a document, as do those who agree here.
    """
    agreement = record_agreement(work, offer_id, terms)
    client = queries.client_of(work.session, agreement)
    if client is not None:
        _write_contract(work, agreement, client, store)
    return agreement


def _write_contract(work: UnitOfWork, agreement: Agreement, client: Client, store: FileStore) -> None:
    contract = contract_pdf(work, agreement, client)
    number = f"{agreement.organisation_key}-{agreement.starts_on.year}-{agreement.id}"
    agreement.file = archive(work, contract, number, store=store).file


def _make_room(work: UnitOfWork, agreement: Agreement, old: Agreement) -> None:
    """End the agreement that is replaced on the day before, and let the new one hold what it needs."""
    lock_held(work, held_in_lines([agreement, old]))
    last_day = agreement.starts_on - timedelta(days=1)
    if old.state in AGREEMENT.standing and (old.ends_on is None or last_day < old.ends_on):
        if rules.settled_fault(last_day, settled_until(work.session, old)) is not None:
            raise Conflict(
                _l(
                    "Services have been recorded under the agreement that this one replaces, for a day on which this "
                    "one would hold already. The client can ask again from a later day."
                )
            )
        assert agreement.asked_by is not None  # noqa: S101 - it is a request
        give_last_day(work, old, last_day, by=agreement.asked_by)
        if old.offer_id != agreement.offer_id:
            tell_of_end(work, old, by=agreement.asked_by)
    if agreement.line is None or agreement.line_id != old.line_id:
        return
    let_go(work, agreement)
    try:
        hold(work, agreement.line, held_by(agreement))
    except NotEnough as refusal:
        raise Conflict(
            _l(
                "The client’s budget has been used meanwhile, and this does not fit in any more. The client can ask "
                "for less."
            )
        ) from refusal


def decline(work: UnitOfWork, provider_id: int, agreement_id: int, reason: str) -> Agreement:
    """Decline a request; the client reads the reason. Raises NotFound, NoSuchTransition and Invalid without one."""
    agreement = queries.for_provider(work, provider_id, agreement_id, lock=True)
    AGREEMENT.next(agreement.state, AgreementAction.DECLINE)
    agreement.reason = reason_words(reason, _l("Write why you decline. The client reads it."))
    move(work, agreement, AgreementAction.DECLINE)
    _note_answer(work, agreement)
    let_go(work, agreement)
    _tell_of_answer(work, agreement)
    return agreement


def ask_anew(work: UnitOfWork, provider_id: int, agreement_id: int) -> Agreement:
    """Ask the client to choose again because the prices have changed. Raises NotFound, NoSuchTransition, and Conflict
    when they have not.
    """
    agreement = queries.for_provider(work, provider_id, agreement_id, lock=True)
    if not prices_changed(agreement):
        raise Conflict(_l("The prices are those for which the client asked."))
    move(work, agreement, AgreementAction.REPRICE)
    _note_answer(work, agreement)
    let_go(work, agreement)
    _tell_of_answer(work, agreement)
    return agreement


def _demand_in_time(work: UnitOfWork, agreement: Agreement) -> None:
    if agreement.answer_until is not None and agreement.answer_until < work.today:
        raise Conflict(_l("The time for an answer is over. The client can ask again."))


def _note_answer(work: UnitOfWork, agreement: Agreement) -> None:
    agreement.answered_by_id, agreement.answered_at = work.actor.user_id, work.now


def let_lapse(work: UnitOfWork, agreement: Agreement) -> None:
    """Let a request lapse, which the caller holds for a change, and tell both sides. Raises NoSuchTransition."""
    move(work, agreement, AgreementAction.LAPSE)
    let_go(work, agreement)
    _tell_of_answer(work, agreement)
    _tell_provider_of_end(work, agreement)


# --- ending ----------------------------------------------------------------------------------------------------------


def notice_days(pilot: PilotDefinition, by: AgreementParty) -> int:
    """How many days before its last day a side says that it ends an agreement."""
    return pilot.notice.client_days if by in CLIENT_SIDE else pilot.notice.provider_days


def give_notice(work: UnitOfWork, agreement: Agreement, last_day: date, *, by: AgreementParty) -> Agreement:
    """End an agreement with notice, for one side; the caller holds it for a change.

    One that would not have begun by then is called off. Raises Conflict when it is over, and Invalid for a day before
    the end of the period of notice, after the last day agreed so far, or before a day whose services are recorded.
    """
    demand_running(agreement, work.today)
    demand(
        rules.end_fault(
            last_day,
            today=work.today,
            notice_days=notice_days(pilot_of(work, agreement), by),
            agreed=agreement.ends_on,
            settled_until=settled_until(work.session, agreement),
        )
    )
    give_last_day(work, agreement, last_day, by=by)
    tell_of_end(work, agreement, by=by)
    return agreement


def end_for_office(work: UnitOfWork, agreement_id: int, last_day: date) -> Agreement:
    """Give an agreement the last day that the counsellor writes down, and tell both sides; see `end_agreement`."""
    agreement = end_agreement(work, agreement_id, last_day)
    tell_of_end(work, agreement, by=AgreementParty.OFFICE)
    return agreement


def stop(work: UnitOfWork, agreement: Agreement, reason: str, *, by: AgreementParty) -> Agreement:
    """End an agreement today for cause, for one side; the caller holds it for a change. The other side reads why.

    Nothing is recorded of days to come, so no service has been recorded for a day after this last one. Raises Conflict
    when it is over, and Invalid without a reason.
    """
    demand_running(agreement, work.today)
    agreement.reason = reason_words(
        reason, _l("Write why the agreement ends at once. The other side reads it.")
    )
    give_last_day(work, agreement, work.today, by=by, action=AgreementAction.STOP)
    tell_of_end(work, agreement, by=by)
    return agreement


def end_when_interrupted(work: UnitOfWork, participation: Participation) -> None:
    """End the agreements of a client who ends taking part in their pilot, each after the pilot's days of notice.

    For the slot `clients.interrupted`. An agreement that ends sooner stays as it was agreed, one that would not have
    begun by then is called off, and requests are withdrawn. The client's counsellor is told.
    """
    client = participation.client
    hold_client(work.session, client.organisation_key, client.number)
    lock_held(work, held_in_lines(of_client(work.session, client.organisation_key, client.number)))
    for number in queries.requests_of(work.session, client, participation.pilot_key):
        withdraw(work, queries.for_change(work.session, number))
    ended = 0
    for agreement in of_client(work.session, client.organisation_key, client.number):
        if agreement.offer.pilot_key != participation.pilot_key or agreement.state not in AGREEMENT.standing:
            continue
        days = pilot_of(work, agreement).notice.client_days
        last_day = max(participation.ended_on or work.today, work.today + timedelta(days=days))
        if agreement.ends_on is None or agreement.ends_on > last_day:
            held = queries.for_change(work.session, agreement.id)
            give_last_day(work, held, last_day, by=AgreementParty.CLIENT)
            tell_of_end(work, held, by=AgreementParty.CLIENT, counsellor=False)
            ended += 1
    if client.counsellor is not None and participation.ended_on is not None:
        mails.client_interrupts(
            work,
            client,
            client.counsellor,
            day=participation.ended_on,
            pilot=_pilot_name(work, participation, client.counsellor.language),
            agreements=ended,
        )


def _pilot_name(work: UnitOfWork, participation: Participation, language: str) -> str:
    return current_definition(work.session, participation.pilot_key).name[language]


def reason_words(text: str, missing: Any) -> str:
    """A reason as it is kept. Raises Invalid for none (`missing` says so), and for one with an identity code."""
    words = demand_words(text, missing, field="reason")
    if holds_identity_code(words):
        raise Invalid(_l("Write no personal identity code here."), field="reason")
    return words


# --- telling ---------------------------------------------------------------------------------------------------------


def _tell_of_answer(work: UnitOfWork, agreement: Agreement) -> None:
    """Tell the client's side what became of a request."""
    client = queries.client_of(work.session, agreement)
    if client is None:
        return
    for person, link in client_side(work, agreement, client):
        mails.agreement_answered(work, agreement, client, person, link=link)


def _tell_provider_of_end(work: UnitOfWork, agreement: Agreement) -> None:
    for person in provider_people(work.session, agreement.offer.provider_id):
        mails.agreement_withdrawn(work, agreement, person)


def tell_of_end(
    work: UnitOfWork, agreement: Agreement, *, by: AgreementParty, counsellor: bool = True
) -> None:
    """Tell the other sides of an end: the provider, or the client with who helps."""
    last_day = agreement.ends_on if agreement.state in AGREEMENT.agreed else None
    if by in CLIENT_SIDE:
        for person in provider_people(work.session, agreement.offer.provider_id):
            link = mails.link_for_provider(agreement, person.language)
            mails.agreement_ends(work, agreement, person, last_day, link=link)
    client = queries.client_of(work.session, agreement)
    if client is None:
        return
    for reader, where in client_side(work, agreement, client, counsellor=counsellor):
        mails.agreement_ends(work, agreement, reader, last_day, link=where)


def client_side(
    work: UnitOfWork, agreement: Agreement, client: Client, *, counsellor: bool = True
) -> Iterable[tuple[Recipient, str]]:
    """Who is told on the client's side, with where each looks at it: the client with an address, the helper who asked
    while the mandate holds, and the client's counsellor. Nobody is told of what they did themselves.
    """
    own = work.actor.user_id
    if client.email and (client.user_id is None or client.user_id != own):
        yield mails.client_address(client), mails.link_for_client(agreement, client, client.language)
    helper = agreement.recorded_by
    if helper.id != own and queries.still_helps(work.session, agreement, client, work.today):
        yield helper, mails.link_for_client(agreement, client, helper.language)
    if counsellor and client.counsellor is not None and client.counsellor.id != own:
        yield client.counsellor, mails.link_for_staff(agreement, client.counsellor.language)
