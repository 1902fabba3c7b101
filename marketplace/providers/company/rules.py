"""Rules about a company's facts and people: tables and pure decisions."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Final

from marketplace.permissions import Role
from marketplace.workflow import Workflow

LINK_HOLDS: Final = timedelta(days=14)
"""How long an invited person may follow the link."""

PEOPLE_ROLES: Final = (Role.PROVIDER_ADMIN, Role.PROVIDER_EDITOR)

ACCOUNT_CHANGE: Final = Workflow(
    "change of account number",
    initial="waiting",
    table={
        ("waiting", "confirm"): "confirmed",
        ("waiting", "refuse"): "refused",
        ("waiting", "take_back"): "taken_back",
        ("waiting", "replace"): "replaced",
    },
)
INVITATION: Final = Workflow(
    "invitation of a person",
    initial="waiting",
    table={
        ("waiting", "accept"): "accepted",
        ("waiting", "cancel"): "cancelled",
    },
)
ACCESS_REQUEST: Final = Workflow(
    "request for access",
    initial="waiting",
    table={
        ("waiting", "accept"): "accepted",
        ("waiting", "refuse"): "refused",
    },
)


def change_waits(offices: Collection[str]) -> bool:
    """Whether a new account number waits for the office (`offices`: organisations that approved or consider it).

    Without any, nothing is paid to the company and nobody could confirm its number: it holds at once, and the office
    reads it with the application.
    """
    return bool(offices)


def may_confirm(
    *, requested_by_id: int, actor_id: int | None, actor_providers: Collection[int], provider_id: int
) -> bool:
    """Whether a person may confirm a change: neither the one who asked for it nor one of the company's people."""
    return actor_id is not None and actor_id != requested_by_id and provider_id not in actor_providers


def leaves_no_admin(admins: Collection[int], user_id: int) -> bool:
    """Whether the company would have no admin without this one (`admins`: the ids of its admins)."""
    return set(admins) <= {user_id}
