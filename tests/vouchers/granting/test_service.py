"""Writing, proposing and making decisions, and the budgets that they open."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import sqlalchemy as sa
from flask import Flask
from pypdf import PdfReader
from sqlalchemy.orm import Session

from marketplace.budgets.summaries.models import ClientSummary
from marketplace.clients.plans.models import SupportPlan
from marketplace.clients.plans.rules import Arranged, Line, PlanContent, Writer
from marketplace.clients.plans.service import write_plan
from marketplace.db import Database
from marketplace.decisions.service import Refused
from marketplace.errors import Conflict, Invalid, NotAllowed, NotFound
from marketplace.files.store import FileStore
from marketplace.ledger import proof
from marketplace.ledger import service as ledger
from marketplace.ledger.models import Account
from marketplace.ledger.rules import AccountKind, Amount, Sums, Unit
from marketplace.ledger.service import Cause
from marketplace.offers.rules import Availability
from marketplace.outbox import OutboxMessage
from marketplace.pilots.queries import kept_definition
from marketplace.pilots.vocabulary import SERVICES
from marketplace.vouchers.granting import queries, service
from marketplace.vouchers.granting.labels import fit_text
from marketplace.vouchers.granting.models import DecisionLine, ServiceDecision
from marketplace.vouchers.granting.rules import Carry, Consumer, DecisionKind, DecisionState, Every, Fit
from marketplace.vouchers.rules import AgreementTerms
from marketplace.vouchers.service import end_agreement, record_agreement
from tests.factories import NOW, make_approval, make_offer, make_provider, make_required_evidence
from tests.stored import path_of
from tests.vouchers.granting.conftest import (
    FACTS,
    LINE,
    PILOT,
    SERVICE,
    Granting,
    changed,
    drafted,
    made,
    tell,
)
from tests.work import work_of

TEN_HOURS = Amount(Unit.MINUTES, 600)


def sums(decision: ServiceDecision) -> list[Sums]:
    return [budget.account.sums for line in decision.lines for budget in line.budgets]


def hold(session: Session, account: Account, minutes: int, source: str) -> None:
    """Somebody has agreed on so much of the budget."""
    work = work_of(session)
    provider = ledger.open_account(
        work, "provider:1", AccountKind.PROVIDER, Unit.MINUTES, organisation="keusote"
    )
    ledger.reserve(work, account, provider, Amount(Unit.MINUTES, minutes), Cause(source))


def test_a_made_decision_has_a_number_a_letter_and_a_budget_for_each_month(
    session: Session, scene: Granting, store: FileStore
) -> None:
    decision = made(session, scene, store)
    assert decision.state is DecisionState.MADE
    assert decision.number == "KEUSOTE-2026/A1"
    assert decision.file is not None
    letter = letter_of(store, decision)
    assert f"Lisätietoja {decision.proposed_by.name}" in letter
    assert (
        letter.index("Lisätietoja") < letter.index("Päätöksen antaja:") < letter.index("Oikaisuvaatimusohje")
    )
    assert sums(decision) == [Sums(granted=1800)] * 12
    assert [each.first_on for each in decision.lines[0].budgets][:2] == [date(2026, 12, 1), date(2027, 1, 1)]
    assert decision.lines[0].legal_basis == SERVICES[SERVICE].legal_basis
    assert list(proof.problems(session)) == []


def letter_of(store: FileStore, decision: ServiceDecision) -> str:
    assert decision.file is not None
    pages = PdfReader(path_of(store, decision.file.sha256)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def write(
    session: Session, scene: Granting, goals: str, *, in_decision: bool, based_on: int = 0
) -> SupportPlan:
    lines = (
        Line("Uimassa käynti", Arranged.ASSOCIATION, "Uimaseura"),
        Line("Kaupassa käynti", Arranged.NETWORK),
    )
    content = PlanContent(goals, "Rauhallinen aamu.", lines, in_decision=in_decision)
    work = scene.work(session)
    return write_plan(work, scene.client.id, content, writer=Writer.COUNSELLOR, based_on=based_on)


def test_the_support_plan_is_a_part_of_the_decision_when_the_client_wants_it(
    session: Session, scene: Granting, store: FileStore
) -> None:
    write(session, scene, "Haluan levätä.", in_decision=True)
    wanted = write(session, scene, "Haluan uida joka viikko.", in_decision=True, based_on=1)
    decision = made(session, scene, store)
    letter = letter_of(store, decision)
    assert decision.plan is wanted
    for words in (
        "Tukisuunnitelma",
        "versio 2",
        "Haluan uida joka viikko.",
        "Rauhallinen aamu.",
        "Uimassa käynti – Yhdistys – Uimaseura",
        "Kaupassa käynti – Läheiset, ilman palkkaa",
    ):
        assert words in letter
    assert "Haluan levätä." not in letter
    write(session, scene, "Haluan soutaa.", in_decision=False, based_on=2)
    assert queries.plan_in(session, decision) is wanted
    assert queries.data_of_client(session, scene.client)[1][0]["support_plan_version"] == 2


def test_a_plan_that_the_client_keeps_apart_and_an_end_stand_in_no_decision(
    session: Session, scene: Granting, store: FileStore
) -> None:
    write(session, scene, "Haluan uida joka viikko.", in_decision=False)
    decision = made(session, scene, store)
    assert decision.plan is None
    assert "Haluan uida" not in letter_of(store, decision)
    write(session, scene, "Haluan uida joka viikko.", in_decision=True, based_on=1)
    work = scene.work(session)
    ending = service.begin_change(work, decision.id, DecisionKind.END, date(2027, 3, 1))
    assert queries.plan_in(session, ending) is None


def test_nobody_decides_what_they_have_proposed(session: Session, scene: Granting, store: FileStore) -> None:
    decision = drafted(session, scene)
    service.propose(scene.work(session), decision.id)
    with pytest.raises(NotAllowed):
        service.make(scene.work(session), decision.id, store=store)


def test_a_pilot_may_let_one_person_decide(
    session: Session, scene: Granting, store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    decision = drafted(session, scene)
    service.propose(scene.work(session), decision.id)
    pilot = kept_definition(session, decision.pilot_version_id)
    alone = pilot.model_copy(
        update={"service_decisions": pilot.service_decisions.model_copy(update={"two_people": False})}
    )
    monkeypatch.setattr(service, "kept_definition", lambda *_given: alone)
    assert service.make(scene.work(session), decision.id, store=store).state is DecisionState.MADE


def test_what_a_draft_lacks_is_told_at_once_and_the_draft_stays(session: Session, scene: Granting) -> None:
    decision = drafted(session, scene, changed(grounds="", consumer=Consumer.NOT_ABLE), ())
    with pytest.raises(Refused) as refused:
        service.propose(scene.work(session), decision.id)
    assert [field for field, _message in refused.value.faults] == ["grounds", "consumer", "lines"]


def test_a_client_decides_in_which_pilot_a_budget_can_be(session: Session, scene: Granting) -> None:
    with pytest.raises(Invalid) as refused:
        service.begin(scene.work(session), scene.client.id, changed(pilot_key="siunsote-2017"))
    assert refused.value.field == "pilot_key"


def test_other_organisations_find_nothing(session: Session, scene: Granting) -> None:
    decision = drafted(session, scene)
    with pytest.raises(NotFound):
        service.propose(scene.work(session, "stranger"), decision.id)
    with pytest.raises(NotFound):
        service.begin(scene.work(session, "stranger"), scene.client.id, FACTS)


def test_a_returned_decision_is_written_anew(session: Session, scene: Granting) -> None:
    decision = drafted(session, scene)
    with pytest.raises(Conflict):
        service.send_back(scene.work(session, "decider"), decision.id, "Perustele.")
    service.propose(scene.work(session), decision.id)
    with pytest.raises(Conflict):
        service.add_line(scene.work(session), decision.id, LINE)
    service.send_back(scene.work(session, "decider"), decision.id, "Perustele.")
    assert decision.return_reason == "Perustele."
    service.drop_line(scene.work(session), decision.id, decision.lines[0].id)
    assert decision.lines == []


def test_a_change_takes_back_what_is_left_and_grants_anew(
    session: Session, scene: Granting, store: FileStore
) -> None:
    before = made(session, scene, store)
    after = service.begin_change(scene.work(session), before.id, DecisionKind.CHANGE, date(2027, 3, 1))
    assert [line.facts for line in after.lines] == [line.facts for line in before.lines]
    with pytest.raises(Conflict):
        service.begin_change(scene.work(session), before.id, DecisionKind.END, date(2027, 4, 1))
    service.save(scene.work(session), after.id, changed(starts_on=date(2027, 3, 1), grounds="Tarve muuttui."))
    service.propose(scene.work(session), after.id)
    service.make(scene.work(session, "decider"), after.id, store=store)
    assert before.state is DecisionState.REPLACED
    assert sums(before) == [Sums(granted=1800)] * 3 + [Sums()] * 9
    assert sums(after) == [Sums(granted=1800)] * 9
    assert list(proof.problems(session)) == []


@pytest.mark.parametrize("kind", [DecisionKind.CHANGE, DecisionKind.END])
def test_a_replaced_decision_pays_until_the_one_that_replaces_it_begins(
    session: Session, scene: Granting, store: FileStore, kind: DecisionKind
) -> None:
    before, march = made(session, scene, store), date(2027, 3, 1)
    after = service.begin_change(scene.work(session), before.id, kind, march)
    service.save(scene.work(session), after.id, changed(starts_on=march, grounds="Tarve muuttui."))

    def line_on(day: date) -> DecisionLine | None:
        number = scene.client.number
        return queries.line_for(session, scene.client.organisation_key, number, PILOT, SERVICE, day)

    def may_choose(day: date) -> bool:
        return queries.has_decision_on(session, scene.client.id, PILOT, SERVICE, day)

    assert line_on(march) is before.lines[0]  # a draft changes nothing
    service.propose(scene.work(session), after.id)
    service.make(scene.work(session, "decider"), after.id, store=store)
    assert line_on(date(2026, 11, 30)) is None
    assert line_on(date(2027, 2, 28)) is before.lines[0]
    assert may_choose(date(2027, 2, 28))
    replaced = kind is DecisionKind.CHANGE
    assert line_on(march) is (after.lines[0] if replaced else None)
    assert may_choose(march) is replaced


def test_who_stops_taking_part_gives_back_what_a_replaced_decision_would_still_pay(
    session: Session, scene: Granting, store: FileStore
) -> None:
    before, march = made(session, scene, store), date(2027, 3, 1)
    after = service.begin_change(scene.work(session), before.id, DecisionKind.CHANGE, march)
    service.save(scene.work(session), after.id, changed(starts_on=march, grounds="Tarve muuttui."))
    service.propose(scene.work(session), after.id)
    service.make(scene.work(session, "decider"), after.id, store=store)
    [participation] = scene.client.participations
    participation.ended_on = date(2027, 1, 10)
    service.release_when_interrupted(scene.work(session), participation)
    assert [each.granted for each in sums(before)[:3]] == [1800, 1800, 0]
    assert {each.granted for each in sums(after)} == {0}


def test_a_decision_is_never_shortened_below_what_is_agreed(
    session: Session, scene: Granting, store: FileStore
) -> None:
    before = made(session, scene, store)
    hold(session, before.lines[0].budgets[4].account, 600, "a")
    end = service.begin_change(scene.work(session), before.id, DecisionKind.END, date(2027, 3, 1))
    service.save(scene.work(session), end.id, changed(starts_on=date(2027, 3, 1), grounds="Palvelu päättyy."))
    service.propose(scene.work(session), end.id)
    with pytest.raises(Conflict):
        service.make(scene.work(session, "decider"), end.id, store=store)


def test_an_amount_for_the_whole_time_moves_to_the_decision_that_replaces_it_once(
    session: Session, scene: Granting, store: FileStore
) -> None:
    decision = made(session, scene, store, lines=(replace(LINE, every=Every.PERIOD, amount=TEN_HOURS),))
    later = service.begin_change(scene.work(session), decision.id, DecisionKind.CHANGE, date(2027, 6, 1))
    service.save(scene.work(session), later.id, changed(starts_on=date(2027, 6, 1), grounds="Muutos."))
    service.propose(scene.work(session), later.id)
    service.make(scene.work(session, "decider"), later.id, store=store)
    assert sums(decision) == [Sums()]
    assert sums(later) == [Sums(granted=600)]
    with pytest.raises(Conflict):
        service.begin_change(scene.work(session), decision.id, DecisionKind.END, date(2027, 8, 1))


def test_the_letter_is_posted_once_and_not_before_it_was_written(
    session: Session, scene: Granting, store: FileStore
) -> None:
    decision = made(session, scene, store)
    for day in (date(2026, 11, 21), date(2026, 11, 23)):
        with pytest.raises(Invalid):
            service.post_letter(scene.work(session), decision.id, day)
    service.post_letter(scene.work(session), decision.id, date(2026, 11, 22))
    with pytest.raises(Conflict):
        service.post_letter(scene.work(session), decision.id, date(2026, 11, 22))


@pytest.mark.parametrize("carry", Carry)
def test_what_is_left_of_a_month_is_carried_or_returns_after_the_next_month(
    database: Database, kept: Granting, store: FileStore, carry: Carry
) -> None:
    with database.transaction() as session:
        facts = changed(ends_on=date(2027, 1, 31))
        decision = made(session, kept, store, facts, (replace(LINE, amount=TEN_HOURS, carry=carry),))
        hold(session, decision.lines[0].budgets[0].account, 200, "a")
        for month, on in ((date(2026, 12, 1), (2027, 1, 3)), (date(2027, 1, 1), (2027, 2, 3))):
            tell(session, kept.client.id, month, datetime(*on, tzinfo=UTC))
    expected = {
        Carry.NONE: [[600, 600], [600, 600], [200, 600], [200, 0]],
        Carry.NEXT_MONTH: [[600, 600], [200, 1000], [200, 1000], [200, 0]],
        Carry.PERIOD: [[600, 600], [200, 1000], [200, 1000], [200, 0]],
    }[carry]
    days = [(2026, 12, 31), (2027, 1, 2), (2027, 2, 1), (2027, 3, 1)]
    for day, granted in zip(days, expected, strict=True):
        service.settle(database, now=datetime(*day, 10, 0, tzinfo=UTC))
        with database.read() as session:
            found = session.get_one(ServiceDecision, decision.id)
            assert [each.granted for each in sums(found)] == granted, day
            assert list(proof.problems(session)) == []


def test_nothing_returns_before_the_client_has_known_of_it_for_two_weeks(
    database: Database, kept: Granting, store: FileStore
) -> None:
    def left(day: date) -> int:
        service.settle(database, now=datetime(day.year, day.month, day.day, 10, tzinfo=UTC))
        with database.read() as session:
            return sums(session.get_one(ServiceDecision, number))[0].left

    with database.transaction() as session:
        number = made(session, kept, store, changed(ends_on=date(2026, 12, 31))).id
    assert left(date(2027, 3, 1)) == 1800, "nobody has told the client"
    with database.transaction() as session:
        told = tell(session, kept.client.id, date(2026, 12, 1), NOW)
        told.mailed = False
    assert left(date(2027, 3, 2)) == 1800, "the letter waits to be posted"
    with database.transaction() as session:
        told = session.get_one(ClientSummary, told.id)
        told.posted_on, told.posted_by_id = date(2027, 3, 2), kept.olga.id
    assert left(date(2027, 3, 15)) == 1800
    assert left(date(2027, 3, 16)) == 0


def test_an_amount_for_the_whole_time_that_is_replaced_keeps_what_is_held_for_the_days_before(
    app: Flask, session: Session, scene: Granting, store: FileStore
) -> None:
    line = replace(LINE, every=Every.PERIOD, amount=Amount(Unit.MINUTES, 120 * 60))
    decision, june = made(session, scene, store, lines=(line,)), date(2027, 6, 1)
    approval = make_approval(session, make_provider(session), SERVICE)
    make_required_evidence(session, approval)
    terms = AgreementTerms(scene.client.number, FACTS.starts_on, None, "5")
    agreement = record_agreement(scene.work(session), make_offer(session, approval).id, terms)

    def decided() -> ServiceDecision:
        later = service.begin_change(scene.work(session), decision.id, DecisionKind.CHANGE, june)
        service.save(scene.work(session), later.id, changed(starts_on=june, grounds="Muutos."))
        service.propose(scene.work(session), later.id)
        return service.make(scene.work(session, "decider"), later.id, store=store)

    with session.begin_nested() as attempt:
        with pytest.raises(Conflict):
            decided()
        attempt.rollback()
    end_agreement(scene.work(session), agreement.id, date(2027, 5, 31))
    later = decided()
    [before] = decision.lines[0].budgets
    assert before.last_on == date(2027, 5, 31)
    assert sums(decision) == [Sums(granted=6 * 300, reserved=6 * 300)]
    assert sums(later) == [Sums(granted=120 * 60)]


def test_prices_are_the_lowest_of_each_provider_where_the_client_lives(
    session: Session, scene: Granting
) -> None:
    for number in range(2):
        provider = make_provider(session, official_name=f"Palvelu {number} Oy")
        make_offer(session, make_approval(session, provider, SERVICE))
    elsewhere = make_provider(session, official_name="Muualla Oy")
    make_offer(session, make_approval(session, elsewhere, SERVICE), version={"municipalities": ["186"]})
    near = queries.prices_by_band(session, PILOT, SERVICE, scene.client.municipality, date(2026, 12, 1))
    whole = queries.prices_by_band(session, PILOT, SERVICE, None, date(2026, 12, 1))
    assert {len(each.amounts) for each in near.values()} == {2}
    assert {len(each.amounts) for each in whole.values()} == {3}
    assert near["weekday_day"].unit == "h"


def test_who_proposed_a_decision_and_who_has_the_client_are_mailed_when_it_comes_back(
    session: Session, scene: Granting
) -> None:
    decision = drafted(session, scene)
    service.propose(scene.work(session), decision.id)
    scene.client.counsellor = scene.colleague
    session.flush()
    service.send_back(scene.work(session, "decider"), decision.id, "Perustele Maijan tuntimäärä.")
    mails = session.scalars(
        sa.select(OutboxMessage).where(OutboxMessage.template == "service_decision_returned")
    ).all()
    assert {each.recipient for each in mails} == {scene.olga.email, scene.colleague.email}
    for each in mails:
        assert f"/counsellor/decisions/{decision.id}" in each.body
        assert "Maija" not in each.body, "no mail says of a client what the reason may say"
        assert scene.client.number not in each.subject + each.body
    service.propose(scene.work(session), decision.id)
    service.send_back(scene.work(session, "colleague"), decision.id, "Vielä kerran.")
    again = session.scalars(
        sa.select(OutboxMessage.recipient).order_by(OutboxMessage.id.desc()).limit(1)
    ).one()
    assert again == scene.olga.email, "who returned it knows"


def test_who_is_full_is_not_among_those_from_whom_the_value_buys(
    app: Flask, session: Session, scene: Granting
) -> None:
    for name, states in (("A", ["full", "now"]), ("B", ["full"]), ("C", ["full", "full"]), ("D", ["untold"])):
        approval = make_approval(session, make_provider(session, official_name=f"{name} Oy"), SERVICE)
        for state in states:
            make_offer(session, approval, availability_state=Availability(state))
    prices = queries.prices_by_band(session, PILOT, SERVICE, None, date(2026, 12, 1))["weekday_day"]
    assert (len(prices.amounts), prices.full) == (2, 2)
    fit = Fit("weekday_day", prices.unit, len(prices.amounts), 2, Decimal(30), Decimal(30), prices.full)
    with app.test_request_context("/fi"):
        assert fit_text(fit, "Tuusula").endswith(
            "palveluntuottajia 2/2 (Tuusula). Lisäksi 2 palveluntuottajalla ei ole vapaita paikkoja."
        )
        none = replace(fit, providers=0, enough=0)
        assert fit_text(none, "Tuusula").endswith(
            "yhdelläkään 2 palveluntuottajasta (Tuusula) ei ole vapaita paikkoja."
        )
