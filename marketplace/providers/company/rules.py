"""Rules about a company's facts and people: tables and pure decisions."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from enum import StrEnum
from typing import Final

from marketplace.permissions import Role
from marketplace.workflow import Workflow

LINK_HOLDS: Final = timedelta(days=14)
"""How long an invited person may follow the link."""

PEOPLE_ROLES: Final = (Role.PROVIDER_ADMIN, Role.PROVIDER_EDITOR)


class AccountChangeState(StrEnum):
    """Where a change of the account number stands."""

    WAITING = "waiting"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    TAKEN_BACK = "taken_back"
    REPLACED = "replaced"


class AccountChangeAction(StrEnum):
    """What can be done with a change of the account number."""

    CONFIRM = "confirm"
    REFUSE = "refuse"
    TAKE_BACK = "take_back"
    REPLACE = "replace"


ACCOUNT_CHANGE: Final = Workflow[AccountChangeState, AccountChangeAction](
    "change of account number",
    initial=AccountChangeState.WAITING,
    table={
        (AccountChangeState.WAITING, AccountChangeAction.CONFIRM): AccountChangeState.CONFIRMED,
        (AccountChangeState.WAITING, AccountChangeAction.REFUSE): AccountChangeState.REFUSED,
        (AccountChangeState.WAITING, AccountChangeAction.TAKE_BACK): AccountChangeState.TAKEN_BACK,
        (AccountChangeState.WAITING, AccountChangeAction.REPLACE): AccountChangeState.REPLACED,
    },
)


class PersonInvitationState(StrEnum):
    """Where the invitation of a person stands."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    CANCELLED = "cancelled"


class PersonInvitationAction(StrEnum):
    """What can be done with the invitation of a person."""

    ACCEPT = "accept"
    CANCEL = "cancel"


INVITATION: Final = Workflow[PersonInvitationState, PersonInvitationAction](
    "invitation of a person",
    initial=PersonInvitationState.WAITING,
    table={
        (PersonInvitationState.WAITING, PersonInvitationAction.ACCEPT): PersonInvitationState.ACCEPTED,
        (PersonInvitationState.WAITING, PersonInvitationAction.CANCEL): PersonInvitationState.CANCELLED,
    },
)


class AccessRequestState(StrEnum):
    """Where a request for access stands."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    REFUSED = "refused"


class AccessRequestAction(StrEnum):
    """What can be done with a request for access."""

    ACCEPT = "accept"
    REFUSE = "refuse"


ACCESS_REQUEST: Final = Workflow[AccessRequestState, AccessRequestAction](
    "request for access",
    initial=AccessRequestState.WAITING,
    table={
        (AccessRequestState.WAITING, AccessRequestAction.ACCEPT): AccessRequestState.ACCEPTED,
        (AccessRequestState.WAITING, AccessRequestAction.REFUSE): AccessRequestState.REFUSED,
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
