"""How agreements end: by notice, at once, with the pilot; and two people at the same line at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal
from threading import Barrier

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.clients import service as register
from marketplace.db import Database
from marketplace.errors import Conflict, Invalid
from marketplace.i18n import helsinki_date
from marketplace.ledger import proof
from marketplace.outbox import OutboxMessage
from marketplace.vouchers.agreeing import service
from marketplace.vouchers.agreeing.rules import Wish
from marketplace.vouchers.granting.models import Budget
from marketplace.vouchers.rules import AgreementParty, AgreementState
from tests.factories import NOW
from tests.vouchers.agreeing.conftest import FIRST, Choosing, accepted, asked, mails, reserved

TODAY = helsinki_date(NOW)
CLIENT = AgreementParty.CLIENT
LATER = date(2027, 3, 1)


def test_either_side_ends_with_its_notice(session: Session, scene: Choosing) -> None:
    made = accepted(session, scene, asked(session, scene))
    work = scene.work(session, now=NOW + timedelta(days=60))
    with pytest.raises(Invalid):
        service.give_notice(work, made, work.today + timedelta(days=13), by=CLIENT)
    service.give_notice(work, made, work.today + timedelta(days=30), by=CLIENT)
    assert (made.state, made.ended_by) == (AgreementState.ENDING, CLIENT)
    assert ("agreement_ends", scene.admin.email) in mails(session)
    with pytest.raises(Invalid):
        service.give_notice(work, made, work.today + timedelta(days=31), by=CLIENT)
    theirs = scene.work(session, "admin", NOW + timedelta(days=60))
    with pytest.raises(Invalid):
        service.give_notice(theirs, made, work.today + timedelta(days=29), by=AgreementParty.PROVIDER)


def test_an_end_lets_go_of_the_budget_after_it(session: Session, scene: Choosing) -> None:
    made = accepted(session, scene, asked(session, scene))
    service.give_notice(scene.work(session), made, date(2027, 2, 14), by=CLIENT)
    assert reserved(scene.decision) == [1200, 1200, 600, *[0] * 9]


def test_what_would_end_before_it_begins_is_called_off(session: Session, scene: Choosing) -> None:
    made = accepted(session, scene, asked(session, scene, first=LATER))
    service.give_notice(scene.work(session), made, TODAY + timedelta(days=14), by=CLIENT)
    assert (made.state, reserved(scene.decision)) == (AgreementState.CALLED_OFF, [0] * 12)


def test_an_agreement_is_ended_at_once_with_a_reason(session: Session, scene: Choosing) -> None:
    made = accepted(session, scene, asked(session, scene))
    work = scene.work(session, now=NOW + timedelta(days=20))
    with pytest.raises(Invalid):
        service.stop(work, made, "", by=CLIENT)
    service.stop(work, made, "Työntekijä ei tullut.", by=CLIENT)
    assert (made.state, made.ends_on, made.reason) == (
        AgreementState.STOPPED,
        work.today,
        "Työntekijä ei tullut.",
    )
    with pytest.raises(Conflict):
        service.stop(work, made, "Uudestaan.", by=CLIENT)


def test_an_end_does_not_move_back_before_what_has_been_recorded(
    session: Session, scene: Choosing, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = accepted(session, scene, asked(session, scene))
    monkeypatch.setattr(service, "settled_until", lambda _session, _agreement: date(2027, 1, 31))
    with pytest.raises(Invalid) as refused:
        service.give_notice(scene.work(session), made, date(2027, 1, 30), by=CLIENT)
    assert refused.value.field == "ends_on"
    service.give_notice(scene.work(session), made, date(2027, 1, 31), by=CLIENT)


def test_who_leaves_the_pilot_ends_everything_by_its_rules(session: Session, scene: Choosing) -> None:
    running = accepted(session, scene, asked(session, scene, hours="10"))
    waiting = asked(session, scene, scene.other, hours="10")
    work = scene.work(session, now=NOW + timedelta(days=20))
    [part] = scene.client.participations
    register.interrupt(work, scene.client, part.id, work.today)
    assert (running.state, running.ends_on) == (AgreementState.ENDING, work.today + timedelta(days=14))
    assert waiting.state is AgreementState.WITHDRAWN
    assert reserved(scene.decision)[2:] == [0] * 10
    told = session.scalars(
        sa.select(OutboxMessage).where(OutboxMessage.template == "client_interrupts")
    ).one()
    assert told.recipient == scene.granting.olga.email
    assert scene.client.number not in told.body
    assert [each.account.granted for each in scene.decision.lines[0].budgets][1:] == [0] * 11


# --- two at once -----------------------------------------------------------------------------------------------------


def test_two_requests_at_once_never_exceed_the_line(app: Flask, database: Database, kept: Choosing) -> None:
    offers = [kept.offer.id, kept.other.id]
    versions = [kept.offer.versions[0].id, kept.other.versions[0].id]
    start = Barrier(len(offers))

    def ask(hand: int) -> str:
        start.wait()
        try:
            with app.app_context(), database.transaction() as session:
                work = kept.work(session)
                client = work.session.get_one(type(kept.client), kept.client.id)
                wanted = Wish(FIRST, {"weekday_day": Decimal(20)}, versions[hand])
                service.ask(work, client, offers[hand], wanted, by=CLIENT)
        except Conflict:
            return "told"
        return "asked"

    with ThreadPoolExecutor(len(offers)) as people:
        assert sorted(people.map(ask, range(len(offers)))) == ["asked", "told"]
    with database.read() as session:
        assert {each.account.reserved for each in session.scalars(sa.select(Budget))} == {1200}
        assert list(proof.problems(session)) == []
