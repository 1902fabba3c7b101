"""The balance of a line in words and numbers: what was granted, is reserved, has been used and is left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from marketplace.i18n import _, date_text
from marketplace.ledger.rules import Amount, Unit
from marketplace.vouchers.granting.labels import amount_text, band_name, units_text
from marketplace.vouchers.granting.models import Budget, DecisionLine
from marketplace.vouchers.granting.rules import Carry, Prices, buys_about, returns_on

CHART: tuple[int, int] = (100, 10)
"""Width and height of a bar of the chart, in the units of its drawing."""


@dataclass(frozen=True, slots=True)
class Row:
    """One budget: amounts in words, and the parts of its bar (used, reserved, left) as widths of the chart."""

    budget: Budget
    granted: str
    reserved: str
    used: str
    left: str
    bar: tuple[float, float, float]

    @property
    def is_empty(self) -> bool:
        """Whether nothing is left."""
        return self.bar[2] == 0


def rows_of(line: DecisionLine) -> list[Row]:
    """The balance of a line's budgets, in the order of their days."""
    found = []
    for budget in line.budgets:
        sums = budget.account.sums
        granted, reserved, used, left = (
            amount_text(Amount(line.unit, number))
            for number in (sums.granted, sums.reserved, sums.used, sums.left)
        )
        whole = max(sums.granted, 1)
        shares = [round(CHART[0] * number / whole, 2) for number in (sums.used, sums.reserved, sums.left)]
        found.append(Row(budget, granted, reserved, used, left, (shares[0], shares[1], shares[2])))
    return found


def current(line: DecisionLine, today: date) -> Budget | None:
    """The budget in which today lies, if one does."""
    return next((each for each in line.budgets if each.first_on <= today <= each.last_on), None)


def sentences(line: DecisionLine, today: date, prices: Mapping[str, Prices]) -> list[str]:
    """What is left today, what it buys, and what becomes of what stays unused."""
    budget = current(line, today)
    if budget is None:
        return []
    left = budget.account.sums.left
    said = [
        _(
            "Left until %(day)s: %(amount)s.",
            day=date_text(budget.last_on),
            amount=amount_text(Amount(line.unit, left)),
        )
    ]
    if line.unit is Unit.CENTS and left:
        for band, asked in prices.items():
            bought = buys_about(left, asked) if not line.bands or band in line.bands else None
            if bought:
                said.append(
                    _(
                        "This buys about %(bought)s: %(band)s.",
                        bought=units_text(bought, asked.unit),
                        band=band_name(band),
                    )
                )
    said.append(_unused(line, budget))
    return said


def _unused(line: DecisionLine, budget: Budget) -> str:
    day = date_text(returns_on(budget.last_on))
    if line.carry is Carry.NEXT_MONTH:
        return _("What stays unused this month can be used in the next one.")
    if line.carry is Carry.PERIOD:
        return _("What stays unused can be used until the decision ends.")
    return _("What stays unused returns to the organisation after %(day)s.", day=day)
