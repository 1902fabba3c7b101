"""One argument for who acts, when and in which transaction.

Every verb takes a unit of work. It is made once for each request (`web.frame.work()`), each duty of the worker and each
command of the command line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final, Protocol, Self

from sqlalchemy.orm import Session

from marketplace.errors import NotAllowed
from marketplace.i18n import _l, helsinki_date
from marketplace.permissions import Actor, Permission
from marketplace.slots import Reaction


class AuditAction(StrEnum):
    """An action of the audit trail: the name under which it is kept, `thing.verb`, and its label for auditors.

    A room makes one enum for each of its things, in `audit_actions.py`:

        class UnitAudit(AuditAction):
            ADD = "unit.add", _l("Unit added")

    Events outlive the program, so names are added and never changed.
    """

    label: Any

    def __new__(cls, name: str, label: Any) -> Self:
        """A member that equals its name."""
        member = str.__new__(cls, name)
        member._value_ = name
        member.label = label
        return member

    @classmethod
    def of(cls, verb: str) -> Self:
        """The action of a verb, such as an action of a workflow. Raises ValueError when the trail has none."""
        thing = next(iter(cls)).partition(".")[0]
        return cls(f"{thing}.{verb}")  # type: ignore[call-arg]


@dataclass(frozen=True, slots=True)
class UnitOfWork:
    """What happens in one transaction, done by one person at one moment.

    `session` is the transaction, `actor` who acts (SYSTEM where no person does) and `now` the aware moment at which
    everything in it is said to happen.
    """

    session: Session
    actor: Actor
    now: datetime

    @property
    def today(self) -> date:
        """The day in Helsinki, by which dates of validity and due dates are counted."""
        return helsinki_date(self.now)

    def acting_as(self, actor: Actor) -> Self:
        """The same transaction and moment, done by another: who has just made an account, the portal."""
        return replace(self, actor=actor)

    def may(
        self,
        permission: Permission,
        *,
        organisation: str | None = None,
        provider: int | None = None,
        about: int | None = None,
    ) -> bool:
        """Whether the actor has `permission`, in the given organisation or provider when one is named.

        `about` is the provider whose matter an office deals with: nobody does that who is disqualified in it.
        """
        return self.actor.may(permission, organisation=organisation, provider=provider, about=about)

    @property
    def person_id(self) -> int:
        """The id of the person who acts. Raises NotAllowed when it is no person: the portal itself, or nobody known."""
        if self.actor.user_id is None:
            raise NotAllowed(_l("Only a person can do this."))
        return self.actor.user_id

    def ensure(
        self,
        permission: Permission,
        *,
        organisation: str | None = None,
        provider: int | None = None,
        about: int | None = None,
    ) -> None:
        """Raise NotAllowed unless the actor has `permission` there, and may deal with the matter; see `may`."""
        if not self.may(permission, organisation=organisation, provider=provider, about=about):
            raise NotAllowed(_l("Your role does not allow this step."))

    def record(
        self,
        action: AuditAction,
        subject: object,
        *,
        organisation: str | None = None,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
    ) -> None:
        """Append an event to the audit trail, in the same transaction.

        `subject` is a mapped object or a pair (type, id), `organisation` the key of the one whose auditors see it,
        `before` and `after` JSON values. Raises RuntimeError when nothing keeps the trail.
        """
        trails = tuple(recorded)
        if not trails:
            raise RuntimeError(f"nothing keeps the audit trail: {action} would not be recorded")
        for append in trails:
            append(self, action, subject, organisation=organisation, before=before, after=after)


class Recorded(Protocol):
    """What keeps the trail of events."""

    def __call__(
        self,
        work: UnitOfWork,
        action: AuditAction,
        subject: object,
        *,
        organisation: str | None,
        before: Mapping[str, Any] | None,
        after: Mapping[str, Any] | None,
    ) -> object:
        """Keep the event in the transaction of `work`; see `UnitOfWork.record`."""


recorded: Final = Reaction[Recorded](
    "work.recorded", "Something was done that must stand in the audit trail."
)
