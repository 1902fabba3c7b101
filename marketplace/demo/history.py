"""Invented clients whose services lie behind the demo: two years of decisions, budgets, agreements, deliveries.

A year of a client is some hundred rows, so they are numbered here and written past the services; what an entry of the
books is made of, which budgets a decision opens and how a delivery is kept, the rooms' own rules say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.accounts.models import RoleGrant, User
from marketplace.clients.models import Client, Participation
from marketplace.decisions.rules import CLIENTS as SERIES
from marketplace.decisions.rules import number_prefix
from marketplace.deliveries.models import Delivery, kept_line
from marketplace.deliveries.rules import DeliveryKind, DeliveryLine, DeliveryState
from marketplace.demo.bookkeeping import Bookkeeper, Month, MonthlyHold, back_on
from marketplace.demo.chance import Chance
from marketplace.demo.giving import LAPSED_AFTER
from marketplace.demo.papers import Papers
from marketplace.demo.people import MAIN_ORGANISATION, PROVIDER_ACCOUNTS, staff_address
from marketplace.demo.plan import MAIN_PILOT
from marketplace.demo.rows import Rows
from marketplace.files.models import StoredFile
from marketplace.files.store import FileStore
from marketplace.i18n import HELSINKI, helsinki_date
from marketplace.ledger.rules import AccountKind, Amount, Unit
from marketplace.money import Money
from marketplace.offers.models import Offer, OfferPrice, OfferVersion
from marketplace.offers.pricing.rules import HOUR
from marketplace.offers.rules import OfferState, VersionState
from marketplace.permissions import Role
from marketplace.pilots.models import Pilot
from marketplace.pilots.queries import kept_definition
from marketplace.providers.models import ServiceApproval
from marketplace.providers.rules import ApprovalState, add_months
from marketplace.vouchers.granting.models import Budget, DecisionLine, ServiceDecision
from marketplace.vouchers.granting.rules import (
    BudgetPeriod,
    Carry,
    Consumer,
    DecisionKind,
    DecisionState,
    Every,
    FeeGround,
    ValueKind,
    periods,
)
from marketplace.vouchers.models import Agreement
from marketplace.vouchers.rules import AgreementParty, AgreementState

CLIENTS: Final = 48
"""How many clients have such a past: so many that few numbers of a quarter are hidden."""

MONTHS: Final = 24
"""How many months before today it begins."""

COMPANIES: Final = 18
"""How many offers of different companies are given under."""

WORDS: Final = {
    "fi": "Tarvitset apua arjessasi, ja olet itse suunnitellut, miten palvelu sopii sinulle.",
    "sv": "Du behöver stöd i vardagen och har själv planerat hur tjänsten passar dig.",
}
TOLD_REASONS: Final = (None, None, "times", "times", "quality", "staff", "missed", "moved", "needs")
"""What clients of the past told of why they changed; each as likely."""

DECLINED: Final = {
    "fi": "Meillä ei ole juuri nyt vapaata työntekijää näinä aikoina.",
    "sv": "Vi har ingen ledig arbetstagare just nu vid de här tiderna.",
}


@dataclass(frozen=True, slots=True)
class PastChoice:
    """An offer under which something was given: the version that holds, one of its prices, and who writes for it."""

    offer_id: int
    version_id: int
    provider_id: int
    service: str
    band: str
    unit: str
    cents: int
    vat_code: str
    person: int
    since: date

    @property
    def takes(self) -> Amount:
        """What two hours, or one day or journey, take of a budget."""
        return Amount(Unit.MINUTES, 120) if self.unit == HOUR else Amount(Unit.CENTS, self.cents)

    @property
    def costs(self) -> int:
        """What that costs in cents."""
        return 2 * self.cents if self.unit == HOUR else self.cents


@dataclass(frozen=True, slots=True)
class Past:
    """A client's past: in which days, and which of its offers followed another from a month on."""

    client_id: int
    number: str
    language: str
    first: date
    last: date
    offers: Sequence[tuple[date, PastChoice]]
    chance: Chance


def add_history(session: Session, store: FileStore, *, seed: int, now: datetime) -> None:
    """Write the past of the main organisation's former clients; nothing where it has no offers that are old enough."""
    _History(session, store, seed=seed, now=now).write()


class _History:
    def __init__(self, session: Session, store: FileStore, *, seed: int, now: datetime) -> None:
        self._session, self._seed, self._now = session, seed, now
        self._rows, self._papers = Rows(session), Papers(store)
        self._books = Bookkeeper(session, self._rows)
        self._numbers: Counter[str] = Counter()
        self._oldest = timedelta()
        self._today = helsinki_date(now)
        self._until = (self._today - LAPSED_AFTER).replace(day=1)
        self._begins = add_months(self._today.replace(day=1), -MONTHS)
        self._staff = {
            name: session.scalars(
                sa.select(User.id).where(User.email == staff_address(name, MAIN_ORGANISATION))
            ).first()
            for name in ("counsellor", "decider")
        }

    def write(self) -> None:
        pilot = self._session.get(Pilot, MAIN_PILOT)
        offers = self._offers()
        if pilot is None or pilot.version_id is None or None in self._staff.values() or not offers:
            return
        definition = kept_definition(self._session, pilot.version_id)
        self._oldest = timedelta(days=definition.deliveries.oldest_days)
        homes, groups = sorted(definition.municipalities), list(definition.groups)
        for number in range(CLIENTS):
            chance = Chance.of(self._seed, "history", number)
            past = self._past(number, chance, homes[number % len(homes)], groups, offers)
            if past is not None:
                self._decide(past, pilot.version_id)
        self._rows.write()
        self._books.write()
        self._rows.settle_sequences()

    def _offers(self) -> list[PastChoice]:
        """One offer of each of some companies, at the price of its first day, the oldest first, not many of a service;
        none of the companies with the demo's own accounts.
        """
        writes = (
            sa.select(sa.func.min(RoleGrant.user_id))
            .where(RoleGrant.provider_id == Offer.provider_id, RoleGrant.role == Role.PROVIDER_ADMIN)
            .scalar_subquery()
        )
        own = (
            sa.select(RoleGrant.provider_id)
            .join(User)
            .where(User.email.in_(PROVIDER_ACCOUNTS.values()), RoleGrant.provider_id.is_not(None))
        )
        same_price = (
            sa.select(OfferVersion.offer_id)
            .where(OfferVersion.state == VersionState.PUBLISHED)
            .group_by(OfferVersion.offer_id)
            .having(sa.func.count() == 1)
        )
        query = (
            sa.select(Offer, OfferVersion, OfferPrice, writes)
            .join(OfferVersion, OfferVersion.offer_id == Offer.id)
            .join(OfferPrice, OfferPrice.version_id == OfferVersion.id)
            .join(ServiceApproval, ServiceApproval.id == Offer.approval_id)
            .where(
                Offer.pilot_key == MAIN_PILOT,
                Offer.state == OfferState.PUBLISHED,
                OfferVersion.state == VersionState.PUBLISHED,
                OfferVersion.offer_id.in_(same_price),
                OfferVersion.valid_from < self._until,
                ServiceApproval.state == ApprovalState.APPROVED,
                OfferPrice.unit.in_((HOUR, "day", "trip")),
                Offer.provider_id.not_in(own),
                Offer.ends_on.is_(None),
            )
            .order_by(OfferVersion.valid_from, OfferPrice.id)
        )
        found: dict[int, PastChoice] = {}
        services: dict[str, int] = {}
        for offer, version, price, person in self._session.execute(query):
            crowded = services.get(offer.service_key, 0) > COMPANIES // 4
            if offer.provider_id in found or len(found) == COMPANIES or crowded:
                continue
            services[offer.service_key] = services.get(offer.service_key, 0) + 1
            found[offer.provider_id] = PastChoice(
                offer.id,
                version.id,
                offer.provider_id,
                offer.service_key,
                price.band,
                price.unit,
                price.amount.cents,
                price.vat_code,
                person,
                max(version.valid_from, offer.approval.approved_on),
            )
        return list(found.values())

    # --- a client ----------------------------------------------------------------------------------------------------

    def _past(
        self, number: int, chance: Chance, home: str, groups: Sequence[str], offers: Sequence[PastChoice]
    ) -> Past | None:
        """A client who joined sooner or later, with an offer that was there by then; most stay to the end."""
        first = add_months(self._begins, chance.between(0, 3 if number % 3 else 12))
        services = sorted({each.service for each in offers})
        own = [each for each in offers if each.service == services[number % len(services)]]
        first = max(first, add_months(own[0].since.replace(day=1), 1))
        if add_months(first, 1) >= self._until:
            return None
        there = [each for each in own if each.since <= first]
        chosen = there[number // len(services) % len(there)]
        last = self._until if chance.happens(0.7) else add_months(first, chance.between(5, 8))
        last = min(last, self._until) - timedelta(days=1)
        taken = list(_changed(first, last, chosen, offers, chance))
        language = "sv" if number % 4 == 3 else "fi"
        name = f"B-{number + 1:04d}"
        client_id = self._rows.add(
            Client,
            {
                "organisation_key": MAIN_ORGANISATION,
                "number": name,
                "language": language,
                "municipality": home,
                "group": groups[number // 3 % len(groups)],
                "created_at": _noon(first),
            },
        )
        self._rows.add(
            Participation,
            {
                "client_id": client_id,
                "pilot_key": MAIN_PILOT,
                "joined_on": first,
                "ended_on": last,
                "recorded_by_id": self._staff["counsellor"],
                "recorded_at": _noon(first),
            },
        )
        return Past(client_id, name, language, first, last, taken, chance)

    def _decide(self, past: Past, version_id: int) -> None:
        """The decision on the client's services, its budgets, and everything that became of them."""
        first_choice = past.offers[0][1]
        decided = past.first - timedelta(days=past.chance.between(5, 35))
        paper = self._papers.service_decision(past.language)
        prefix = number_prefix(MAIN_ORGANISATION, decided.year, SERIES)
        self._numbers[prefix] += 1
        file_id = self._rows.add(
            StoredFile,
            {
                "sha256": paper.sha256,
                "media_type": paper.media_type,
                "size": paper.size,
                "name": paper.name,
                "uploaded_by_id": self._staff["decider"],
                "created_at": _noon(decided),
            },
        )
        decision_id = self._rows.add(
            ServiceDecision,
            {
                "client_id": past.client_id,
                "pilot_key": MAIN_PILOT,
                "pilot_version_id": version_id,
                "kind": DecisionKind.GRANT,
                "state": DecisionState.MADE,
                "number": f"{prefix}{self._numbers[prefix]}",
                "starts_on": past.first,
                "ends_on": past.last,
                "consumer": Consumer.ALONE,
                "supporter": "",
                "municipal": "",
                "grounds": WORDS[past.language],
                "created_at": _noon(decided),
                "proposed_by_id": self._staff["counsellor"],
                "return_reason": "",
                "decided_by_id": self._staff["decider"],
                "decided_at": _noon(decided),
                "language": past.language,
                "file_id": file_id,
                "posted_on": decided,
            },
        )
        granted = Amount(first_choice.takes.unit, first_choice.takes.number * past.chance.between(4, 6))
        line_id = self._rows.add(
            DecisionLine,
            {
                "decision_id": decision_id,
                "service_key": first_choice.service,
                "unit": granted.unit,
                "amount": granted.number,
                "every": Every.MONTH,
                "carry": Carry.NONE,
                "bands": [],
                "value_kind": ValueKind.FIXED,
                "unit_value": None,
                "fee_ground": FeeGround.FREE_BY_DECISION,
                "legal_basis": "",
            },
        )
        agreements = list(self._agreements(past, line_id, granted))
        for period in periods(Every.MONTH, granted, past.first, past.last):
            self._month(past, decision_id, line_id, period, agreements)

    def _agreements(
        self, past: Past, line_id: int, granted: Amount
    ) -> Iterator[tuple[date, int, PastChoice, int]]:
        """The client's agreements, one after the other, with their first day and what they hold a month."""
        before, left_by_client = None, False
        reasons = Chance.of("change reasons", past.number)
        if past.chance.happens(0.35):
            self._declined(past, past.offers[0][1])
        for place, (first, choice) in enumerate(past.offers):
            held = granted.number * past.chance.between(7, 10) // 10
            ended = place + 1 < len(past.offers)
            last = past.offers[place + 1][0] - timedelta(days=1) if ended else past.last
            row = self._agreement(past, choice, first, last, before) | {"line_id": line_id, "monthly": held}
            if ended:
                row["ended_by"] = past.chance.one(
                    [AgreementParty.CLIENT, AgreementParty.CLIENT, AgreementParty.PROVIDER]
                )
            if left_by_client:
                row["change_reason"] = reasons.one(TOLD_REASONS)
            left_by_client = row["ended_by"] is AgreementParty.CLIENT
            before = self._rows.add(Agreement, row)
            yield first, before, choice, held

    def _agreement(
        self, past: Past, choice: PastChoice, first: date, last: date, replaces: int | None
    ) -> dict[str, Any]:
        return {
            "organisation_key": MAIN_ORGANISATION,
            "client_number": past.number,
            "offer_id": choice.offer_id,
            "version_id": choice.version_id,
            "starts_on": first,
            "ends_on": last,
            "state": AgreementState.ENDING,
            "ended_by": AgreementParty.OFFICE,
            "recorded_by_id": self._staff["counsellor"],
            "recorded_at": _noon(first - timedelta(days=10)),
            "replaces_id": replaces,
            "change_reason": None,
            "line_id": None,
            "monthly": None,
            "asked_by": None,
            "answer_until": None,
            "answered_at": None,
            "reason": "",
        }

    def _declined(self, past: Past, choice: PastChoice) -> None:
        asked = past.first - timedelta(days=20)
        row = self._agreement(past, choice, past.first, past.last, None) | {
            "state": AgreementState.DECLINED,
            "ends_on": None,
            "ended_by": None,
            "asked_by": AgreementParty.CLIENT,
            "answer_until": asked + timedelta(days=7),
            "answered_at": _noon(asked + timedelta(days=3)),
            "reason": DECLINED[past.language],
        }
        self._rows.add(Agreement, row)

    # --- a month -----------------------------------------------------------------------------------------------------

    def _month(
        self,
        past: Past,
        decision_id: int,
        line_id: int,
        period: BudgetPeriod,
        agreements: Sequence[tuple[date, int, PastChoice, int]],
    ) -> None:
        """The budget of a month: granted, held, used, and what was left given back."""
        _first, agreement_id, choice, holds = [each for each in agreements if each[0] <= period.first][-1]
        key, unit = f"line:{line_id}:{period.key}", period.granted.unit
        budget_id = self._rows.add(
            Budget,
            {
                "line_id": line_id,
                "first_on": period.first,
                "last_on": period.last,
                "own": period.granted.number,
                "account_id": self._books.account(key, AccountKind.BUDGET, unit),
                "settled_at": _noon(back_on(period)) if back_on(period) <= self._today else None,
            },
        )
        held = MonthlyHold(
            f"agreement:{agreement_id}", budget_id, choice.provider_id, min(holds, period.granted.number)
        )
        month = Month(self._books, key, MAIN_PILOT, f"decision:{decision_id}", period, held)
        for day in _days(period, past.chance):
            if month.reserved >= choice.takes.number:
                delivery_id = self._delivery(past, agreement_id, choice, day, budget_id)
                month.use(delivery_id, choice.takes.number, choice.costs, day)
        month.close(self._oldest, self._today)

    def _delivery(self, past: Past, agreement_id: int, choice: PastChoice, day: date, budget_id: int) -> int:
        hourly = choice.unit == HOUR
        begins = datetime.combine(day, time(12), HELSINKI) if hourly else None
        line = DeliveryLine(
            choice.band,
            choice.unit,
            Decimal(2 if hourly else 1),
            120 if hourly else None,
            Money(choice.cents),
            Money(choice.costs),
            choice.vat_code,
        )
        return self._rows.add(
            Delivery,
            {
                "agreement_id": agreement_id,
                "provider_id": choice.provider_id,
                "organisation_key": MAIN_ORGANISATION,
                "client_number": past.number,
                "kind": DeliveryKind.GIVEN,
                "state": DeliveryState.CONFIRMED,
                "day": day,
                "starts_at": begins,
                "ends_at": begins and begins + timedelta(hours=2),
                "activity": "Sovittu palvelu",
                "amount": Money(choice.costs),
                "lines": [kept_line(line)],
                "budget_id": budget_id,
                "takes": choice.takes.number,
                "recorded_by_id": choice.person,
                "recorded_at": _noon(day),
                "settled_at": _noon(day + timedelta(days=3)),
            },
        )


def _changed(
    first: date, last: date, chosen: PastChoice, offers: Sequence[PastChoice], chance: Chance
) -> Iterator[tuple[date, PastChoice]]:
    """The offers that a client chooses one after the other, each with its first day."""
    day = first
    yield day, chosen
    while (day := add_months(day, chance.between(4, 9))) < last:
        others = [
            each
            for each in offers
            if (each.service, each.unit) == (chosen.service, chosen.unit)
            and each.since <= day
            and each != chosen
        ]
        if others and chance.happens(0.6):
            chosen = chance.one(others)
            yield day, chosen


def _days(period: BudgetPeriod, chance: Chance) -> list[date]:
    """The days of a month on which something was given: once a week but for some."""
    mondays = [
        day
        for number in range((period.last - period.first).days + 1)
        if (day := period.first + timedelta(days=number)).isoweekday() == 2
    ]
    return [day for day in mondays[:4] if chance.happens(0.72)]


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), HELSINKI)
