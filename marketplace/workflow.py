"""A workflow is a table from (state, action) to the next state; nothing else decides where a thing goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from marketplace.errors import Conflict

S = TypeVar("S", bound=StrEnum)
A = TypeVar("A", bound=StrEnum)


class NoSuchTransition(Conflict):
    """The action is not possible in the thing's present state."""

    def __init__(self, workflow: str, state: str, action: str) -> None:
        super().__init__(f"{workflow}: {action} is not possible in state {state}")
        self.workflow, self.state, self.action = workflow, state, action


@dataclass(frozen=True)
class Workflow(Generic[S, A]):
    """A named state machine given as a literal table; `initial` is the state a new thing is born in.

    A workflow whose states have names in common (those still open, those that hold) is a class of its own, with the
    sets as its attributes: `APPROVAL.standing`.
    """

    name: str
    initial: S
    table: Mapping[tuple[S, A], S]

    def next(self, state: S, action: A) -> S:
        """The state after `action`; raises NoSuchTransition when the table has no such row."""
        try:
            return self.table[state, action]
        except KeyError:
            raise NoSuchTransition(self.name, state, action) from None

    def allows(self, state: S, action: A) -> bool:
        """Whether the table has a row for the pair."""
        return (state, action) in self.table

    def actions(self, state: S) -> tuple[A, ...]:
        """The actions possible in `state`, in the order of the table: buttons are drawn from this."""
        return tuple(action for (source, action) in self.table if source == state)

    @property
    def states(self) -> tuple[S, ...]:
        """Every state, initial first, in the order the table names them."""
        named = [self.initial, *(s for (source, _), target in self.table.items() for s in (source, target))]
        return tuple(dict.fromkeys(named))

    @property
    def all_actions(self) -> tuple[A, ...]:
        """Every action the table names."""
        return tuple(dict.fromkeys(action for _, action in self.table))
