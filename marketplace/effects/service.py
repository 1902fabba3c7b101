"""Asking, answering and ending it. Verbs of the worker, of the client, and of the counsellor who types in paper.

What is changed is locked first: the client where the consent counts, then the askings by number, then the answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.clients import service as clients
from marketplace.clients.models import Client, Participation
from marketplace.clients.queries import client_for_staff
from marketplace.clients.rules import ConsentKind, takes_part
from marketplace.db import Database, for_change
from marketplace.duties import each_by_itself
from marketplace.effects import linking, queries
from marketplace.effects.audit_actions import EffectAudit
from marketplace.effects.mails import effects_asked, effects_reminder
from marketplace.effects.models import EffectAnswer, EffectAsking, EffectSheet
from marketplace.effects.rules import (
    ASKING,
    START,
    AskingAction,
    AskingState,
    Keeping,
    Way,
    begins_on,
    can_be_typed_in,
    due_waves,
    open_until,
)
from marketplace.effects.sets import AskedQuestion, items_of, waves_of
from marketplace.errors import Conflict, Invalid, NotFound
from marketplace.i18n import _l, helsinki_date
from marketplace.permissions import SYSTEM, Permission
from marketplace.work import UnitOfWork

Answers = Mapping[tuple[str, str], int | None]
"""Answers by the keys of set and item; None: skipped."""


# --- asking -----------------------------------------------------------------------------------------------------------


def ask_due(database: Database, *, now: datetime) -> int:
    """Ask everybody whose wave has come, remind once, and close what nobody answered or of whom has left the pilot; a
    duty of the worker.

    Each client and each asking in a transaction of its own; how many were asked.
    """
    today = helsinki_date(now)
    with database.read() as session:
        may, late = queries.to_ask(session, today), queries.too_old(session, today)
        gone = queries.of_who_left(session, today)
        quiet = queries.to_remind(session, today)

    def ask(client_id: int) -> int:
        with database.transaction() as session:
            work = UnitOfWork(session, SYSTEM, now)
            client = session.get_one(Client, client_id, with_for_update=for_change(Client))
            return ask_client(work, client)

    def stop(asking_id: int) -> None:
        with database.transaction() as session:
            _stop(UnitOfWork(session, SYSTEM, now), _held(session, asking_id))

    def lapse(asking_id: int) -> None:
        with database.transaction() as session:
            _lapse(UnitOfWork(session, SYSTEM, now), asking_id)

    def remind(asking_id: int) -> None:
        with database.transaction() as session:
            _remind(UnitOfWork(session, SYSTEM, now), asking_id)

    each_by_itself(database, "stop questions of who has left", gone, stop, now=now)
    asked = each_by_itself(database, "ask a client about effects", may, ask, now=now)
    each_by_itself(database, "close questions about effects", late, lapse, now=now)
    each_by_itself(database, "remind of questions about effects", quiet, remind, now=now)
    return sum(asked)


def ask_client(work: UnitOfWork, client: Client) -> int:
    """Ask a client, who is held, what is due in each pilot; how many waves. Nobody is asked without consent."""
    consent = queries.consent_of(work.session, client.id)
    if consent is None or consent.withdrawn_at is not None or client.erased_at is not None:
        return 0
    before = queries.askings_of(work.session, client.id)
    held = {(each.pilot_key, each.wave): each for each in before}
    months = waves_of(work.session, client.organisation_key)
    count = 0
    for each in client.participations:
        if each.ended_on == work.today or not takes_part(each.joined_on, each.ended_on, work.today):
            continue
        asked = {
            wave: asking.due_on
            for (pilot_key, wave), asking in held.items()
            if pilot_key == each.pilot_key and asking.state is not AskingState.STOPPED
        }
        begins = begins_on(each.joined_on, helsinki_date(consent.given_at), asked.get(START))
        for wave, day in due_waves(months, begins, asked, work.today):
            place = each.pilot_key, wave
            held[place] = _ask(work, client, held.get(place) or _new(client, *place), day)
            count += 1
    return count


def _new(client: Client, pilot_key: str, wave: int) -> EffectAsking:
    return EffectAsking(client=client, pilot_key=pilot_key, wave=wave, state=ASKING.initial)


def _ask(work: UnitOfWork, client: Client, asking: EffectAsking, day: date) -> EffectAsking:
    """Ask what is due since a day, for the first time or again after it was stopped."""
    is_stopped = asking.state is AskingState.STOPPED
    if is_stopped:
        asking.state = ASKING.next(asking.state, AskingAction.RESUME)
    asking.due_on, asking.asked_on, asking.mailed = day, work.today, _gets_mail(client)
    asking.reminded_on = asking.settled_on = asking.paper_on = None
    work.session.add(asking)
    work.session.flush()
    if asking.mailed:
        effects_asked(work, asking)
    _record(work, asking, EffectAudit.RESUME if is_stopped else EffectAudit.ASK)
    return asking


def _gets_mail(client: Client) -> bool:
    """Whether mail tells a client of questions: nobody under a non-disclosure order gets any."""
    return bool(client.email) and not client.protected


def _lapse(work: UnitOfWork, asking_id: int) -> None:
    """The time is over. Whoever has answered something has answered, sent or not; else nothing of it is kept."""
    asking = _held(work.session, asking_id)
    if asking.state not in ASKING.waiting or work.today <= open_until(asking.asked_on):
        return
    sheet = _sheet(work.session, asking)
    if sheet is not None and queries.is_answered(work.session, sheet):
        sheet.month = work.today.replace(day=1)
        _settle(work, asking, AskingAction.CLOSE)
    else:
        _drop_sheet(work.session, asking)
        _settle(work, asking, AskingAction.LAPSE)


def _remind(work: UnitOfWork, asking_id: int) -> None:
    asking = _held(work.session, asking_id)
    if asking.state in ASKING.waiting and asking.reminded_on is None and _gets_mail(asking.client):
        asking.reminded_on = work.today
        effects_reminder(work, asking)
        _record(work, asking, EffectAudit.REMIND)


def _held(session: Session, asking_id: int) -> EffectAsking:
    return session.get_one(EffectAsking, asking_id, with_for_update=for_change(EffectAsking))


# --- consent ----------------------------------------------------------------------------------------------------------


def agree(work: UnitOfWork, client: Client) -> None:
    """The client agrees to be asked, and is asked what is due at once, in the pilots in which the client takes part."""
    clients.give_consent(work, client, ConsentKind.EFFECTS)
    ask_client(work, client)


def agree_on_paper(work: UnitOfWork, client_id: int) -> Client:
    """The counsellor writes down that the client has agreed. Raises NotFound."""
    client = client_for_staff(work, client_id, permission=Permission.MANAGE_CLIENTS, lock=True)
    agree(work, client)
    return client


def withdraw(work: UnitOfWork, client: Client, keeping: Keeping) -> None:
    """The client takes the consent back; what waits is stopped, and the answers are deleted or kept, as chosen.

    Answers that are kept stay under their pseudonym, and can still be deleted later by choosing so.
    """
    clients.withdraw_consent(work, client, ConsentKind.EFFECTS)
    if keeping is Keeping.DELETE:
        delete_answers(work, client)


def withdraw_for(work: UnitOfWork, client_id: int, keeping: Keeping) -> Client:
    """The counsellor writes down that the client takes the consent back. Raises NotFound."""
    client = client_for_staff(work, client_id, permission=Permission.MANAGE_CLIENTS, lock=True)
    withdraw(work, client, keeping)
    return client


def stop_asking(work: UnitOfWork, client: Client, kind: ConsentKind) -> None:
    """Stop what waits when the consent has been taken back, wherever that was done; for `clients.consent_withdrawn`."""
    if kind is not ConsentKind.EFFECTS:
        return
    for asking in queries.waiting_askings(work.session, client.id, lock=True):
        _stop(work, asking)


def _stop(work: UnitOfWork, asking: EffectAsking) -> None:
    """Nobody is to answer any more what waits; what was begun is not kept."""
    if asking.state in ASKING.waiting:
        _drop_sheet(work.session, asking)
        _settle(work, asking, AskingAction.STOP)


def delete_answers(work: UnitOfWork, client: Client) -> None:
    """Delete what the client has answered, and that it was asked."""
    forget(work.session, client.id)
    work.record(EffectAudit.DELETE, client, organisation=client.organisation_key)


def forget(session: Session, client_id: int) -> None:
    """Delete answers, links and askings of a client: the data are erased. For the slot `clients.erased`."""
    queries.askings_of(session, client_id, lock=True)
    for _pilot, pseudonym in linking.pseudonyms_of(session, client_id):
        session.execute(sa.delete(EffectAnswer).where(EffectAnswer.pseudonym == pseudonym))
        session.execute(sa.delete(EffectSheet).where(EffectSheet.pseudonym == pseudonym))
    linking.cut(session, client_id)
    session.execute(sa.delete(EffectAsking).where(EffectAsking.client_id == client_id))


# --- answering --------------------------------------------------------------------------------------------------------


def answer_item(
    work: UnitOfWork, client: Client, asking_id: int, key: tuple[str, str], value: int | None, *, helped: bool
) -> None:
    """Keep the answer to one item (None: skipped) as soon as it is given; it can be changed until all is sent.

    `helped`: somebody else acts for the client. Raises NotFound, Invalid for what the scale does not have, and Conflict
    when the asking waits no more.
    """
    asking = _waiting(work, client, asking_id)
    item = _asked_item(work.session, client, asking, key)
    if asking.state is AskingState.DUE:
        asking.state = ASKING.next(asking.state, AskingAction.OPEN)
    sheet = _sheet_for(work, client, asking, Way.PORTAL)
    sheet.helped = sheet.helped or helped
    _keep(work.session, sheet, item, value)


def send(work: UnitOfWork, client: Client, asking_id: int, *, helped: bool) -> None:
    """Everything is answered or skipped: the asking is done. Raises NotFound and Conflict."""
    asking = _waiting(work, client, asking_id)
    sheet = _sheet_for(work, client, asking, Way.PORTAL)
    sheet.helped = sheet.helped or helped
    sheet.month = work.today.replace(day=1)
    _settle(work, asking, AskingAction.ANSWER)


def skip(work: UnitOfWork, client: Client, asking_id: int) -> None:
    """The client does not want to answer this time; nothing of it is kept. Raises NotFound and Conflict."""
    asking = _waiting(work, client, asking_id)
    _drop_sheet(work.session, asking)
    _settle(work, asking, AskingAction.SKIP)


def enter_paper(work: UnitOfWork, client_id: int, asking_id: int, answers: Answers, *, helped: bool) -> None:
    """The counsellor types in what came on paper, a little late too, and cannot read it afterwards.

    What the paper leaves open stays as it was answered on the portal. Raises NotFound, Conflict when the asking waits
    no more or the consent has been taken back, and Invalid.
    """
    client = client_for_staff(work, client_id, permission=Permission.MANAGE_CLIENTS, lock=True)
    asking = queries.asking_of(work.session, client.id, asking_id, lock=True)
    agrees = queries.agrees(work.session, client.id)
    if not can_be_typed_in(asking.state, asking.asked_on, work.today, agrees=agrees):
        raise Conflict(_l("These questions cannot be answered any more."))
    sheet = _sheet_for(work, client, asking, Way.PAPER)
    sheet.way, sheet.month = Way.PAPER, work.today.replace(day=1)
    sheet.helped = sheet.helped or helped
    for key, value in answers.items():
        _keep(
            work.session, sheet, _asked_item(work.session, client, asking, key), value, over=value is not None
        )
    in_time = asking.state in ASKING.waiting
    _settle(work, asking, AskingAction.ANSWER if in_time else AskingAction.ARRIVE)


def note_paper(work: UnitOfWork, client_id: int, asking_id: int) -> None:
    """The counsellor has given or posted the questions on paper today, for the first time or again.

    Raises NotFound, and Conflict when the asking waits no more.
    """
    client = client_for_staff(work, client_id, permission=Permission.MANAGE_CLIENTS, lock=True)
    asking = _waiting(work, client, asking_id)
    asking.paper_on = work.today
    _record(work, asking, EffectAudit.PAPER)


def skip_paper(work: UnitOfWork, client_id: int, asking_id: int) -> None:
    """The counsellor writes down that the client does not want to answer this time. Raises NotFound and Conflict."""
    client = client_for_staff(work, client_id, permission=Permission.MANAGE_CLIENTS, lock=True)
    skip(work, client, asking_id)


def _waiting(work: UnitOfWork, client: Client, asking_id: int) -> EffectAsking:
    asking = queries.asking_of(work.session, client.id, asking_id, lock=True)
    if asking.state not in ASKING.waiting:
        raise Conflict(_l("These questions cannot be answered any more."))
    return asking


def _asked_item(
    session: Session, client: Client, asking: EffectAsking, key: tuple[str, str]
) -> AskedQuestion:
    for each in items_of(session, client.organisation_key, asking.wave):
        if each.key == key:
            return each
    raise NotFound()


def _keep(
    session: Session, sheet: EffectSheet, asked: AskedQuestion, value: int | None, *, over: bool = True
) -> None:
    """Keep an answer, in the place of an earlier one only where it goes `over` it."""
    if value is not None and value not in asked.instrument.scale.points:
        raise Invalid(_l("Choose from the list."), field="answer")
    key = (sheet.pseudonym, sheet.wave, asked.instrument.key, asked.item.key)
    held = session.get(EffectAnswer, key)
    if held is None:
        held = EffectAnswer(
            pseudonym=sheet.pseudonym, wave=sheet.wave, instrument=asked.instrument.key, item=asked.item.key
        )
        session.add(held)
    elif not over:
        return
    held.version, held.value = asked.instrument.version, value
    session.flush()


def _sheet(session: Session, asking: EffectAsking) -> EffectSheet | None:
    pseudonym = linking.pseudonym_of(session, asking.client_id, asking.pilot_key)
    return None if pseudonym is None else session.get(EffectSheet, (pseudonym, asking.wave))


def _sheet_for(work: UnitOfWork, client: Client, asking: EffectAsking, way: Way) -> EffectSheet:
    """The sheet of an asking; a new one at the first answer."""
    sheet = _sheet(work.session, asking)
    if sheet is None:
        sheet = EffectSheet(
            pseudonym=linking.pseudonym_for(work.session, client.id, asking.pilot_key),
            wave=asking.wave,
            pilot_key=asking.pilot_key,
            language=client.language,
            group=client.group,
            way=way,
            helped=False,
        )
        work.session.add(sheet)
        work.session.flush()
    return sheet


def _drop_sheet(session: Session, asking: EffectAsking) -> None:
    sheet = _sheet(session, asking)
    if sheet is not None:
        session.execute(
            sa.delete(EffectAnswer).where(
                EffectAnswer.pseudonym == sheet.pseudonym, EffectAnswer.wave == sheet.wave
            )
        )
        session.delete(sheet)
        session.flush()


def _settle(work: UnitOfWork, asking: EffectAsking, action: AskingAction) -> None:
    asking.state = ASKING.next(asking.state, action)
    asking.settled_on = work.today
    _record(work, asking, EffectAudit.of(action))


def _record(work: UnitOfWork, asking: EffectAsking, action: EffectAudit) -> None:
    work.record(
        action,
        asking,
        organisation=asking.client.organisation_key,
        after={"client": asking.client_id, "pilot": asking.pilot_key, "wave": asking.wave},
    )


def interrupted(work: UnitOfWork, participation: Participation) -> None:
    """Stop asking what belongs to a pilot that the client leaves; for the slot `clients.interrupted`."""
    if participation.ended_on is not None and participation.ended_on > work.today:
        return
    for asking in queries.waiting_askings(work.session, participation.client_id, lock=True):
        if asking.pilot_key == participation.pilot_key:
            _stop(work, asking)
