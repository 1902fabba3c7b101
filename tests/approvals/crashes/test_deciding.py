"""Deciding is killed at random moments: a decision is there with everything that belongs to it, or not at all."""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.applications.models import Application, Decision
from marketplace.applications.rules import ApplicationState, Outcome
from marketplace.approvals.standing.models import ApprovalCondition
from marketplace.audit.models import AuditEvent
from marketplace.files.models import StoredFile
from marketplace.files.quarantine import sweep
from marketplace.files.store import FileStore
from marketplace.outbox import OutboxMessage
from marketplace.providers.models import ServiceApproval
from tests.approvals.cast import Cast, make_cast
from tests.approvals.crashes.conftest import Crashes
from tests.approvals.crashes.work import decide_all
from tests.conftest import settings_for
from tests.factories import make_application, make_provider, make_provider_admin
from tests.stored import folder_of

WAITING = 25
"""Applications that wait for a decision when a life begins: more than a life can see to."""
OUTCOMES = {"day_activity": Outcome.APPROVED_WITH_CONDITIONS, "transport": Outcome.REJECTED}
LASTING = "Vakuutus pidetään voimassa."
DATED = ("Omavalvontasuunnitelma julkaistaan.", "2027-06-30")
CONDITIONS: list[dict[str, Any]] = [
    {"text": LASTING, "due_on": None},
    {"text": DATED[0], "due_on": DATED[1]},
]


def propose(session: Session, cast: Cast) -> int:
    """One more application, proposed to be approved in part."""
    provider = make_provider(session, iban="FI2112345600000785")
    person = make_provider_admin(session, provider, language="sv" if provider.id % 2 else "fi")
    application = make_application(
        session, provider, person, state=ApplicationState.PROPOSED, handler=cast.reviewer, outcomes=OUTCOMES
    )
    application.lines[0].proposed_conditions = CONDITIONS
    return application.id


def test_a_killed_decision_is_whole_or_not_there_and_its_number_is_given_once(crashes: Crashes) -> None:
    with crashes.database.transaction() as session:
        cast = make_cast(session)
    store = FileStore.of(settings_for("sqlite://", crashes.folder))
    ids: list[int] = []

    def arguments() -> tuple[int, list[int]]:
        with crashes.database.transaction() as session:
            assert_no_half_decision(session, store)
            waiting = _waiting(session)
            waiting += [propose(session, cast) for _ in range(WAITING - len(waiting))]
            ids.extend(each for each in waiting if each not in ids)
        return cast.decider.id, waiting

    crashes.kill_at_random(decide_all, arguments)
    with crashes.database.read() as session:
        waiting = _waiting(session)
    crashes.finish(decide_all, cast.decider.id, waiting)
    crashes.assert_chain_whole()
    with crashes.database.read() as session:
        assert_no_half_decision(session, store)
        assert _waiting(session) == []
        numbers = set(session.scalars(sa.select(Decision.number)))
        assert numbers == {f"KEUSOTE-2026/{place}" for place in range(1, len(ids) + 1)}
        applicants = session.scalars(sa.select(Application)).all()
        mails = crashes.assert_mail_arrived_once()
        assert Counter(str(mail["To"]) for mail in mails) == Counter(
            application.created_by.email for application in applicants
        )
        archived = set(session.scalars(sa.select(StoredFile.sha256).join(Decision)))
        assert {_document(mail) for mail in mails} == archived
    sweep(crashes.database, store, now=datetime.now(UTC) + timedelta(days=2))
    on_disk = [path for path in folder_of(store).rglob("*") if path.is_file()]
    assert {path.name for path in on_disk} == archived, "what dead processes left on the disk is swept away"


def _waiting(session: Session) -> list[int]:
    undecided = sa.select(Application.id).where(Application.state == ApplicationState.PROPOSED)
    return list(session.scalars(undecided.order_by(Application.id)))


def _document(mail: EmailMessage) -> str:
    """The digest of the decision that a mail carries."""
    [attachment] = list(mail.iter_attachments())
    return hashlib.sha256(attachment.get_content()).hexdigest()


def assert_no_half_decision(session: Session, store: FileStore) -> None:
    """Every application is decided with all that belongs to a decision, or waits with nothing of it."""
    events = session.scalars(sa.select(AuditEvent).where(AuditEvent.action == "application.decide")).all()
    recorded = {event.after["number"]: event for event in events}
    letters = Counter(session.scalars(sa.select(OutboxMessage.recipient)))
    approved = Counter(
        (approval.provider_id, approval.service_key, approval.conditions)
        for approval in session.scalars(sa.select(ServiceApproval))
    )
    dated = Counter(
        (condition.approval.provider_id, condition.text, condition.due_on.isoformat())
        for condition in session.scalars(sa.select(ApprovalCondition))
    )
    decided = 0
    for application in session.scalars(sa.select(Application)):
        done = application.state == ApplicationState.DECIDED
        decided += done
        assert len(application.decisions) == done
        assert letters[application.created_by.email] == done
        assert {line.service_key: line.outcome for line in application.lines} == (
            OUTCOMES if done else dict.fromkeys(OUTCOMES)
        )
        assert approved[application.provider_id, "day_activity", LASTING] == done
        assert dated[application.provider_id, *DATED] == done
        for decision in application.decisions:
            event = recorded[decision.number]
            assert event.subject_id == str(application.id)
            assert event.after["sha256"] == decision.file.sha256
            document = store.read(decision.file.sha256)
            assert hashlib.sha256(document).hexdigest() == decision.file.sha256
            assert document.startswith(b"%PDF-")
            assert len(document) == decision.file.size
    assert len(events) == len(recorded) == decided == sum(approved.values()) == sum(letters.values())
    assert sum(dated.values()) == decided
