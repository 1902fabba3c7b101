"""What each duty of the worker goes through, one row of it spoilt: two things, of which one can be done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Final

import sqlalchemy as sa

from marketplace.accounts.links import service as links
from marketplace.accounts.links.models import MailedLink
from marketplace.accounts.links.rules import Purpose
from marketplace.accounts.mails import account_password_changed
from marketplace.accounts.service import actor_of
from marketplace.applications.models import Application
from marketplace.applications.rules import ApplicationState
from marketplace.approvals.standing.models import StandingReminder
from marketplace.approvals.standing.rules import EVIDENCE_STEPS
from marketplace.audit.models import AuditChain
from marketplace.budgets.summaries.models import ClientSummary
from marketplace.clients.models import Client, Participation
from marketplace.clients.rules import ConsentKind
from marketplace.clients.service import give_consent
from marketplace.db import Database, Json
from marketplace.deliveries import service as deliveries
from marketplace.effects.models import EffectAsking
from marketplace.files.models import StoredFile
from marketplace.files.rules import FileState
from marketplace.files.store import FileStore
from marketplace.i18n import LocalizedText, helsinki_date
from marketplace.ledger import queries as ledger_queries
from marketplace.ledger import service as ledger
from marketplace.ledger.models import Entry
from marketplace.ledger.rules import Amount, EntryKind
from marketplace.ledger.service import Cause
from marketplace.money import Money
from marketplace.outbox import OutboxMessage
from marketplace.payments.batches import sending as sending_batches
from marketplace.payments.batches.models import PaymentRow
from marketplace.payments.batches.rules import PaymentState
from marketplace.payments.rails.stripe import events as stripe_events
from marketplace.payments.rails.stripe.gateway import GatewayNotice
from marketplace.payments.rails.stripe.models import StripeAccount, StripeEvent, StripeTransfer
from marketplace.permissions import ANYBODY, Role
from marketplace.pilots.models import Pilot
from marketplace.providers.api_keys import service as api_keys
from marketplace.providers.api_keys.models import ApiKey
from marketplace.providers.models import Evidence
from marketplace.recruiting.invitations import sending
from marketplace.recruiting.invitations.models import Invitation, InvitationLetter
from marketplace.recruiting.invitations.rules import LetterKind, LetterState
from marketplace.recruiting.sessions import service as sessions
from marketplace.recruiting.sessions.models import SessionRegistration
from marketplace.reports.models import ReportEdition
from marketplace.search import changes
from marketplace.search.offer_index import OfferIndex
from marketplace.vacancies.models import PlaceNotice
from marketplace.vouchers.granting import service as granting
from marketplace.vouchers.granting.models import Budget
from marketplace.vouchers.granting.rules import Carry
from marketplace.vouchers.models import Agreement
from marketplace.vouchers.rules import AgreementState
from tests.approvals.cast import make_cast
from tests.approvals.standing.conftest import make_standing
from tests.budgets.conftest import make_budgeted
from tests.deliveries.scenes import visit
from tests.factories import (
    NOW,
    PDF,
    make_application,
    make_approval,
    make_client,
    make_offer,
    make_provider,
    make_provider_admin,
    make_required_evidence,
    make_user,
)
from tests.ledger.conftest import open_books
from tests.payments.batches.scenes import Cast as Payers
from tests.payments.batches.scenes import make_statement
from tests.payments.stripe.double import Stripe
from tests.recruiting.invitations.conftest import PILOT, listed, make_office
from tests.stored import path_of
from tests.vouchers.agreeing.conftest import asked, make_choosing
from tests.vouchers.granting.conftest import LINE, changed, made, make_granting, tell
from tests.work import work_of

TODAY: Final = helsinki_date(NOW)
RUNNING: Final = dict[str, Stripe]()
"""The Stripes that run, by their addresses."""
JSON: Final = {"title", "municipalities"}
"""Columns that are spoilt and hold JSON."""


def spoil(session: sa.orm.Session, table: str, row: int, **values: Any) -> None:
    """Put into a row what no form would let through: what an older version or a hand may have left there."""
    columns = [sa.column(name, Json) if name in JSON else sa.column(name) for name in values]
    session.flush()
    target = sa.table(table, sa.column("id"), *columns)
    session.execute(sa.update(target).where(target.c.id == row).values(**values))


def reminders(database: Database, _settings: Any) -> Callable[[], int]:
    """Two providers' proofs; the language of one's admin is none."""
    with database.transaction() as session:
        casts = [make_cast(session) for _number in range(2)]
        for cast in casts:
            make_standing(session, cast)
        for proof in session.scalars(sa.select(Evidence)):
            proof.valid_until = TODAY - timedelta(days=EVIDENCE_STEPS[0])
        spoil(session, "users", casts[0].applicant.id, language="xx")
    return lambda: _count(database, StandingReminder)


def due_dates(database: Database, _settings: Any) -> Callable[[], int]:
    """Two completions that lapse; one handler's language is none."""
    with database.transaction() as session:
        for number in range(2):
            cast = make_cast(session)
            make_application(
                session,
                cast.provider,
                cast.applicant,
                state=ApplicationState.COMPLETION_REQUESTED,
                due_on=TODAY - timedelta(days=60),
                handler_id=cast.reviewer.id,
            )
            if number == 0:
                spoil(session, "users", cast.reviewer.id, language="xx")
    in_review = Application.state == ApplicationState.IN_REVIEW
    return lambda: _count(database, Application, in_review)


def drafts(database: Database, _settings: Any) -> Callable[[], int]:
    """Two drafts that have lain for months; the language of one's applicant is none."""
    with database.transaction() as session:
        for number in range(2):
            cast = make_cast(session)
            make_application(
                session, cast.provider, cast.applicant, complete=False, created_at=NOW - timedelta(days=60)
            )
            if number == 0:
                spoil(session, "users", cast.applicant.id, language="xx")
    return lambda: _count(database, OutboxMessage, OutboxMessage.template == "application_draft_waits")


def mornings(database: Database, _settings: Any) -> Callable[[], int]:
    """Two people of an office with a new application; the language of one is none."""
    with database.transaction() as session:
        cast = make_cast(session)
        make_application(session, make_provider(session), cast.applicant, state="submitted", complete=False)
        spoil(session, "users", cast.reviewer.id, language="xx")
    return lambda: _count(database, OutboxMessage, OutboxMessage.template == "office_morning")


def asked_links(database: Database, _settings: Any) -> Callable[[], int]:
    """Two newcomers; one's language is none."""
    with database.transaction() as session:
        for number in range(2):
            links.ask(session, Purpose.REGISTRATION, email=f"uusi{number}@example.fi", language="fi", now=NOW)
        session.flush()
        spoil(session, "mailed_links", session.scalars(sa.select(MailedLink.id)).first() or 0, language="xx")
    return lambda: _count(database, MailedLink, MailedLink.settled_at.is_not(None))


def invitations(database: Database, _settings: Any) -> Callable[[], int]:
    """Two letters of a round; one's language is none."""
    with database.transaction() as session:
        office = make_office(session)
        first, _second = listed(session, office, 2)
        session.flush()
        sending.order(work_of(session, office.actor), PILOT, LetterKind.INVITATION)
        spoil(session, Invitation.__tablename__, first.id, language="xx")
    return lambda: _count(database, InvitationLetter, InvitationLetter.state == LetterState.WRITTEN)


def registrations(database: Database, _settings: Any) -> Callable[[], int]:
    """Two who come to a session today; one's language is none."""
    facts = sessions.SessionFacts(
        title=LocalizedText("Info", "Info"),
        starts_at=NOW + timedelta(hours=30),
        ends_at=NOW + timedelta(hours=31),
        link="https://meeting.example.fi/abc",
    )
    with database.transaction() as session:
        office = make_office(session)
        planned = sessions.plan(work_of(session, office.actor), session.get_one(Pilot, PILOT), facts)
        session.flush()
        first, second = (
            sessions.register(
                work_of(session, ANYBODY),
                planned,
                name="Aino",
                company="A Oy",
                email=f"{name}@example.fi",
                language="fi",
                source="",
            )
            for name in ("a", "b")
        )
        for each in (first, second):
            sessions.confirm(work_of(session, ANYBODY), each)
        planned.starts_at = NOW + timedelta(hours=20)
        session.flush()
        spoil(session, SessionRegistration.__tablename__, first.id, language="xx")
    return lambda: _count(database, SessionRegistration, SessionRegistration.reminded_at.is_not(None))


def mail(database: Database, _settings: Any) -> Callable[[], int]:
    """Two messages; the number of one is no header."""
    with database.transaction() as session:
        for number in range(2):
            message = account_password_changed(work_of(session), make_user(session))
            session.flush()
            if number == 0:
                spoil(session, OutboxMessage.__tablename__, message.id, message_id="<a\nb>")
    return lambda: _count(database, OutboxMessage, OutboxMessage.sent_at.is_not(None))


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
    return lambda: _count(database, Entry, Entry.kind == EntryKind.TIME_OUT)


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
    return lambda: _count(database, Budget, Budget.settled_at.is_not(None)) - 1


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
    return lambda: _count(database, Entry, Entry.kind == EntryKind.VOID)


def summaries(database: Database, settings: Any) -> Callable[[], int]:
    """Two clients whose month is to be told; a delivery to one of them cannot be read."""
    with database.transaction() as session:
        for number in range(2):
            scene = make_budgeted(session, FileStore.of(settings))
            work = work_of(session, actor_of(scene.admin))
            given = deliveries.record(work, scene.provider.id, scene.agreements[0].id, visit())
            if number == 0:
                given.lines = [{"no": "line"}]
    return lambda: _count(database, ClientSummary)


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
    return lambda: _count(database, Client, Client.erased_at.is_not(None))


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
    return lambda: _count(database, EffectAsking)


def quarters(database: Database, _settings: Any) -> Callable[[], int]:
    """Two pilots with a quarter to tell; the places of one's approval are none."""
    with database.transaction() as session:
        for pilot in ("siunsote-2017", PILOT):
            approval = make_approval(session, make_provider(session), pilot_key=pilot)
            if pilot != PILOT:
                spoil(session, "service_approvals", approval.id, municipalities=[["858"]])
    return lambda: _count(database, ReportEdition)


def wishes(database: Database, _settings: Any) -> Callable[[], int]:
    """Two who wait for a free place; one's language is none."""
    with database.transaction() as session:
        approval = make_approval(session, make_provider(session))
        make_required_evidence(session, approval)
        offer = make_offer(session, approval)
        for language in ("xx", "fi"):
            session.add(
                PlaceNotice(
                    offer_id=offer.id,
                    email=f"{language}@example.fi",
                    language=language,
                    token_hash=language,
                    asked_at=NOW,
                    confirmed_at=NOW,
                    expires_at=NOW + timedelta(days=90),
                )
            )
    return lambda: 2 - _count(database, PlaceNotice)


def files(database: Database, settings: Any) -> Callable[[], int]:
    """Two files in quarantine; in the place of one is a folder."""
    store = FileStore.of(settings)
    with database.transaction() as session:
        for number in range(2):
            kept = store.put(PDF + bytes([number]), media_type="application/pdf", name="a.pdf")
            session.add(StoredFile(sha256=kept.sha256, media_type="application/pdf", size=1, name="a.pdf",
                                   state=FileState.QUARANTINED, created_at=NOW))  # fmt: skip
    path = path_of(store, kept.sha256)
    path.unlink()
    path.mkdir()
    return lambda: _count(database, StoredFile, StoredFile.state == FileState.CLEAN)


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
    return lambda: _count(database, Agreement, Agreement.state == AgreementState.LAPSED)


def waiting_requests(database: Database, _settings: Any) -> Callable[[], int]:
    """Two requests that wait for their providers; the language of one's admin is none."""
    with database.transaction() as session:
        scene = make_choosing(session)
        asked(session, scene, hours="5")
        asked(session, scene, scene.other, hours="5")
        spoil(session, "users", scene.admin.id, language="xx")
    return lambda: _count(database, Agreement, Agreement.reminded_at.is_not(None))


def expiring_keys(database: Database, _settings: Any) -> Callable[[], int]:
    """Two companies' keys; the language of one's admin is none."""
    with database.transaction() as session:
        for number in range(2):
            provider = make_provider(session)
            admin = make_provider_admin(session, provider)
            api_keys.make_key(work_of(session, actor_of(admin)), provider.id, "Kirjaaja")
            if number == 0:
                spoil(session, "users", admin.id, language="xx")
    return lambda: _count(database, ApiKey, ApiKey.told_at.is_not(None))


def stripe_calls(database: Database, settings: Any) -> Callable[[], int]:
    """Two calls of Stripe; one is about a transfer that Stripe does not have."""
    with database.transaction() as session:
        stripe_events.keep(session, GatewayNotice("evt_1", "transfer.created", "", "tr_none"), NOW)
        stripe_events.keep(session, GatewayNotice("evt_2", "customer.created", "", "cus_1"), NOW)
    return lambda: _count(database, StripeEvent, StripeEvent.handled_at.is_not(None))


def stripe_batches(database: Database, settings: Any) -> Callable[[], int]:
    """Two batches that go over Stripe; one payment has been sent before with another amount."""
    stripe = RUNNING[settings.stripe_base]
    for number in range(2):
        with database.transaction() as session:
            one, other = (make_user(session, Role.PAYER, organisation="metropolia") for _each in range(2))
            payers = Payers(session, FileStore.of(settings), one, other, "metropolia")
            statement = make_statement(session, 120_000 + number, organisation="metropolia")
            payers.statements.append(statement)
            session.add(
                StripeAccount(
                    provider_id=statement.provider_id,
                    account=stripe.account(),
                    takes_transfers=True,
                    pays_out=True,
                    created_at=NOW,
                    checked_at=NOW,
                )
            )
            session.flush()
            batch = payers.released()
            sending_batches.send(payers.work(), batch.id)
            if number == 0:
                [row] = batch.payments
                facts = {"order_key": batch.key, "destination": row.stripe_account, "amount": Money(1)}
                session.add(StripeTransfer(payment=row.key, first_tried_at=NOW, **facts))
    return lambda: _count(database, PaymentRow, PaymentRow.state == PaymentState.TRANSFERRED)


def offers(database: Database, settings: Any) -> Callable[[], int]:
    """Two offers; one's title is no text in two languages."""
    changes.observe()
    with database.transaction() as session:
        for number in range(2):
            approval = make_approval(session, make_provider(session))
            make_required_evidence(session, approval)
            offer = make_offer(session, approval)
            if number == 0:
                spoil(session, "offer_versions", offer.versions[0].id, title={"de": "Angebot"})

    return lambda: OfferIndex(settings.index_dir).status().offers


ROWS: Final[dict[str, list[Callable[[Database, Any], Callable[[], int]]]]] = {
    "remind of proofs and conditions": [reminders],
    "remind of drafts that are not sent": [drafts],
    "watch due dates": [due_dates],
    "write the letters of the morning": [mornings],
    "let reservations run out": [reservations],
    "let requests lapse that nobody answers": [requests],
    "remind of requests that wait": [waiting_requests],
    "tell of keys that expire": [expiring_keys],
    "follow what Stripe tells": [stripe_calls],
    "send batches over Stripe and follow them": [stripe_batches],
    "let go of budgets of months that are over": [held_budgets],
    "settle budgets that are over": [budgets],
    "write summaries to clients": [summaries],
    "erase clients whose time is over": [clients],
    "ask about effects and remind once": [questions],
    "make reports": [quarters],
    "tell of free places": [wishes],
    "write links": [asked_links],
    "write invitations": [invitations, registrations],
    "deliver mail": [mail],
    "scan files that wait": [files],
    "follow changes into the index": [offers],
}
"""The duties that go from row to row, with what is made for each."""

WHEN: Final = {
    "let requests lapse that nobody answers": timedelta(days=8),
    "remind of requests that wait": timedelta(days=6),
    "tell of keys that expire": timedelta(days=340),
    "let go of budgets of months that are over": timedelta(days=80),
    "settle budgets that are over": timedelta(days=150),
    "write summaries to clients": timedelta(days=14),
    "write the letters of the morning": timedelta(hours=20),
    "make reports": timedelta(days=100),
}
"""How long after NOW a duty has something to do."""


def _count(database: Database, model: type[Any], *where: Any) -> int:
    with database.read() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(model).where(*where)) or 0
