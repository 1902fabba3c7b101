"""What the budget of somebody who is signed in says of a price: it fits, or by how much it does not.

Budgets stand in a room above, which fills the slot. Nobody is asked for visitors without an account, and pages that are
kept for all of them say nothing of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from flask import url_for
from flask_login import current_user

from marketplace.i18n import _, current_language, money_text
from marketplace.ledger.rules import Unit
from marketplace.money import Money
from marketplace.offers.pricing.rules import HOUR, Cost, MonthlyCost
from marketplace.offers.pricing.values import UNLIMITED, HourValue, Shares
from marketplace.pilots.vocabulary import BANDS, SERVICES, municipality_names
from marketplace.search.quantities import amount_text
from marketplace.slots import Answer


@dataclass(frozen=True, slots=True)
class OwnLine:
    """What is left now of one line, in cents or minutes. No bands: all of them are paid.

    `value` is the most that is paid for an hour, and whether the client may pay the rest. `is_own` is False for who
    looks for a client.
    """

    pilot: str
    service: str
    unit: Unit
    left: int
    bands: Sequence[str] = ()
    value: HourValue = UNLIMITED
    is_own: bool = True

    def unpaid(self, bands: Iterable[str]) -> list[str]:
        """Which of these bands it does not pay for, in the order of the price table."""
        asked = frozenset(bands)
        return [each for each in BANDS if each in asked and self.bands and each not in self.bands]

    @property
    def left_text(self) -> str:
        """What is left in words."""
        return _amount(self.unit, self.left)

    @property
    def name(self) -> str:
        """The service in the reader's language."""
        return str(SERVICES[self.service].name[current_language()])

    @property
    def plan_query(self) -> dict[str, str]:
        """The parameters of a plan against what is left."""
        if self.unit is Unit.CENTS:
            return {"budget": str(Money(self.left)), "kind": "euros"}
        return {"budget": f"{Decimal(self.left) / 60:.2f}".rstrip("0").rstrip("."), "kind": "hours"}


@dataclass(frozen=True, slots=True)
class OwnBudget:
    """Everything that runs today for one client, and where the client lives (None: not kept).

    `name` is the client's, empty for one's own. `choosing`: where somebody who may see the budgets of several chooses
    another, empty for everybody else; without `lines` no budget is chosen.
    """

    lines: Sequence[OwnLine]
    municipality: str | None = None
    name: str = ""
    choosing: str = ""

    @property
    def home(self) -> str:
        """The municipality by name, empty when it is not kept."""
        return (
            ", ".join(municipality_names([self.municipality], current_language()))
            if self.municipality
            else ""
        )

    def line(self, pilot: str, service: str) -> OwnLine | None:
        """The line that pays for a service of a pilot."""
        return next((each for each in self.lines if (each.pilot, each.service) == (pilot, service)), None)

    def search_url(self, line: OwnLine) -> str:
        """The search for what a line pays, where the client lives."""
        return url_for(
            "search.results", pilot=line.pilot, service=line.service, municipality=self.municipality
        )


own_budget: Final = Answer[Callable[[], OwnBudget | None]](
    "search.own_budget",
    "The budget of the signed-in client, or of the client for whom the signed-in person acts; None when there is none.",
)


def known() -> OwnBudget | None:
    """The budget of who is signed in, or the choice of one; None without asking anybody when nobody is."""
    if not current_user.is_authenticated:
        return None
    return next((found for ask in own_budget if (found := ask()) and (found.lines or found.choosing)), None)


@dataclass(frozen=True, slots=True)
class Fitting:
    """A sentence and the tone of its tag."""

    text: str
    tone: str


def price_fits(own: OwnBudget | None, pilot: str, service: str, prices: Iterable[Any]) -> Fitting | None:
    """What the budget says of an offer's prices: of the lowest that it may pay. None when no line pays the service, or
    none by this unit.
    """
    line = own.line(pilot, service) if own is not None else None
    if line is None:
        return None
    counted = [each for each in prices if line.unit is Unit.CENTS or each.unit == HOUR]
    unpaid = line.unpaid(each.band for each in counted)
    asked = [each for each in counted if each.band not in unpaid]
    if not asked:
        return _not_paid(line, unpaid) if unpaid else None
    paid = [each for each in asked if not line.value.beyond(each.unit, each.amount).cents]
    lowest = min(paid or asked, key=lambda each: each.amount.cents)
    if not paid or line.unit is Unit.MINUTES:
        return _hour_fits(line, lowest.amount)
    return _over(lowest.amount.cents - line.left, line)


def _hour_fits(line: OwnLine, price: Money) -> Fitting:
    over = line.value.beyond(HOUR, price)
    if over.cents:
        amount = money_text(over)
        text = (
            _("%(amount)s an hour over your budget", amount=amount)
            if line.is_own
            else _("%(amount)s an hour over the budget", amount=amount)
        )
        return Fitting(text, "warning")
    if line.left <= 0:
        text = (
            _("No hours are left in your budget now")
            if line.is_own
            else _("No hours are left in the budget now")
        )
        return Fitting(text, "warning")
    return _fits(line)


def _not_paid(line: OwnLine, bands: Sequence[str]) -> Fitting:
    names = ", ".join(BANDS[each].name[current_language()].lower() for each in bands)
    text = (
        _("Your budget does not cover: %(bands)s", bands=names)
        if line.is_own
        else _("The budget does not cover: %(bands)s", bands=names)
    )
    return Fitting(text, "warning")


def _fits(line: OwnLine) -> Fitting:
    text = (
        _("Fits your budget: %(amount)s left", amount=line.left_text)
        if line.is_own
        else _("Fits the budget: %(amount)s left", amount=line.left_text)
    )
    return Fitting(text, "success")


@dataclass(frozen=True, slots=True)
class CostPart:
    """A part of a cost: so many units of a band at a price."""

    band: str
    unit: str
    price: Money
    quantity: Decimal


def parts_of(cost: Cost | MonthlyCost) -> list[CostPart]:
    """A cost that has been counted, part by part."""
    if isinstance(cost, Cost):
        return [CostPart(each.band, HOUR, each.unit_price, Decimal(each.minutes) / 60) for each in cost.lines]
    return [CostPart(each.band, each.unit, each.unit_price, each.quantity) for each in cost.lines]


def cost_fits(own: OwnBudget | None, pilot: str, service: str, parts: Sequence[CostPart]) -> Fitting | None:
    """What the budget says of a cost: of what the organisation would owe of it or, where the line counts hours, of its
    hours; and what the client would pay beside it.
    """
    line = own.line(pilot, service) if own is not None else None
    if line is None or not parts:
        return None
    unpaid = line.unpaid(each.band for each in parts)
    if unpaid:
        return _not_paid(line, unpaid)
    barred = [each.price for each in parts if line.value.bars(each.unit, each.price)]
    if barred:
        return _hour_fits(line, max(barred))
    if line.unit is Unit.CENTS:
        found = _over(sum(_shares(line, each).owed.cents for each in parts) - line.left, line)
    else:
        hours = sum((each.quantity for each in parts if each.unit == HOUR), Decimal(0))
        if not hours:
            return None
        found = _over(int(hours * 60) - line.left, line)
    beside = own_share(own, pilot, service, parts)
    if not beside.cents:
        return found
    text = _("%(fits)s, own share %(amount)s", fits=found.text, amount=money_text(beside))
    return Fitting(text, "warning" if found.tone == "warning" else "info")


def own_share(own: OwnBudget | None, pilot: str, service: str, parts: Sequence[CostPart]) -> Money:
    """What the client would pay of a cost; nothing of what the budget does not pay for, or not at this price."""
    line = own.line(pilot, service) if own is not None else None
    if line is None or line.unpaid(each.band for each in parts):
        return Money(0)
    return Money(
        sum(_shares(line, each).own.cents for each in parts if not line.value.bars(each.unit, each.price))
    )


def _shares(line: OwnLine, part: CostPart) -> Shares:
    return line.value.shares(part.unit, part.price, lambda each: each.times(part.quantity))


def _over(number: int, line: OwnLine) -> Fitting:
    if number <= 0:
        return _fits(line)
    amount = _amount(line.unit, number)
    text = (
        _("%(amount)s over your budget", amount=amount)
        if line.is_own
        else _("%(amount)s over the budget", amount=amount)
    )
    return Fitting(text, "warning")


def _amount(unit: Unit, number: int) -> str:
    if unit is Unit.CENTS:
        return money_text(Money(number))
    return amount_text(Decimal(number) / 60, HOUR)
