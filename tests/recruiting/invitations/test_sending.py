"""A round is written letter by letter; whatever happens between two of them, nobody gets a letter twice."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import IntegrityError

from marketplace import outbox
from marketplace.accounts.service import actor_of
from marketplace.audit.proof import verify
from marketplace.db import Database
from marketplace.errors import NotFound
from marketplace.outbox import MAX_ATTEMPTS, OutboxMessage
from marketplace.providers.models import Provider
from marketplace.recruiting.invitations import answering, queries, sending, service
from marketplace.recruiting.invitations.addresses import addressee
from marketplace.recruiting.invitations.models import Invitation, InvitationLetter
from marketplace.recruiting.invitations.rules import InvitationAction, LetterKind, LetterState
from tests.factories import NOW, make_application, make_approval, make_provider, make_provider_admin
from tests.recruiting.invitations.conftest import PILOT, Office, listed, make_office
from tests.work import work_of

LATER = NOW + timedelta(days=6)


@pytest.fixture(autouse=True)
def templates(core_app: Flask) -> Iterator[None]:
    """Letters are made from templates."""
    with core_app.app_context():
        yield


@pytest.fixture
def office(database: Database) -> Office:
    with database.transaction() as session:
        return make_office(session)


def add(database: Database, office: Office, number: int, **facts: str) -> list[int]:
    with database.transaction() as session:
        return [each.id for each in listed(session, office, number, **facts)]


def order(
    database: Database, office: Office, kind: LetterKind = LetterKind.INVITATION, now: datetime = NOW
) -> int:
    with database.transaction() as session:
        return sending.order(work_of(session, office.actor, now=now), PILOT, kind)[1]


def mails(database: Database) -> list[OutboxMessage]:
    with database.read() as session:
        return list(session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id)))


def states(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.scalars(sa.select(Invitation.state).order_by(Invitation.id)))


def token_in(message: OutboxMessage) -> str:
    found = re.search(r"/invitation\?key=([\w-]+)", message.body)
    assert found is not None
    return found[1]


def test_everybody_on_the_list_gets_a_letter_in_their_language_with_a_link_of_their_own(
    database: Database, office: Office
) -> None:
    add(database, office, 2)
    with database.transaction() as session:
        service.add_one(work_of(session, office.actor), PILOT, addressee("Vård Ab", "v@example.fi", "sv"))
    assert order(database, office) == 3
    assert mails(database) == []
    assert sending.write_letters(database, now=NOW) == 3
    sent = mails(database)
    assert [each.recipient for each in sent] == ["yritys0@example.fi", "yritys1@example.fi", "v@example.fi"]
    assert [each.language for each in sent] == ["fi", "fi", "sv"]
    assert "Yritys 1 Oy" in sent[1].body
    assert "/sv/invitation?key=" in sent[2].body
    assert len({token_in(each) for each in sent}) == 3
    assert states(database) == ["invited"] * 3


def test_only_the_hash_of_a_token_is_kept_and_it_finds_the_invitation(
    database: Database, office: Office
) -> None:
    [only] = add(database, office, 1)
    order(database, office)
    sending.write_letters(database, now=NOW)
    token = token_in(mails(database)[0])
    with database.read() as session:
        letter = session.scalars(sa.select(InvitationLetter)).one()
        assert letter.token_hash != token
        assert len(letter.token_hash or "") == 64
        assert queries.invitation_of_token(session, token).id == only
        with pytest.raises(NotFound):
            queries.invitation_of_token(session, token[:-1])


def test_a_crash_between_two_letters_neither_loses_nor_doubles_one(
    database: Database, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(database, office, 7)
    order(database, office)
    real, calls = outbox.send, iter(range(100))

    def dies(*args: Any, **kwargs: Any) -> OutboxMessage:
        message = real(*args, **kwargs)
        if next(calls) in (3, 4):
            raise KeyboardInterrupt
        return message

    monkeypatch.setattr(outbox, "send", dies)
    for _crash in range(2):
        with pytest.raises(KeyboardInterrupt):
            sending.write_letters(database, now=NOW)
    assert len(mails(database)) == 3
    assert states(database) == ["invited"] * 3 + ["listed"] * 4
    sending.write_letters(database, now=NOW)
    assert sending.write_letters(database, now=NOW) == 0
    assert [each.recipient for each in mails(database)] == [f"yritys{n}@example.fi" for n in range(7)]
    assert verify(database).problem is None


def test_several_workers_at_once_write_each_letter_once(
    database: Database, office: Office, core_app: Flask
) -> None:
    add(database, office, 12)
    order(database, office)

    def work() -> None:
        with core_app.app_context():
            while sending.write_letters(database, now=NOW, limit=3):
                pass

    workers = [threading.Thread(target=work) for _ in range(3)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    assert sorted(each.recipient for each in mails(database)) == sorted(
        f"yritys{n}@example.fi" for n in range(12)
    )
    assert states(database) == ["invited"] * 12


def test_the_database_itself_refuses_a_second_letter_in_a_round(database: Database, office: Office) -> None:
    [only] = add(database, office, 1)
    order(database, office)
    sending.write_letters(database, now=NOW)
    with database.transaction() as session:
        letter = session.scalars(sa.select(InvitationLetter)).one()
        session.add(InvitationLetter(invitation_id=only, round_id=letter.round_id, state=LetterState.WAITING))
        with pytest.raises(IntegrityError):
            session.flush()
        session.rollback()


def test_ordering_again_while_letters_wait_orders_nothing(database: Database, office: Office) -> None:
    add(database, office, 2)
    order(database, office)
    with pytest.raises(sending.NobodyToWriteTo):
        order(database, office)


def test_a_dry_run_counts_who_would_get_the_letter_and_changes_nothing(
    database: Database, office: Office
) -> None:
    ids = add(database, office, 3)
    with database.read() as session:
        assert queries.addressed(session, PILOT, LetterKind.INVITATION, at=NOW) == ids
        assert queries.addressed(session, PILOT, LetterKind.REMINDER, at=NOW) == []
        assert queries.by_language(session, PILOT, ids) == {"fi": 3}
    assert mails(database) == []
    assert states(database) == ["listed"] * 3


def test_who_is_taken_off_the_list_or_applies_before_the_letter_is_written_gets_none(
    database: Database, office: Office
) -> None:
    ids = add(database, office, 3)
    order(database, office)
    with database.transaction() as session:
        removed = session.get_one(Invitation, ids[0])
        service.change_state(work_of(session, office.actor), removed, InvitationAction.REMOVE)
        provider = make_provider(session, email="yritys1@example.fi")
        make_application(session, provider, make_provider_admin(session, provider), state="submitted")
    sending.write_letters(database, now=NOW)
    assert [each.recipient for each in mails(database)] == ["yritys2@example.fi"]
    with database.read() as session:
        assert [counts for _round, counts in queries.rounds(session, PILOT)] == [
            {"written": 1, "dropped": 2, "delivered": 0}
        ]


def test_who_is_approved_without_an_application_is_not_invited_to_apply(
    database: Database, office: Office
) -> None:
    ids = add(database, office, 3)
    with database.transaction() as session:
        known = make_provider(session, email=session.get_one(Invitation, ids[0]).email)
        make_approval(session, known, "transport", pilot_key=PILOT)
    assert order(database, office) == 2
    with database.transaction() as session:
        meanwhile = make_provider(session, email=session.get_one(Invitation, ids[1]).email)
        make_approval(session, meanwhile, "transport", pilot_key=PILOT)
    sending.write_letters(database, now=NOW)
    assert [each.recipient for each in mails(database)] == ["yritys2@example.fi"]


def test_a_reminder_goes_once_to_those_who_have_neither_applied_nor_answered(
    database: Database, office: Office
) -> None:
    ids = add(database, office, 5)
    order(database, office)
    sending.write_letters(database, now=NOW)
    with database.transaction() as session:
        people = [session.get_one(Invitation, each) for each in ids]
        answering.open_link(work_of(session), people[0])
        answering.answer(work_of(session), people[1], "decline")
        answering.answer(work_of(session), people[2], "disown")
        provider = make_provider(session, email=people[3].email)
        make_application(session, provider, make_provider_admin(session, provider), state="submitted")
    with pytest.raises(sending.NobodyToWriteTo):
        order(database, office, LetterKind.REMINDER, NOW + timedelta(days=4))
    assert order(database, office, LetterKind.REMINDER, LATER) == 2
    sending.write_letters(database, now=LATER)
    reminders = mails(database)[5:]
    assert [each.recipient for each in reminders] == ["yritys0@example.fi", "yritys4@example.fi"]
    assert {each.template for each in reminders} == {"invitation_reminder"}
    greeting, again, *_rest = reminders[0].body.split("\n\n")
    assert greeting.startswith("Hei ")
    assert again.startswith("Olemme lähettäneet"), "what it is about follows the greeting"
    assert states(database) == ["opened", "declined", "wrong_address", "invited", "invited"]
    with pytest.raises(sending.NobodyToWriteTo):
        order(database, office, LetterKind.REMINDER, LATER)


def test_a_message_that_the_outbox_gave_up_is_shown_as_come_back(database: Database, office: Office) -> None:
    add(database, office, 2)
    order(database, office)
    sending.write_letters(database, now=NOW)
    with database.transaction() as session:
        message = session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id)).first()
        assert message is not None
        message.attempts, message.last_error = MAX_ATTEMPTS - 1, "550 no such mailbox"
    assert sending.note_bounces(database, now=NOW) == 0
    with database.transaction() as session:
        session.get_one(OutboxMessage, message.id).attempts = MAX_ATTEMPTS
    assert sending.note_bounces(database, now=NOW) == 1
    assert sending.note_bounces(database, now=NOW) == 0
    assert states(database) == ["bounced", "invited"]


def test_a_corrected_address_gets_the_invitation_and_the_old_link_dies(
    database: Database, office: Office
) -> None:
    [only] = add(database, office, 1)
    order(database, office)
    sending.write_letters(database, now=NOW)
    with database.transaction() as session:
        found = session.get_one(Invitation, only)
        service.correct(work_of(session, office.actor), found, addressee("A Oy", "right@example.fi"))
    assert order(database, office) == 1
    sending.write_letters(database, now=NOW)
    old, new = mails(database)
    assert new.recipient == "right@example.fi"
    with database.read() as session:
        assert queries.invitation_of_token(session, token_in(new)).id == only
        with pytest.raises(NotFound):
            queries.invitation_of_token(session, token_in(old))
    assert sending.note_bounces(database, now=NOW) == 0


def test_going_on_from_the_link_ties_the_provider_to_the_invitation(
    database: Database, office: Office
) -> None:
    [only] = add(database, office, 1)
    order(database, office)
    sending.write_letters(database, now=NOW)
    with database.transaction() as session:
        provider = make_provider(session)
        person = make_provider_admin(session, provider)
        found = session.get_one(Invitation, only)
        first = answering.apply(work_of(session, actor_of(person)), found, provider_id=provider.id)
        again = answering.apply(work_of(session, actor_of(person)), found, provider_id=provider.id)
        assert first is again
        assert found.provider_id == provider.id
        stranger = make_provider(session)
        with pytest.raises(NotFound):
            answering.apply(work_of(session, actor_of(person)), found, provider_id=stranger.id)
        assert session.get(Provider, stranger.id) is not None


def test_three_thousand_addressees_are_counted_in_few_queries_and_little_time(
    database: Database, office: Office
) -> None:
    add(database, office, 3000)
    with database.read() as session:
        assert len(queries.addressed(session, PILOT, LetterKind.INVITATION, at=NOW)) == 3000
        assert queries.numbers(session, PILOT).listed == 3000
        page = queries.invitations(session, PILOT, page=999)
        assert (page.page, page.pages, len(page.rows)) == (60, 60, 50)
