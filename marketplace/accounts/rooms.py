"""The rooms of those who are signed in: which are theirs, how much waits in each, and the one they are in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from flask import request, url_for
from sqlalchemy.orm import Session

from marketplace.i18n import _l
from marketplace.permissions import Actor, Permission
from marketplace.slots import Answer
from marketplace.web.frame import session

ROOMS: Final = (
    (Permission.OWN_MATTERS, _l("My pages"), "client_area.home"),
    (Permission.EDIT_PROVIDER, _l("My services"), "providers.home"),
    (Permission.VIEW_APPLICATIONS, _l("Today in the office"), "approvals.today"),
    (Permission.VIEW_APPLICATIONS, _l("Companies"), "approvals.companies"),
    (Permission.VIEW_APPLICATIONS, _l("Applications"), "approvals.queue"),
    (Permission.VIEW_APPLICATIONS, _l("Approvals"), "approvals.standing_list"),
    (Permission.VIEW_APPLICATIONS, _l("Proofs to look at"), "approvals.proofs"),
    (Permission.VIEW_CLIENTS, _l("Clients"), "clients.register"),
    (Permission.DECIDE_SERVICES, _l("Service decisions that wait"), "granting.waiting"),
    (Permission.VIEW_AGREEMENTS, _l("Agreements of clients"), "vouchers.agreements"),
    (Permission.APPROVE_OFFERS, _l("Changes to offers"), "approvals.changes"),
    (Permission.APPROVE_OFFERS, _l("Invitations"), "recruiting.invitation_pilots"),
    (Permission.VIEW_PAYMENTS, _l("Statements of providers"), "office_statements.index"),
    (Permission.VIEW_PAYMENTS, _l("Payments"), "payments.home"),
    (Permission.VIEW_REPORTS, _l("Reports"), "reports.index"),
    (Permission.CONFIRM_IBAN, _l("Account numbers"), "account_changes.index"),
    (Permission.SEND_MAIL_AGAIN, _l("E-mails that did not arrive"), "undelivered.index"),
    (Permission.VIEW_AUDIT, _l("Audit trail"), "audit.events"),
    (Permission.SIGNED_IN, _l("My account"), "accounts.me"),
)
"""The own pages of those who are signed in, in their order: who has them, their name and where they begin."""

_WHILE_WAITING: Final = frozenset({"undelivered.index"})
"""Rooms that are named only while something waits in them: most of the time nobody has anything to do there."""

waiting_in: Final = Answer[Callable[[str], Mapping[str, "sa.ScalarSelect[Any]"]]](
    "accounts.waiting_in",
    "How much waits in the rooms of an organisation, by endpoint: each a subquery that counts.",
)


@dataclass(frozen=True, slots=True)
class OwnRoom:
    """A room of the person's: how many things wait in it, and whether the page is in it (`page` or `true`)."""

    name: str
    href: str
    count: int = 0
    current: str = ""


def addresses_of(actor: Actor | None) -> list[tuple[str, str]]:
    """The names and addresses of the person's rooms."""
    return [
        (str(name), url_for(endpoint))
        for permission, name, endpoint in ROOMS
        if actor is not None and actor.may(permission) and endpoint not in _WHILE_WAITING
    ]


def own_rooms(actor: Actor) -> list[OwnRoom]:
    """The person's rooms for the bar of a page, with what waits in them; one query, and none without counts.

    The page is in the room whose address its own begins with; the first page of the office is in none but itself.
    """
    theirs = [(str(name), endpoint) for permission, name, endpoint in ROOMS if actor.may(permission)]
    counts = _counts(session(), actor.organisation, {endpoint for _name, endpoint in theirs})
    hrefs = {endpoint: url_for(endpoint) for _name, endpoint in theirs}
    here = _room_of(request.path, [href for href in hrefs.values() if href != url_for("approvals.today")])
    return [
        OwnRoom(
            name,
            hrefs[endpoint],
            counts.get(endpoint, 0),
            "page" if request.path == hrefs[endpoint] else "true" if hrefs[endpoint] == here else "",
        )
        for name, endpoint in theirs
        if endpoint not in _WHILE_WAITING or counts.get(endpoint)
    ]


def _room_of(path: str, addresses: list[str]) -> str:
    """The longest of the addresses that the path begins with, or nothing."""
    found = [each for each in addresses if path == each or path.startswith(each.rstrip("/") + "/")]
    return max(found, key=len, default="")


def _counts(held: Session, organisation: str | None, theirs: set[str]) -> dict[str, int]:
    if organisation is None:
        return {}
    asked = {
        endpoint: count
        for source in waiting_in
        for endpoint, count in source(organisation).items()
        if endpoint in theirs
    }
    if not asked:
        return {}
    row = held.execute(
        sa.select(*(count.label(f"n{place}") for place, count in enumerate(asked.values())))
    ).one()
    return dict(zip(asked, (number or 0 for number in row), strict=True))
