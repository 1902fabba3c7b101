"""What an office has found of a proof of a standing provider, and how long one counts that nobody has seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Final, NamedTuple

from marketplace.workflow import Workflow


class LookState(StrEnum):
    """What an office has found of a proof."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    RETURNED = "returned"


class LookAction(StrEnum):
    """What an office can do with a proof. What was found can be found otherwise later."""

    ACCEPT = "accept"
    RETURN = "return"


LOOK: Final = Workflow[LookState, LookAction](
    "look at a proof",
    initial=LookState.WAITING,
    table={
        (LookState.WAITING, LookAction.ACCEPT): LookState.ACCEPTED,
        (LookState.WAITING, LookAction.RETURN): LookState.RETURNED,
        (LookState.ACCEPTED, LookAction.RETURN): LookState.RETURNED,
        (LookState.RETURNED, LookAction.ACCEPT): LookState.ACCEPTED,
    },
)


class Unaccepted(NamedTuple):
    """What stands against a proof in one office: it has been returned, or counts unseen until a day."""

    state: LookState
    counts_until: date


@dataclass(frozen=True, slots=True)
class HeldProof:
    """A proof whose file, if it has one, the scanner has let through.

    `unaccepted` names the organisations that have not accepted it; every other one has seen it with an application.
    `number`, `address` and `stated_until` are those of `Evidence`.
    """

    kind: str
    issued_on: date
    valid_until: date | None
    unaccepted: Mapping[str, Unaccepted] = field(default_factory=dict)
    number: str = ""
    address: str = ""
    stated_until: date | None = None

    def counting_for(self, organisation: str) -> HeldProof | None:
        """The proof as it counts in the organisation's pilots: not at all when it was returned, and while nobody has
        looked at it until its own last day or the last day that the pilot lets it count unseen.
        """
        found = self.unaccepted.get(organisation)
        if found is None:
            return self
        if found.state == LookState.RETURNED:
            return None
        ends = [day for day in (self.valid_until, found.counts_until) if day is not None]
        return replace(self, valid_until=min(ends))


def counting(proofs: Iterable[HeldProof], organisation: str) -> list[HeldProof]:
    """The proofs that count in the organisation's pilots, each with the last day on which it does."""
    return [each for proof in proofs if (each := proof.counting_for(organisation)) is not None]


def accepted(proofs: Iterable[HeldProof], organisation: str) -> list[HeldProof]:
    """The proofs that somebody of the organisation has looked at and accepted."""
    return [proof for proof in proofs if organisation not in proof.unaccepted]


def not_returned(proofs: Iterable[HeldProof], organisation: str) -> list[HeldProof]:
    """The proofs that the organisation has not returned, with their own last days: what a provider has to renew."""
    return [proof for proof in proofs if proof.counting_for(organisation) is not None]
