"""From the rows of a file to changes of offers: what each row would do, told before anything is done."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from marketplace.errors import Invalid
from marketplace.i18n import _, _l, current_language
from marketplace.money import Money
from marketplace.offers.models import Offer
from marketplace.offers.pricelists.table import PriceListEntry, listed_version
from marketplace.offers.rules import VersionState
from marketplace.offers.service import editable_version, stamp
from marketplace.pilots.vocabulary import BANDS


@dataclass(frozen=True, slots=True)
class OfferPrices:
    """New prices of one offer from a day on; `seen` is the stamp of the version they were compared with."""

    offer_id: int
    seen: str
    valid_from: date
    prices: Mapping[str, Money]


class PriceOutcome(StrEnum):
    """What would become of a price; `WAITS`: the office looks at it first; `LEFT_OUT`: the row of a sum."""

    SAME = "same"
    CHANGE = "change"
    WAITS = "waits"
    REFUSED = "refused"
    LEFT_OUT = "left_out"


@dataclass(slots=True)
class PriceListRow:
    """A row as the preview shows it. `outcome` is what would become of it."""

    number: int
    title: str = ""
    band: str = ""
    unit: str = ""
    before: Money | None = None
    after: Money | None = None
    day: date | None = None
    outcome: PriceOutcome = PriceOutcome.CHANGE
    note: str = ""
    problems: list[str] = field(default_factory=list)

    def refuse(self, message: str) -> None:
        """Say what is wrong in the row."""
        self.outcome = PriceOutcome.REFUSED
        self.problems.append(message)


@dataclass(frozen=True, slots=True)
class PriceListPlan:
    """What a file would do: its rows, the changes offer by offer, and which rows belong to which offer."""

    rows: Sequence[PriceListRow]
    changes: Sequence[OfferPrices]
    rows_of: Mapping[int, Mapping[str, PriceListRow]]

    @property
    def refused(self) -> bool:
        """Whether some row cannot be taken; then nothing is."""
        return any(row.outcome == PriceOutcome.REFUSED for row in self.rows)


def plan(entries: Iterable[PriceListEntry], offers: Mapping[int, Offer]) -> PriceListPlan:
    """Compare the rows of a file with the provider's offers (by id). Whether prices may be so, `service` finds out."""
    rows: list[PriceListRow] = []
    by_offer: dict[int, dict[str, PriceListRow]] = {}
    for entry in entries:
        row = PriceListRow(entry.number, after=entry.price, day=entry.day, note=entry.note)
        rows.append(row)
        if entry.is_sum:
            row.outcome = PriceOutcome.LEFT_OUT
            row.problems.append(_("The row names no service, as the row of a sum. It is left out."))
            continue
        for problem in entry.problems:
            row.refuse(problem)
        offer = offers.get(entry.offer_id or 0)
        if offer is None:
            if entry.offer_id is not None:
                row.refuse(_("You have no service with the number %(number)d.", number=entry.offer_id))
            continue
        _compare(row, offer, entry.band)
        if entry.band in by_offer.setdefault(offer.id, {}):
            row.refuse(_("The same price is in the file twice."))
        by_offer[offer.id][entry.band] = row
    changes = [change for key, own in by_offer.items() if (change := _change(offers[key], own)) is not None]
    return PriceListPlan(rows, changes, by_offer)


def _compare(row: PriceListRow, offer: Offer, band: str) -> None:
    """Put beside the row what the offer says now."""
    language = current_language()
    listed = listed_version(offer)
    prices = {price.band: price for price in listed.prices}
    row.title = listed.title[language]
    row.band = BANDS[band].name[language] if band in BANDS else band
    if band in prices:
        row.before, row.unit = prices[band].amount, prices[band].unit
    if row.outcome == PriceOutcome.CHANGE and row.after in (None, row.before):
        row.outcome = PriceOutcome.SAME
    elif row.outcome == PriceOutcome.CHANGE and editable_version(offer).state != VersionState.PUBLISHED:
        row.refuse(_("The service has changes that are not published. Publish them or delete them first."))


def _change(offer: Offer, rows: Mapping[str, PriceListRow]) -> OfferPrices | None:
    """The change that the sound rows of an offer make. It is tried even when another row of the file is refused, so
    that all that is wrong is told at once; nothing of such a file is applied (`Plan.refused`).
    """
    changed = {band: row for band, row in rows.items() if row.outcome == PriceOutcome.CHANGE}
    days = {row.day for row in rows.values() if row.day is not None}
    if changed and not days:
        for row in changed.values():
            row.refuse(_("Give the first day of the new price."))
    if changed and len(days) > 1:
        for row in changed.values():
            row.refuse(_("All new prices of a service begin on the same day. The rows name different days."))
    if not changed or len(days) != 1:
        return None
    (day,) = days
    for row in changed.values():
        row.day = day
    prices = {band: row.after for band, row in changed.items() if row.after is not None}
    return OfferPrices(offer.id, stamp(editable_version(offer)), day, prices)


def packed(changes: Iterable[OfferPrices]) -> str:
    """The changes as a text that travels with the form of confirmation; everything in it is checked again."""
    return json.dumps(
        [
            [
                each.offer_id,
                each.seen,
                each.valid_from.isoformat(),
                {k: v.cents for k, v in each.prices.items()},
            ]
            for each in changes
        ]
    )


def unpacked(text: str) -> list[OfferPrices]:
    """The changes of `packed`. Raises Invalid for anything else."""
    try:
        return [_unpacked(*each) for each in json.loads(text)]
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise Invalid(_l("The price list has got lost on the way. Give the file again.")) from error


def _unpacked(offer_id: Any, seen: Any, day: Any, prices: Any) -> OfferPrices:
    cents = {str(band): int(amount) for band, amount in prices.items()}
    if any(amount < 0 for amount in cents.values()):
        raise ValueError("a price below zero")
    amounts = {band: Money(amount) for band, amount in cents.items()}
    return OfferPrices(int(offer_id), str(seen), date.fromisoformat(day), amounts)
