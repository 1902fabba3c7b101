"""What a person near to a client gives is recorded by the client's side, confirmed by the client, and paid."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader
from sqlalchemy.orm import Session

from marketplace.accounts.impartiality.rules import Disqualified
from marketplace.accounts.models import User
from marketplace.accounts.service import actor_of
from marketplace.clients.models import Client
from marketplace.deliveries import service as deliveries
from marketplace.deliveries.models import Delivery
from marketplace.deliveries.rules import DeliveryKind, DeliveryState, Said, Times
from marketplace.errors import Conflict, NotAllowed, NotFound
from marketplace.files.store import FileStore
from marketplace.money import Money
from marketplace.payments.batches import reconciling, service
from marketplace.payments.batches.ordering import order_of
from marketplace.payments.batches.rules import PaymentState
from marketplace.payments.batches.service import BatchHindered
from marketplace.payments.rails.journal.rules import PRIVATE_PERSON, rows_of
from marketplace.payments.statements import document
from marketplace.payments.statements import service as statements
from marketplace.payments.statements.models import Statement
from marketplace.permissions import SYSTEM, Role
from marketplace.pilots.paying import JournalColumn, JournalData, PostingRule, RailKind
from marketplace.pilots.queries import kept_definition
from marketplace.vouchers.agreeing import document as contracts
from marketplace.vouchers.granting.holding import let_go_before
from marketplace.vouchers.models import Agreement
from marketplace.vouchers.own_people import service as own_people
from marketplace.vouchers.own_people.document import own_person_pdf
from marketplace.vouchers.own_people.models import OwnPerson
from marketplace.vouchers.own_people.privacy import erase_person
from marketplace.vouchers.own_people.queries import of_offer, still_needs_client
from marketplace.vouchers.own_people.rules import OwnPersonAction
from marketplace.vouchers.rules import AgreementParty
from marketplace.work import UnitOfWork
from tests.factories import NOW, make_user
from tests.near_people import ORGANISATION, SISTER, Near, agreed, approved, make_near
from tests.payments.batches.scenes import Cast
from tests.payments.sepa.bank import account_report
from tests.vouchers.agreeing.conftest import make_store

MORNING = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
"""Nine in the morning of the day on which the sister was approved."""

LATER = datetime(2026, 12, 10, 9, 0, tzinfo=UTC)


def visit(start: datetime = MORNING, minutes: int = 120) -> Said:
    """Two hours with the client."""
    return Said(DeliveryKind.GIVEN, Times(start, start + timedelta(minutes=minutes)), "Kauppa ja ruoka")


def given(session: Session, scene: Near, agreement: Agreement, who: str = "citizen") -> Delivery:
    """Recorded for the sister by one of the people."""
    client = session.get_one(Client, scene.client.id)
    return deliveries.record_for_own_person(
        scene.work(session, who, NOW + timedelta(hours=5)), client, agreement.id, visit()
    )


@pytest.fixture
def agreement(session: Session, scene: Near) -> Agreement:
    """The client's agreement with her sister."""
    return agreed(session, scene, approved(session, scene))


def test_it_is_never_confirmed_without_the_clients_word(
    session: Session, scene: Near, agreement: Agreement
) -> None:
    delivery = given(session, scene, agreement)
    assert (delivery.amount, delivery.objection_until) == (Money(32_00), None)
    deliveries.confirm(scene.work(session, "citizen"), delivery)
    assert delivery.state is DeliveryState.CONFIRMED


@pytest.mark.parametrize("who", ["helper", "olga"])
def test_nobody_confirms_what_they_recorded_themselves(
    session: Session, scene: Near, agreement: Agreement, who: str
) -> None:
    delivery = given(session, scene, agreement, who)
    with pytest.raises(NotAllowed):
        deliveries.confirm(scene.work(session, who), delivery)
    deliveries.confirm(scene.work(session, "citizen"), delivery)


def test_the_person_confirms_nothing_even_as_a_helper(
    session: Session, scene: Near, agreement: Agreement
) -> None:
    delivery = given(session, scene, agreement)
    sister = make_user(session, Role.HELPER, email="siiri@own.example")
    with pytest.raises(NotAllowed):
        deliveries.confirm(UnitOfWork(session, actor_of(sister), NOW), delivery)


@pytest.mark.parametrize(
    ("name", "email"), [("Muu Nimi", "SIIRI@own.example"), (SISTER.upper(), "muu@own.example")]
)
def test_the_person_is_known_by_name_and_address_however_they_are_written(
    session: Session, scene: Near, agreement: Agreement, name: str, email: str
) -> None:
    delivery = given(session, scene, agreement)
    with pytest.raises(NotAllowed):
        deliveries.confirm(
            UnitOfWork(session, actor_of(make_user(session, Role.HELPER, name=name, email=email)), NOW),
            delivery,
        )


def test_who_recorded_it_does_not_settle_that_it_is_paid(
    session: Session, scene: Near, agreement: Agreement
) -> None:
    delivery = given(session, scene, agreement, "olga")
    deliveries.dispute(scene.work(session, "citizen"), delivery, "Hän ei käynyt.", owner_id=scene.olga.id)
    with pytest.raises(NotAllowed):
        deliveries.decide(scene.work(session), delivery, upheld=True, reason="Kirjasin sen itse.")
    done = deliveries.decide(scene.work(session), delivery, upheld=False, reason="Kirjasin väärin.")
    assert done.state is DeliveryState.REJECTED


def test_what_was_recorded_by_mistake_is_taken_back(
    session: Session, scene: Near, agreement: Agreement
) -> None:
    delivery = given(session, scene, agreement)
    deliveries.withdraw_for_own_person(scene.work(session, "citizen"), delivery)
    assert delivery.state is DeliveryState.WITHDRAWN


def test_nobody_records_for_another_clients_person(
    session: Session, scene: Near, agreement: Agreement
) -> None:
    another = make_near(session)
    with pytest.raises(NotFound):
        deliveries.record_for_own_person(another.work(session), another.client, agreement.id, visit())


def test_a_counsellor_who_is_disqualified_records_nothing(
    session: Session, scene: Near, agreement: Agreement
) -> None:
    olga = replace(actor_of(scene.olga), disqualified=frozenset({agreement.offer.provider_id}))
    work = UnitOfWork(session, olga, NOW + timedelta(hours=5))
    with pytest.raises(Disqualified):
        deliveries.record_for_own_person(work, scene.client, agreement.id, visit())


def test_nothing_is_recorded_after_the_last_day(session: Session, scene: Near, agreement: Agreement) -> None:
    own = of_offer(session, agreement.offer_id)
    assert own is not None
    own_people.withdraw(scene.work(session, "decider"), own.id, "Syy.", store=make_store())
    client = session.get_one(Client, scene.client.id)
    work = scene.work(session, "citizen", NOW + timedelta(days=2))
    with pytest.raises(deliveries.DeliveryRefused):
        deliveries.record_for_own_person(work, client, agreement.id, visit(MORNING + timedelta(days=1)))


class LaterCast(Cast):
    """The people who pay, in the month after."""

    def work(self, who: User | None = None) -> UnitOfWork:
        return UnitOfWork(self.session, actor_of(who or self.payer), LATER)


def frozen(session: Session, scene: Near, agreement: Agreement) -> Statement:
    """The statement of the month in which the sister helped, when nobody can object to it any more."""
    deliveries.confirm(scene.work(session, "citizen"), given(session, scene, agreement))
    done = statements.freeze(UnitOfWork(session, SYSTEM, LATER), ORGANISATION, date(2026, 11, 1))
    assert (done.statements, done.unstated) == (1, [])
    statement = session.query(Statement).one()
    statement.objection_until = LATER.date() - timedelta(days=1)
    session.flush()
    return statement


def test_the_month_is_stated_without_value_added_tax(
    session: Session, scene: Near, agreement: Agreement
) -> None:
    statement = frozen(session, scene, agreement)
    assert statement.is_private
    assert (statement.payable_cents, [row.vat_cents for row in statement.rows]) == (32_00, [0])
    made = document._data(statement, statement.buyer_name, "fi")
    assert "itselaskut" not in str(made).casefold()
    assert made["vat_rows"] == []
    assert "palveluntuottaj" not in str(made).casefold(), "a private person is not called a provider"
    assert document.statement_pdf(statement, statement.buyer_name, "sv").startswith(b"%PDF")


def test_the_agreement_calls_the_person_no_provider(
    session: Session, scene: Near, agreement: Agreement, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = session.get_one(Client, scene.client.id)
    made: list[str] = []

    def keep(_template: str, content: object, **_how: object) -> bytes:
        made.append(str(content).casefold())
        return b"%PDF"

    monkeypatch.setattr(contracts, "render_pdf", keep)
    for client.language in ("fi", "sv"):
        contracts.contract_pdf(scene.work(session), agreement, client)
    finnish, swedish = made
    assert "palveluntuottaj" not in finnish
    assert "maksaa asiakkaan läheiselle" in finnish
    assert "serviceproducent" not in swedish
    assert "arkipäivä: 16,00\\xa0€/h" in finnish, "it names no amounts, so it names its prices"


def test_a_decision_shows_no_label_without_words(session: Session, scene: Near, agreement: Agreement) -> None:
    own = of_offer(session, agreement.offer_id)
    assert own is not None
    definition = kept_definition(session, agreement.offer.approval.pilot_version_id)
    made = own_person_pdf(
        scene.work(session, "decider"), own, definition, OwnPersonAction.APPROVE, number="METROPOLIA-2026/L1"
    )
    words = " ".join(page.extract_text() for page in PdfReader(BytesIO(made)).pages)
    assert "Siiri" in words
    assert "Toiminta-alue" not in words, "a person has no area"


def test_it_is_paid_by_a_file_for_the_bank_where_companies_are_paid_over_stripe(
    session: Session, scene: Near, agreement: Agreement, tmp_path: Path
) -> None:
    statement = frozen(session, scene, agreement)
    cast = LaterCast(
        session,
        FileStore(tmp_path / "files", secret="a secret of tests", limit=10_000_000),
        scene.payer,
        make_user(session, Role.PAYER, organisation=ORGANISATION),
        ORGANISATION,
    )
    batch = service.prepare(cast.work(), ORGANISATION, [statement.id], date(2026, 12, 14))
    assert batch.rail is RailKind.SEPA
    [row] = batch.payments
    assert (row.payee_name, row.amount, row.business_id) == (SISTER, Money(32_00), "")
    cast.sent(batch)
    cast.read(account_report([(row.key, Money(-32_00))]))
    assert row.state is PaymentState.PAID
    assert list(reconciling.disagreements(session, ORGANISATION)) == []
    _end(session, scene)
    with pytest.raises(Conflict):  # the last days of the month can still be recorded
        erase_person(work_later(session), _own(session))
    assert agreement.line is not None
    about, spring = f"agreement:{agreement.id}", date(2027, 3, 1)
    let_go_before(work_later(session), agreement.line, about, spring, dict)
    erase_person(work_later(session), _own(session))
    assert (_own(session).name, statement.payable_cents) == ("–", 32_00)


@pytest.mark.parametrize("confirmed", [True, False])
def test_nobody_is_erased_who_is_still_to_be_paid(
    session: Session, scene: Near, agreement: Agreement, confirmed: bool
) -> None:
    delivery = given(session, scene, agreement)
    if confirmed:
        deliveries.confirm(scene.work(session, "citizen"), delivery)
    _end(session, scene)
    with pytest.raises(Conflict):
        erase_person(work_later(session), _own(session))
    assert still_needs_client(session, scene.client, LATER.date())
    assert _own(session).name == SISTER


def work_later(session: Session) -> UnitOfWork:
    """The month after."""
    return UnitOfWork(session, SYSTEM, LATER)


def _own(session: Session) -> OwnPerson:
    return session.query(OwnPerson).one()


def _end(session: Session, scene: Near) -> None:
    """The client's side ends what the sister does for pay."""
    own_people.end(scene.work(session, "citizen"), _own(session), NOW.date(), by=AgreementParty.CLIENT)


def test_stripe_refuses_a_private_person_with_a_clear_word(
    session: Session, scene: Near, agreement: Agreement
) -> None:
    statement = frozen(session, scene, agreement)
    company = Cast(session, make_store(), scene.payer, scene.payer, ORGANISATION).owed()
    work = UnitOfWork(session, actor_of(scene.payer), LATER)
    trials = {each.statement.id: each.hindrances for each in service.trials(work, ORGANISATION)}
    assert trials[statement.id] == ()
    with pytest.raises(BatchHindered) as refusal:
        service.prepare(work, ORGANISATION, [statement.id, company.id], date(2026, 12, 14))
    assert any("yksityishenkilö" in str(words) for _field, words in refusal.value.faults)


def test_the_journal_marks_it_as_compensation_to_a_private_person(
    session: Session, scene: Near, agreement: Agreement
) -> None:
    statement = frozen(session, scene, agreement)
    work = UnitOfWork(session, actor_of(scene.payer), LATER)
    batch = service.prepare(work, ORGANISATION, [statement.id], date(2026, 12, 14))
    data = JournalData(
        columns=tuple(
            JournalColumn(holds=each, head=each)
            for each in ("account", "amount", "payment", "payee_kind", "vat")
        ),
        services={"*": PostingRule(account="4300")},
        vat={"NT": "PALKKIO"},
        payables="2871",
        tax="1763",
    )
    rows = rows_of(order_of(batch), data)
    assert {row.payee_kind for row in rows} == {PRIVATE_PERSON}
    assert {row.vat for row in rows if row.account == "4300"} == {"PALKKIO"}
