"""A client's balance as pages show it: decision by decision, line by line, in words, numbers and a drawing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from marketplace.budgets.queries import Held, budgets_of
from marketplace.clients.models import Client
from marketplace.i18n import _, date_text
from marketplace.ledger.rules import Amount, Unit
from marketplace.pilots.vocabulary import SERVICES
from marketplace.vouchers.granting.balance import (
    Column,
    PeriodSums,
    Row,
    columns_of,
    current,
    row_of,
    sentences,
)
from marketplace.vouchers.granting.labels import amount_text, bands_text, granted_text
from marketplace.vouchers.granting.models import DecisionLine, ServiceDecision
from marketplace.vouchers.granting.queries import prices_by_band
from marketplace.vouchers.granting.rules import Prices, months

MOST_AT_ONCE: Final = 12
"""More months than these are shown year by year."""


@dataclass(frozen=True, slots=True)
class ShownLine:
    """One line: its service by name, what it grants, the budget of today (None: none runs), and those of the year."""

    id: int
    service: Any
    granted: str
    bands: str
    now: Row | None
    rows: Sequence[Row]
    columns: Sequence[Column]
    sentences: Sequence[str]
    summary: str


@dataclass(frozen=True, slots=True)
class ShownDecision:
    """A decision with its lines, and the last day for which it pays: one that was replaced pays until the next one."""

    decision: ServiceDecision
    lines: Sequence[ShownLine]
    last: date


@dataclass(frozen=True, slots=True)
class Balance:
    """What a page shows: the decisions of a year, and the years among which one can choose (none: all is shown)."""

    decisions: Sequence[ShownDecision]
    year: int
    years: Sequence[int]


def balance_of(session: Session, client: Client, today: date, *, year: int | None = None) -> Balance:
    """The balance of a client's budgets, the newest decision first, in a year: that of today when none is given.

    Where all budgets lie within twelve months, all of them are shown.
    """
    held = budgets_of(session, client, today)
    days = [day for periods in held.periods.values() for each in periods for day in (each.first, each.last)]
    if not days or len(months(min(days), max(days))) <= MOST_AT_ONCE:
        return Balance(_decisions(session, held, today, lambda _period: True), today.year, ())
    years = range(min(days).year, max(days).year + 1)
    shown = min(max(year or today.year, years[0]), years[-1])
    found = _decisions(session, held, today, lambda each: each.first.year <= shown <= each.last.year)
    return Balance(found, shown, years)


def balance_now(session: Session, client: Client, today: date) -> Sequence[ShownDecision]:
    """The lines of which a budget runs today."""
    held = budgets_of(session, client, today)
    return _decisions(session, held, today, lambda each: each.holds(today) and each.sums.granted > 0)


def _decisions(
    session: Session, held: Held, today: date, wanted: Callable[[PeriodSums], bool]
) -> list[ShownDecision]:
    replaced = {each.replaces_id: each.starts_on for each in held.decisions if each.replaces_id is not None}
    found = []
    for decision in held.decisions:
        later = replaced.get(decision.id, date.max)
        lines = [
            _shown(session, decision, line, held, today, rows)
            for line in decision.lines
            if (
                rows := [
                    each for each in held.periods.get(line.id, ()) if each.first < later and wanted(each)
                ]
            )
        ]
        if lines:
            found.append(ShownDecision(decision, lines, min(decision.ends_on, later - timedelta(days=1))))
    return found


def _shown(
    session: Session,
    decision: ServiceDecision,
    line: DecisionLine,
    held: Held,
    today: date,
    shown: Sequence[PeriodSums],
) -> ShownLine:
    periods = held.periods[line.id]
    now = current(periods, today)
    providers = held.providers.get(line.id, ())
    prices: Mapping[str, Prices] = {}
    if now is not None and not providers:
        prices = prices_by_band(
            session, decision.pilot_key, line.service_key, decision.client.municipality, today
        )
    return ShownLine(
        id=line.id,
        service=SERVICES[line.service_key].name,
        granted=granted_text(line.facts.amount, line.every),
        bands=bands_text(line.bands),
        now=None if now is None else row_of(line.unit, now),
        rows=[row_of(line.unit, each) for each in shown],
        columns=columns_of(shown, today),
        sentences=sentences(line, periods, today, prices, providers),
        summary=_summary(line.unit, shown),
    )


def _summary(unit: Unit, periods: Sequence[PeriodSums]) -> str:
    """What the drawing shows, for who does not see it."""
    granted, used, reserved, left = (
        amount_text(Amount(unit, sum(getattr(each.sums, name) for each in periods)))
        for name in ("granted", "used", "reserved", "left")
    )
    return _(
        "%(first)s–%(last)s: granted %(granted)s, used %(used)s, reserved %(reserved)s, left %(left)s. "
        "The table below says the same by period.",
        first=date_text(periods[0].first),
        last=date_text(periods[-1].last),
        granted=granted,
        used=used,
        reserved=reserved,
        left=left,
    )
