"""Nobody of the staff looks at a client's data without a ground, and every look stands in the client's log.

A page about a client begins with `client_seen`, which gives the client, or leads first to the page that asks why. The
client's own counsellor need not say: handling the matter is the ground.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time
from typing import Any

from flask import after_this_request

from marketplace.audit.subjects import AskedClient
from marketplace.clients.models import Client
from marketplace.clients.queries import client_for_staff, client_of_number, stated_ground
from marketplace.clients.rules import Ground, Part, client_number
from marketplace.clients.service import note_look
from marketplace.errors import DomainError
from marketplace.i18n import HELSINKI, _l
from marketplace.permissions import Actor, Permission
from marketplace.web.frame import current_actor, database, now, session, work
from marketplace.work import UnitOfWork


class GroundNeeded(DomainError):
    """Somebody who is not the client's own counsellor has not said today why they look."""

    status = 403

    def __init__(self, client_id: int) -> None:
        super().__init__(_l("Say first why you look at the client’s data."))
        self.client_id = client_id


def client_seen(
    client_id: int, part: Part, *, permission: Permission = Permission.VIEW_CLIENTS, lock: bool = False
) -> Client:
    """The client whose page is being made, for somebody of the staff; the look is written down with its ground.

    Raises NotFound for another organisation's client, and GroundNeeded, which leads to the page that asks why.
    """
    client = client_for_staff(work(), client_id, permission=permission, lock=lock)
    ground = ground_of(client)
    if ground is None:
        raise GroundNeeded(client.id)
    note_when_shown([client.id], part, ground)
    return client


def ground_of(client: Client) -> Ground | None:
    """The ground on which the signed-in person may look at the client's data today; None before it has been said."""
    actor = current_actor()
    if client.counsellor_id is not None and client.counsellor_id == actor.user_id:
        return Ground.HANDLING
    return stated_ground(session(), client.id, actor.user_id or 0, day_began(now()))


def note_when_shown(
    client_ids: Iterable[int], part: Part, ground: Ground, actor: Actor | None = None
) -> None:
    """Write the look down when the page is ready: a request by a safe method writes nothing by itself, and one that
    sends a form holds the database's write lock until then. `actor`: who looks, the signed-in person when not given.
    """
    ids, who = list(client_ids), actor or current_actor()

    @after_this_request
    def _write(response: Any) -> Any:
        with database().transaction() as noting:
            note_look(UnitOfWork(noting, who, now()), ids, part, ground)
        return response


def day_began(moment: datetime) -> datetime:
    """The first moment of the day in Helsinki: a ground that was stated holds for that day."""
    return datetime.combine(moment.astimezone(HELSINKI).date(), time.min, HELSINKI)


def note_look_in_trail(number: str) -> AskedClient:
    """Events about a client are asked for by the number: a look at the client's data, of an auditor as at any other.

    For the slot `audit.client_asked`.
    """
    actor = current_actor()
    client = client_of_number(session(), actor.organisation or "", number)
    if client is None:
        return AskedClient(client_number(number), None)
    note_when_shown([client.id], Part.EVERYTHING, ground_of(client) or Ground.OVERSIGHT)
    return AskedClient(client.number, client.id)
