"""The rule of impartiality.

Nobody of an office deals with, or looks into, the matters of a company for which they act, have acted within two years,
or in whose matters they have said that they are disqualified (a relative, a competitor, an interest of their own).
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Final

from marketplace.errors import NotAllowed
from marketplace.i18n import _l
from marketplace.permissions import Actor

HOLDS: Final = timedelta(days=730)
"""How long a role that ended, or a declaration, disqualifies: two years."""

OWN_MATTER: Final = timedelta(days=36_525)
"""How long somebody is disqualified in what is paid to themselves: a hundred years, which is always."""


class DisqualificationCause(StrEnum):
    """Why somebody is disqualified; whoever acts for the company now is so without a row."""

    ROLE = "role"
    DECLARED = "declared"


class Disqualified(NotAllowed):
    """The actor is disqualified in the company's matters."""

    def __init__(self) -> None:
        super().__init__(
            _l(
                "You are disqualified in the matters of this company: you act for it or have acted within two years, "
                "or you have said so yourself. Somebody else of the office handles them."
            )
        )


def demand_impartial(actor: Actor, provider_id: int) -> None:
    """Raises Disqualified when the actor may take no part in the provider's matters for an office."""
    if actor.is_disqualified(provider_id):
        raise Disqualified()
