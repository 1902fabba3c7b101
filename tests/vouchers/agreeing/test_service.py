"""Requests and agreements: what is reserved, who answers, what changes them, and who is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import BytesIO

import pytest
import sqlalchemy as sa
from flask import Flask
from pypdf import PdfReader
from sqlalchemy.orm import Session

from marketplace.clients.mandates.queries import mandates_of
from marketplace.clients.models import ClientAccess
from marketplace.clients.rules import Ground, Part
from marketplace.db import Database
from marketplace.deliveries import service as deliveries
from marketplace.errors import Conflict, Invalid, NotFound
from marketplace.i18n import helsinki_date
from marketplace.ledger import proof
from marketplace.ledger import queries as books
from marketplace.ledger import service as ledger
from marketplace.ledger.rules import Amount, Unit
from marketplace.ledger.service import Cause
from marketplace.money import Money
from marketplace.offers.rules import Availability
from marketplace.outbox import OutboxMessage
from marketplace.providers.rules import ApprovalState
from marketplace.vouchers.agreeing import deadlines, queries, service
from marketplace.vouchers.agreeing.rules import Wish
from marketplace.vouchers.granting.models import Budget
from marketplace.vouchers.models import Agreement
from marketplace.vouchers.queries import data_of_client
from marketplace.vouchers.rules import AgreementParty, AgreementState, AgreementTerms
from marketplace.workflow import NoSuchTransition
from tests.deliveries.scenes import visit
from tests.factories import NOW
from tests.vouchers.agreeing.conftest import (
    FIRST,
    Choosing,
    accepted,
    asked,
    mails,
    make_store,
    reprice,
    reserved,
    wish,
)
from tests.vouchers.granting.conftest import LINE

TODAY = helsinki_date(NOW)
CLIENT = AgreementParty.CLIENT
LATER = date(2027, 3, 1)


# --- asking ----------------------------------------------------------------------------------------------------------


def test_a_request_reserves_the_budget_and_tells_the_provider(session: Session, scene: Choosing) -> None:
    made = asked(session, scene)
    assert (made.state, made.asked_by, made.wanted) == (
        AgreementState.REQUESTED,
        CLIENT,
        {"weekday_day": "20"},
    )
    assert made.answer_until == TODAY + timedelta(days=7)
    assert reserved(scene.decision) == [1200] * 12
    assert mails(session) == [("agreement_asked", scene.admin.email)]
    given = session.scalars(sa.select(ClientAccess).where(ClientAccess.recipient != "")).one()
    assert (given.part, given.ground, given.recipient) == (
        Part.AGREEMENTS,
        Ground.SERVICE,
        scene.offer.provider.name,
    )


def test_a_provider_answers_before_the_service_begins(session: Session, scene: Choosing) -> None:
    first = FIRST + timedelta(days=31)
    assert asked(session, scene, first=first).answer_until == TODAY + timedelta(days=7)
    soon = scene.work(session, now=NOW + timedelta(days=6))
    other = service.ask(soon, scene.client, scene.other.id, wish(scene.other, "5"), by=CLIENT)
    assert other.answer_until == FIRST


def test_two_requests_beyond_the_line_are_refused_with_what_fits(session: Session, scene: Choosing) -> None:
    asked(session, scene)
    with pytest.raises(Conflict) as refused:
        asked(session, scene, scene.other)
    assert "10\u00a0h" in str(refused.value)
    asked(session, scene, scene.other, hours="10")
    assert reserved(scene.decision) == [1800] * 12
    assert list(proof.problems(session)) == []


def test_what_fits_counts_the_days_of_a_month_that_is_only_partly_held(
    session: Session, scene: Choosing
) -> None:
    with pytest.raises(Conflict) as refused:
        asked(session, scene, hours="31", first=date(2027, 2, 15))
    assert "30\u00a0h" in str(refused.value)
    asked(session, scene, hours="30", first=date(2027, 2, 15))
    assert reserved(scene.decision)[2] == 900


@pytest.mark.parametrize(
    ("first", "message"),
    [(TODAY, "ensimmäinen päivä"), (TODAY - timedelta(days=4000), "ensimmäinen päivä")],
)
def test_a_request_begins_tomorrow_at_the_earliest(
    session: Session, scene: Choosing, first: date, message: str
) -> None:
    with pytest.raises(Invalid) as refused:
        asked(session, scene, first=first)
    assert refused.value.field == "starts_on"


def test_what_keeps_an_offer_from_being_chosen_is_said(session: Session, scene: Choosing) -> None:
    scene.offer.availability_state = Availability.FULL
    session.flush()
    with pytest.raises(Conflict):
        asked(session, scene)
    with pytest.raises(Conflict):
        asked(session, scene, scene.other, first=FIRST - timedelta(days=1))  # the decision has not begun
    assert reserved(scene.decision) == [0] * 12


def test_another_organisations_offer_is_not_found(session: Session, scene: Choosing) -> None:
    scene.client.organisation_key = "siunsote"
    with pytest.raises(NotFound):
        asked(session, scene)


def test_the_same_is_not_asked_twice(session: Session, scene: Choosing) -> None:
    asked(session, scene, hours="5")
    with pytest.raises(Conflict):
        asked(session, scene, hours="5")


def test_nothing_wanted_and_prices_that_were_not_seen_are_refused(session: Session, scene: Choosing) -> None:
    nothing = replace(wish(scene.offer), quantities={"weekday_day": Decimal(0)})
    with pytest.raises(Invalid):
        service.ask(scene.work(session), scene.client, scene.offer.id, nothing, by=CLIENT)
    old = Wish(FIRST, {"weekday_day": Decimal(1)}, scene.other.versions[0].id)
    with pytest.raises(Conflict):
        service.ask(scene.work(session), scene.client, scene.offer.id, old, by=CLIENT)


def test_an_hour_above_its_value_cannot_be_chosen_where_the_service_is_free_by_law(
    session: Session, scene: Choosing
) -> None:
    scene.decision.lines[0].unit_value = Money(5_00)
    with pytest.raises(Conflict):
        asked(session, scene)
    cheap = next(row for row in scene.offer.versions[0].prices if row.band == "saturday")
    cheap.amount = Money(4_00)
    session.flush()
    with pytest.raises(Invalid) as refused:
        asked(session, scene)
    assert refused.value.field == "weekday_day"
    assert LINE.fee_ground is scene.decision.lines[0].fee_ground


def test_a_request_is_withdrawn_and_the_budget_is_free(session: Session, scene: Choosing) -> None:
    made = asked(session, scene)
    service.withdraw(scene.work(session), made)
    assert (made.state, reserved(scene.decision)) == (AgreementState.WITHDRAWN, [0] * 12)
    assert mails(session)[-1] == ("agreement_withdrawn", scene.admin.email)
    assert asked(session, scene).state is AgreementState.REQUESTED


def test_an_end_that_the_counsellor_writes_down_is_told_to_both_sides(
    session: Session, scene: Choosing
) -> None:
    made = accepted(session, scene, asked(session, scene))
    told = len(mails(session))
    service.end_for_office(scene.granting.work(session), made.id, date(2027, 3, 31))
    assert made.ends_on == date(2027, 3, 31)
    assert sorted(mails(session)[told:]) == [
        ("agreement_ends", "aino@client.example"),
        ("agreement_ends", scene.admin.email),
    ]


# --- answering -------------------------------------------------------------------------------------------------------


def test_accepting_makes_the_contract_and_tells_client_and_counsellor(
    session: Session, scene: Choosing
) -> None:
    made = accepted(session, scene, asked(session, scene))
    assert (made.state, made.ends_on, made.answered_by_id) == (
        AgreementState.IN_FORCE,
        None,
        scene.admin.id,
    )
    assert made.file is not None and made.file.media_type == "application/pdf"  # noqa: PT018
    assert reserved(scene.decision) == [1200] * 12
    assert mails(session)[1:] == [
        ("agreement_answered", "aino@client.example"),
        ("agreement_answered", scene.granting.olga.email),
    ]
    gifts = session.scalars(
        sa.select(ClientAccess.part).where(ClientAccess.recipient != "").order_by(ClientAccess.id)
    ).all()
    assert gifts == [Part.AGREEMENTS, Part.FACTS]


def test_a_helper_who_asked_is_told_while_the_mandate_holds(session: Session, scene: Choosing) -> None:
    made = service.ask(
        scene.work(session, "helper"),
        scene.client,
        scene.offer.id,
        wish(scene.offer),
        by=AgreementParty.HELPER,
    )
    assert queries.still_helps(session, made, scene.client, TODAY)
    [mandate] = mandates_of(session, scene.client.id)
    mandate.revoked_at, mandate.revoked_by_id = NOW, scene.citizen.id
    accepted(session, scene, made)
    assert scene.helper.email not in [recipient for _template, recipient in mails(session)]


def test_declining_needs_a_reason_and_frees_the_budget(session: Session, scene: Choosing) -> None:
    made = asked(session, scene)
    provider = scene.offer.provider_id
    for reason in (" ", "131052-308T"):
        with pytest.raises(Invalid):
            service.decline(scene.work(session, "admin"), provider, made.id, reason)
    service.decline(scene.work(session, "admin"), provider, made.id, "Meillä ei ole tilaa.")
    assert (made.state, made.reason) == (AgreementState.DECLINED, "Meillä ei ole tilaa.")
    assert reserved(scene.decision) == [0] * 12
    letter = session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id.desc())).first()
    assert letter is not None
    assert "tilaa" not in letter.body


def test_another_providers_request_is_not_found(session: Session, scene: Choosing) -> None:
    made = asked(session, scene)
    with pytest.raises(NotFound):
        accepted(session, scene, made, "other_admin")
    with pytest.raises(NotFound):
        service.decline(
            scene.work(session, "other_admin"), scene.other.provider_id, made.id, "Ei kuulu meille."
        )


def test_what_was_answered_is_not_answered_again(session: Session, scene: Choosing) -> None:
    made = accepted(session, scene, asked(session, scene))
    with pytest.raises(NoSuchTransition):
        accepted(session, scene, made)
    with pytest.raises(NoSuchTransition):
        service.withdraw(scene.work(session), made)


def test_nobody_accepts_when_the_time_is_over_or_the_provider_is_away(
    session: Session, scene: Choosing
) -> None:
    made = asked(session, scene)
    late = scene.work(session, "admin", NOW + timedelta(days=8))
    with pytest.raises(Conflict):
        service.accept(late, scene.offer.provider_id, made.id, store=make_store())
    scene.offer.approval.state = ApprovalState.SUSPENDED
    session.flush()
    with pytest.raises(Conflict):
        accepted(session, scene, made)


def test_the_prices_of_the_request_hold_when_they_change_before_the_answer(
    session: Session, scene: Choosing
) -> None:
    made = asked(session, scene)
    before = made.version
    reprice(session, scene.offer)
    accepted(session, scene, made)
    assert made.version is before


def test_a_pilot_may_want_the_client_to_be_asked_anew(
    session: Session, scene: Choosing, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = asked(session, scene)
    provider = scene.offer.provider_id
    with pytest.raises(Conflict):
        service.ask_anew(scene.work(session, "admin"), provider, made.id)
    reprice(session, scene.offer)
    pilot = service.pilot_of(scene.work(session), made)
    anew = pilot.agreements.model_copy(update={"price_changed": "asked_anew"})
    changed = pilot.model_copy(update={"agreements": anew})
    monkeypatch.setattr(service, "pilot_of", lambda _work, _agreement: changed)
    with pytest.raises(Conflict):
        accepted(session, scene, made)
    service.ask_anew(scene.work(session, "admin"), provider, made.id)
    assert (made.state, reserved(scene.decision)) == (AgreementState.PRICE_CHANGED, [0] * 12)


def test_a_provider_is_reminded_once_before_a_request_lapses(
    app: Flask, database: Database, kept: Choosing
) -> None:
    with app.app_context():
        with database.transaction() as session:
            made = asked(session, kept)
            last = made.answer_until
        assert last is not None
        days = [(last - TODAY).days - before for before in (3, 2, 1)]
        assert [deadlines.remind(database, now=NOW + timedelta(days=each)) for each in days] == [0, 1, 0]
    with database.read() as session:
        assert mails(session) == [
            ("agreement_asked", kept.admin.email),
            ("agreement_waits", kept.admin.email),
        ]


def test_the_worker_lets_requests_lapse_that_nobody_answers(
    app: Flask, database: Database, kept: Choosing
) -> None:
    with app.app_context():
        with database.transaction() as session:
            made = asked(session, kept).id
        assert deadlines.lapse(database, now=NOW + timedelta(days=7)) == 0
        assert deadlines.lapse(database, now=NOW + timedelta(days=8)) == 1
        assert deadlines.lapse(database, now=NOW + timedelta(days=8)) == 0
    with database.read() as session:
        assert session.get_one(Agreement, made).state is AgreementState.LAPSED
        assert {each.account.reserved for each in session.scalars(sa.select(Budget))} == {0}


# --- changing --------------------------------------------------------------------------------------------------------


def test_hours_are_changed_from_a_day_on_within_the_same_budget(session: Session, scene: Choosing) -> None:
    old = accepted(session, scene, asked(session, scene))
    made = asked(session, scene, hours="30", first=LATER, replaces=old.id)
    assert reserved(scene.decision) == [1200] * 3 + [1800] * 9
    accepted(session, scene, made)
    assert (old.state, old.ends_on) == (AgreementState.ENDING, date(2027, 2, 28))
    assert reserved(scene.decision) == [1200] * 3 + [1800] * 9
    held = books.open_reservations(session, about=f"agreement:{made.id}")
    assert [each.amount.number for each in held] == [1800] * 9
    assert list(proof.problems(session)) == []


@pytest.mark.parametrize("first", [date(2027, 2, 15), date(2027, 3, 15), date(2027, 5, 31)])
def test_a_change_in_the_middle_of_a_month_shares_it(session: Session, scene: Choosing, first: date) -> None:
    old = accepted(session, scene, asked(session, scene, hours="30"))
    made = asked(session, scene, scene.other, hours="30", first=first, replaces=old.id)
    assert reserved(scene.decision) == [1800] * 12
    accepted(session, scene, made, "other_admin")
    assert reserved(scene.decision) == [1800] * 12  # all of the budget, and not a minute more
    assert list(proof.problems(session)) == []


def test_an_agreement_is_not_replaced_before_what_it_has_given(session: Session, scene: Choosing) -> None:
    old = accepted(session, scene, asked(session, scene))
    second = datetime(2026, 12, 2, 12, 0, tzinfo=UTC)
    third, begin = second + timedelta(days=1), datetime(2026, 12, 3, 6, 0, tzinfo=UTC)
    made = service.ask(
        scene.work(session, now=second),
        scene.client,
        scene.offer.id,
        wish(scene.offer, hours="10", first=third.date(), replaces=old.id),
        by=AgreementParty.CLIENT,
    )
    provider = scene.offer.provider_id
    deliveries.record(scene.work(session, "admin", third), provider, old.id, visit(begin))
    with pytest.raises(Conflict):
        service.accept(scene.work(session, "admin", third), provider, made.id, store=make_store())
    assert (old.state, old.ends_on) == (AgreementState.IN_FORCE, None)


def test_the_provider_is_changed_without_a_gap(session: Session, scene: Choosing) -> None:
    old = accepted(session, scene, asked(session, scene))
    made = asked(session, scene, scene.other, hours="25", first=LATER, replaces=old.id)
    assert old.state is AgreementState.IN_FORCE
    accepted(session, scene, made, "other_admin")
    assert (old.ends_on, made.starts_on) == (date(2027, 2, 28), LATER)
    assert ("agreement_ends", scene.admin.email) in mails(session)
    assert reserved(scene.decision) == [1200] * 3 + [1500] * 9


def test_who_changes_the_provider_may_say_why(session: Session, scene: Choosing) -> None:
    old = accepted(session, scene, asked(session, scene))
    with pytest.raises(Invalid) as refused:
        asked(session, scene, scene.other, hours="25", first=LATER, replaces=old.id, why="weather")
    assert refused.value.field == "change_reason"
    made = asked(session, scene, scene.other, hours="25", first=LATER, replaces=old.id, why="times")
    assert made.change_reason == "times"
    assert "times" in str(data_of_client(session, scene.client))


def test_other_hours_with_the_same_provider_have_no_why(session: Session, scene: Choosing) -> None:
    old = accepted(session, scene, asked(session, scene))
    made = asked(session, scene, hours="10", first=LATER, replaces=old.id, why="times")
    assert made.change_reason is None


def test_when_the_new_provider_declines_the_old_agreement_stays(session: Session, scene: Choosing) -> None:
    old = accepted(session, scene, asked(session, scene))
    made = asked(session, scene, scene.other, hours="30", first=LATER, replaces=old.id)
    service.decline(scene.work(session, "other_admin"), scene.other.provider_id, made.id, "Ei tilaa.")
    assert (old.state, old.ends_on) == (AgreementState.IN_FORCE, None)
    assert reserved(scene.decision) == [1200] * 12


def test_who_is_replaced_has_notice(session: Session, scene: Choosing) -> None:
    old = accepted(session, scene, asked(session, scene))
    early = TODAY + timedelta(days=7 + 14)
    with pytest.raises(Invalid) as refused:
        asked(session, scene, scene.other, first=early, replaces=old.id)
    assert refused.value.field == "starts_on"
    asked(session, scene, scene.other, first=early + timedelta(days=1), replaces=old.id)


def test_an_agreement_is_replaced_by_one_request_at_a_time(session: Session, scene: Choosing) -> None:
    old = accepted(session, scene, asked(session, scene))
    asked(session, scene, scene.other, first=LATER, replaces=old.id)
    with pytest.raises(Conflict):
        asked(session, scene, hours="10", first=LATER, replaces=old.id)


def test_a_budget_that_was_used_meanwhile_keeps_the_provider_from_accepting(
    session: Session, scene: Choosing
) -> None:
    old = accepted(session, scene, asked(session, scene, hours="30"))
    made = asked(session, scene, hours="30", first=date(2027, 2, 15), replaces=old.id)
    february = books.open_reservations(session, about=f"agreement:{old.id}")[2]
    ledger.draw(
        scene.work(session), february.entry, Amount(Unit.MINUTES, 1700), Cause("delivery:1", "agreement")
    )
    with pytest.raises(Conflict), session.begin_nested():
        accepted(session, scene, made)
    session.expire_all()
    assert old.ends_on is None


def test_what_a_counsellor_writes_down_has_its_contract_too(session: Session, scene: Choosing) -> None:
    terms = AgreementTerms(scene.client.number, FIRST, None, "10")
    work = scene.granting.work(session)
    made = service.record_for_office(work, scene.offer.id, terms, store=make_store())
    assert made.file is not None
    content = BytesIO(make_store().read(made.file.sha256))
    words = " ".join(page.extract_text() for page in PdfReader(content).pages)
    assert "asiakasohjaaja kirjasi" in " ".join(words.split())
    unknown = replace(terms, client_number="Z-404", monthly="")
    assert service.record_for_office(work, scene.other.id, unknown, store=make_store()).file is None
