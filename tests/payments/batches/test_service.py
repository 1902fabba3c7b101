"""From statements to what has left: prepared by one, checked by the bank, released by another, written, sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from lxml import etree
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from marketplace.accounts.impartiality.rules import Disqualified
from marketplace.audit.models import AuditEvent
from marketplace.errors import Conflict, Invalid, NotAllowed, NotFound
from marketplace.money import Money
from marketplace.outbox import OutboxMessage
from marketplace.payments.batches import checking, queries, sending, service
from marketplace.payments.batches.models import PaymentRow
from marketplace.payments.batches.ordering import check_order_of, order_of
from marketplace.payments.batches.rules import BatchState, digest_of
from marketplace.payments.rails.sepa.schemas import schema_of
from marketplace.payments.rails.sepa.status_reports import PayeeVerdict
from marketplace.payments.references import kind_of
from marketplace.permissions import Role
from marketplace.providers.authority.models import ProviderRight
from tests import factories
from tests.conftest import NOW
from tests.payments.batches.scenes import ORGANISATION, PAY_ON, REASON, Cast, make_cast, verdicts
from tests.payments.orders import finnish_iban


@pytest.fixture
def cast(session: Session, tmp_path: Path) -> Cast:
    """Two payers and three statements that can be paid."""
    return make_cast(session, tmp_path)


def states(batch: object) -> list[str]:
    return [row.state.value for row in batch.payments]  # type: ignore[attr-defined]


# --- prepare ---------------------------------------------------------------------------------------------------------


def test_a_batch_pays_each_statement_once_to_its_company(cast: Cast) -> None:
    batch = cast.prepared()
    order = order_of(batch)
    assert [row.statement_id for row in batch.payments] == [each.id for each in cast.statements]
    assert order.total == Money(sum(each.payable_cents for each in cast.statements))
    assert all(kind_of(each.reference) for each in order.payments)
    assert all(
        sum(part.net.cents + part.tax.cents for part in each.bookings) == each.amount.cents
        for each in order.payments
    )
    assert batch.state == BatchState.PREPARED
    assert batch.key.startswith("keusote-B")


def test_a_statement_in_a_batch_is_not_payable_until_it_is_left_out(cast: Cast) -> None:
    batch = cast.prepared()
    today = cast.work().today
    assert queries.payable(cast.session, ORGANISATION, today) == []
    with pytest.raises(Conflict):
        cast.prepared(cast.statements[:1])
    service.leave_out(cast.work(), batch.id, batch.payments[0].id)
    assert [each.id for each in queries.payable(cast.session, ORGANISATION, today)] == [cast.statements[0].id]
    assert states(batch) == ["left_out", "waiting", "waiting"]


def test_the_database_itself_lets_a_statement_have_one_open_payment(cast: Cast) -> None:
    batch = cast.prepared()
    first = batch.payments[0]
    twin = PaymentRow(
        batch_id=batch.id,
        statement_id=first.statement_id,
        provider_id=first.provider_id,
        amount=first.amount,
        payee_name=first.payee_name,
        iban=first.iban,
        bic=first.bic,
        business_id=first.business_id,
        bookings=[],
    )
    cast.session.add(twin)
    with pytest.raises(IntegrityError):
        cast.session.flush()


@pytest.mark.parametrize(("days", "field"), [(-1, "pay_on"), (61, "pay_on"), (6, "pay_on")])
def test_an_impossible_day_is_refused(cast: Cast, days: int, field: str) -> None:
    day = cast.work().today + timedelta(days=days)
    with pytest.raises(Invalid) as refusal:
        service.prepare(cast.work(), ORGANISATION, [cast.statements[0].id], day)
    assert refusal.value.field == field


def test_a_day_without_banks_names_the_next_one(cast: Cast) -> None:
    with pytest.raises(Invalid, match=r"7\.12\.2026"):
        service.prepare(cast.work(), ORGANISATION, [cast.statements[0].id], date(2026, 12, 6))


def test_a_day_that_has_passed_stops_the_file_until_another_is_chosen_and_released(cast: Cast) -> None:
    batch = cast.released()
    late = replace(cast.work(), now=NOW + timedelta(days=4))
    with pytest.raises(Conflict, match="on jo ohi"):
        sending.write(late, cast.store, batch.id)
    assert (batch.state, batch.file) == (BatchState.RELEASED, None)
    service.reschedule(late, batch.id, PAY_ON + timedelta(days=2))
    assert (batch.state, batch.digest) == (BatchState.PREPARED, "")
    second = replace(cast.work(cast.other), now=late.now)
    service.release(second, batch.id, digest_of(order_of(batch)), REASON)
    assert sending.write(late, cast.store, batch.id).name == f"{batch.key}.xml"


def test_nothing_chosen_is_told_at_its_field(cast: Cast) -> None:
    with pytest.raises(Invalid) as refusal:
        cast.prepared([])
    assert refusal.value.field == "statements"


def test_a_company_without_an_account_hinders_and_is_named(cast: Cast) -> None:
    cast.statements[0].provider.iban = ""
    cast.session.flush()
    trial = service.trials(cast.work(), ORGANISATION)
    assert [bool(each.hindrances) for each in trial] == [True, False, False]
    with pytest.raises(service.BatchHindered, match=cast.statements[0].provider.official_name):
        cast.prepared()


def test_looking_at_what_could_be_paid_keeps_nothing(cast: Cast) -> None:
    before = cast.session.query(PaymentRow).count()
    assert [each.amount.cents for each in service.trials(cast.work(), ORGANISATION)] == [
        120_050,
        120_051,
        120_052,
    ]
    cast.session.flush()
    assert cast.session.query(PaymentRow).count() == before


def test_others_neither_prepare_nor_see(cast: Cast) -> None:
    stranger = factories.make_user(cast.session, Role.PAYER, organisation="siunsote")
    counsellor = factories.make_user(cast.session, Role.COUNSELLOR, organisation=ORGANISATION)
    for person in (stranger, counsellor):
        with pytest.raises(NotAllowed):
            service.prepare(cast.work(person), ORGANISATION, [cast.statements[0].id], PAY_ON)
    batch = cast.prepared()
    with pytest.raises(NotFound):
        queries.batch_for(cast.work(stranger), batch.id)
    auditor = factories.make_user(cast.session, Role.AUDITOR, organisation=ORGANISATION)
    assert queries.batch_for(cast.work(auditor), batch.id) is batch
    with pytest.raises(NotFound):
        service.cancel(cast.work(auditor), batch.id, "Ei.")


def test_nobody_pays_a_company_of_their_own(cast: Cast) -> None:
    own = cast.statements[0].provider_id
    both = factories.make_user(cast.session, Role.PROVIDER_ADMIN, provider_id=own)
    both.grants.append(type(both.grants[0])(role=Role.PAYER, organisation_key=ORGANISATION, provider_id=None))
    cast.session.flush()
    with pytest.raises(Disqualified):
        service.prepare(cast.work(both), ORGANISATION, [cast.statements[0].id], PAY_ON)
    [payment] = [row for row in cast.prepared().payments if row.provider_id == own]
    with pytest.raises(Disqualified):
        queries.payment_for(cast.work(both), payment.id)


# --- verification of payee -------------------------------------------------------------------------------------------


def test_the_file_of_questions_can_pay_nothing_that_is_owed(cast: Cast) -> None:
    batch = cast.prepared()
    made = checking.check_file(batch)
    asked = check_order_of(batch)
    assert {each.amount for each in asked.payments} == {Money(1)}
    assert not {each.key for each in asked.payments} & {row.key for row in batch.payments}
    assert asked.key.encode() in made.content
    assert batch.state == BatchState.PREPARED


def test_the_banks_verdict_holds_for_one_name_at_one_account(cast: Cast) -> None:
    batch = cast.prepared()
    cast.read(verdicts(batch, "RCVC", "RVMC", "RVNA"))
    assert batch.state == BatchState.CHECKED
    assert [row.standing_verdict for row in batch.payments] == [
        PayeeVerdict.MATCH,
        PayeeVerdict.CLOSE,
        PayeeVerdict.NOT_CHECKABLE,
    ]
    cast.statements[0].provider.iban = finnish_iban(777)
    cast.statements[1].provider.official_name = "Toinen Nimi Oy"
    cast.session.flush()
    service.renew(cast.work(), batch.id)
    assert [row.standing_verdict for row in batch.payments] == [None, None, PayeeVerdict.NOT_CHECKABLE]
    assert batch.state.value == "prepared"


def test_an_answer_to_an_older_question_is_refused(cast: Cast) -> None:
    batch = cast.prepared()
    answer = verdicts(batch, "RCVC", "RCVC", "RCVC")
    service.leave_out(cast.work(), batch.id, batch.payments[2].id)
    with pytest.raises(Invalid):
        cast.read(answer)
    assert all(row.verdict is None for row in batch.payments)


# --- release ---------------------------------------------------------------------------------------------------------


def test_another_person_releases_what_they_have_seen(cast: Cast) -> None:
    batch = cast.prepared()
    digest = digest_of(order_of(batch))
    with pytest.raises(NotAllowed):
        service.release(cast.work(), batch.id, digest, REASON)
    with pytest.raises(Conflict):
        service.release(cast.work(cast.other), batch.id, "0" * 64, REASON)
    service.release(cast.work(cast.other), batch.id, digest, REASON)
    assert (batch.state, batch.digest, batch.released_by_id) == (BatchState.RELEASED, digest, cast.other.id)


def test_who_changed_a_batch_does_not_release_it(cast: Cast) -> None:
    batch = cast.prepared()
    service.reschedule(cast.work(cast.other), batch.id, PAY_ON + timedelta(days=1))
    for person in (cast.payer, cast.other):
        with pytest.raises(NotAllowed):
            service.release(cast.work(person), batch.id, digest_of(order_of(batch)), REASON)


def test_a_payee_that_the_bank_did_not_confirm_needs_a_reason(cast: Cast) -> None:
    batch = cast.prepared()
    digest = digest_of(order_of(batch))
    with pytest.raises(Invalid) as refusal:
        service.release(cast.work(cast.other), batch.id, digest, "  ")
    assert refusal.value.field == "reason"
    cast.read(verdicts(batch, "RCVC", "RCVC", "RCVC"))
    service.release(cast.work(cast.other), batch.id, digest, "")
    assert batch.state == BatchState.RELEASED


@pytest.mark.parametrize("change", ["leave_out", "reschedule", "renew"])
def test_any_change_makes_a_release_void(cast: Cast, change: str) -> None:
    batch = cast.released()
    match change:
        case "leave_out":
            service.leave_out(cast.work(), batch.id, batch.payments[0].id)
        case "reschedule":
            service.reschedule(cast.work(), batch.id, PAY_ON + timedelta(days=1))
        case "renew":
            service.renew(cast.work(), batch.id)
    assert (batch.state, batch.digest, batch.released_by_id) == (BatchState.PREPARED, "", None)
    with pytest.raises(Conflict):
        sending.write(cast.work(), cast.store, batch.id)


def test_an_account_that_changes_after_the_preparation_stops_release_and_file(cast: Cast) -> None:
    batch = cast.released()
    cast.statements[0].provider.iban = finnish_iban(888)
    cast.session.flush()
    with pytest.raises(Conflict, match=cast.statements[0].provider.official_name):
        sending.write(cast.work(), cast.store, batch.id)
    service.renew(cast.work(), batch.id)
    assert batch.payments[0].iban == finnish_iban(888)
    cast.written(batch)
    assert finnish_iban(888).encode() in cast.store.read(batch.file.sha256)  # type: ignore[union-attr]


def test_the_number_of_queries_does_not_grow_with_companies(cast: Cast) -> None:
    def counted(batch_id: int) -> int:
        asked: list[str] = []
        cast.session.expire_all()
        connection = cast.session.connection()
        listen = lambda _c, _cur, statement, *_rest: asked.append(statement)  # noqa: E731
        sa.event.listen(connection, "before_cursor_execute", listen)
        service.outdated(cast.work(), queries.batch_of(cast.session, batch_id))
        sa.event.remove(connection, "before_cursor_execute", listen)
        return len(asked)

    one, two = cast.prepared(cast.statements[:1]).id, cast.prepared(cast.statements[1:]).id
    cast.session.flush()
    cast.session.expunge_all()
    few = counted(one)
    cast.session.expunge_all()
    assert counted(two) <= few


def test_a_cancelled_batch_needs_a_reason_and_frees_its_statements(cast: Cast) -> None:
    batch = cast.released()
    with pytest.raises(Invalid):
        service.cancel(cast.work(), batch.id, "")
    service.cancel(cast.work(), batch.id, "Väärä päivä.")
    assert (batch.state, states(batch)) == (BatchState.CANCELLED, ["left_out"] * 3)
    assert len(queries.payable(cast.session, ORGANISATION, cast.work().today)) == 3
    with pytest.raises(Conflict):
        service.cancel(cast.work(), batch.id, "Uudestaan.")


def test_the_last_payment_is_not_left_out(cast: Cast) -> None:
    batch = cast.prepared(cast.statements[:1])
    with pytest.raises(Conflict):
        service.leave_out(cast.work(), batch.id, batch.payments[0].id)


def test_what_stands_out_is_found(cast: Cast) -> None:
    provider = cast.statements[0].provider
    cast.session.delete(cast.session.get_one(ProviderRight, provider.id))
    cast.owed(provider=provider)
    cast.session.flush()
    histories = queries.histories(cast.session, cast.prepared())
    found = [histories[number] for number in sorted(histories)]
    assert [each.right_proven for each in found] == [False, True, True, False]
    assert [each.same_day for each in found] == [1, 0, 0, 1]
    assert not any(each.paid_to_account for each in found)


# --- what leaves -----------------------------------------------------------------------------------------------------


def test_the_file_is_made_once_and_kept_before_the_batch_says_so(cast: Cast) -> None:
    batch = cast.written()
    assert batch.file is not None
    content = cast.store.read(batch.file.sha256)
    schema_of("pain.001.001.09").assertValid(etree.fromstring(content))
    assert sending.write(cast.work(), cast.store, batch.id) is batch.file
    assert batch.file.name == f"{batch.key}.xml"


def test_a_full_disk_is_told_and_nothing_changes(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = cast.released()

    def full(*_args: object, **_given: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(cast.store, "put", full)
        with pytest.raises(sending.FileNotKept):
            sending.write(cast.work(), cast.store, batch.id)
        with pytest.raises(sending.FileNotKept):
            cast.read(b"<x/>")
    assert (batch.state, batch.file) == (BatchState.RELEASED, None)
    sending.write(cast.work(), cast.store, batch.id)
    assert batch.state == BatchState.WRITTEN


def test_a_file_that_was_kept_otherwise_than_it_was_released_does_not_leave(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch, read = cast.released(), cast.store.read
    monkeypatch.setattr(cast.store, "read", lambda sha256: read(sha256).replace(b"1200.50", b"1200.51"))
    with pytest.raises(sending.FileDiffers) as refused:
        sending.write(cast.work(), cast.store, batch.id)
    assert batch.payments[0].key in str(refused.value)
    assert (batch.state, batch.file) == (BatchState.RELEASED, None)
    monkeypatch.undo()
    sending.write(cast.work(), cast.store, batch.id)
    assert batch.state == BatchState.WRITTEN


def test_sent_is_said_once_and_the_companies_hear_of_it(cast: Cast) -> None:
    batch = cast.written()
    assert states(batch) == ["waiting"] * 3
    sending.send(cast.work(), batch.id)
    assert (batch.state, states(batch)) == (BatchState.SENT, ["sent"] * 3)
    mails = cast.session.query(OutboxMessage).filter_by(template="payment_sent").all()
    assert len(mails) == 3
    with pytest.raises(Conflict):
        sending.send(cast.work(), batch.id)


def test_one_event_tells_of_a_whole_batch(cast: Cast) -> None:
    batch = cast.sent()
    cast.pay(batch)
    events = [
        event.action
        for event in cast.session.query(AuditEvent).order_by(AuditEvent.id)
        if event.subject_type == "PaymentBatch" and event.subject_id == str(batch.id)
    ]
    assert events == [f"payment_batch.{verb}" for verb in ("prepare", "release", "write", "send", "answer")]
