"""Proving that the books hold, and rebuilding the kept sums from the postings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.ledger.models import Account, Entry, Posting
from marketplace.ledger.rules import OUTWARD, PENDING, Flow

_SUMS: Final = (Account.granted, Account.reserved, Account.used, Account.expected)
"""The kept sums, in the order of `Flow`."""


def problems(session: Session) -> Iterator[str]:
    """What does not hold, in English and naming the row: nothing when the books are right.

    Read in one state of the database: the caller's transaction is to be one that sees a snapshot.
    """
    for number, key, *amounts in session.execute(_differing()):
        kept, derived = amounts[: len(_SUMS)], amounts[len(_SUMS) :]
        yield f"account {number} ({key}) keeps {list(map(int, kept))}, its postings add up to {list(map(int, derived))}"
    pending = Posting.flow.in_(PENDING)
    unbalanced = (
        sa.select(Posting.entry_id)
        .group_by(Posting.entry_id, Posting.unit, pending)
        .having(sa.func.sum(Posting.amount) != 0)
    )
    for number in session.scalars(unbalanced.order_by(Posting.entry_id)):
        yield f"entry {number} does not add up to zero"
    short = (
        sa.select(Entry.id)
        .outerjoin(Posting, Posting.entry_id == Entry.id)
        .group_by(Entry.id, Entry.legs)
        .having(sa.func.count(Posting.leg) != Entry.legs)
    )
    for number in session.scalars(short.order_by(Entry.id)):
        yield f"entry {number} does not have all its postings"


def rebuild(session: Session) -> int:
    """Rebuild the kept sums from the postings, in the caller's transaction; how many accounts were wrong.

    Every account is locked meanwhile. Raises IntegrityError when the postings themselves break a limit: then it is not
    the kept sums that are wrong.
    """
    session.execute(sa.select(Account.id).order_by(Account.id).with_for_update()).all()
    wrong = session.execute(_differing()).all()
    for row in wrong:
        derived = row[2 + len(_SUMS) :]
        values = {column.key: int(value) for column, value in zip(_SUMS, derived, strict=True)}
        session.execute(
            sa.update(Account)
            .where(Account.id == row[0])
            .values(values)
            .execution_options(synchronize_session="fetch")
        )
    return len(wrong)


def _differing() -> sa.Select[*tuple[Any, ...]]:
    """Id, key, kept and derived sums of the accounts in which these are not the same."""
    derived = (
        sa.select(
            Posting.account_id,
            *(
                sa.func.sum(
                    sa.case(
                        (Posting.flow == flow, -Posting.amount if flow in OUTWARD else Posting.amount),
                        else_=0,
                    )
                ).label(flow.value)
                for flow in Flow
            ),
        )
        .group_by(Posting.account_id)
        .subquery()
    )
    found = [sa.func.coalesce(derived.c[flow.value], 0) for flow in Flow]
    return (
        sa.select(Account.id, Account.key, *_SUMS, *found)
        .outerjoin(derived, derived.c.account_id == Account.id)
        .where(sa.or_(*(kept != sum_ for kept, sum_ in zip(_SUMS, found, strict=True))))
        .order_by(Account.id)
    )
