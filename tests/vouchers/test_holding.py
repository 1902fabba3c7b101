"""Agreements hold their part of the client's budget, month by month, and never more than was granted."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path
from threading import Barrier

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.db import Database
from marketplace.errors import Conflict, Invalid
from marketplace.files.store import FileStore
from marketplace.i18n import in_language
from marketplace.ledger import proof
from marketplace.ledger import queries as books
from marketplace.ledger import service as ledger
from marketplace.ledger.rules import Amount, Unit
from marketplace.ledger.service import Cause
from marketplace.money import Money
from marketplace.offers.models import Offer
from marketplace.vouchers import service
from marketplace.vouchers.granting.models import Budget, ServiceDecision
from marketplace.vouchers.granting.rules import Every, FeeGround
from marketplace.vouchers.labels import held_text, own_share_texts
from marketplace.vouchers.models import Agreement
from marketplace.vouchers.rules import AgreementTerms
from tests.factories import make_approval, make_offer, make_provider, make_required_evidence
from tests.vouchers.granting.conftest import FACTS, LINE, SERVICE, Granting, made, make_granting

FIRST = FACTS.starts_on


def offer_of(session: Session) -> Offer:
    approval = make_approval(session, make_provider(session), SERVICE)
    make_required_evidence(session, approval)
    return make_offer(session, approval)


def terms(scene: Granting, monthly: str, first: date = FIRST, last: date | None = None) -> AgreementTerms:
    return AgreementTerms(scene.client.number, first, last, monthly)


def reserved(decision: ServiceDecision) -> list[int]:
    return [budget.account.reserved for line in decision.lines for budget in line.budgets]


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "files", secret="a secret of tests", limit=10_000_000)


@pytest.fixture
def scene(session: Session) -> Granting:
    return make_granting(session)


def test_an_agreement_holds_its_part_of_every_month(
    session: Session, scene: Granting, store: FileStore
) -> None:
    decision = made(session, scene, store)
    agreement = service.record_agreement(
        scene.work(session), offer_of(session).id, terms(scene, "20", date(2027, 1, 16))
    )
    assert reserved(decision) == [0, 619, *[1200] * 10]  # sixteen of the days of January, rounded down
    assert agreement.line is decision.lines[0]
    assert held_text(agreement) == "20\u00a0h"
    assert len(books.open_reservations(session, about=f"agreement:{agreement.id}")) == 11


def test_a_second_agreement_gets_what_is_left_and_no_more(
    session: Session, scene: Granting, store: FileStore
) -> None:
    decision = made(session, scene, store)
    service.record_agreement(scene.work(session), offer_of(session).id, terms(scene, "20"))
    with pytest.raises(Conflict) as refused:
        service.record_agreement(scene.work(session), offer_of(session).id, terms(scene, "10,5"))
    assert refused.value.field == "monthly"
    assert "10\u00a0h" in str(refused.value)
    assert reserved(decision) == [1200] * 12
    assert list(proof.problems(session)) == []


def test_an_end_lets_go_of_what_comes_after_it_and_keeps_what_was_used(
    session: Session, scene: Granting, store: FileStore
) -> None:
    decision = made(session, scene, store)
    agreement = service.record_agreement(scene.work(session), offer_of(session).id, terms(scene, "20"))
    first = books.open_reservations(session, about=f"agreement:{agreement.id}")[0]
    ledger.draw(
        scene.work(session), first.entry, Amount(Unit.MINUTES, 300), Cause("delivery:1", first.entry.about)
    )
    service.end_agreement(scene.work(session), agreement.id, date(2027, 1, 31))
    assert reserved(decision) == [900, 1200, *[0] * 10]
    assert decision.lines[0].budgets[0].account.used == 300
    assert list(proof.problems(session)) == []


def test_an_end_within_the_whole_time_keeps_the_months_before_it(
    session: Session, scene: Granting, store: FileStore
) -> None:
    whole = replace(LINE, every=Every.PERIOD, amount=Amount(Unit.MINUTES, 100 * 60))
    decision = made(session, scene, store, lines=(whole,))
    agreement = service.record_agreement(scene.work(session), offer_of(session).id, terms(scene, "5"))
    assert reserved(decision) == [12 * 300]
    service.end_agreement(scene.work(session), agreement.id, date(2027, 2, 28))
    assert reserved(decision) == [3 * 300]


@pytest.mark.parametrize(
    ("monthly", "field"), [("paljon", "monthly"), ("0", "monthly"), ("0,333", "monthly")]
)
def test_what_is_no_amount_is_refused(
    session: Session, scene: Granting, store: FileStore, monthly: str, field: str
) -> None:
    made(session, scene, store)
    with pytest.raises(Invalid) as refused:
        service.record_agreement(scene.work(session), offer_of(session).id, terms(scene, monthly))
    assert refused.value.field == field


def test_without_a_decision_nothing_can_be_held_and_an_agreement_without_it_holds_nothing(
    session: Session, scene: Granting
) -> None:
    with pytest.raises(Invalid):
        service.record_agreement(scene.work(session), offer_of(session).id, terms(scene, "20"))
    plain = service.record_agreement(scene.work(session), offer_of(session).id, terms(scene, ""))
    assert (plain.line, plain.monthly, held_text(plain)) == (None, None, "")


def test_where_there_is_a_decision_nothing_is_paid_beside_it(
    session: Session, scene: Granting, store: FileStore
) -> None:
    made(session, scene, store)
    with pytest.raises(Invalid) as refused:
        service.record_agreement(scene.work(session), offer_of(session).id, terms(scene, ""))
    assert refused.value.field == "monthly"


def test_prices_above_the_value_of_an_hour_are_recorded_only_where_the_client_may_pay_the_rest(
    session: Session, scene: Granting, store: FileStore
) -> None:
    [line] = made(session, scene, store, lines=(replace(LINE, unit_value=Money(5_00)),)).lines
    offer = offer_of(session).id
    with pytest.raises(Conflict) as refused, session.begin_nested():
        service.record_agreement(scene.work(session), offer, terms(scene, "20"))
    assert refused.value.field == "monthly"
    line.fee_ground = FeeGround.FIXED_FEE
    agreement = service.record_agreement(scene.work(session), offer, terms(scene, "20"))
    with in_language("en"):
        texts = own_share_texts(agreement)
    assert len(texts) == len(agreement.version.prices)
    assert "the organisation pays 5,00" in texts[0]


def test_two_agreements_at_once_never_exceed_the_line(app: Flask, tmp_path: Path) -> None:
    database: Database = app.extensions["database"]
    keeps = FileStore(tmp_path / "files", secret="a secret of tests", limit=10_000_000)
    with app.app_context(), database.transaction() as session:
        scene = make_granting(session)
        made(session, scene, keeps)
        offers = [offer_of(session).id for _each in range(3)]
    start = Barrier(len(offers))

    def record(offer: int) -> str:
        start.wait()
        try:
            with database.transaction() as session:
                service.record_agreement(scene.work(session), offer, terms(scene, "20"))
        except Conflict:
            return "told"
        return "recorded"

    with ThreadPoolExecutor(len(offers)) as people:
        assert sorted(people.map(record, offers)) == ["recorded", "told", "told"]
    with database.read() as session:
        assert session.scalar(sa.select(sa.func.count(Agreement.id))) == 1
        assert {each.account.reserved for each in session.scalars(sa.select(Budget))} == {1200}
        assert list(proof.problems(session)) == []
