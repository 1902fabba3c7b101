"""Who is asked and when, what is kept of the answers, and what goes with the consent."""

from __future__ import annotations

import json
from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditEvent
from marketplace.clients import service as clients
from marketplace.clients.keys import DEVELOPMENT_KEY
from marketplace.clients.privacy.service import erase, export
from marketplace.clients.rules import ConsentKind
from marketplace.db import Database
from marketplace.effects import linking, own, queries, service
from marketplace.effects.models import EffectAnswer, EffectAsking, EffectLink, EffectSheet
from marketplace.effects.results import responses
from marketplace.effects.rules import OPEN_FOR, REMINDED_AFTER, AskingState, Keeping, Way
from marketplace.effects.sets import instruments_of, items_of
from marketplace.errors import Conflict, Invalid, NotFound
from marketplace.outbox import OutboxMessage
from tests.clients.conftest import Scene
from tests.effects.conftest import PILOT, make_taking_part
from tests.factories import NOW
from tests.work import work_of

DAY = timedelta(days=1)
FIRST = ("demo_wellbeing", "daily_life")
SECOND = ("demo_wellbeing", "home")
THIRD = ("demo_wellbeing", "mood")


def states(session: Session, client_id: int) -> list[tuple[int, AskingState]]:
    return sorted((each.wave, each.state) for each in queries.askings_of(session, client_id))


def agreed(session: Session, scene: Scene) -> EffectAsking:
    """Aino agrees, and what she is asked at once."""
    service.agree(scene.work(session, scene.citizen), scene.aino)
    [asking] = queries.waiting_askings(session, scene.aino.id)
    return asking


def test_nobody_is_asked_who_has_not_agreed(session: Session, scene: Scene) -> None:
    assert service.ask_client(work_of(session), scene.aino) == 0
    clients.give_consent(scene.work(session, scene.citizen), scene.aino, ConsentKind.RESEARCH)
    assert service.ask_client(work_of(session), scene.aino) == 0
    assert agreed(session, scene).wave == 0
    assert service.ask_client(work_of(session), scene.aino) == 0


def test_who_has_mail_is_told_by_mail_and_the_others_get_paper(session: Session, scene: Scene) -> None:
    agreed(session, scene)
    service.agree_on_paper(scene.work(session, scene.olga), scene.eino.id)
    sent = session.scalars(sa.select(OutboxMessage).where(OutboxMessage.template == "effects_asked")).all()
    assert [each.recipient for each in sent] == ["aino@example.fi"]
    assert [each.client_id for each in queries.to_send_on_paper(session, "keusote", 1).rows] == [
        scene.eino.id
    ]
    assert queries.count_on_paper(session, "siunsote") == 0


def test_the_worker_asks_reminds_once_and_lets_lapse(app: Flask, database: Database) -> None:
    with app.app_context(), database.transaction() as session:
        scene = make_taking_part(session)
        agreed(session, scene)
    with app.app_context():
        assert service.ask_due(database, now=NOW) == 0
        for days in (REMINDED_AFTER.days - 1, REMINDED_AFTER.days, REMINDED_AFTER.days + 1, OPEN_FOR.days):
            service.ask_due(database, now=NOW + days * DAY)
        with database.read() as session:
            reminders = session.scalars(
                sa.select(OutboxMessage.created_at).where(OutboxMessage.template == "effects_reminder")
            ).all()
            assert reminders == [NOW + REMINDED_AFTER]
            assert states(session, scene.aino.id) == [(0, AskingState.DUE)]
        service.ask_due(database, now=NOW + OPEN_FOR + DAY)
        with database.read() as session:
            assert states(session, scene.aino.id) == [(0, AskingState.LAPSED)]
        assert service.ask_due(database, now=NOW + 92 * DAY) == 1
        with database.read() as session:
            assert states(session, scene.aino.id) == [(0, AskingState.LAPSED), (3, AskingState.DUE)]


@pytest.mark.parametrize(
    ("values", "state"),
    [((7, None), AskingState.CLOSED), ((None, None), AskingState.LAPSED), ((), AskingState.LAPSED)],
)
def test_what_was_begun_and_not_sent_is_answered_or_not_and_never_both(
    app: Flask, database: Database, values: tuple[int | None, ...], state: AskingState
) -> None:
    with app.app_context(), database.transaction() as session:
        scene = make_taking_part(session)
        asking, work = agreed(session, scene), scene.work(session, scene.citizen)
        for key, value in zip((FIRST, SECOND), values, strict=False):
            service.answer_item(work, scene.aino, asking.id, key, value, helped=False)
    with app.app_context():
        service.ask_due(database, now=NOW + OPEN_FOR + DAY)
    with database.read() as session:
        assert states(session, scene.aino.id) == [(0, state)]
        months = session.scalars(sa.select(EffectSheet.month)).all()
        assert bool(months) is (state is AskingState.CLOSED)
        assert None not in months
        tally = responses(session)[PILOT, None, 0]
        assert tally.answered == len(months)
        assert tally.asked == 1


def test_which_papers_were_given_is_kept_with_the_day_and_until_asked_again(
    session: Session, scene: Scene
) -> None:
    service.agree_on_paper(scene.work(session, scene.olga), scene.eino.id)
    [asking] = queries.waiting_askings(session, scene.eino.id)
    assert queries.count_on_paper(session, "keusote") == 1
    service.note_paper(scene.work(session, scene.olga), scene.eino.id, asking.id)
    assert asking.paper_on == NOW.date()
    assert queries.count_on_paper(session, "keusote") == 0
    assert queries.to_send_on_paper(session, "keusote", 1).rows == [asking], "it can be printed again"
    service.withdraw_for(scene.work(session, scene.olga), scene.eino.id, Keeping.KEEP)
    with pytest.raises(Conflict):
        service.note_paper(scene.work(session, scene.olga), scene.eino.id, asking.id)
    service.agree_on_paper(scene.work(session, scene.olga), scene.eino.id)
    assert asking.paper_on is None


def test_each_answer_is_kept_at_once_and_can_be_changed_until_all_is_sent(
    session: Session, scene: Scene
) -> None:
    asking, work = agreed(session, scene), scene.work(session, scene.citizen)
    service.answer_item(work, scene.aino, asking.id, FIRST, 7, helped=False)
    assert asking.state is AskingState.OPENED
    service.answer_item(work, scene.aino, asking.id, FIRST, 4, helped=False)
    service.answer_item(work, scene.aino, asking.id, SECOND, None, helped=True)
    assert own.answers_to(session, asking) == {FIRST: 4, SECOND: None}
    service.send(work, scene.aino, asking.id, helped=False)
    sheet = session.scalars(sa.select(EffectSheet)).one()
    assert (sheet.helped, sheet.way, sheet.month) == (True, Way.PORTAL, NOW.date().replace(day=1))
    assert states(session, scene.aino.id) == [(0, AskingState.ANSWERED)]
    with pytest.raises(Conflict):
        service.answer_item(work, scene.aino, asking.id, FIRST, 9, helped=False)


@pytest.mark.parametrize("value", [-1, 11])
def test_an_answer_beyond_the_scale_is_refused(session: Session, scene: Scene, value: int) -> None:
    asking = agreed(session, scene)
    with pytest.raises(Invalid):
        service.answer_item(
            scene.work(session, scene.citizen), scene.aino, asking.id, FIRST, value, helped=False
        )


def test_another_clients_asking_and_an_unknown_question_are_not_found(session: Session, scene: Scene) -> None:
    asking, work = agreed(session, scene), scene.work(session, scene.citizen)
    with pytest.raises(NotFound):
        service.answer_item(work, scene.eino, asking.id, FIRST, 5, helped=False)
    with pytest.raises(NotFound):
        service.answer_item(work, scene.aino, asking.id, ("budget_areas", "home"), 1, helped=False)


def test_what_came_on_paper_is_typed_in_once_by_the_own_organisation(session: Session, scene: Scene) -> None:
    asking = agreed(session, scene)
    stranger, olga = scene.work(session, scene.stranger), scene.work(session, scene.olga)
    with pytest.raises(NotFound):
        service.enter_paper(stranger, scene.aino.id, asking.id, {FIRST: 3}, helped=False)
    service.enter_paper(olga, scene.aino.id, asking.id, {FIRST: 3, SECOND: None}, helped=True)
    assert own.answers_to(session, asking) == {FIRST: 3, SECOND: None}
    with pytest.raises(Conflict):
        service.enter_paper(olga, scene.aino.id, asking.id, {FIRST: 4}, helped=True)


def test_who_does_not_want_to_answer_this_time_leaves_nothing_behind(session: Session, scene: Scene) -> None:
    asking, work = agreed(session, scene), scene.work(session, scene.citizen)
    service.answer_item(work, scene.aino, asking.id, FIRST, 7, helped=False)
    service.skip(work, scene.aino, asking.id)
    assert asking.state is AskingState.SKIPPED
    assert session.scalars(sa.select(EffectAnswer)).all() == []


@pytest.mark.parametrize(("keeping", "answers", "askings"), [(Keeping.KEEP, 1, 2), (Keeping.DELETE, 0, 0)])
def test_the_client_chooses_what_becomes_of_the_answers(
    session: Session, scene: Scene, keeping: Keeping, answers: int, askings: int
) -> None:
    first, work = agreed(session, scene), scene.work(session, scene.citizen)
    service.answer_item(work, scene.aino, first.id, FIRST, 7, helped=False)
    service.send(work, scene.aino, first.id, helped=False)
    later = replace(work, now=NOW + 100 * DAY)
    service.ask_client(later, scene.aino)
    [second] = queries.waiting_askings(session, scene.aino.id)
    service.answer_item(later, scene.aino, second.id, FIRST, 8, helped=False)
    service.withdraw(later, scene.aino, keeping)
    session.expire_all()
    assert len(session.scalars(sa.select(EffectAnswer)).all()) == answers
    assert len(queries.askings_of(session, scene.aino.id)) == askings
    assert queries.waiting_askings(session, scene.aino.id) == []
    assert own.has_answers(session, scene.aino.id) is bool(answers)
    assert service.ask_client(replace(work, now=NOW + 370 * DAY), scene.aino) == 0


@pytest.mark.parametrize("days", [5, 300])
def test_a_start_that_was_stopped_is_asked_when_the_client_agrees_again(
    session: Session, scene: Scene, days: int
) -> None:
    asking, work = agreed(session, scene), scene.work(session, scene.citizen)
    service.withdraw(work, scene.aino, Keeping.KEEP)
    assert asking.state is AskingState.STOPPED
    scene.aino.email = ""
    session.flush()
    service.agree(replace(work, now=NOW + days * DAY), scene.aino)
    assert states(session, scene.aino.id) == [(0, AskingState.DUE)]
    assert asking.due_on == asking.asked_on == (NOW + days * DAY).date(), "months are counted from now on"
    assert not asking.mailed, "who has no address any more gets paper"
    assert service.ask_client(work_of(session, now=NOW + (days + 92) * DAY), scene.aino) == 1


def told_by_mail(session: Session) -> int:
    query = sa.select(OutboxMessage).where(OutboxMessage.template == "effects_asked")
    return len(session.scalars(query).all())


@pytest.mark.parametrize(("days", "state"), [(10, AskingState.DUE), (60, AskingState.STOPPED)])
def test_what_was_stopped_is_asked_again_only_while_it_is_of_its_time(
    session: Session, scene: Scene, days: int, state: AskingState
) -> None:
    first, work = agreed(session, scene), scene.work(session, scene.citizen)
    service.send(work, scene.aino, first.id, helped=False)
    later = replace(work, now=NOW + 92 * DAY)
    service.ask_client(later, scene.aino)
    service.withdraw(later, scene.aino, Keeping.KEEP)
    before = told_by_mail(session)
    service.agree(replace(work, now=later.now + days * DAY), scene.aino)
    assert states(session, scene.aino.id) == [(0, AskingState.ANSWERED), (3, state)]
    assert told_by_mail(session) - before == (state is AskingState.DUE)


def test_who_joins_again_before_the_last_day_is_asked_each_wave_once(session: Session, scene: Scene) -> None:
    agreed(session, scene)
    [held] = scene.aino.participations
    olga = scene.work(session, scene.olga)
    clients.interrupt(olga, scene.aino, held.id, (NOW + 100 * DAY).date())
    clients.join(olga, scene.aino, PILOT, NOW.date())
    session.expire_all()
    assert service.ask_client(work_of(session, now=NOW + 95 * DAY), scene.aino) == 1
    assert [wave for wave, _state in states(session, scene.aino.id)] == [0, 3]


def test_who_left_and_joins_again_is_asked_what_was_stopped(session: Session, scene: Scene) -> None:
    asking = agreed(session, scene)
    [held] = scene.aino.participations
    olga = scene.work(session, scene.olga)
    clients.interrupt(olga, scene.aino, held.id, NOW.date())
    assert service.ask_client(work_of(session), scene.aino) == 0, "not on the last day"
    clients.join(olga, scene.aino, PILOT, (NOW + 30 * DAY).date())
    session.expire_all()
    assert queries.to_ask(session, (NOW + 30 * DAY).date()) == [scene.aino.id]
    assert service.ask_client(work_of(session, now=NOW + 30 * DAY), scene.aino) == 1
    assert (asking.state, asking.due_on) == (AskingState.DUE, (NOW + 30 * DAY).date())


def test_who_has_left_is_neither_reminded_nor_answers_any_more(app: Flask, database: Database) -> None:
    with app.app_context(), database.transaction() as session:
        scene = make_taking_part(session)
        agreed(session, scene)
        [held] = scene.aino.participations
        clients.interrupt(scene.work(session, scene.olga), scene.aino, held.id, (NOW + 9 * DAY).date())
    with app.app_context():
        service.ask_due(database, now=NOW + 9 * DAY)
        with database.read() as session:
            assert states(session, scene.aino.id) == [(0, AskingState.DUE)]
        service.ask_due(database, now=NOW + REMINDED_AFTER)
    with database.read() as session:
        assert states(session, scene.aino.id) == [(0, AskingState.STOPPED)]
        assert not session.scalars(
            sa.select(OutboxMessage).where(OutboxMessage.template == "effects_reminder")
        ).all()


def make_closed(app: Flask, database: Database) -> tuple[Scene, int]:
    """Somebody who takes part, and the asking whose time is over with nothing answered."""
    with app.app_context(), database.transaction() as session:
        scene = make_taking_part(session)
        asking_id = agreed(session, scene).id
    with app.app_context():
        service.ask_due(database, now=NOW + OPEN_FOR + DAY)
    return scene, asking_id


@pytest.mark.parametrize(("days", "is_taken"), [(14, True), (15, False)])
def test_a_paper_that_comes_a_little_late_is_typed_in(
    app: Flask, database: Database, days: int, is_taken: bool
) -> None:
    scene, asking_id = make_closed(app, database)
    with app.app_context(), database.transaction() as session:
        olga = replace(scene.work(session, scene.olga), now=NOW + OPEN_FOR + days * DAY)
        with nullcontext() if is_taken else pytest.raises(Conflict):
            service.enter_paper(olga, scene.aino.id, asking_id, {FIRST: 3}, helped=False)
    state = AskingState.ANSWERED if is_taken else AskingState.LAPSED
    with database.read() as session:
        assert states(session, scene.aino.id) == [(0, state)]


def test_a_late_paper_completes_what_was_begun_on_the_portal(app: Flask, database: Database) -> None:
    with app.app_context(), database.transaction() as session:
        scene = make_taking_part(session)
        asking_id, work = agreed(session, scene).id, scene.work(session, scene.citizen)
        for key, value in ((FIRST, 7), (SECOND, 2)):
            service.answer_item(work, scene.aino, asking_id, key, value, helped=True)
    with app.app_context():
        service.ask_due(database, now=NOW + OPEN_FOR + DAY)
    with app.app_context(), database.transaction() as session:
        olga = replace(scene.work(session, scene.olga), now=NOW + OPEN_FOR + 10 * DAY)
        paper = {FIRST: None, SECOND: 9, THIRD: 4}
        service.enter_paper(olga, scene.aino.id, asking_id, paper, helped=False)
        with pytest.raises(Conflict):
            service.enter_paper(olga, scene.aino.id, asking_id, paper, helped=False)
    with database.read() as session:
        assert states(session, scene.aino.id) == [(0, AskingState.ANSWERED)]
        asking = queries.asking_of(session, scene.aino.id, asking_id)
        assert own.answers_to(session, asking) == {FIRST: 7, SECOND: 9, THIRD: 4}
        sheet = session.scalars(sa.select(EffectSheet)).one()
        assert (sheet.way, sheet.helped) == (Way.PAPER, True)
        assert sheet.month == (NOW + OPEN_FOR + 10 * DAY).date().replace(day=1)


def test_no_late_paper_is_kept_of_who_has_taken_the_consent_back(app: Flask, database: Database) -> None:
    scene, asking_id = make_closed(app, database)
    with app.app_context(), database.transaction() as session:
        work = replace(scene.work(session, scene.citizen), now=NOW + OPEN_FOR + 2 * DAY)
        service.withdraw(work, session.merge(scene.aino), Keeping.KEEP)
    with app.app_context(), database.transaction() as session:
        olga = replace(scene.work(session, scene.olga), now=NOW + OPEN_FOR + 3 * DAY)
        with pytest.raises(Conflict):
            service.enter_paper(olga, scene.aino.id, asking_id, {FIRST: 3}, helped=False)
    with database.read() as session:
        assert session.scalars(sa.select(EffectAnswer)).all() == []


def test_leaving_the_pilot_ends_the_asking(session: Session, scene: Scene) -> None:
    asking = agreed(session, scene)
    [held] = scene.aino.participations
    clients.interrupt(scene.work(session, scene.olga), scene.aino, held.id, NOW.date())
    assert asking.state is AskingState.STOPPED
    service.agree(replace(scene.work(session, scene.citizen), now=NOW + DAY), scene.aino)
    assert queries.waiting_askings(session, scene.aino.id) == []


def test_who_is_protected_since_the_asking_is_not_reminded_by_mail(app: Flask, database: Database) -> None:
    with app.app_context(), database.transaction() as session:
        scene = make_taking_part(session)
        agreed(session, scene)
        scene.aino.protected, scene.aino.address, scene.aino.municipality = True, "", None
    with app.app_context():
        service.ask_due(database, now=NOW + REMINDED_AFTER)
    with database.read() as session:
        assert not session.scalars(
            sa.select(OutboxMessage).where(OutboxMessage.template == "effects_reminder")
        ).all()


def test_a_copy_has_the_answers_and_erasing_takes_all_of_them(session: Session, scene: Scene) -> None:
    asking, work = agreed(session, scene), scene.work(session, scene.citizen)
    service.answer_item(work, scene.aino, asking.id, FIRST, 7, helped=False)
    copy = json.loads(export(session, scene.aino, now=NOW))
    [told] = copy["questions_about_effects"]
    assert told["answers"] == [{"set": "demo_wellbeing", "question": "daily_life", "answer": 7}]
    [held] = scene.aino.participations
    held.joined_on = held.ended_on = NOW.date() - DAY
    erase(work_of(session), scene.aino)
    for table in (EffectAnswer, EffectSheet, EffectLink, EffectAsking):
        assert session.scalars(sa.select(table)).all() == []


def test_the_trail_names_no_answer(session: Session, scene: Scene) -> None:
    asking, work = agreed(session, scene), scene.work(session, scene.citizen)
    service.answer_item(work, scene.aino, asking.id, FIRST, 7, helped=False)
    service.send(work, scene.aino, asking.id, helped=False)
    events = session.scalars(
        sa.select(AuditEvent).where(AuditEvent.action.startswith("effect_asking."))
    ).all()
    assert {each.action for each in events} >= {"effect_asking.ask", "effect_asking.answer"}
    assert all(set(each.after or {}) <= {"client", "pilot", "wave"} for each in events)


def test_the_link_is_found_by_a_former_key_and_made_anew_with_the_present_one(
    session: Session, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    asking, work = agreed(session, scene), scene.work(session, scene.citizen)
    service.answer_item(work, scene.aino, asking.id, FIRST, 7, helped=False)
    before = linking.pseudonym_of(session, scene.aino.id, PILOT)
    monkeypatch.setitem(session.info, "client_keys", (b"new", DEVELOPMENT_KEY))
    assert linking.pseudonym_of(session, scene.aino.id, PILOT) == before
    assert linking.renew(session) == 1
    session.flush()
    assert linking.renew(session) == 0
    monkeypatch.setitem(session.info, "client_keys", (b"new",))
    assert linking.pseudonym_of(session, scene.aino.id, PILOT) == before
    monkeypatch.setitem(session.info, "client_keys", (b"stolen tables, other key",))
    assert linking.pseudonym_of(session, scene.aino.id, PILOT) is None


def test_the_invented_set_is_never_asked_in_production(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [each.key for each in instruments_of(session, "keusote")] == ["demo_wellbeing", "budget_areas"]
    monkeypatch.setitem(session.info, "production", True)
    assert [each.key for each in instruments_of(session, "keusote")] == ["budget_areas"]
    assert items_of(session, "keusote", 0) == []
