"""Rules of the thread between a provider and the office."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Final, Protocol


class Side(StrEnum):
    """The two who write to each other."""

    PROVIDER = "provider"
    OFFICE = "office"


MAX_LENGTH: Final = 5000


class Written(Protocol):
    """A message as the rules look at it; ids grow in the order of writing."""

    @property
    def id(self) -> int:
        """Its number."""

    @property
    def side(self) -> Side:
        """Who wrote it."""


def other_side(side: Side) -> Side:
    """The side that reads what `side` writes."""
    return Side.OFFICE if side == Side.PROVIDER else Side.PROVIDER


def unread(messages: Iterable[Written], side: Side, read_up_to: int) -> frozenset[int]:
    """Ids of the other side's messages after the last one that a person on `side` has read (0: none)."""
    return frozenset(each.id for each in messages if each.side != side and each.id > read_up_to)
