"""A client and an offer side by side: what an agreement would cost against the budget, and what keeps it from being."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from marketplace.clients.models import Client
from marketplace.clients.rules import takes_part
from marketplace.ledger.rules import Amount
from marketplace.money import Money
from marketplace.offers.models import Offer, OfferVersion
from marketplace.offers.pricing.rules import HOUR, MonthlyCost
from marketplace.offers.pricing.values import UNLIMITED, HourValue, Shares
from marketplace.offers.queries import standings_of
from marketplace.offers.rules import Hidden, reasons_hidden_from_client, version_in_force
from marketplace.pilots.definition import PilotDefinition
from marketplace.pilots.queries import kept_definition
from marketplace.vouchers import queries
from marketplace.vouchers.agreeing.rules import (
    AskedPrice,
    ChoiceFacts,
    Obstacle,
    above_value,
    held_monthly,
    month_of,
    obstacles,
    shares_of_month,
)
from marketplace.vouchers.granting import queries as granting
from marketplace.vouchers.granting.holding import Hold, freed_by, most_monthly
from marketplace.vouchers.granting.models import DecisionLine
from marketplace.vouchers.models import Agreement
from marketplace.vouchers.rules import AgreementTerms
from marketplace.vouchers.service import held_by


@dataclass(frozen=True, slots=True)
class Weighing:
    """What choosing an offer from a day on means for a client.

    `version` is the one whose prices would hold, None while the offer has none on that day; `prices` those of its bands
    that the `line` of the decision pays for. `obstacles` say why it cannot be chosen. `room` is the most that could be
    held each month. `freed` is what the agreement that this one `replaces` lets go of in the same line, by budget.
    """

    client: Client
    offer: Offer
    pilot: PilotDefinition
    starts_on: date
    version: OfferVersion | None
    line: DecisionLine | None
    prices: Mapping[str, AskedPrice]
    obstacles: tuple[Hidden | Obstacle, ...]
    room: Amount | None
    replaces: Agreement | None = None
    freed: Mapping[int, int] | None = None

    @property
    def paid_until(self) -> date | None:
        """The last day for which the decision pays, a later one may go on; None without a decision."""
        days = [each.last_on for each in self.line.budgets if each.settled_at is None] if self.line else []
        return max(days, default=None)

    @property
    def can_be_chosen(self) -> bool:
        """Whether nothing keeps the client from choosing it."""
        return not self.obstacles

    def month(self, quantities: Mapping[str, Decimal]) -> MonthlyCost:
        """What a month costs with these quantities. Raises BadQuantity."""
        minimum = self.version.minimum_minutes if self.version is not None else None
        return month_of(self.prices, quantities, minimum)

    def held(self, month: MonthlyCost) -> Amount | None:
        """What the month takes of the budget; None without a decision."""
        return None if self.line is None else held_monthly(month, self.line.unit, self.value)

    def over(self, month: MonthlyCost) -> Amount | None:
        """By how much the month exceeds what could be held; None when it fits."""
        held = self.held(month)
        if held is None or self.room is None or held.number <= self.room.number:
            return None
        return held - self.room

    def dearer(self, month: MonthlyCost) -> Mapping[str, Money]:
        """By band, what an hour costs beyond the value that the decision gives it."""
        return above_value(month, self.value)

    def shares(self, month: MonthlyCost) -> Shares:
        """Who pays what of the month."""
        return shares_of_month(month, self.value)

    @property
    def value(self) -> HourValue:
        """What the decision pays for an hour at most, and whether the client may pay the rest."""
        return UNLIMITED if self.line is None else self.line.value


def weigh(
    session: Session,
    client: Client,
    offer: Offer,
    starts_on: date,
    *,
    today: date,
    replaces: Agreement | None = None,
) -> Weighing:
    """What choosing the offer from a day on means. `replaces`: the agreement that would end on the day before."""
    [found] = weigh_all(session, client, [offer], starts_on, today=today, replaces=replaces)
    return found


def weigh_all(
    session: Session,
    client: Client,
    offers: Sequence[Offer],
    starts_on: date,
    *,
    today: date,
    replaces: Agreement | None = None,
) -> list[Weighing]:
    """The same of each of several offers of one pilot and service, in as many queries as for one."""
    if not offers:
        return []
    line = granting.line_for(
        session, client.organisation_key, client.number, offers[0].pilot_key, offers[0].service_key, starts_on
    )
    freed = None if line is None else _freed(session, line, starts_on, replaces)
    standings = standings_of(session, offers, today)
    taken = queries.offers_taken(
        session,
        client.organisation_key,
        [offer.id for offer in offers],
        AgreementTerms(client.number, starts_on),
        besides=None if replaces is None else replaces.id,
    )

    def weighing(offer: Offer) -> Weighing:
        version = version_in_force(offer.versions, starts_on)
        facts = ChoiceFacts(
            hidden=reasons_hidden_from_client(standings[offer.id], today),
            availability=offer.availability_state,
            takes_part=any(
                each.pilot_key == offer.pilot_key and takes_part(each.joined_on, each.ended_on, starts_on)
                for each in client.participations
            ),
            municipality=client.municipality,
            municipalities=frozenset(version.municipalities if version is not None else ()),
            group=client.group,
            groups=frozenset(version.groups if version is not None else ()),
            unit=None if line is None else line.unit,
            priced_by_hour=version is not None and any(row.unit == HOUR for row in version.prices),
            above_value=line is not None and line.value.bars_all(_prices(version, line).values()),
            already=offer.id in taken,
            same_offer=replaces is not None and replaces.offer_id == offer.id,
        )
        return Weighing(
            client=client,
            offer=offer,
            pilot=kept_definition(session, offer.approval.pilot_version_id, current_ceilings=True),
            starts_on=starts_on,
            version=version,
            line=line,
            prices=_prices(version, line),
            obstacles=obstacles(facts),
            room=None if line is None else _room(line, offer, starts_on, freed),
            replaces=replaces,
            freed=freed,
        )

    return [weighing(offer) for offer in offers]


def _room(line: DecisionLine, offer: Offer, starts_on: date, freed: Mapping[int, int] | None) -> Amount:
    """The most that an agreement in the offer could hold each month."""
    wanted = Hold(0, offer.provider_id, Amount(line.unit, 0), starts_on, None)
    return Amount(line.unit, most_monthly(line, wanted, freed))


def _prices(version: OfferVersion | None, line: DecisionLine | None) -> dict[str, AskedPrice]:
    """The bands that can be asked for; without a decision those of the offer, so that the page can show them."""
    if version is None:
        return {}
    prices = {row.band: AskedPrice(row.unit, row.amount) for row in version.prices}
    if line is None:
        return prices
    return {band: price for band, price in prices.items() if line.facts.pays(band, price.unit)}


def _freed(
    session: Session, line: DecisionLine, starts_on: date, replaces: Agreement | None
) -> dict[int, int] | None:
    """What the agreement that is replaced lets go of in the same line, by budget; None when it is of no use there."""
    if replaces is None or replaces.line_id != line.id:
        return None
    return freed_by(session, line, replace(held_by(replaces), last=starts_on - timedelta(days=1)))


def prices_changed(agreement: Agreement) -> bool:
    """Whether the prices for which a request asks are others on its first day now than when it was made."""
    now = version_in_force(agreement.offer.versions, agreement.starts_on)
    return now is None or _asked(agreement, now) != _asked(agreement, agreement.version)


def _asked(agreement: Agreement, version: OfferVersion) -> dict[str, tuple[str, Money]]:
    return {row.band: (row.unit, row.amount) for row in version.prices if row.band in agreement.wanted}
