"""Rows of companies and of the office: proofs, applications, letters, files, offers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

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
from marketplace.db import Database
from marketplace.files.models import StoredFile
from marketplace.files.rules import FileState
from marketplace.files.store import FileStore
from marketplace.i18n import LocalizedText
from marketplace.outbox import OutboxMessage
from marketplace.permissions import ANYBODY
from marketplace.pilots.models import Pilot
from marketplace.providers.api_keys import service as api_keys
from marketplace.providers.api_keys.models import ApiKey
from marketplace.providers.authority.models import ProviderRight
from marketplace.providers.authority.rules import RightAction, RightState
from marketplace.providers.models import Evidence
from marketplace.recruiting.invitations import sending
from marketplace.recruiting.invitations.models import Invitation, InvitationLetter
from marketplace.recruiting.invitations.rules import LetterKind, LetterState
from marketplace.recruiting.sessions import service as sessions
from marketplace.recruiting.sessions.models import SessionRegistration
from marketplace.reports.models import OpenDataSnapshot
from marketplace.reports.opendata import SETS
from marketplace.search import changes
from marketplace.search.offer_index import OfferIndex
from marketplace.vacancies.models import PlaceNotice
from tests.approvals.cast import make_cast
from tests.approvals.standing.conftest import make_standing
from tests.duty_rows.spoiling import TODAY, count, spoil
from tests.factories import (
    NOW,
    PDF,
    make_application,
    make_approval,
    make_offer,
    make_provider,
    make_provider_admin,
    make_required_evidence,
    make_user,
)
from tests.recruiting.invitations.conftest import PILOT, listed, make_office
from tests.stored import path_of
from tests.work import work_of


def reminders(database: Database, _settings: Any) -> Callable[[], int]:
    """Two providers' proofs; the language of one's admin is none."""
    with database.transaction() as session:
        casts = [make_cast(session) for _number in range(2)]
        for cast in casts:
            make_standing(session, cast)
        for proof in session.scalars(sa.select(Evidence)):
            proof.valid_until = TODAY - timedelta(days=EVIDENCE_STEPS[0])
        spoil(session, "users", casts[0].applicant.id, language="xx")
    return lambda: count(database, StandingReminder)


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
    return lambda: count(database, Application, in_review)


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
    return lambda: count(database, OutboxMessage, OutboxMessage.template == "application_draft_waits")


def rights(database: Database, _settings: Any) -> Callable[[], int]:
    """Two companies whose right to act was shown a year ago; the language of one's admin is none."""
    with database.transaction() as session:
        for number in range(2):
            provider = make_provider(session)
            admin = make_provider_admin(session, provider)
            right = session.get(ProviderRight, provider.id) or ProviderRight(provider_id=provider.id)
            right.state, right.shown_by = RightState.PROVEN, RightAction.ASK_REGISTER
            right.shown_at, right.checked_until = NOW - timedelta(days=366), TODAY - timedelta(days=1)
            session.add(right)
            session.flush()
            if number == 0:
                spoil(session, "users", admin.id, language="xx")
    return lambda: count(database, OutboxMessage, OutboxMessage.template == "right_due_again")


def mornings(database: Database, _settings: Any) -> Callable[[], int]:
    """Two people of an office with a new application; the language of one is none."""
    with database.transaction() as session:
        cast = make_cast(session)
        make_application(session, make_provider(session), cast.applicant, state="submitted", complete=False)
        spoil(session, "users", cast.reviewer.id, language="xx")
    return lambda: count(database, OutboxMessage, OutboxMessage.template == "office_morning")


def asked_links(database: Database, _settings: Any) -> Callable[[], int]:
    """Two newcomers; one's language is none."""
    with database.transaction() as session:
        for number in range(2):
            links.ask(session, Purpose.REGISTRATION, email=f"uusi{number}@example.fi", language="fi", now=NOW)
        session.flush()
        spoil(session, "mailed_links", session.scalars(sa.select(MailedLink.id)).first() or 0, language="xx")
    return lambda: count(database, MailedLink, MailedLink.settled_at.is_not(None))


def invitations(database: Database, _settings: Any) -> Callable[[], int]:
    """Two letters of a round; one's language is none."""
    with database.transaction() as session:
        office = make_office(session)
        first, _second = listed(session, office, 2)
        session.flush()
        sending.order(work_of(session, office.actor), PILOT, LetterKind.INVITATION)
        spoil(session, Invitation.__tablename__, first.id, language="xx")
    return lambda: count(database, InvitationLetter, InvitationLetter.state == LetterState.WRITTEN)


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
    return lambda: count(database, SessionRegistration, SessionRegistration.reminded_at.is_not(None))


def mail(database: Database, _settings: Any) -> Callable[[], int]:
    """Two messages; the number of one is no header."""
    with database.transaction() as session:
        for number in range(2):
            message = account_password_changed(work_of(session), make_user(session))
            session.flush()
            if number == 0:
                spoil(session, OutboxMessage.__tablename__, message.id, message_id="<a\nb>")
    return lambda: count(database, OutboxMessage, OutboxMessage.sent_at.is_not(None))


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
    return lambda: 2 - count(database, PlaceNotice)


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
    return lambda: count(database, StoredFile, StoredFile.state == FileState.CLEAN)


def expiring_keys(database: Database, _settings: Any) -> Callable[[], int]:
    """Two companies' keys; the language of one's admin is none."""
    with database.transaction() as session:
        for number in range(2):
            provider = make_provider(session)
            admin = make_provider_admin(session, provider)
            api_keys.make_key(work_of(session, actor_of(admin)), provider.id, "Kirjaaja")
            if number == 0:
                spoil(session, "users", admin.id, language="xx")
    return lambda: count(database, ApiKey, ApiKey.told_at.is_not(None))


def snapshots(database: Database, _settings: Any) -> Callable[[], int]:
    """The sets of open data; a text of an offer is none, so that its prices cannot be read: the set after them is."""
    with database.transaction() as session:
        offer = make_offer(session, make_approval(session, make_provider(session)))
        spoil(session, "offer_versions", offer.versions[0].id, title={"de": "Angebot"})
    return lambda: count(database, OpenDataSnapshot, OpenDataSnapshot.name == list(SETS)[-1])


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
