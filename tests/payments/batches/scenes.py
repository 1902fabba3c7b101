"""An organisation with two people who pay, and frozen statements of its providers that can be paid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.accounts.service import actor_of
from marketplace.deliveries import booking
from marketplace.deliveries.rules import DeliveryState
from marketplace.files.store import FileStore
from marketplace.money import Money
from marketplace.payments.batches import answering, sending, service
from marketplace.payments.batches.models import Batch, PaymentRow
from marketplace.payments.batches.ordering import check_order_of, order_of
from marketplace.payments.batches.rules import digest_of
from marketplace.payments.rails.orders import Order
from marketplace.payments.statements.models import Statement, StatementRow
from marketplace.payments.statements.rules import StatementRowKind, StatementState
from marketplace.permissions import SYSTEM, Role
from marketplace.providers.models import Provider
from marketplace.work import UnitOfWork
from tests import factories
from tests.conftest import NOW
from tests.deliveries.scenes import Scene, make_scene
from tests.payments.orders import finnish_iban
from tests.payments.sepa.bank import account_report, status_report

PAY_ON = date(2026, 11, 25)
OCTOBER = date(2026, 10, 1)
ORGANISATION = "keusote"
REASON = "Nimi tarkistettu yrityksen kanssa puhelimessa."


@dataclass
class Cast:
    """Who prepares, who releases, and what they work on."""

    session: Session
    store: FileStore
    payer: User
    other: User
    organisation: str = ORGANISATION
    statements: list[Statement] = field(default_factory=list)

    def work(self, who: User | None = None) -> UnitOfWork:
        """What somebody does now; the first payer unless another is named."""
        return UnitOfWork(self.session, actor_of(who or self.payer), NOW)

    def owed(self, cents: int = 120_050, provider: Provider | None = None) -> Statement:
        """One more statement that can be paid, of a company of its own."""
        self.statements.append(make_statement(self.session, cents, provider, self.organisation))
        return self.statements[-1]

    def prepared(self, statements: Sequence[Statement] | None = None) -> Batch:
        """A batch of the given statements, or of all."""
        wanted = self.statements if statements is None else statements
        return service.prepare(self.work(), self.organisation, [each.id for each in wanted], PAY_ON)

    def released(self, batch: Batch | None = None) -> Batch:
        """Released by the other person, for a reason."""
        batch = batch or self.prepared()
        return service.release(self.work(self.other), batch.id, digest_of(order_of(batch)), REASON)

    def written(self, batch: Batch | None = None) -> Batch:
        """Its file made."""
        batch = self.released(batch)
        sending.write(self.work(), self.store, batch.id)
        return batch

    def sent(self, batch: Batch | None = None) -> Batch:
        """The file taken to the bank."""
        return sending.send(self.work(), self.written(batch).id)

    def read(self, content: bytes, name: str = "answer.xml") -> answering.ReadAnswer:
        """The bank's answer, read."""
        return answering.read(self.work(), self.store, self.organisation, name, content)

    def pay(self, batch: Batch, *rows: PaymentRow) -> answering.ReadAnswer:
        """The bank's statement: these payments, or all, have left the account."""
        paid = rows or list(batch.payments)
        return self.read(bank_statement([(row.key, -row.amount.cents) for row in paid]))


def make_statement(
    session: Session, cents: int, provider: Provider | None = None, organisation: str = ORGANISATION
) -> Statement:
    """A statement of October that was accepted, with one row."""
    scene: Scene | None = None
    if provider is None:
        scene = make_scene(session)
        provider = scene.provider
        provider.iban = finnish_iban(provider.id)
    delivery = (scene or make_scene(session)).delivered(session)
    delivery.amount, delivery.state = Money(cents), DeliveryState.CONFIRMED
    booking.book(UnitOfWork(session, SYSTEM, NOW), delivery)
    number = 1 + max(
        [each.number for each in session.query(Statement).filter_by(organisation_key=organisation)], default=0
    )
    before = session.query(Statement).filter_by(provider_id=provider.id).count()
    month = (OCTOBER - timedelta(days=31 * before)).replace(day=1)
    pilot = "keusote-2022"
    statement = Statement(
        organisation_key=organisation,
        pilot_key=pilot,
        provider_id=provider.id,
        month=month,
        number=number,
        state=StatementState.PAYABLE,
        frozen_at=NOW,
        objection_until=date(2026, 11, 14),
        agreed_on=OCTOBER,
        seller={"name": provider.official_name, "business_id": provider.business_id, "address": ""},
        buyer={"name": {"fi": "Keusote", "sv": "Keusote"}, "business_id": "", "address": {}},
        total_cents=cents,
        carried_cents=0,
        payable_cents=cents,
        digest="-",
    )
    statement.rows.append(
        StatementRow(
            position=1,
            kind=StatementRowKind.DELIVERY,
            delivery_id=delivery.id,
            line=0,
            service_key="carer_leave_home",
            day=delivery.day - timedelta(days=30),
            band="day",
            unit="h",
            quantity="2",
            minutes=120,
            unit_price_cents=cents // 2,
            gross_cents=cents,
            net_cents=cents,
            vat_cents=0,
            vat_code="EX",
            vat_percent="0",
        )
    )
    session.add(statement)
    session.flush()
    return statement


def make_cast(session: Session, folder: Path, owed: int = 3) -> Cast:
    """Two payers of the organisation and so many statements."""
    first, second = [
        factories.make_user(session, Role.PAYER, organisation=ORGANISATION, name=name)
        for name in ("Maija Maksaja", "Pekka Vapauttaja")
    ]
    store = FileStore(folder, secret="secret", limit=1_000_000)
    cast = Cast(session, store, first, second)
    for number in range(owed):
        cast.owed(120_050 + number)
    return cast


def bank_statement(rows: Sequence[tuple[str, int]], **given: object) -> bytes:
    """The bank's statement of the account, with these payments in one booking: cents, negative when they left."""
    from marketplace.money import Money

    report = account_report([(key, Money(cents)) for key, cents in rows], **given)  # type: ignore[arg-type]
    return report.replace(b"FI2112345600000785", b"FI3715903000000776")


def verdicts(batch: Batch, *codes: str) -> bytes:
    """The bank's answer about the payees of a batch: a code for each payment, in order."""
    order: Order = check_order_of(batch)
    rows = {each.key: (code, "", "") for each, code in zip(order.payments, codes, strict=True)}
    return status_report(order, rows=rows)


def said(batch: Batch, *codes: tuple[str, str]) -> bytes:
    """The bank's answer about the payments themselves: status and reason of each, in order."""
    order = order_of(batch)
    rows = {each.key: (*code, "") for each, code in zip(order.payments, codes, strict=True)}
    return status_report(order, rows=rows)
