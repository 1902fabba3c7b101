"""What a test of two at once needs to know of a workflow: how its things are made, and who does what to them how."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import Session

from marketplace.accounts.models import RoleGrant, User
from marketplace.accounts.service import actor_of
from marketplace.db import Base, Database
from marketplace.files.store import FileStore
from marketplace.permissions import Actor, Role
from marketplace.workflow import Workflow
from tests.factories import make_user

Deed = Callable[[Database, Any, int], object]
"""Does an action for real: the database, the scene, and which of the two people acts (0 or 1)."""


@dataclass(frozen=True)
class Play:
    """How the things of a workflow are made and moved.

    `stage` makes a thing in a state, with its people, and gives all that the deeds need. `deeds` has the verb of each
    action, or of an action in a state where it goes another way. `state` reads where the thing stands.
    """

    workflow: Workflow[Any, Any]
    model: type[Base]
    stage: Callable[[Session, Any], Any]
    deeds: Mapping[Any, Deed]
    state: Callable[[Session, Any], object]

    def deed(self, state: Any, action: Any) -> Deed | None:
        """How `action` is done in `state`; None when nobody has said."""
        return self.deeds.get((state, action)) or self.deeds.get(action)

    def unsound(self, _session: Session, _scene: Any) -> Iterable[str]:
        """Nothing but the two orders says how it should come out."""
        return ()


@dataclass(frozen=True)
class Shared:
    """Verbs of several rooms that touch the same thing, by a name that says what each does.

    `make` makes the thing with its people for one pair, `state` reads what came of it in all the rooms, `wrong` says
    what may never be, whatever the order. `pairs`: with which others each is done; those of one workflow are paired in
    `plays`. `second`: verbs that are refused unless another one has come before.
    """

    name: str
    make: Callable[[Session], Any]
    deeds: Mapping[str, Deed]
    pairs: Mapping[str, tuple[str, ...]]
    state: Callable[[Session, Any], object]
    wrong: Callable[[Session, Any], Iterable[str]]
    second: frozenset[str] = frozenset()

    def stage(self, session: Session, _state: Any) -> Any:
        """The scene of one pair."""
        return self.make(session)

    def deed(self, _state: Any, action: Any) -> Deed:
        """How it is done."""
        return self.deeds[action]

    def unsound(self, session: Session, scene: Any, /) -> Iterable[str]:
        """What is wrong whatever the order was."""
        return self.wrong(session, scene)


class Staged(Protocol):
    """What is played: a workflow's own actions (`Play`) or verbs of several rooms (`Shared`)."""

    @property
    def stage(self) -> Callable[[Session, Any], Any]:
        """Makes the scene."""

    @property
    def state(self) -> Callable[[Session, Any], object]:
        """Where the thing stands."""

    def deed(self, state: Any, action: Any, /) -> Deed | None:
        """How an action is done."""

    def unsound(self, session: Session, scene: Any, /) -> Iterable[str]:
        """What is wrong whatever the order was."""


def verb(do: Callable[[Session, Any, int], object]) -> Deed:
    """A deed of one transaction."""

    def deed(database: Database, scene: Any, hand: int) -> object:
        with database.transaction() as session:
            return do(session, scene, hand)

    return deed


def store() -> FileStore:
    """Where the portal keeps its files."""
    return FileStore.of(current_app.extensions["settings"])


def two_of_the_office(session: Session, role: Role) -> tuple[Actor, Actor]:
    """Two people of the organisation with the role, always the same, so that every scene writes to as many."""
    held = sa.select(User).join(User.grants).where(RoleGrant.role == role, User.active)
    there = held.where(RoleGrant.organisation_key == "keusote").order_by(User.id).limit(2)
    people = list(session.scalars(there))
    people += [make_user(session, role, organisation="keusote") for _each in range(2 - len(people))]
    return actor_of(people[0]), actor_of(people[1])
