"""A workflow is a table from (state, action) to the next state; nothing else decides where a thing goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from marketplace.errors import Conflict


class NoSuchTransition(Conflict):
    """The action is not possible in the thing's present state."""

    def __init__(self, workflow: str, state: str, action: str) -> None:
        super().__init__(f"{workflow}: {action} is not possible in state {state}")
        self.workflow, self.state, self.action = workflow, state, action


@dataclass(frozen=True)
class Workflow:
    """A named state machine given as a literal table; `initial` is the state a new thing is born in."""

    name: str
    initial: str
    table: Mapping[tuple[str, str], str]

    def next(self, state: str, action: str) -> str:
        """The state after `action`; raises NoSuchTransition when the table has no such row."""
        try:
            return self.table[state, action]
        except KeyError:
            raise NoSuchTransition(self.name, state, action) from None

    def allows(self, state: str, action: str) -> bool:
        """Whether the table has a row for the pair."""
        return (state, action) in self.table

    def actions(self, state: str) -> tuple[str, ...]:
        """The actions possible in `state`, in the order of the table: buttons are drawn from this."""
        return tuple(action for (source, action) in self.table if source == state)

    @property
    def states(self) -> tuple[str, ...]:
        """Every state, initial first, in the order the table names them."""
        named = [self.initial, *(s for (source, _), target in self.table.items() for s in (source, target))]
        return tuple(dict.fromkeys(named))

    @property
    def all_actions(self) -> tuple[str, ...]:
        """Every action the table names."""
        return tuple(dict.fromkeys(action for _, action in self.table))
