"""Which rows are made for which duty."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from marketplace.db import Database
from tests.duty_rows import clients, companies, stripe

ROWS: Final[dict[str, list[Callable[[Database, Any], Callable[[], int]]]]] = {
    "remind of proofs and conditions": [companies.reminders],
    "remind of drafts that are not sent": [companies.drafts],
    "watch due dates": [companies.due_dates],
    "write the letters of the morning": [companies.mornings],
    "let reservations run out": [clients.reservations],
    "let requests lapse that nobody answers": [clients.requests],
    "remind of requests that wait": [clients.waiting_requests],
    "look again at rights to act": [companies.rights],
    "tell of keys that expire": [companies.expiring_keys],
    "follow what Stripe tells": [stripe.stripe_calls],
    "send batches over Stripe and follow them": [stripe.stripe_batches],
    "let go of budgets of months that are over": [clients.held_budgets],
    "settle budgets that are over": [clients.budgets],
    "write summaries to clients": [clients.summaries],
    "erase clients whose time is over": [clients.clients],
    "ask about effects and remind once": [clients.questions],
    "tell clients of deliveries to look at": [clients.given],
    "make reports": [clients.quarters],
    "make open data": [companies.snapshots],
    "tell of free places": [companies.wishes],
    "write links": [companies.asked_links],
    "write invitations": [companies.invitations, companies.registrations],
    "deliver mail": [companies.mail],
    "scan files that wait": [companies.files],
    "follow changes into the index": [companies.offers],
}
"""The duties that go from row to row, with what is made for each."""
