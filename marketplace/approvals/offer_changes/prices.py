"""The prices of a change as the office judges them: before, after, the change in percent, and the ceiling."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from marketplace.approvals.offer_changes.rules import percent_change
from marketplace.i18n import current_language, percent_text
from marketplace.money import Money
from marketplace.offers.models import OfferVersion
from marketplace.pilots.definition import PilotDefinition
from marketplace.pilots.vocabulary import BANDS


@dataclass(frozen=True, slots=True)
class PriceChange:
    """What one band costs now and would cost; None where it is not offered. `ceiling` is the pilot's, if it has one."""

    label: str
    unit: str
    before: Money | None
    after: Money | None
    ceiling: Money | None

    @property
    def percent(self) -> Decimal | None:
        """The change in percent, or None when the two cannot be compared."""
        return percent_change(self.before, self.after)

    @property
    def percent_words(self) -> str:
        """The change as it is written: `+3,2 %`, `−5 %`; empty when there is none to tell."""
        if self.percent is None:
            return ""
        sign = "+" if self.percent > 0 else "\N{MINUS SIGN}" if self.percent < 0 else ""
        return f"{sign}{percent_text(abs(self.percent))}"


def price_changes(
    replaced: OfferVersion | None, version: OfferVersion, definition: PilotDefinition
) -> list[PriceChange]:
    """The prices that a version changes, in the order of the vocabulary; all of them for a first version."""
    before = {row.band: row for row in replaced.prices} if replaced is not None else {}
    after = {row.band: row for row in version.prices}
    table = definition.service(version.offer.service_key).bands_on(version.valid_from)
    ceilings = {row.band: row.ceiling for row in table}
    found = []
    for band in (key for key in BANDS if key in before or key in after):
        old, new = before.get(band), after.get(band)
        if old is not None and new is not None and (old.amount, old.unit) == (new.amount, new.unit):
            continue
        same_unit = old is None or new is None or old.unit == new.unit
        found.append(
            PriceChange(
                label=BANDS[band].name[current_language()],
                unit=(before | after)[band].unit,
                before=old.amount if old is not None and same_unit else None,
                after=new.amount if new is not None else None,
                ceiling=ceilings.get(band),
            )
        )
    return found
