"""Prices that clients see, or will see, above the ceiling in force: a pure rule.

The ceiling binds a price on the first day of its version. It may be lowered after that, by a later row of the price
table or by a later definition of the pilot. The price then stays as it was approved, and the provider is asked to bring
it under the ceiling in the next version of the offer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

from marketplace.money import Money
from marketplace.pilots.definition import PriceBand

ONE_DAY = timedelta(days=1)


class CappedPrice(Protocol):
    """The price of one band."""

    @property
    def band(self) -> str:
        """Key of `bands.yaml`."""

    @property
    def unit(self) -> str:
        """Key of `units.yaml`."""

    @property
    def amount(self) -> Money:
        """VAT included."""


class CappedVersion(Protocol):
    """A published version of an offer."""

    @property
    def valid_from(self) -> date:
        """Its first day."""

    @property
    def prices(self) -> Sequence[CappedPrice]:
        """One for each band it prices."""


@dataclass(frozen=True, slots=True)
class AboveCeiling:
    """A price above the ceiling: `on` is the first such day from today on, `begins` the first day of its version."""

    band: str
    unit: str
    amount: Money
    ceiling: Money
    on: date
    begins: date


def lowest_ceiling(row: PriceBand, today: date) -> Money:
    """The lowest ceiling that the row has today or later: no price up to it is ever above."""
    coming = (later.ceiling for later in row.later if later.starts > today)
    return min((row.on(today).ceiling, *coming))


def above_ceiling(
    versions: Iterable[CappedVersion], table: Iterable[PriceBand], today: date, ends_on: date | None = None
) -> tuple[AboveCeiling, ...]:
    """Where the prices of an offer lie above the ceiling on `today` or later, each band of each version once.

    `versions` are its published ones in any order, `table` the pilot's price table of the service, `ends_on` the last
    day of the offer.
    """
    rows = {(row.band, row.unit): row for row in table}
    ordered = sorted(versions, key=lambda version: version.valid_from)
    found: list[AboveCeiling] = []
    for place, version in enumerate(ordered):
        following = ordered[place + 1].valid_from - ONE_DAY if place + 1 < len(ordered) else date.max
        first, last = max(version.valid_from, today), min(following, ends_on or date.max)
        if first <= last:
            found.extend(_of_version(version, rows, first, last))
    return tuple(found)


def _of_version(
    version: CappedVersion, rows: dict[tuple[str, str], PriceBand], first: date, last: date
) -> Iterator[AboveCeiling]:
    for price in version.prices:
        row = rows.get((price.band, price.unit))
        if row is None:
            continue
        changes = (later.starts for later in row.later if first < later.starts <= last)
        for day in (first, *sorted(changes)):
            ceiling = row.on(day).ceiling
            if price.amount > ceiling:
                yield AboveCeiling(price.band, price.unit, price.amount, ceiling, day, version.valid_from)
                break
