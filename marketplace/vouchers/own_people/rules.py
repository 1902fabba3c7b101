"""Rules of people near to a client who are paid: how one is proposed, approved and ended, and what hinders it. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import ClassVar, Final

from marketplace.money import Money
from marketplace.workflow import Workflow

MOST_NAME: Final = 200
MOST_RELATION: Final = 100
_BETWEEN: Final = re.compile(r"[\s\-\u2010-\u2015]+")


class OwnPersonState(StrEnum):
    """Where a person near to a client stands. `ENDED`: the last day was given; `WITHDRAWN`: by the office, with a
    reason.
    """

    PROPOSED = "proposed"
    APPROVED = "approved"
    REFUSED = "refused"
    TAKEN_BACK = "taken_back"
    ENDED = "ended"
    WITHDRAWN = "withdrawn"


class OwnPersonAction(StrEnum):
    """What is done about such a person. `TAKE_BACK` and `END` are the client's side's, the others the office's."""

    APPROVE = "approve"
    REFUSE = "refuse"
    TAKE_BACK = "take_back"
    END = "end"
    WITHDRAW = "withdraw"


class OwnPersonWorkflow(Workflow[OwnPersonState, OwnPersonAction]):
    """`open`: the client's data are still needed for it. `approved`: it was approved once, so something may be paid."""

    open: ClassVar = frozenset({OwnPersonState.PROPOSED, OwnPersonState.APPROVED})
    approved: ClassVar = frozenset({OwnPersonState.APPROVED, OwnPersonState.ENDED, OwnPersonState.WITHDRAWN})


S, A = OwnPersonState, OwnPersonAction
OWN_PERSON: Final = OwnPersonWorkflow(
    "person near to a client",
    S.PROPOSED,
    {
        (S.PROPOSED, A.APPROVE): S.APPROVED,
        (S.PROPOSED, A.REFUSE): S.REFUSED,
        (S.PROPOSED, A.TAKE_BACK): S.TAKEN_BACK,
        (S.APPROVED, A.END): S.ENDED,
        (S.APPROVED, A.WITHDRAW): S.WITHDRAWN,
        (S.ENDED, A.WITHDRAW): S.WITHDRAWN,
    },
)


@dataclass(frozen=True, slots=True)
class OwnPersonFacts:
    """Who the person is, what is to be given at which price, and to which account it is paid.

    `relation`: who the person is to the client, in the writer's words. `iban` is normal, and `price` is for one `unit`.
    """

    name: str
    relation: str
    pilot_key: str
    service_key: str
    unit: str
    price: Money
    iban: str
    phone: str = ""
    email: str = ""
    street: str = ""
    postal_code: str = ""
    city: str = ""


def same_words(one: str, other: str) -> bool:
    """Whether two names or addresses are the same but for blanks, hyphens, capitals and the order of the words: many
    write the family name first.
    """
    return _words(one) == _words(other) != []


def _words(text: str) -> list[str]:
    return sorted(_BETWEEN.sub(" ", text).casefold().split())


def is_person(facts: OwnPersonFacts, name: str, email: str) -> bool:
    """Whether a name or an e-mail address is the person's."""
    return same_words(facts.name, name) or same_words(facts.email, email)


def decides_for_client(facts: OwnPersonFacts, deciders: Iterable[tuple[str, str]]) -> bool:
    """Whether the person is one of those who may act for the client (`deciders`: name, e-mail): nobody who decides for
    a client is paid for the client's support.
    """
    return any(is_person(facts, name, email) for name, email in deciders)


def proposal_faults(
    facts: OwnPersonFacts, *, ceiling: Money | None, deciders: Iterable[tuple[str, str]]
) -> Iterator[tuple[str, str]]:
    """What keeps a person from being proposed, as (field, fault). `ceiling`: the highest price of the unit, None when
    nobody is paid by it.
    """
    if ceiling is None:
        yield "what", "no_such_unit"
    elif facts.price.cents > ceiling.cents:
        yield "price", "above_ceiling"
    if not facts.price.cents:
        yield "price", "no_price"
    if decides_for_client(facts, deciders):
        yield "name", "decides"


def unchecked(asked: Collection[str], checked: Collection[str]) -> tuple[str, ...]:
    """The points that are asked for and have not been found in order."""
    return tuple(key for key in asked if key not in checked)


def last_day_fault(last_day: date, *, today: date, settled_until: date | None) -> str | None:
    """What is wrong with a last day: it has gone by, or services have been recorded for a later one."""
    if last_day < today:
        return "past"
    return "settled" if settled_until is not None and last_day < settled_until else None
