"""How a pilot lets a person near to a client be approved in a light way to be paid: a part of its definition."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from marketplace.pilots.known_keys import GroupKey, UnitKey
from marketplace.pilots.texts import Amount, ContentModel, Key, Text


class OwnPersonCheck(ContentModel):
    """A thing that is looked at before a person near to a client is approved; of clients of the named groups only, or
    always when none is named.
    """

    key: Key
    text: Text
    groups: tuple[GroupKey, ...] = ()


class OwnPersonCeiling(ContentModel):
    """The most that a person near to a client is paid for one unit."""

    unit: UnitKey
    ceiling: Amount


class OwnPeopleRules(ContentModel):
    """How a person near to a client is approved in a light way: what is looked at, and the highest price of each unit
    by which such a person can be paid.
    """

    checklist: Annotated[tuple[OwnPersonCheck, ...], Field(min_length=1)]
    ceilings: Annotated[tuple[OwnPersonCeiling, ...], Field(min_length=1)]

    def checklist_for(self, group: str | None) -> tuple[OwnPersonCheck, ...]:
        """What is looked at for a client of this group; of a client whose group is not known, everything."""
        return tuple(
            each for each in self.checklist if not each.groups or group is None or group in each.groups
        )

    def ceiling_of(self, unit: str) -> Amount | None:
        """The highest price of a unit; None when nobody is paid by it."""
        return next((each.ceiling for each in self.ceilings if each.unit == unit), None)
