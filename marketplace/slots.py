"""Slots: the named places where a room above adds something to a room below, so that no import has to climb.

A slot stands in the room that asks, says what it takes, and is filled in `wiring/`, by `app.wire()`, and nowhere else:
whoever wants to know what happens when a provider leaves reads one list. There are three kinds:

- a `Panel` is shown: its fillings give what a page of the lower room shows;
- a `Reaction` is done: its fillings change things in the same transaction when something happens below;
- an `Answer` is told: its fillings answer a question that the lower room has to ask.

`every_slot()` lists them all; a guard test prints each with its fillings and fails on an empty one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, Generic, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


class Slot(Generic[F]):
    """A named extension point; iterating gives its fillings in the order in which they were wired."""

    kind = "slot"

    def __init__(self, name: str, meaning: str) -> None:
        """`name` is `room.thing`; `meaning` says in a sentence when the fillings are called and what they give.

        Raises ValueError for a name that is taken.
        """
        if name in _slots:
            raise ValueError(f"there are two slots called {name}")
        self.name, self.meaning = name, meaning
        self._fillings: tuple[F, ...] = ()
        _slots[name] = self

    def fill(self, *fillings: F) -> None:
        """Set what stands in the slot. Filling it again with the same changes nothing: several applications may be
        made in one process. Raises RuntimeError when it holds something else already.
        """
        if self._fillings and self._fillings != fillings:
            raise RuntimeError(f"the slot {self.name} is filled in two places")
        self._fillings = fillings

    def __iter__(self) -> Iterator[F]:
        return iter(self._fillings)


class Panel(Slot[F]):
    """What a page of a lower room shows of rooms above it."""

    kind = "panel"


class Reaction(Slot[F]):
    """What rooms above do, in the same transaction, when something happens in a lower room."""

    kind = "reaction"


class Answer(Slot[F]):
    """What rooms above tell a lower room that asks."""

    kind = "answer"


_slots: Final[dict[str, Slot[Any]]] = {}


def every_slot() -> tuple[Slot[Any], ...]:
    """Every slot of the rooms that have been imported, by name."""
    return tuple(_slots[name] for name in sorted(_slots))
