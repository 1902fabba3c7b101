"""What migrations do with rows that stand: a database of an earlier version goes on with all its data."""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from marketplace.accounts.queries import unreachable_accounts
from marketplace.audit.proof import TrailVerdict, verify
from marketplace.cli import alembic_config
from marketplace.db import Database, Json, UtcDateTime
from marketplace.offers.models import Offer
from marketplace.offers.rules import Availability
from marketplace.providers.audit_actions import ApprovalAudit
from marketplace.providers.models import Evidence, FormerApproval
from marketplace.work import UnitOfWork
from tests.factories import NOW, make_approval, make_evidence, make_offer, make_provider
from tests.trail import Tried
from tests.work import work_of


def test_migrations_go_down_to_nothing_and_up_again(empty_url: str) -> None:
    config = alembic_config(empty_url)
    command.upgrade(config, "head")
    command.downgrade(config, "base")
    database = Database(empty_url)
    assert set(sa.inspect(database.engine).get_table_names()) <= {"alembic_version"}
    database.dispose()
    command.upgrade(config, "head")


def test_the_trail_of_the_first_release_goes_on_sealed_as_it_was(empty_url: str) -> None:
    config = alembic_config(empty_url)
    command.upgrade(config, "0003")
    database = Database(empty_url)
    previous, content = (
        "0" * 64,
        {"actor_id": None, "actor_name": "Palvelutori", "organisation_key": "keusote"},
    )
    with database.transaction() as session:
        for number in (1, 2, 3):
            row = content | {
                "id": number, "action": "test.event", "subject_type": "Thing", "subject_id": "å",
                "before": {}, "after": {"n": number},
            }  # fmt: skip
            previous = insert_as_the_first_release(session, row, previous)
        session.execute(
            sa.text("INSERT INTO audit_head (id, last_id, last_hash) VALUES (1, 3, :hash)"),
            {"hash": previous},
        )
    command.upgrade(config, "head")
    assert verify(database) == TrailVerdict(3, None)
    with database.transaction() as session:
        work_of(session).record(Tried.EVENT, ("Thing", 1))
    assert verify(database) == TrailVerdict(4, None)
    command.downgrade(config, "0003")
    with database.read() as session:
        assert session.execute(sa.text("SELECT last_id FROM audit_head")).scalar() == 4
        kept = session.execute(sa.text("SELECT hash FROM audit_events WHERE id = 3")).scalar()
    assert kept == previous
    database.dispose()


def insert_as_the_first_release(session: Session, row: dict[str, Any], previous: str) -> str:
    """Insert an event with the hash that the first release gave it, written out again: the seal of then in full."""
    sealed = {**row, "at": NOW.isoformat(timespec="microseconds"), "previous_hash": previous}
    text = json.dumps(sealed, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    digest = hashlib.sha256(text.encode()).hexdigest()
    values = {**row, "at": NOW, "previous_hash": previous, "hash": digest}
    kinds: dict[str, Any] = {
        "id": sa.Integer(),
        "actor_id": sa.Integer(),
        "at": UtcDateTime(),
        "before": Json,
        "after": Json,
    }
    table = sa.table("audit_events", *(sa.column(name, kinds.get(name, sa.Text())) for name in values))
    session.execute(sa.insert(table).values(values))
    return digest


def test_a_table_that_others_refer_to_is_made_anew_with_its_rows(empty_url: str) -> None:
    config = alembic_config(empty_url)
    command.upgrade(config, "0010")
    database = Database(empty_url)
    with database.transaction() as session:
        rows: dict[str, dict[str, Any]] = {
            "organisations": {
                "key": "o", "name": "{}", "short_name": "{}", "theme": "", "email": "", "phone": "", "website": "",
            },
            "pilots": {"key": "p", "organisation_key": "o"},
            "information_sessions": {
                "id": 1, "pilot_key": "p", "title": "{}", "description": "{}", "place": "{}", "link": "", "sequence": 0,
                "starts_at": NOW, "ends_at": NOW + timedelta(hours=1), "state": "planned",
                "created_at": NOW, "changed_at": NOW,
            },
            "session_registrations": {
                "id": 1, "session_id": 1, "name": "n", "company": "c", "email": "e", "language": "fi",
                "state": "coming", "token": "t", "registered_at": NOW,
            },
        }  # fmt: skip
        for name, values in rows.items():
            kinds = {column: UtcDateTime() for column, value in values.items() if isinstance(value, datetime)}
            table = sa.table(name, *(sa.column(column, kinds.get(column)) for column in values))
            session.execute(sa.insert(table).values(values))
    command.upgrade(config, "head")
    with database.transaction() as session:
        joined = "SELECT r.id FROM session_registrations r JOIN information_sessions s ON s.id = r.session_id"
        assert session.execute(sa.text(joined)).scalars().all() == [1]
        kept = session.execute(sa.text("SELECT token FROM session_registrations")).scalar_one()
        assert kept == hashlib.sha256(b"t").hexdigest(), "links that were sent go on, and no copy makes one"
        with pytest.raises(IntegrityError):
            session.execute(sa.text("DELETE FROM information_sessions"))
    database.dispose()


def test_addresses_get_one_form_and_no_row_is_lost(empty_url: str) -> None:
    config = alembic_config(empty_url)
    command.upgrade(config, "0005")
    database = Database(empty_url)
    addresses = [
        "INFO@P\u00c4iv\u00e4koti-esimerkki.fi",
        "info@xn--hoiva-ggra.fi",
        "info@hoiv\u00e4\u00e4.fi",
        "p\u00e4ivi@example.fi",
        "a@example.fi",
    ]
    with database.transaction() as session:
        for number, email in enumerate(addresses, start=1):
            session.execute(
                sa.text(
                    "INSERT INTO users (id, email, name, password_hash, language, created_at, active) "
                    "VALUES (:id, :email, 'A', 'x', 'fi', '2026-11-29 00:00:00', :active)"
                ),
                {"id": number, "email": email, "active": True},
            )
        session.execute(
            sa.text("UPDATE users SET email = :email WHERE id = 2"),
            {"email": "info@" + "hoiv\u00e4\u00e4.fi".encode("idna").decode()},
        )
    command.upgrade(config, "head")
    with database.read() as session:
        kept = session.execute(sa.text("SELECT email FROM users ORDER BY id")).scalars().all()
        told = unreachable_accounts(session)
    assert kept[0] == "info@xn--pivkoti-esimerkki-qqbc.fi"
    assert kept[2:] == addresses[2:], "what has no normal form of its own stays"
    assert [line.split(" has")[0] for line in told] == ["account 3", "account 4"]
    database.dispose()


def test_mail_that_waits_gets_the_office_that_can_be_known(empty_url: str) -> None:
    config = alembic_config(empty_url)
    command.upgrade(config, "0056")
    database = Database(empty_url)
    with database.transaction() as session:
        for key in ("keusote", "soite"):
            session.execute(
                sa.text(
                    "INSERT INTO organisations (key, name, short_name, theme, email, phone, website) "
                    "VALUES (:key, '{}', '{}', '', '', '', '')"
                ),
                {"key": key},
            )
        for number, email in enumerate(("virka@example.fi", "yritys@example.fi"), start=1):
            session.execute(
                sa.text(
                    "INSERT INTO users (id, email, name, password_hash, language, created_at, active) "
                    "VALUES (:id, :email, 'A', 'x', 'fi', '2026-11-29 00:00:00', :active)"
                ),
                {"id": number, "email": email, "active": True},
            )
        session.execute(
            sa.text(
                "INSERT INTO role_grants (user_id, role, organisation_key) VALUES (1, 'reviewer', 'soite')"
            )
        )
        for number, (recipient, template, sent) in enumerate(
            (
                ("virka@example.fi", "application_heard", None),
                ("virka@example.fi", "account_password", None),
                ("virka@example.fi", "application_heard", "2026-11-01 00:00:00"),
                ("yritys@example.fi", "decision_made", None),
            ),
            start=1,
        ):
            session.execute(
                sa.text(
                    "INSERT INTO outbox_messages (id, recipient, language, template, subject, body, message_id, "
                    "created_at, next_attempt_at, attempts, sent_at) VALUES (:id, :recipient, 'fi', :template, 's', "
                    "'b', :message, '2026-11-01 00:00:00', '2026-11-01 00:00:00', 1, :sent)"
                ),
                {
                    "id": number,
                    "recipient": recipient,
                    "template": template,
                    "message": f"<{number}>",
                    "sent": None if sent is None else datetime.fromisoformat(sent),
                },
            )
    command.upgrade(config, "head")
    with database.read() as session:
        found = (
            session.execute(sa.text("SELECT organisation_key FROM outbox_messages ORDER BY id"))
            .scalars()
            .all()
        )
    assert found == ["soite", None, None, None]
    database.dispose()


def test_offers_whose_free_places_nobody_told_no_longer_say_that_they_are_free(
    database: Database, database_url: str
) -> None:
    later = NOW + timedelta(days=1)
    with database.transaction() as session:
        approval = make_approval(session, make_provider(session))
        for state, told in ((Availability.NOW, NOW), (Availability.NOW, later), (Availability.FULL, NOW)):
            make_offer(
                session,
                approval,
                availability_state=state,
                availability_updated_at=told,
                created_at=NOW,
            )
    config = alembic_config(database_url)
    revisions = ScriptDirectory.from_config(config).walk_revisions()
    before = next(each.down_revision for each in revisions if "untold" in each.doc)
    command.downgrade(config, str(before))
    command.upgrade(config, "head")
    with database.read() as session:
        kept = session.scalars(sa.select(Offer.availability_state).order_by(Offer.id)).all()
    assert kept == [Availability.UNTOLD, Availability.NOW, Availability.FULL]


def test_a_proof_gets_its_own_last_day_where_that_is_known(database: Database, database_url: str) -> None:
    issued, renewed, other = date(2028, 2, 29), date(2029, 2, 28), date(2029, 3, 31)
    proofs = {
        ("liability_insurance", other): other,
        ("liability_insurance", renewed): None,
        ("tax", None): None,
        ("soteri", renewed): renewed,
    }
    with database.transaction() as session:
        provider = make_provider(session)
        for kind, last in proofs:
            make_evidence(session, provider, kind, issued_on=issued, valid_until=last)
    config = alembic_config(database_url)
    command.downgrade(config, "0080")
    command.upgrade(config, "head")
    with database.read() as session:
        kept = session.scalars(sa.select(Evidence.stated_until).order_by(Evidence.id)).all()
    assert kept == list(proofs.values())


def test_how_approvals_stood_is_read_from_the_trail(database: Database, database_url: str) -> None:
    def work(day: int) -> UnitOfWork:
        return work_of(session, now=NOW + timedelta(days=day))

    with database.transaction() as session:
        approval = make_approval(session, make_provider(session))
        after = {"kind": "suspend", "number": "A 1"}
        work(0).record(ApprovalAudit.DECIDE, approval, after={**after, "state": "suspended"})
        work(1).record(ApprovalAudit.REMIND, approval, after={"state": "approved"})
        work(2).record(ApprovalAudit.REVIEW, approval, after={"state": "suspended"})
        work(3).record(ApprovalAudit.REVIEW, approval, after={"state": "approved"})
        work(4).record(ApprovalAudit.LEAVE, approval, after={"state": "ended"})
    config = alembic_config(database_url)
    command.downgrade(config, "0083")
    command.upgrade(config, "head")
    with database.read() as session:
        kept = session.execute(
            sa.select(FormerApproval.until_on, FormerApproval.state, FormerApproval.municipalities).order_by(
                FormerApproval.id
            )
        ).all()
        assert kept == [
            (NOW.date() + timedelta(days=day), state, ["858", "186"])
            for day, state in ((0, "approved"), (3, "suspended"), (4, "approved"))
        ]
