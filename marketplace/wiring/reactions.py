"""Reactions: what rooms above do, in the same transaction, when something happens below."""

from __future__ import annotations

from marketplace.accounts import service as accounts
from marketplace.applications.sending.service import withdraw_when_leaving
from marketplace.approvals.standing.service import fall
from marketplace.audit.service import append
from marketplace.budgets.summaries.service import forget_summaries
from marketplace.clients import service as client_register
from marketplace.clients.privacy import service as privacy
from marketplace.deliveries import service as deliveries
from marketplace.effects import service as effects
from marketplace.files import quarantine
from marketplace.providers.evidence.scanned import record_and_tell
from marketplace.providers.participation import service as participation
from marketplace.undelivered import service as undelivered
from marketplace.vouchers import service as agreements
from marketplace.vouchers.agreeing.service import end_when_interrupted
from marketplace.vouchers.granting import service as decisions
from marketplace.vouchers.own_people import comparing as own_people_comparing
from marketplace.vouchers.own_people import privacy as own_people
from marketplace.vouchers.telling import tell_counsellors
from marketplace.work import recorded


def fill() -> None:
    """Fill every slot of the kind `Reaction`."""
    recorded.fill(append)
    accounts.known_otherwise.fill(own_people_comparing.compare)
    quarantine.file_settled.fill(record_and_tell)
    participation.provider_left.fill(withdraw_when_leaving)
    privacy.erased.fill(
        forget_summaries,
        decisions.forget_client,
        own_people.forget_client,
        deliveries.forget_client,
        agreements.forget_client,
        effects.forget,
        undelivered.forget_client,
    )
    client_register.interrupted.fill(
        end_when_interrupted, decisions.release_when_interrupted, effects.interrupted
    )
    client_register.consent_withdrawn.fill(effects.stop_asking)
    participation.approvals_left.fill(fall)
    participation.offers_lost.fill(tell_counsellors)
