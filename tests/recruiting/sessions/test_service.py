"""An information session: its dates hold, participants are told what they must know, each reminder goes once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import icalendar
import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace import outbox
from marketplace.accounts.service import actor_of
from marketplace.allowances import TooOften
from marketplace.db import Database
from marketplace.errors import Conflict, Invalid, NotAllowed
from marketplace.i18n import LocalizedText, in_language
from marketplace.outbox import OutboxMessage, as_email
from marketplace.pilots.models import Pilot
from marketplace.recruiting.sessions import queries, service
from marketplace.recruiting.sessions.calendar import calendar_file
from marketplace.recruiting.sessions.models import InformationSession, SessionRegistration
from marketplace.recruiting.sessions.participants import participants_csv
from tests.factories import NOW
from tests.recruiting.invitations.conftest import PILOT, Office, make_office
from tests.work import work_of

URL = "http://localhost"
FACTS = service.SessionFacts(
    title=LocalizedText("Infotilaisuus; yrityksille", "Informationsmöte, för företag"),
    starts_at=NOW + timedelta(days=10),
    ends_at=NOW + timedelta(days=10, hours=1),
    link="https://meeting.example.fi/abc",
    description=LocalizedText("Ääkköset näkyvät.", "Å syns."),
)


@pytest.fixture(autouse=True)
def templates(core_app: Flask) -> Iterator[None]:
    """Mail is made from templates."""
    with core_app.app_context():
        yield


@pytest.fixture
def office(database: Database) -> Office:
    with database.transaction() as session:
        return make_office(session)


@pytest.fixture
def planned(database: Database, office: Office) -> int:
    """A session in ten days, behind a link."""
    with database.transaction() as session:
        pilot = session.get_one(Pilot, PILOT)
        return service.plan(work_of(session, office.actor), pilot, FACTS).id


def ask(
    database: Database, planned: int, email: str = "a@example.fi", *, now: datetime = NOW, **given: str
) -> int:
    facts = {"name": "Aino", "company": "A Oy", "language": "fi", "source": "192.0.2.1"} | given
    with database.transaction() as session:
        found = session.get_one(InformationSession, planned, with_for_update=True)
        return service.register(work_of(session, now=now), found, email=email, **facts).id


def confirm(database: Database, registration: int, *, now: datetime = NOW) -> None:
    with database.transaction() as session:
        service.confirm(work_of(session, now=now), session.get_one(SessionRegistration, registration))


def register(
    database: Database, planned: int, email: str = "a@example.fi", *, now: datetime = NOW, **given: str
) -> None:
    """Ask for a seat and confirm it from the address."""
    confirm(database, ask(database, planned, email, now=now, **given), now=now)


def mails(database: Database) -> list[OutboxMessage]:
    """The letters to those who come, without those that ask them to confirm."""
    with database.read() as session:
        query = (
            sa.select(OutboxMessage)
            .where(OutboxMessage.template != "session_confirm")
            .order_by(OutboxMessage.id)
        )
        return list(session.scalars(query.options(sa.orm.undefer(OutboxMessage.attachments))))


def event_in(content: bytes) -> Any:
    calendar = icalendar.Calendar.from_ical(content)
    [event] = calendar.walk("VEVENT")
    return event


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": LocalizedText("Vain suomeksi", "")}, "title-sv"),
        ({"starts_at": NOW - timedelta(hours=1)}, "day"),
        ({"ends_at": FACTS.starts_at}, "ends"),
        ({"link": ""}, "place-fi"),
        ({"link": "", "place": LocalizedText("Hyvinkää", "")}, "place-sv"),
        ({"link": "javascript:alert(1)"}, "link"),
        ({"link": "meeting.example.fi"}, "link"),
    ],
)
def test_a_session_that_cannot_be_is_refused(
    database: Database, office: Office, change: dict[str, object], field: str
) -> None:
    with database.transaction() as session:
        pilot = session.get_one(Pilot, PILOT)
        with pytest.raises(Invalid) as refusal:
            service.plan(work_of(session, office.actor), pilot, replace(FACTS, **change))  # type: ignore[arg-type]
    assert refusal.value.field == field


def test_only_the_coordinator_of_the_organisation_plans(database: Database, office: Office) -> None:
    with database.transaction() as session:
        pilot = session.get_one(Pilot, PILOT)
        for who in (office.decider, office.stranger):
            with pytest.raises(NotAllowed):
                service.plan(work_of(session, actor_of(who)), pilot, FACTS)


def test_the_confirmation_carries_a_calendar_entry_that_reads_back(database: Database, planned: int) -> None:
    register(database, planned, language="sv")
    [mail] = mails(database)
    assert mail.language == "sv"
    assert FACTS.link in mail.body
    [attachment] = as_email(mail, "office@example.fi").iter_attachments()
    assert attachment.get_content_type() == "text/calendar"
    assert attachment.get_param("charset") == "utf-8"
    event = event_in(attachment.get_content().encode())
    assert event["SUMMARY"] == FACTS.title.sv
    assert event.decoded("DTSTART") == FACTS.starts_at
    assert event.decoded("DTEND") == FACTS.ends_at
    assert event["DESCRIPTION"].startswith("Å syns.")


def test_the_calendar_file_keeps_to_the_standard(database: Database, planned: int) -> None:
    with database.read() as session:
        content = calendar_file(session.get_one(InformationSession, planned), "fi", URL)
    lines = content.split(b"\r\n")
    assert lines[0] == b"BEGIN:VCALENDAR"
    assert {b"VERSION:2.0", b"METHOD:PUBLISH", b"STATUS:CONFIRMED", b"SEQUENCE:0"} <= set(lines)
    assert any(line.startswith(b"PRODID:") for line in lines)
    assert f"UID:information-session-{planned}@localhost".encode() in lines
    assert all(len(line) <= 75 for line in lines)
    assert b"SUMMARY:Infotilaisuus\\; yrityksille" in content


def test_registering_twice_keeps_one_place_and_sends_one_confirmation(
    database: Database, planned: int
) -> None:
    register(database, planned)
    register(database, planned, "A@Example.fi", name="Someone else")
    with database.read() as session:
        assert session.scalars(sa.select(SessionRegistration.name)).all() == ["Aino"]
    assert len(mails(database)) == 1


@pytest.fixture
def small(database: Database, office: Office) -> int:
    """A session with one seat."""
    with database.transaction() as session:
        pilot = session.get_one(Pilot, PILOT)
        return service.plan(work_of(session, office.actor), pilot, replace(FACTS, seats=1)).id


def withdraw(database: Database, email: str, *, now: datetime = NOW) -> None:
    with database.transaction() as session:
        query = sa.select(SessionRegistration).where(SessionRegistration.email == email)
        service.withdraw(work_of(session, now=now), session.scalars(query).one())


def states(database: Database) -> dict[str, str]:
    with database.read() as session:
        return {each.email[0]: each.state for each in session.scalars(sa.select(SessionRegistration))}


def told(database: Database) -> list[tuple[str, str]]:
    return [(mail.recipient[0], mail.template) for mail in mails(database)]


def test_seats_are_not_given_twice_and_a_freed_one_goes_to_the_first_in_line(
    database: Database, small: int
) -> None:
    for name in "abc":
        register(database, small, f"{name}@example.fi")
    assert states(database) == {"a": "coming", "b": "waiting", "c": "waiting"}
    withdraw(database, "a@example.fi")
    withdraw(database, "a@example.fi")
    assert states(database) == {"a": "withdrawn", "b": "offered", "c": "waiting"}
    register(database, small, "d@example.fi")
    assert states(database)["d"] == "waiting", "a seat that is held is not free for who comes later"
    with database.read() as session:
        found = queries.registration(session, small, "b@example.fi")
        assert found is not None
        assert found.offered_until == NOW + timedelta(days=2)
        confirmed = found.id
    confirm(database, confirmed)
    assert states(database)["b"] == "coming"
    assert told(database) == [
        ("a", "session_registered"),
        ("b", "session_waiting"),
        ("c", "session_waiting"),
        ("b", "session_offered"),
        ("d", "session_waiting"),
        ("b", "session_registered"),
    ]


def test_a_seat_that_nobody_takes_in_time_goes_to_the_next(database: Database, small: int) -> None:
    for name in "abc":
        register(database, small, f"{name}@example.fi")
    withdraw(database, "a@example.fi")
    assert service.pass_on(database, NOW + timedelta(hours=47)) == 0
    assert service.pass_on(database, NOW + timedelta(days=2)) == 1
    assert service.pass_on(database, NOW + timedelta(days=2)) == 0
    assert states(database) == {"a": "withdrawn", "b": "withdrawn", "c": "offered"}


def test_an_offer_ends_when_the_session_begins(database: Database, small: int) -> None:
    for name in "ab":
        register(database, small, f"{name}@example.fi")
    withdraw(database, "a@example.fi", now=FACTS.starts_at - timedelta(hours=3))
    with database.read() as session:
        found = queries.registration(session, small, "b@example.fi")
        assert found is not None
        assert found.offered_until == FACTS.starts_at
    assert service.pass_on(database, FACTS.starts_at) == 1


def test_more_seats_are_offered_to_those_who_wait(database: Database, small: int, office: Office) -> None:
    for name in "abcd":
        register(database, small, f"{name}@example.fi")
    with database.transaction() as session:
        planned = queries.office_session(work_of(session, office.actor), small, lock=True)
        service.change(work_of(session, office.actor), planned, replace(FACTS, seats=3))
    assert states(database) == {"a": "coming", "b": "offered", "c": "offered", "d": "waiting"}


def test_the_office_does_not_take_away_a_seat_that_is_held_for_somebody(
    database: Database, small: int, office: Office
) -> None:
    for name in "abc":
        register(database, small, f"{name}@example.fi")
    with database.transaction() as session:
        work = work_of(session, office.actor)
        planned = queries.office_session(work, small, lock=True)
        service.change(work, planned, replace(FACTS, seats=2))
        with pytest.raises(Invalid):
            service.change(work, planned, replace(FACTS, seats=1))
    assert states(database) == {"a": "coming", "b": "offered", "c": "waiting"}


def test_a_cancelled_session_is_told_to_those_in_line_too(
    database: Database, small: int, office: Office
) -> None:
    for name in "ab":
        register(database, small, f"{name}@example.fi")
    with database.transaction() as session:
        planned = queries.office_session(work_of(session, office.actor), small, lock=True)
        service.cancel(work_of(session, office.actor), planned)
    assert {who for who, template in told(database) if template == "session_cancelled"} == {"a", "b"}


def test_an_audience_that_does_not_exist_is_refused(database: Database, office: Office) -> None:
    with database.transaction() as session:
        pilot = session.get_one(Pilot, PILOT)
        with pytest.raises(Invalid) as refusal:
            service.plan(work_of(session, office.actor), pilot, replace(FACTS, audience="nobody"))
    assert refusal.value.field == "audience"


def test_a_seat_is_held_when_the_address_has_confirmed_and_not_before(database: Database, small: int) -> None:
    first, second = (ask(database, small, f"{name}@example.fi") for name in "ab")
    assert mails(database) == []
    confirm(database, second)
    confirm(database, second)
    assert [mail.recipient for mail in mails(database)] == ["b@example.fi"]
    confirm(database, first)
    assert states(database) == {"a": "waiting", "b": "coming"}
    with database.read() as session:
        assert [each.email for each in queries.participants(session, small)] == ["b@example.fi"]


def test_the_letter_that_asks_to_confirm_says_nothing_of_who_asked(database: Database, planned: int) -> None:
    ask(database, planned, name="VOITIT 1000 EUR", company="https://evil.example")
    with database.read() as session:
        [letter] = session.scalars(sa.select(OutboxMessage))
    assert letter.template == "session_confirm"
    assert "VOITIT" not in letter.subject + letter.body
    assert "evil" not in letter.subject + letter.body


def test_strangers_are_not_filled_with_letters_and_one_machine_takes_no_session(
    database: Database, planned: int
) -> None:
    for _time in range(3):
        ask(database, planned)
    with pytest.raises(TooOften):
        ask(database, planned, source="192.0.2.2")
    for number in range(17):
        ask(database, planned, f"other{number}@example.fi")
    with pytest.raises(TooOften):
        ask(database, planned, "one@example.fi")


def test_who_took_part_is_forgotten_ninety_days_after_the_session(database: Database, planned: int) -> None:
    register(database, planned, "comes@example.fi")
    with database.transaction() as session:
        ends = session.get_one(InformationSession, planned).ends_at
        assert service.forget(session, now=ends + timedelta(days=89)) == 0
        assert service.forget(session, now=ends + timedelta(days=90)) == 1


def test_what_nobody_confirms_is_forgotten_with_its_letter(database: Database, planned: int) -> None:
    register(database, planned, "comes@example.fi")
    ask(database, planned, "never@example.fi")
    with database.transaction() as session:
        assert service.forget(session, now=NOW + timedelta(days=1)) == 0
        assert service.forget(session, now=NOW + timedelta(days=2)) == 1
    with database.read() as session:
        assert session.scalars(sa.select(SessionRegistration.email)).all() == ["comes@example.fi"]
        kept = session.scalars(sa.select(OutboxMessage.recipient)).all()
    assert set(kept) == {"comes@example.fi"}


def test_nobody_registers_for_a_session_that_has_begun_or_been_cancelled(
    database: Database, office: Office, planned: int
) -> None:
    with pytest.raises(Conflict):
        register(database, planned, now=FACTS.starts_at)
    with database.transaction() as session:
        found = session.get_one(InformationSession, planned)
        service.cancel(work_of(session, office.actor), found)
    with pytest.raises(Conflict):
        register(database, planned)


def test_a_new_time_is_told_with_a_newer_entry_and_a_new_text_is_not(
    database: Database, office: Office, planned: int
) -> None:
    register(database, planned)

    def change(facts: service.SessionFacts) -> None:
        with database.transaction() as session:
            found = session.get_one(InformationSession, planned)
            service.change(work_of(session, office.actor), found, facts)

    change(FACTS)
    change(replace(FACTS, description=LocalizedText("Uusi", "Ny")))
    assert [mail.template for mail in mails(database)] == ["session_registered"]
    later = replace(
        FACTS, starts_at=FACTS.starts_at + timedelta(days=1), ends_at=FACTS.ends_at + timedelta(days=1)
    )
    change(later)
    told = mails(database)[-1]
    assert told.template == "session_changed"
    [attachment] = as_email(told, "office@example.fi").iter_attachments()
    event = event_in(attachment.get_content().encode())
    assert (event["SEQUENCE"], event.decoded("DTSTART")) == (2, later.starts_at)


def test_a_cancelled_session_is_taken_out_of_calendars_and_cancelled_once(
    database: Database, office: Office, planned: int
) -> None:
    register(database, planned)

    def cancel() -> None:
        with database.transaction() as session:
            found = session.get_one(InformationSession, planned)
            service.cancel(work_of(session, office.actor), found)

    cancel()
    [attachment] = as_email(mails(database)[-1], "office@example.fi").iter_attachments()
    assert "METHOD:CANCEL" in attachment.get_content()
    assert event_in(attachment.get_content().encode())["STATUS"] == "CANCELLED"
    with pytest.raises(Conflict):
        cancel()


def test_each_participant_is_reminded_once_a_day_before(database: Database, planned: int) -> None:
    register(database, planned)
    register(database, planned, "b@example.fi", language="sv")
    register(database, planned, "gone@example.fi")
    with database.transaction() as session:
        query = sa.select(SessionRegistration).where(SessionRegistration.email == "gone@example.fi")
        service.withdraw(work_of(session), session.scalars(query).one())
    day_before = FACTS.starts_at - timedelta(hours=23)
    assert service.remind(database, FACTS.starts_at - timedelta(hours=25)) == 0
    assert service.remind(database, day_before) == 2
    assert service.remind(database, day_before) == 0
    assert service.remind(database, FACTS.starts_at) == 0
    reminders = [mail for mail in mails(database) if mail.template == "session_reminder"]
    assert [(mail.recipient, mail.language) for mail in reminders] == [
        ("a@example.fi", "fi"),
        ("b@example.fi", "sv"),
    ]


def test_a_crash_while_reminding_reminds_nobody_twice(
    database: Database, planned: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b", "c"):
        register(database, planned, f"{name}@example.fi")
    day_before = FACTS.starts_at - timedelta(hours=2)
    real = outbox.send

    def dies(*args: Any, **kwargs: Any) -> OutboxMessage:
        if args[1].email == "b@example.fi":
            raise KeyboardInterrupt
        return real(*args, **kwargs)

    monkeypatch.setattr(outbox, "send", dies)
    with pytest.raises(KeyboardInterrupt):
        service.remind(database, day_before)
    monkeypatch.undo()
    assert service.remind(database, day_before) == 2
    reminders = [mail.recipient for mail in mails(database) if mail.template == "session_reminder"]
    assert reminders == ["a@example.fi", "b@example.fi", "c@example.fi"]


def test_who_registers_on_the_last_day_needs_no_reminder(database: Database, planned: int) -> None:
    moment = FACTS.starts_at - timedelta(hours=3)
    register(database, planned, now=moment)
    assert service.remind(database, moment + timedelta(minutes=5)) == 0


def test_the_list_of_participants_opens_in_a_finnish_spreadsheet(database: Database, planned: int) -> None:
    register(database, planned, name="=HYPERLINK(1)", company="Äiti; Oy")
    with database.read() as session, in_language("en"):
        content = participants_csv(session.scalars(sa.select(SessionRegistration)).all())
    assert content.startswith(b"\xef\xbb\xbf")
    rows = content.decode("utf-8-sig").splitlines()
    assert rows[0] == "Name;Company;E-mail address;Language;Registered"
    assert rows[1].startswith('\'=HYPERLINK(1);"Äiti; Oy";a@example.fi;Finnish;22.11.2026')
