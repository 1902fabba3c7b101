"""Deliveries in the books: what they draw, what would fit, and what is taken back, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.accounts.service import actor_of
from marketplace.clients.queries import client_of_number
from marketplace.db import Database
from marketplace.deliveries import booking, service
from marketplace.deliveries.models import Delivery
from marketplace.deliveries.rules import DeliveryFlaw, DeliveryKind, DeliveryState, Quantity
from marketplace.files.store import FileStore
from marketplace.i18n import in_language
from marketplace.ledger import proof
from marketplace.ledger.models import Account, Entry
from marketplace.ledger.rules import Amount, Sums, Unit
from marketplace.money import Money
from marketplace.vouchers import service as vouchers
from marketplace.vouchers.granting import service as granting
from marketplace.vouchers.granting.rules import FeeGround, LineFacts
from marketplace.vouchers.rules import AgreementTerms
from marketplace.work import UnitOfWork
from tests import factories
from tests.deliveries.scenes import visit
from tests.vouchers.granting.conftest import FACTS, LINE, SERVICE, made, make_granting, tell
from tests.waiting import PATIENCE

FIRST = FACTS.starts_on
MONDAY = datetime(2026, 12, 7, 6, 0, tzinfo=UTC)
AFTER = datetime(2026, 12, 20, 10, 0, tzinfo=UTC)
EUROS = replace(LINE, amount=Amount(Unit.CENTS, 500_00))


@dataclass
class Held:
    """An agreement that holds ten hours, or their price, of each month of a decision; its provider and its office."""

    agreement: Any
    admin: User
    office: User

    def record(
        self, session: Session, start: datetime = MONDAY, minutes: int = 120, **given: object
    ) -> Delivery:
        work = UnitOfWork(session, actor_of(self.admin), AFTER)
        provider = self.agreement.offer.provider_id
        return service.record(work, provider, self.agreement.id, visit(start, minutes, **given))

    def office_work(self, session: Session) -> UnitOfWork:
        return UnitOfWork(session, actor_of(self.office), AFTER)

    def budget(self, session: Session) -> Sums:
        assert self.agreement.line is not None
        return session.get_one(
            Account, self.agreement.line.budgets[0].account_id, populate_existing=True
        ).sums

    def owed(self, session: Session, unit: Unit = Unit.CENTS) -> Sums:
        key = f"provider:{self.agreement.offer.provider_id}:keusote:{unit}"
        found = session.scalar(
            sa.select(Account).where(Account.key == key), execution_options={"populate_existing": True}
        )
        return found.sums if found is not None else Sums()


def make_held(session: Session, store: FileStore, line: LineFacts = LINE, monthly: str = "10") -> Held:
    scene = make_granting(session)
    made(session, scene, store, lines=(line,))
    approval = factories.make_approval(session, factories.make_provider(session), SERVICE)
    factories.make_required_evidence(session, approval)
    offer = factories.make_offer(session, approval)
    admin = factories.make_provider_admin(session, approval.provider)
    agreement = vouchers.record_agreement(
        scene.work(session), offer.id, AgreementTerms(scene.client.number, FIRST, None, monthly)
    )
    return Held(agreement, admin, scene.olga)


def price_of(held: Held) -> Money:
    """What an hour of a weekday costs."""
    [price] = [row.amount for row in held.agreement.version.prices if row.band == "weekday_day"]
    assert isinstance(price, Money)
    return price


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "files", secret="a secret of tests", limit=10_000_000)


@pytest.fixture
def held(session: Session, store: FileStore) -> Held:
    return make_held(session, store)


def test_a_confirmed_delivery_draws_the_hours_and_owes_the_euros(session: Session, held: Held) -> None:
    delivery = held.record(session)
    assert held.budget(session) == Sums(granted=1800, reserved=600)
    service.confirm(held.office_work(session), delivery)
    assert held.budget(session) == Sums(granted=1800, reserved=480, used=120)
    assert held.owed(session).granted == delivery.amount.cents
    assert held.owed(session, Unit.MINUTES).granted == 120
    [entry] = session.scalars(sa.select(Entry).where(Entry.source == f"delivery:{delivery.id}"))
    assert entry.effective_on == date(2026, 12, 7)
    assert list(proof.problems(session)) == []


def test_euros_are_drawn_and_owed_in_one(session: Session, store: FileStore) -> None:
    held = make_held(session, store, EUROS, "300")
    delivery = service.confirm(held.office_work(session), held.record(session))
    cents = delivery.amount.cents
    assert held.budget(session) == Sums(granted=500_00, reserved=300_00 - cents, used=cents)
    assert held.owed(session).granted == cents


@pytest.mark.parametrize(("line", "monthly"), [(LINE, "10"), (EUROS, "300")])
def test_of_an_hour_above_its_value_the_organisation_owes_the_value(
    session: Session, store: FileStore, line: LineFacts, monthly: str
) -> None:
    held = make_held(session, store, replace(line, fee_ground=FeeGround.FIXED_FEE), monthly)
    price = price_of(held)
    held.agreement.line.unit_value = Money(price.cents - 500)
    delivery = service.confirm(held.office_work(session), held.record(session, minutes=90))
    assert (delivery.amount.cents, delivery.own_share.cents) == (price.cents * 3 // 2 - 750, 750)
    [row] = delivery.priced
    assert (row.unit_price, row.value, row.owed_each) == (price, Money(price.cents - 500), row.value)
    assert held.owed(session).granted == delivery.amount.cents
    assert held.budget(session).used == (90 if line is LINE else delivery.amount.cents)
    service.reverse(held.office_work(session), delivery, "Väärä kesto.")
    assert held.owed(session).granted == 0
    assert list(proof.problems(session)) == []


def test_an_hour_above_its_value_is_refused_where_the_client_may_pay_nothing(
    session: Session, held: Held
) -> None:
    held.agreement.line.unit_value = Money(price_of(held).cents - 1)
    with pytest.raises(service.DeliveryRefused) as caught:
        held.record(session)
    assert caught.value.found == (DeliveryFlaw.ABOVE_VALUE,)


def test_what_is_disputed_rejected_or_withdrawn_draws_nothing(session: Session, held: Held) -> None:
    work, provider = UnitOfWork(session, actor_of(held.admin), AFTER), held.agreement.offer.provider_id
    disputed = held.record(session)
    service.dispute(held.office_work(session), disputed, "Ei ollut.", owner_id=None)
    service.decide(held.office_work(session), disputed, upheld=False, reason="Ei ollut.")
    service.withdraw(work, provider, held.record(session).id)
    assert held.budget(session) == Sums(granted=1800, reserved=600)
    assert held.owed(session) == Sums(expected=0)


@pytest.mark.parametrize(("taken", "words"), [(390, "3\u00a0h 30\u00a0min"), (600, "")])
def test_over_the_budget_it_says_what_would_fit(session: Session, held: Held, taken: int, words: str) -> None:
    held.record(session, minutes=taken)
    with pytest.raises(service.DeliveryRefused) as caught, in_language("en"):
        held.record(session, MONDAY + timedelta(days=1), 240)
    assert caught.value.found == (DeliveryFlaw.OVER_BUDGET,)
    said = str(caught.value.words[0])
    assert f"{words} would fit" in said if words else said.startswith("Nothing is left")


def test_what_would_fit_is_said_in_hours_of_a_budget_in_euros(session: Session, store: FileStore) -> None:
    held = make_held(session, store, EUROS, "100")
    price = price_of(held)
    with pytest.raises(service.DeliveryRefused) as caught, in_language("en"):
        held.record(session, minutes=600)
    halves = 2 * 100_00 // price.cents
    rest = " 30\u00a0min" if halves % 2 else ""
    assert f"{halves // 2}\u00a0h{rest} would fit" in str(caught.value.words[0])


def test_a_refused_delivery_leaves_the_room_that_there_was(session: Session, held: Held) -> None:
    with pytest.raises(service.DeliveryRefused):
        held.record(session, minutes=660)
    assert held.record(session, minutes=600).takes == 600


def test_a_day_outside_the_decision_is_refused(session: Session, held: Held) -> None:
    held.agreement.starts_on = date(2026, 11, 1)
    with pytest.raises(service.DeliveryRefused) as caught:
        held.record(session, datetime(2026, 11, 24, 6, tzinfo=UTC))
    assert caught.value.found == (DeliveryFlaw.NOT_IN_DECISION,)


def test_a_band_for_which_the_decision_does_not_pay_is_refused(session: Session, held: Held) -> None:
    assert held.agreement.line is not None
    held.agreement.line.bands = ["weekday_night"]
    with pytest.raises(service.DeliveryRefused) as caught:
        held.record(session)
    assert caught.value.found == (DeliveryFlaw.NO_PRICE,)


def test_a_decision_in_hours_pays_for_nothing_else(session: Session, held: Held) -> None:
    price = held.agreement.version.prices[0]
    price.unit = "day"
    session.flush()
    said = visit(measure=Quantity(MONDAY.date(), price.band, Decimal(1)))
    work = UnitOfWork(session, actor_of(held.admin), AFTER)
    with pytest.raises(service.DeliveryRefused) as caught:
        service.record(work, held.agreement.offer.provider_id, held.agreement.id, said)
    assert caught.value.found == (DeliveryFlaw.NO_PRICE,)


def test_a_late_cancellation_takes_its_share(session: Session, held: Held) -> None:
    cancelled = held.record(
        session, kind=DeliveryKind.CANCELLED_LATE, cancelled_at=MONDAY - timedelta(hours=1)
    )
    assert cancelled.takes == 120


def test_what_is_taken_back_is_held_again_and_owed_no_more(session: Session, held: Held) -> None:
    delivery = service.confirm(held.office_work(session), held.record(session, minutes=600))
    service.reverse(held.office_work(session), delivery, "Väärä kesto.")
    assert held.budget(session) == Sums(granted=1800, reserved=600)
    assert held.owed(session) == Sums(expected=0)
    again = service.confirm(held.office_work(session), held.record(session, minutes=540))
    assert held.budget(session) == Sums(granted=1800, reserved=60, used=540)
    assert held.owed(session).granted == again.amount.cents
    assert list(proof.problems(session)) == []


def test_without_a_line_it_is_owed_from_the_organisations_funds(session: Session, held: Held) -> None:
    held.agreement.line, held.agreement.monthly = None, None
    delivery = service.confirm(held.office_work(session), held.record(session))
    assert (delivery.budget_id, held.owed(session).granted) == (None, delivery.amount.cents)
    service.reverse(held.office_work(session), delivery, "Väärä kesto.")
    assert held.owed(session).granted == 0


def test_an_agreement_that_ends_keeps_what_has_been_delivered(session: Session, held: Held) -> None:
    delivery = held.record(session, minutes=600)
    vouchers.end_agreement(
        UnitOfWork(session, actor_of(held.office), AFTER), held.agreement.id, date(2026, 12, 10)
    )
    assert held.budget(session).reserved == 600
    service.confirm(held.office_work(session), delivery)
    assert held.budget(session) == Sums(granted=1800, used=600)


def test_a_month_of_which_nothing_can_be_recorded_any_more_is_let_go_of(
    database: Database, store: FileStore
) -> None:
    with database.transaction() as session:
        held = make_held(session, store)
        waits = held.record(session).id
        assert held.agreement.line is not None
        client = held.agreement.line.decision.client_id
        tell(session, client, date(2026, 12, 1), datetime(2027, 1, 3, tzinfo=UTC))
    march = datetime(2027, 3, 3, 21, 30, tzinfo=UTC)  # the 62nd day after the last of December, in Finland

    def let_go(now: datetime) -> Sums:
        booking.let_go(database, now=now)
        granting.settle(database, now=now)
        with database.read() as session:
            assert list(proof.problems(session)) == []
            return held.budget(session)

    assert let_go(march) == Sums(granted=600, reserved=600)
    assert let_go(march + timedelta(hours=1)) == Sums(granted=120, reserved=120)
    with database.transaction() as session:
        work = UnitOfWork(session, actor_of(held.admin), AFTER)
        service.withdraw(work, held.agreement.offer.provider_id, waits)
    assert let_go(march + timedelta(days=1)) == Sums(granted=0)


def test_what_is_taken_back_from_a_settled_month_returns(database: Database, store: FileStore) -> None:
    with database.transaction() as session:
        held = make_held(session, store)
        delivery = service.confirm(held.office_work(session), held.record(session, minutes=600))
        assert held.agreement.line is not None
        client = held.agreement.line.decision.client_id
        tell(session, client, date(2026, 12, 1), datetime(2027, 1, 3, tzinfo=UTC))
    granting.settle(database, now=datetime(2027, 2, 1, 10, tzinfo=UTC))
    with database.transaction() as session:
        assert held.budget(session) == Sums(granted=600, used=600)
        service.reverse(held.office_work(session), session.get_one(Delivery, delivery.id), "Väärä kesto.")
        assert held.budget(session) == Sums(granted=600)
    granting.settle(database, now=datetime(2027, 2, 2, 10, tzinfo=UTC))
    with database.read() as session:
        assert held.budget(session) == Sums()
        assert list(proof.problems(session)) == []


def test_a_service_at_a_price_of_nothing_is_recorded_and_takes_nothing(
    session: Session, store: FileStore
) -> None:
    held = make_held(session, store, EUROS, "300")
    for row in held.agreement.version.prices:
        row.amount = Money(0)
    held.agreement.monthly = 0
    session.flush()
    delivery = service.confirm(held.office_work(session), held.record(session))
    assert (delivery.state, delivery.amount, delivery.takes) == (DeliveryState.CONFIRMED, Money(0), 0)
    service.reverse(held.office_work(session), delivery, "Väärä kesto.")
    assert list(proof.problems(session)) == []


def test_the_client_may_be_asked_each_time(session: Session, held: Held) -> None:
    client = client_of_number(session, "keusote", held.agreement.client_number)
    assert client is not None
    assert held.record(session).objection_until is not None
    service.choose_asking(held.office_work(session), client, each_time=True)
    asked = held.record(session, MONDAY + timedelta(days=1))
    assert (asked.objection_until, asked.state) == (None, DeliveryState.RECORDED)


def at_once(*deeds: Callable[[], object]) -> list[object]:
    """What comes of deeds that begin at the same moment, each a result or a refusal."""
    together = Barrier(len(deeds))

    def go(deed: Callable[[], object]) -> object:
        together.wait(PATIENCE)
        try:
            return deed()
        except service.DeliveryRefused as refusal:
            return refusal.found[0]

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(go, deeds))


def test_two_at_once_never_take_the_same_hours(database: Database, store: FileStore) -> None:
    with database.transaction() as session:
        held = make_held(session, store)

    def record(start: datetime) -> Callable[[], object]:
        def deed() -> int:
            with database.transaction() as session:
                return held.record(session, start, 360).id

        return deed

    results = at_once(record(MONDAY), record(MONDAY + timedelta(days=1)))
    assert DeliveryFlaw.OVER_BUDGET in results
    with database.read() as session:
        assert session.scalar(sa.select(sa.func.sum(Delivery.takes))) == 360


def test_two_confirmed_at_once_are_both_drawn(database: Database, store: FileStore) -> None:
    with database.transaction() as session:
        held = make_held(session, store)
        ids = [held.record(session, MONDAY + timedelta(days=day), 240).id for day in (0, 1)]

    def lapse(delivery_id: int) -> Callable[[], object]:
        return lambda: service.lapse_one(database, delivery_id, AFTER + timedelta(days=20))

    assert at_once(*map(lapse, ids)) == [True, True]
    with database.read() as session:
        assert held.budget(session) == Sums(granted=1800, reserved=120, used=480)
        assert list(proof.problems(session)) == []
