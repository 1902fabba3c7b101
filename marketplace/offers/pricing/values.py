"""Who pays what of a price where a decision says what an hour may cost at most: the value of the voucher. Pure.

The organisation owes the provider the price of an hour or its value, whichever is less. What the price is beyond the
value is the client's own share (Act on Service Vouchers 569/2009): it passes between the client and the provider, never
through the portal. Where the service is free by law no own share may be left, so nothing is had at such a price. What
is not counted in hours has no value and is owed whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from marketplace.money import Money
from marketplace.offers.pricing.rules import HOUR, UnitPrice


@dataclass(frozen=True, slots=True)
class Shares:
    """A cost in two parts: what the organisation owes the provider, and what the client pays the provider."""

    owed: Money
    own: Money

    @property
    def cost(self) -> Money:
        """Both together: what the provider gets."""
        return self.owed + self.own


@dataclass(frozen=True, slots=True)
class HourValue:
    """What a decision pays for an hour at most, None where it does not say; whether the client may pay the rest."""

    most: Money | None = None
    own_share_allowed: bool = True

    def of(self, unit: str) -> Money | None:
        """The value of a unit; None where nothing limits its price."""
        return self.most if unit == HOUR else None

    def beyond(self, unit: str, price: Money) -> Money:
        """How much the price of a unit exceeds its value; nothing where it does not."""
        value = self.of(unit)
        return Money(0) if value is None else Money(max(0, price.cents - value.cents))

    def bars(self, unit: str, price: Money) -> bool:
        """Whether the price would leave an own share where none may be left."""
        return not self.own_share_allowed and self.beyond(unit, price).cents > 0

    def bars_all(self, prices: Iterable[UnitPrice]) -> bool:
        """Whether there are prices, and each of them would leave an own share where none may be left."""
        barred = [self.bars(each.unit, each.amount) for each in prices]
        return bool(barred) and all(barred)

    def owed_each(self, unit: str, price: Money) -> Money:
        """What the organisation owes for each unit at this price."""
        return price - self.beyond(unit, price)

    def shares(self, unit: str, price: Money, priced: Callable[[Money], Money]) -> Shares:
        """Who pays what of a quantity. `priced` says what the quantity costs at a price of its unit.

        Both are rounded by `priced`, so the parts add up to the cost, and what is owed is never more than the quantity
        at its value.
        """
        owed = priced(self.owed_each(unit, price))
        return Shares(owed, priced(price) - owed)


UNLIMITED: Final = HourValue()
"""Without a decision, or without a value in it."""
