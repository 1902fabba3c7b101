"""Rows of clients: budgets and what they hold, requests, questions, figures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from marketplace.accounts.service import actor_of
from marketplace.audit.models import AuditChain
from marketplace.budgets.summaries.models import ClientSummary
from marketplace.clients.models import Client, Participation
from marketplace.clients.rules import ConsentKind
from marketplace.clients.service import give_consent
from marketplace.db import Database
from marketplace.deliveries import service as deliveries
from marketplace.effects.models import EffectAsking
from marketplace.files.store import FileStore
from marketplace.ledger import queries as ledger_queries
from marketplace.ledger import service as ledger
from marketplace.ledger.models import Entry
from marketplace.ledger.rules import Amount, EntryKind
from marketplace.ledger.service import Cause
from marketplace.reports.models import ReportEdition
from marketplace.vouchers.granting import service as granting
from marketplace.vouchers.granting.models import Budget
from marketplace.vouchers.granting.rules import Carry
from marketplace.vouchers.models import Agreement
from marketplace.vouchers.rules import AgreementState
from tests.budgets.conftest import make_budgeted
from tests.deliveries.scenes import visit
from tests.duty_rows.spoiling import TODAY, WHEN, count, spoil
from tests.factories import (
    NOW,
    make_approval,
    make_client,
    make_provider,
    make_user,
)
from tests.ledger.conftest import open_books
from tests.recruiting.invitations.conftest import PILOT
from tests.vouchers.agreeing.conftest import asked, make_choosing
from tests.vouchers.granting.conftest import LINE, changed, made, make_granting, tell
from tests.work import work_of


def reservations(database: Database, _settings: Any) -> Callable[[], int]:
    """Two reservations that run out; the name of one's end has been taken."""
    with database.transaction() as session:
        work, books = work_of(session), open_books(session)
        ledger.grant(work, books.funds, books.budget, books.amount(100), Cause("g"))
        first, _second = (
            ledger.reserve(
                work,
                books.budget,
                books.provider,
                books.amount(10),
                Cause(name),
                lapses_on=TODAY - timedelta(days=1),
            )
            for name in ("a", "b")
        )
        taken = Cause(f"run-out:{first.id}")
        ledger.grant(work, books.funds, books.budget, books.amount(1), taken)
    return lambda: count(database, Entry, Entry.kind == EntryKind.TIME_OUT)


def budgets(database: Database, settings: Any) -> Callable[[], int]:
    """Three budgets whose period is over; the names of one's return have been taken."""
    with database.transaction() as session:
        scene = make_granting(session)
        facts = changed(ends_on=date(2027, 2, 28))
        decision = made(session, scene, FileStore.of(settings), facts, (replace(LINE, carry=Carry.NONE),))
        session.flush()
        account = decision.lines[0].budgets[0].account
        work = scene.work(session)
        funds = granting._funds(work, decision, account.unit)
        when = NOW + WHEN["settle budgets that are over"]
        names = ["", *(f":{(when + timedelta(seconds=each)).isoformat()}" for each in range(2))]
        for name in names:
            cause = Cause(f"return:{account.key}{name}")
            ledger.grant(work, funds, account, Amount(account.unit, 1), cause)
        for month in (date(2026, 12, 1), date(2027, 1, 1), date(2027, 2, 1)):
            tell(session, scene.client.id, month, NOW)
    return lambda: count(database, Budget, Budget.settled_at.is_not(None)) - 1


def held_budgets(database: Database, settings: Any) -> Callable[[], int]:
    """Two agreements that hold a month that is over; the name by which one would let go of it has been taken."""
    with database.transaction() as session:
        scene = make_budgeted(session, FileStore.of(settings))
        work, account = scene.office.work(session), scene.decision.lines[0].budgets[0].account
        about = f"agreement:{scene.agreements[0].id}"
        [held] = ledger_queries.open_reservations(session, about=about, budgets=[account.id])
        funds = granting._funds(work, scene.decision, account.unit)
        taken = Cause(f"{about}:let-go:{held.entry.id}")
        ledger.grant(work, funds, account, Amount(account.unit, 1), taken)
    return lambda: count(database, Entry, Entry.kind == EntryKind.VOID)


def summaries(database: Database, settings: Any) -> Callable[[], int]:
    """Two clients whose month is to be told; a delivery to one of them cannot be read."""
    with database.transaction() as session:
        for number in range(2):
            scene = make_budgeted(session, FileStore.of(settings))
            work = work_of(session, actor_of(scene.admin))
            given = deliveries.record(work, scene.provider.id, scene.agreements[0].id, visit())
            if number == 0:
                given.lines = [{"no": "line"}]
    return lambda: count(database, ClientSummary)


def given(database: Database, settings: Any) -> Callable[[], int]:
    """Two clients with something to look at; the language of one's helper is none."""
    with database.transaction() as session:
        for number in range(2):
            scene = make_budgeted(session, FileStore.of(settings))
            work = work_of(session, actor_of(scene.admin))
            deliveries.record(work, scene.provider.id, scene.agreements[0].id, visit())
            if number == 0:
                spoil(session, "users", scene.helper.id, language="xx")
    return lambda: count(database, Client, Client.deliveries_told_at.is_not(None))


def clients(database: Database, _settings: Any) -> Callable[[], int]:
    """Two clients whose time is over; the number that one would get has been taken."""
    with database.transaction() as session:
        person = make_user(session)
        first, second = make_client(session), make_client(session)
        for client in (first, second):
            session.add(
                Participation(
                    client_id=client.id,
                    pilot_key=PILOT,
                    joined_on=date(2000, 1, 1),
                    ended_on=date(2000, 12, 31),
                    recorded_by_id=person.id,
                    recorded_at=NOW,
                )
            )
        make_client(session, number=f"ERASED-{first.id}")
    return lambda: count(database, Client, Client.erased_at.is_not(None))


def questions(database: Database, _settings: Any) -> Callable[[], int]:
    """Two clients who agree to be asked; the next place in the trail of one's organisation has been taken."""
    pilots = {"siunsote": "siunsote-2017", "keusote": PILOT}
    with database.transaction() as session:
        person = make_user(session)
        for organisation, pilot in pilots.items():
            client = make_client(session, organisation_key=organisation)
            session.add(
                Participation(
                    client_id=client.id,
                    pilot_key=pilot,
                    joined_on=TODAY,
                    recorded_by_id=person.id,
                    recorded_at=NOW,
                )
            )
            give_consent(work_of(session, actor_of(person)), client, ConsentKind.EFFECTS)
    with database.transaction() as session:
        session.get_one(AuditChain, "siunsote").last_number -= 1
    return lambda: count(database, EffectAsking)


def quarters(database: Database, _settings: Any) -> Callable[[], int]:
    """Two pilots with a quarter to tell; the places of one's approval are none."""
    with database.transaction() as session:
        for pilot in ("siunsote-2017", PILOT):
            approval = make_approval(session, make_provider(session), pilot_key=pilot)
            if pilot != PILOT:
                spoil(session, "service_approvals", approval.id, municipalities=[["858"]])
    return lambda: count(database, ReportEdition)


def requests(database: Database, settings: Any) -> Callable[[], int]:
    """Two requests that nobody has answered; the name of the release of what one has reserved has been taken."""
    with database.transaction() as session:
        scene = make_choosing(session)
        first, _second = (
            asked(session, scene, hours="5"),
            asked(session, scene, scene.other, hours="5"),
        )
        held = ledger_queries.open_reservations(session, about=f"agreement:{first.id}")[0]
        line = scene.decision.lines[0]
        funds = granting._funds(scene.work(session), scene.decision, line.unit)
        taken = Cause(f"agreement:{first.id}:let-go:{held.entry.id}")
        ledger.grant(scene.work(session), funds, line.budgets[0].account, Amount(line.unit, 1), taken)
    return lambda: count(database, Agreement, Agreement.state == AgreementState.LAPSED)


def waiting_requests(database: Database, _settings: Any) -> Callable[[], int]:
    """Two requests that wait for their providers; the language of one's admin is none."""
    with database.transaction() as session:
        scene = make_choosing(session)
        asked(session, scene, hours="5")
        asked(session, scene, scene.other, hours="5")
        spoil(session, "users", scene.admin.id, language="xx")
    return lambda: count(database, Agreement, Agreement.reminded_at.is_not(None))
