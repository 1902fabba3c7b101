"""Whether the books owe what has been confirmed: agreement by agreement, and budget by budget of the decisions' lines.

The books know nothing of deliveries and deliveries nothing of postings; here the two are added up side by side.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.deliveries.models import Delivery
from marketplace.deliveries.rules import DeliveryState
from marketplace.ledger.models import Account, Entry, Posting
from marketplace.ledger.rules import AccountKind, EntryKind, Flow, Unit
from marketplace.money import Money
from marketplace.vouchers.granting.models import Budget

_CONFIRMED: Final = Delivery.state == DeliveryState.CONFIRMED
_EARNING: Final = sorted(set(EntryKind) - {EntryKind.PAY})
"""What providers earn by; a payment makes what is owed less without making less delivered."""


@dataclass(frozen=True, slots=True)
class OwedSums:
    """What confirmed deliveries come to, and what the books say that providers have earned by them."""

    confirmed: Money
    earned: Money


def owed_sums(session: Session, organisation: str) -> OwedSums:
    """Both sums of an organisation; the same when everything agrees."""
    sides = _sides(organisation).subquery()
    confirmed, earned = session.execute(
        sa.select(sa.func.sum(sides.c.delivered), sa.func.sum(sides.c.booked))
    ).one()
    return OwedSums(Money(int(confirmed or 0)), Money(int(earned or 0)))


def owing_disagreements(session: Session, organisation: str) -> Iterator[str]:
    """Each agreement and each budget of which the books say something else than its confirmed deliveries."""
    sides = _sides(organisation).subquery()
    delivered, booked = sa.func.sum(sides.c.delivered), sa.func.sum(sides.c.booked)
    query = (
        sa.select(sides.c.about, delivered, booked)
        .group_by(sides.c.about)
        .having(delivered != booked)
        .order_by(sides.c.about)
    )
    for about, confirmed, earned in session.execute(query):
        yield (f"{about.replace(':', ' ')}: {_euros(confirmed)} is confirmed, the books owe {_euros(earned)}")
    yield from _budgets(session, organisation)


def _sides(organisation: str) -> sa.CompoundSelect[tuple[str, int, int]]:
    """By what it is about (`agreement:12`), cents that are confirmed and cents that the books owe for them."""
    about = sa.literal("agreement:") + sa.cast(Delivery.agreement_id, sa.Text)
    confirmed = (
        sa.select(
            about.label("about"),
            sa.func.sum(sa.type_coerce(Delivery.amount, sa.BigInteger)).label("delivered"),
            sa.literal(0).label("booked"),
        )
        .where(Delivery.organisation_key == organisation, _CONFIRMED)
        .group_by(Delivery.agreement_id)
    )
    earned = (
        sa.select(Entry.about, sa.literal(0), sa.func.sum(Posting.amount))
        .join(Posting, Posting.entry_id == Entry.id)
        .join(Account, Account.id == Posting.account_id)
        .where(
            Account.kind == AccountKind.PROVIDER,
            Account.unit == Unit.CENTS,
            Account.organisation_key == organisation,
            Posting.flow == Flow.GRANTED,
            Entry.kind.in_(_EARNING),
        )
        .group_by(Entry.about)
    )
    return sa.union_all(confirmed, earned)


def _budgets(session: Session, organisation: str) -> Iterator[str]:
    """Each budget has been used by what was delivered from it, in its own unit."""
    taken = (
        sa.select(Delivery.budget_id, sa.func.sum(Delivery.takes).label("number"))
        .where(Delivery.organisation_key == organisation, _CONFIRMED, Delivery.budget_id.is_not(None))
        .group_by(Delivery.budget_id)
        .subquery()
    )
    number = sa.func.coalesce(taken.c.number, 0)
    query = (
        sa.select(Budget.line_id, Budget.first_on, Account.unit, number, Account.used)
        .join(Account, Account.id == Budget.account_id)
        .outerjoin(taken, taken.c.budget_id == Budget.id)
        .where(Account.organisation_key == organisation, number != Account.used)
        .order_by(Budget.line_id, Budget.first_on)
    )
    for line, first, unit, delivered, used in session.execute(query):
        yield (
            f"line {line} from {first}: {_amount(unit, delivered)} is confirmed, the books say that "
            f"{_amount(unit, used)} is used"
        )


def _amount(unit: Unit, number: int) -> str:
    return _euros(number) if unit is Unit.CENTS else f"{number} min"


def _euros(cents: int) -> str:
    return str(Money(int(cents)))
