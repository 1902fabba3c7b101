"""What came back of clients' budgets, and why, read from the entries of the books and the decisions behind them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from marketplace.clients.models import Client
from marketplace.ledger.models import Entry, Posting
from marketplace.ledger.rules import EntryKind, Flow, Unit
from marketplace.pilots.models import Pilot
from marketplace.reports.facts.clients import Keys, clients_of
from marketplace.reports.facts.span import Span
from marketplace.reports.rules import Dimension, Fact, LeftoverCause, Measure
from marketplace.vouchers.granting.models import Budget, DecisionLine, ServiceDecision
from marketplace.vouchers.granting.rules import EFFECTIVE, DecisionKind

REST: Final = ":rest"
"""How the source of an entry ends that holds again what is still needed of what was let go of."""

_MEASURE: Final = {Unit.CENTS: Measure.RETURNED_CENTS, Unit.MINUTES: Measure.RETURNED_MINUTES}


def returned(session: Session, pilot: Pilot, span: Span) -> Iterator[Fact]:
    """Every amount that came back in the span, by why; one that agreements held in part is told in two."""
    keys, taken = clients_of(session, pilot.organisation_key), _taken_back(session, pilot.key)
    let_go = _let_go(session, {row.account_id: row.last_on for row in taken})
    for row in taken:
        own: Keys = keys(row.number, row.service_key)
        for cause, amount in _parts(row, let_go[row.account_id]):
            if amount and span.first <= row.effective_on <= span.last:
                causes = {**own, Dimension.LEFTOVER: cause.value}
                yield Fact(_MEASURE[row.unit], row.effective_on, row.number, amount, keys=causes)


def _taken_back(session: Session, pilot_key: str) -> Sequence[Any]:
    """The entries that took something back, each with its budget and the decision that took the place of its own."""
    later = aliased(ServiceDecision)
    return session.execute(
        sa.select(
            Entry.id,
            Entry.effective_on,
            Posting.unit,
            Posting.amount,
            Posting.account_id,
            Budget.first_on,
            Budget.last_on,
            DecisionLine.service_key,
            Client.number,
            later.kind.label("later_kind"),
            later.starts_on.label("later_starts_on"),
        )
        .join(Posting, Posting.entry_id == Entry.id)
        .join(Budget, Budget.account_id == Posting.account_id)
        .join(DecisionLine, DecisionLine.id == Budget.line_id)
        .join(ServiceDecision, ServiceDecision.id == DecisionLine.decision_id)
        .join(Client, Client.id == ServiceDecision.client_id)
        .outerjoin(later, sa.and_(later.replaces_id == ServiceDecision.id, later.state.in_(EFFECTIVE)))
        .where(
            ServiceDecision.pilot_key == pilot_key,
            Entry.kind == EntryKind.TAKE_BACK,
            Posting.flow == Flow.GRANTED,
            Posting.amount < 0,
        )
        .order_by(Entry.id)
    ).all()


def _parts(row: Any, let_go: list[tuple[int, int]]) -> Iterator[tuple[LeftoverCause, int]]:
    """Why an amount came back; `let_go` loses what it explains."""
    amount = -row.amount
    replaced = row.later_starts_on == row.effective_on and row.last_on >= row.effective_on - timedelta(days=1)
    if replaced:
        yield LeftoverCause.ENDED if row.later_kind is DecisionKind.END else LeftoverCause.CHANGED, amount
    elif row.effective_on <= row.last_on:
        yield LeftoverCause.INTERRUPTED, amount
    else:
        before = sum(number for entry_id, number in let_go if entry_id < row.id)
        let_go[:] = [each for each in let_go if each[0] > row.id]
        not_given = min(before, amount)
        yield LeftoverCause.NOT_GIVEN, not_given
        yield LeftoverCause.NOT_RESERVED, amount - not_given


def _let_go(session: Session, last_days: dict[int, date]) -> defaultdict[int, list[tuple[int, int]]]:
    """Account → the entries after its budget's last day with how much agreements let go of in each."""
    found: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    if not last_days:
        return found
    rows = session.execute(
        sa.select(Posting.account_id, Entry.id, Entry.kind, Entry.source, Entry.effective_on, Posting.amount)
        .join(Entry, Entry.id == Posting.entry_id)
        .where(
            Posting.flow == Flow.RESERVED,
            Entry.source.like("agreement:%:let-go:%"),
            Entry.kind.in_((EntryKind.VOID, EntryKind.RESERVE)),
        )
        .order_by(Entry.id)
    )
    late: set[str] = set()
    for account_id, entry_id, kind, source, day, amount in rows:
        if account_id not in last_days:
            continue
        if kind is EntryKind.VOID and day > last_days[account_id]:
            late.add(source)
        if source.removesuffix(REST) in late:
            found[account_id].append((entry_id, amount))
    return found
