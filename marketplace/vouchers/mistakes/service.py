"""Putting right what a counsellor wrote down wrongly: an agreement that there never was, a last day that is too early.

Both leave a trace: the agreement stays with its state and the reason, and the trail says who did it and when. An
agreement that was asked for and accepted is never a mistake of the register: it ends, as agreements do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import sqlalchemy as sa

from marketplace.accounts.queries import provider_people
from marketplace.errors import Conflict, NotFound
from marketplace.i18n import _l
from marketplace.ledger.service import NotEnough
from marketplace.outbox import Recipient
from marketplace.permissions import Permission
from marketplace.providers.rules import APPROVAL, ProviderState
from marketplace.vouchers import queries, rules
from marketplace.vouchers.agreeing import mails as links
from marketplace.vouchers.agreeing.queries import client_of, for_change
from marketplace.vouchers.agreeing.service import client_side, reason_words
from marketplace.vouchers.granting.holding import lengthen
from marketplace.vouchers.granting.labels import amount_text
from marketplace.vouchers.mistakes import mails
from marketplace.vouchers.models import Agreement
from marketplace.vouchers.rules import AGREEMENT, AgreementAction, AgreementParty, AgreementTerms
from marketplace.vouchers.service import demand, held_by, let_go, move, settled_until
from marketplace.work import UnitOfWork

_OFFICES = frozenset({None, AgreementParty.OFFICE})
"""Who gave the last day that the office may correct: it wrote the day down with the agreement, or ended it."""


def may_annul(agreement: Agreement) -> bool:
    """Whether an agreement is one of those that the office wrote down, in a state in which it can be a mistake."""
    return agreement.asked_by is None and AGREEMENT.allows(agreement.state, AgreementAction.ANNUL)


def may_move_on(agreement: Agreement) -> bool:
    """Whether the agreement has a last day that the office gave and can move on."""
    return (
        agreement.ends_on is not None
        and agreement.ended_by in _OFFICES
        and AGREEMENT.allows(agreement.state, AgreementAction.MOVE_ON)
    )


def found(work: UnitOfWork, agreement_id: int, *, lock: bool = False) -> Agreement:
    """An agreement that the actor may put right; `lock` for a change. Raises NotFound for any other.

    The offer is locked first, then the client, then the agreement: nothing of it has been read before.
    """
    if lock:
        offer_id = work.session.scalar(sa.select(Agreement.offer_id).where(Agreement.id == agreement_id))
        if offer_id is None:
            raise NotFound()
        queries.offer_for_staff(work, offer_id, lock=True)
        for_change(work.session, agreement_id)
    return queries.for_staff(work, agreement_id, permission=Permission.RECORD_AGREEMENTS)


def annul(work: UnitOfWork, agreement_id: int, reason: str) -> Agreement:
    """Mark an agreement as recorded by mistake: it never held, counts nowhere and lets go of the client's budget.

    Both sides are told. Raises NotFound for another organisation's agreement, Conflict for one that was asked for and
    accepted or under which services have been recorded, NoSuchTransition, and Invalid without a reason.
    """
    agreement = found(work, agreement_id, lock=True)
    demand_mistake(work, agreement)
    agreement.reason = reason_words(
        reason, _l("Write how the mistake happened. The client and the provider read it.")
    )
    move(work, agreement, AgreementAction.ANNUL, by=AgreementParty.OFFICE)
    let_go(work, agreement)
    for person, link in _readers(work, agreement):
        mails.agreement_mistaken(work, agreement, person, link=link)
    return agreement


def demand_mistake(work: UnitOfWork, agreement: Agreement) -> None:
    """Raise Conflict unless the agreement can have been recorded by mistake."""
    if agreement.asked_by is not None:
        raise Conflict(
            _l("The client asked for this agreement and the provider accepted it. End it instead."),
        )
    AGREEMENT.next(agreement.state, AgreementAction.ANNUL)
    if settled_until(work.session, agreement) is not None:
        raise Conflict(
            _l(
                "Services have been recorded under this agreement. The provider withdraws them first, or you end the "
                "agreement."
            )
        )


def move_on(work: UnitOfWork, agreement_id: int, last_day: date | None) -> Agreement:
    """Give a later last day (None: until further notice) in the place of one that the office gave too early.

    The agreement holds of the budget what it needs until then, and both sides are told. Raises NotFound for another
    organisation's agreement, Conflict when it cannot be moved on, the client has another agreement in the offer by
    then or the budget has not enough left, and Invalid for a day that is not later.
    """
    agreement = found(work, agreement_id, lock=True)
    demand_movable(work, agreement)
    demand(rules.later_day_fault(agreement.ends_on, last_day))
    _demand_free(work, agreement, last_day)
    before, agreement.ends_on = agreement.ends_on, last_day
    _hold_more(work, agreement, before)
    agreement.ended_by = None
    move(
        work,
        agreement,
        AgreementAction.MOVE_ON,
        before={"ends_on": before.isoformat() if before else None},
        after={"ends_on": last_day.isoformat() if last_day else None},
    )
    for person, link in _readers(work, agreement):
        mails.agreement_goes_on(work, agreement, person, link=link)
    return agreement


def demand_movable(work: UnitOfWork, agreement: Agreement) -> None:
    """Raise Conflict unless the last day is one of the office's, and the service can still be given."""
    AGREEMENT.next(agreement.state, AgreementAction.MOVE_ON)
    if not may_move_on(agreement):
        raise Conflict(
            _l("The client or the provider has ended this agreement. They make a new one if it goes on.")
        )
    replacing = sa.select(Agreement.id).where(
        Agreement.replaces_id == agreement.id, Agreement.state.in_(AGREEMENT.taking)
    )
    if work.session.scalar(replacing.limit(1)) is not None:
        raise Conflict(_l("Another agreement takes the place of this one, so its last day stays."))
    approval = agreement.offer.approval
    if approval.state not in APPROVAL.standing or approval.provider.state == ProviderState.LEFT:
        raise Conflict(_l("The provider is no longer approved for this service, so the last day stays."))


def _demand_free(work: UnitOfWork, agreement: Agreement, last_day: date | None) -> None:
    terms = AgreementTerms(agreement.client_number, agreement.starts_on, last_day)
    taken = queries.offers_taken(
        work.session, agreement.organisation_key, [agreement.offer_id], terms, besides=agreement.id
    )
    if taken:
        raise Conflict(
            _l("The client has another agreement in the same service by then, or has asked for one."),
            field="ends_on",
        )


def _hold_more(work: UnitOfWork, agreement: Agreement, before: date | None) -> None:
    if agreement.line is None:
        return
    wanted = held_by(agreement)
    try:
        lengthen(work, agreement.line, replace(wanted, last=before), wanted)
    except NotEnough as refusal:
        raise Conflict(
            _l(
                "The client’s budget has only %(left)s left in some month of this agreement.",
                left=amount_text(refusal.left),
            ),
            field="ends_on",
        ) from refusal


def _readers(work: UnitOfWork, agreement: Agreement) -> Iterator[tuple[Recipient, str]]:
    """Who is told: those who act for the provider, and the client's side; each with where they look at it."""
    for person in provider_people(work.session, agreement.offer.provider_id):
        yield person, links.link_for_provider(agreement, person.language)
    client = client_of(work.session, agreement)
    if client is not None:
        yield from client_side(work, agreement, client)
