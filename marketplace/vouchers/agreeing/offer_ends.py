"""What a client has agreed in one offer ends, because what is offered there ends for that client."""

from __future__ import annotations

from datetime import date

from marketplace.clients.models import Client
from marketplace.vouchers.agreeing import queries
from marketplace.vouchers.agreeing.service import tell_of_end, withdraw
from marketplace.vouchers.granting.holding import lock_held
from marketplace.vouchers.queries import of_client
from marketplace.vouchers.rules import AGREEMENT, AgreementParty, AgreementState
from marketplace.vouchers.service import give_last_day, held_in_lines
from marketplace.work import UnitOfWork


def end_in_offer(
    work: UnitOfWork, client: Client, offer_id: int, last_day: date, *, by: AgreementParty
) -> None:
    """End what a client, whom the caller holds, has agreed in one offer, at the latest on a day; requests are
    withdrawn. Both sides are told.
    """
    found = [
        each
        for each in of_client(work.session, client.organisation_key, client.number)
        if each.offer_id == offer_id and each.state in AGREEMENT.taking
    ]
    lock_held(work, held_in_lines(found))
    for each in found:
        agreement = queries.for_change(work.session, each.id)
        if agreement.state is AgreementState.REQUESTED:
            withdraw(work, agreement)
        elif agreement.state in AGREEMENT.standing and (
            agreement.ends_on is None or agreement.ends_on > last_day
        ):
            give_last_day(work, agreement, last_day, by=by)
            tell_of_end(work, agreement, by=by)
