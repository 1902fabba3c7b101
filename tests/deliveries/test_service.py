"""Deliveries recorded, withdrawn, confirmed, disputed and decided, on both databases."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from threading import Barrier, Thread

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.accounts.service import actor_of
from marketplace.approvals.standing.models import ApprovalMeasure
from marketplace.approvals.standing.rules import MeasureState
from marketplace.db import Database
from marketplace.deliveries import booking, queries, service
from marketplace.deliveries.models import Delivery
from marketplace.deliveries.rules import DeliveryFlaw, DeliveryKind, DeliveryState, Times
from marketplace.errors import Invalid, NotFound
from marketplace.permissions import Role
from marketplace.providers.rules import ApprovalAction
from marketplace.work import UnitOfWork
from marketplace.workflow import NoSuchTransition
from tests import factories
from tests.conftest import NOW
from tests.deliveries.scenes import MORNING, Scene, days_of, make_scene, visit
from tests.waiting import PATIENCE
from tests.work import work_of

LATE = MORNING - timedelta(hours=2)
"""When the client cancelled a visit, too late."""


@pytest.fixture
def scene(session: Session) -> Scene:
    return make_scene(session)


def refused(scene: Scene, session: Session, **given: object) -> tuple[DeliveryFlaw, ...]:
    with pytest.raises(service.DeliveryRefused) as caught:
        scene.delivered(session, **given)
    return caught.value.found


def test_a_visit_costs_what_the_agreement_fixes_by_its_bands(session: Session, scene: Scene) -> None:
    delivery = scene.delivered(session)  # a Saturday morning
    [line] = delivery.priced
    price = next(row.amount for row in scene.hours.version.prices if row.band == "saturday")
    assert (line.band, line.minutes, line.unit_price) == ("saturday", 120, price)
    assert delivery.amount == price.times(2)
    assert (delivery.state, delivery.objection_until) == (
        DeliveryState.RECORDED,
        NOW.date() + timedelta(days=14),
    )


def test_a_day_is_a_day_and_no_hours(session: Session, scene: Scene) -> None:
    said = days_of(scene.days, "1.5")
    delivery = service.record(scene.provider_work(session), scene.provider.id, scene.days.id, said)
    [line] = delivery.priced
    assert (line.minutes, str(line.quantity)) == (None, "1.5")
    assert line.amount == line.unit_price.times(Decimal("1.5")) == delivery.amount
    assert delivery.starts_at is None


def test_two_visits_at_once_are_refused_whoever_gives_them(session: Session, scene: Scene) -> None:
    scene.delivered(session, worker="Aino")
    later = Times(MORNING + timedelta(minutes=90), MORNING + timedelta(minutes=150))
    assert refused(scene, session, measure=later) == (DeliveryFlaw.CLIENT_ELSEWHERE,)
    assert refused(scene, session, measure=later, worker="Aino") == (
        DeliveryFlaw.CLIENT_ELSEWHERE,
        DeliveryFlaw.WORKER_ELSEWHERE,
    )
    after = Times(MORNING + timedelta(minutes=120), MORNING + timedelta(minutes=150))
    assert scene.delivered(session, measure=after, worker="Aino").id


def test_a_withdrawn_visit_makes_room_for_the_right_one(session: Session, scene: Scene) -> None:
    wrong = scene.delivered(session)
    service.withdraw(scene.provider_work(session), scene.provider.id, wrong.id)
    assert wrong.state == DeliveryState.WITHDRAWN
    assert scene.delivered(session).state == DeliveryState.RECORDED


def test_the_same_number_is_one_delivery_and_another_delivery_with_it_is_refused(
    session: Session, scene: Scene
) -> None:
    first = scene.delivered(session, reference="K-1")
    assert scene.delivered(session, reference="K-1") is first
    other = Times(MORNING, MORNING + timedelta(minutes=30))
    assert refused(scene, session, reference="K-1", measure=other) == (DeliveryFlaw.OTHER_BEFORE,)
    said = days_of(scene.days, reference="K-2")
    day = service.record(scene.provider_work(session), scene.provider.id, scene.days.id, said)
    assert service.record(scene.provider_work(session), scene.provider.id, scene.days.id, said) is day


def test_the_number_of_a_withdrawn_delivery_does_not_make_it_look_recorded(
    session: Session, scene: Scene
) -> None:
    wrong = scene.delivered(session, reference="K-1")
    service.withdraw(scene.provider_work(session), scene.provider.id, wrong.id)
    assert refused(scene, session, reference="K-1") == (DeliveryFlaw.OTHER_BEFORE,)
    assert scene.delivered(session, reference="K-1b").state == DeliveryState.RECORDED


@pytest.mark.parametrize("field", ["activity", "worker", "reference"])
def test_an_identity_code_is_never_kept(session: Session, scene: Scene, field: str) -> None:
    assert refused(scene, session, **{field: "131052-308T"}) == (DeliveryFlaw.IDENTITY_CODE,)


def test_a_visit_while_the_approval_was_suspended_is_refused(session: Session, scene: Scene) -> None:
    approval, decider = scene.hours.offer.approval, scene.counsellor

    def measure(kind: ApprovalAction, days_ago: int) -> None:
        session.add(
            ApprovalMeasure(
                approval_id=approval.id,
                kind=kind,
                state=MeasureState.DECIDED,
                language="fi",
                grounds="Peruste.",
                condition="Ehto." if kind is ApprovalAction.CONDITION else "",
                condition_due_on=date(2027, 1, 1) if kind is ApprovalAction.CONDITION else None,
                proposed_by_id=scene.admin.id,
                proposed_at=NOW,
                decided_by_id=decider.id,
                decided_at=NOW - timedelta(days=days_ago),
                number=f"T-{days_ago}",
            )
        )
        session.flush()

    measure(ApprovalAction.SUSPEND, 5)
    assert refused(scene, session) == (DeliveryFlaw.NOT_APPROVED,)
    before = Times(MORNING - timedelta(days=7), MORNING - timedelta(days=7) + timedelta(hours=1))
    assert scene.delivered(session, measure=before).id
    measure(ApprovalAction.REINSTATE, 2)
    measure(ApprovalAction.CONDITION, 1)
    assert scene.delivered(session).id


def test_a_service_without_a_price_for_it_is_refused(session: Session, scene: Scene) -> None:
    with pytest.raises(service.DeliveryRefused) as caught:
        service.record(scene.provider_work(session), scene.provider.id, scene.days.id, visit())
    assert caught.value.found == (DeliveryFlaw.NO_PRICE,)


def test_a_late_cancellation_is_charged_by_the_pilots_rule(session: Session, scene: Scene) -> None:
    cancelled = scene.delivered(session, kind=DeliveryKind.CANCELLED_LATE, cancelled_at=LATE)
    assert refused(scene, session) == (DeliveryFlaw.CLIENT_ELSEWHERE,)
    service.withdraw(scene.provider_work(session), scene.provider.id, cancelled.id)
    assert scene.delivered(session).amount == cancelled.amount


def test_a_cancelled_visit_keeps_no_other_provider_from_coming(session: Session, scene: Scene) -> None:
    scene.delivered(session, kind=DeliveryKind.CANCELLED_LATE, cancelled_at=LATE)
    other = make_scene(session)
    other.hours.client_number = scene.hours.client_number
    session.flush()
    assert other.delivered(session).state == DeliveryState.RECORDED


def test_another_providers_agreement_does_not_exist(session: Session, scene: Scene) -> None:
    other = make_scene(session)
    with pytest.raises(NotFound):
        service.record(scene.provider_work(session), scene.provider.id, other.hours.id, visit())
    with pytest.raises(NotFound):
        service.record(scene.provider_work(session), other.provider.id, other.hours.id, visit())
    with pytest.raises(NotFound):
        service.withdraw(other.provider_work(session), other.provider.id, scene.delivered(session).id)


# --- the client's word, and disputes ---------------------------------------------------------------------------------


def test_a_dispute_has_an_owner_a_day_and_a_thread_and_ends_with_a_decision(
    session: Session, scene: Scene
) -> None:
    delivery = scene.delivered(session)
    service.dispute(scene.office_work(session), delivery, "Kukaan ei tullut.", owner_id=scene.counsellor.id)
    assert (delivery.owner_id, delivery.due_on) == (scene.counsellor.id, NOW.date() + timedelta(days=14))
    service.answer(scene.provider_work(session), delivery, "Olimme paikalla klo 8.")
    service.decide(scene.office_work(session), delivery, upheld=False, reason="Käyntiä ei ole osoitettu.")
    assert delivery.state == DeliveryState.REJECTED
    assert [each.text for each in delivery.messages] == [
        "Olimme paikalla klo 8.",
        "Käyntiä ei ole osoitettu.",
    ]
    with pytest.raises(NoSuchTransition):
        service.answer(scene.provider_work(session), delivery, "Vielä tämä.")


def test_a_dispute_can_be_settled_for_the_provider(session: Session, scene: Scene) -> None:
    delivery = scene.delivered(session)
    service.dispute(scene.office_work(session), delivery, "Liian lyhyt.", owner_id=None)
    service.decide(scene.office_work(session), delivery, upheld=True, reason="Kesto on kirjattu.")
    assert delivery.state == DeliveryState.CONFIRMED


@pytest.mark.parametrize("words", ["", "   ", "x" * 2001, "131052-308T"])
def test_an_objection_needs_words_and_no_identity_code(session: Session, scene: Scene, words: str) -> None:
    with pytest.raises(Invalid):
        service.dispute(scene.office_work(session), scene.delivered(session), words, owner_id=None)


def test_only_the_clients_own_organisation_speaks_for_the_client(session: Session, scene: Scene) -> None:
    delivery = scene.delivered(session)
    stranger = factories.make_user(session, Role.COUNSELLOR, organisation="siunsote")
    for work in (work_of(session, actor_of(stranger)), scene.provider_work(session)):
        with pytest.raises(NotFound):
            queries.for_counsellor(work, delivery.id)
    work = scene.office_work(session)
    assert service.confirm(work, queries.for_counsellor(work, delivery.id)).state == DeliveryState.CONFIRMED


# --- by itself, and at once ------------------------------------------------------------------------------------------


def test_what_cannot_be_confirmed_holds_up_nothing_behind_it(
    database: Database, core_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MOST_AT_ONCE", 1)
    with core_app.app_context(), database.transaction() as session:
        scene = make_scene(session)
        ids = [
            scene.delivered(session, measure=Times(begin, begin + timedelta(hours=1))).id
            for begin in (MORNING - timedelta(hours=4), MORNING - timedelta(hours=2), MORNING)
        ]

    def fails(work: UnitOfWork, delivery: Delivery) -> None:
        if delivery.id == ids[0]:
            raise ValueError

    monkeypatch.setattr(booking, "book", fails)
    for _round in range(2):
        service.lapse(database, NOW + timedelta(days=30))
    with database.read() as session:
        states = [session.get_one(Delivery, each).state for each in ids]
    assert states == [DeliveryState.RECORDED, DeliveryState.CONFIRMED, DeliveryState.CONFIRMED]


def test_what_nobody_objects_to_is_confirmed_after_its_last_day(database: Database, core_app: Flask) -> None:
    with core_app.app_context(), database.transaction() as session:
        scene = make_scene(session)
        first, second = (
            scene.delivered(session).id,
            scene.delivered(
                session, measure=Times(MORNING - timedelta(hours=3), MORNING - timedelta(hours=2))
            ).id,
        )
        work = scene.office_work(session)
        service.dispute(work, queries.for_counsellor(work, second), "Ei ollut.", owner_id=None)
    last_day = NOW + timedelta(days=14)
    assert service.lapse(database, last_day) == 0
    assert service.lapse(database, last_day + timedelta(days=1)) == 1
    assert service.lapse(database, last_day + timedelta(days=1)) == 0
    with database.read() as session:
        assert session.get_one(Delivery, first).state == DeliveryState.CONFIRMED
        assert session.get_one(Delivery, second).state == DeliveryState.DISPUTED


def test_two_who_record_the_same_visit_at_once_record_it_once(database: Database) -> None:
    with database.transaction() as session:
        scene = make_scene(session)
        provider_id, agreement_id = scene.provider.id, scene.hours.id
    actor, results, together = actor_of(scene.admin), [], Barrier(2)

    def go() -> None:
        together.wait(PATIENCE)
        try:
            with database.transaction() as session:
                service.record(work_of(session, actor), provider_id, agreement_id, visit())
            results.append("recorded")
        except service.DeliveryRefused as refusal:
            results.append(refusal.found[0])

    threads = [Thread(target=go) for _each in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(results) == sorted(["recorded", DeliveryFlaw.CLIENT_ELSEWHERE])
