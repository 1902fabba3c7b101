"""What is wrong with the prices of an offer by the price table of the pilot: a pure rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from marketplace.money import Money


class PriceRow(Protocol):
    """A row of the pilot's price table."""

    @property
    def band(self) -> str:
        """Key of `bands.yaml`."""

    @property
    def unit(self) -> str:
        """Key of `units.yaml`."""

    @property
    def ceiling(self) -> Money:
        """The highest price, VAT included."""

    @property
    def required(self) -> bool:
        """Whether every offer prices it."""


@dataclass(frozen=True, slots=True)
class PriceProblem:
    """What is wrong with the price of one band.

    `code` is unknown_band, wrong_unit, above_ceiling, not_fixed or missing; `ceiling` and `unit` are the pilot's.
    """

    band: str
    code: str
    ceiling: Money | None = None
    unit: str | None = None


def price_problems(
    prices: Mapping[str, tuple[str, Money]], table: Iterable[PriceRow], *, fixed: bool, complete: bool = True
) -> tuple[PriceProblem, ...]:
    """What is wrong with `prices` (band → unit and amount) by the pilot's price table.

    `fixed`: the ceiling is the price, the same for every provider. `complete`: every required band must be priced,
    which a draft need not.
    """
    rows = {row.band: row for row in table}
    problems = [PriceProblem(band, "unknown_band") for band in prices if band not in rows]
    for band, row in rows.items():
        unit, amount = prices.get(band, (row.unit, None))
        code = None
        if amount is None:
            code = "missing" if complete and row.required else None
        elif unit != row.unit:
            code = "wrong_unit"
        elif amount > row.ceiling:
            code = "above_ceiling"
        elif fixed and amount != row.ceiling:
            code = "not_fixed"
        if code is not None:
            problems.append(PriceProblem(band, code, row.ceiling, row.unit))
    return tuple(problems)
