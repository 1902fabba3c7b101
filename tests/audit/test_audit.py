"""The audit trail finds any row that was changed, taken away or cut off."""

from __future__ import annotations

import json
import os
import socket
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.audit import rules
from marketplace.audit.anchors import ship, write_checkpoint
from marketplace.audit.grants import grant_runtime
from marketplace.audit.models import AuditChain, AuditEvent, AuditRoot, AuditSeal
from marketplace.audit.proof import TrailVerdict, anchor_line, checkpoint, verify
from marketplace.audit.rules import PORTAL
from marketplace.audit.service import content_of
from marketplace.db import Database
from marketplace.errors import Invalid
from tests.factories import NOW
from tests.trail import Tried
from tests.work import work_of


@pytest.fixture
def trail(database: Database) -> Database:
    """A database whose trail has five events of the test's own after what was there."""
    with database.transaction() as session:
        for number in range(5):
            work_of(session).record(Tried.EVENT, ("Thing", number), before={"å": 1}, after={"n": number})  # fmt: skip
    return database


def problem(database: Database, **how: Any) -> str | None:
    return verify(database, **how).problem


def last_seal(session: Session, back: int = 0) -> AuditSeal:
    """A seal of the portal's own chain, counted from its end."""
    mine = sa.select(AuditSeal).where(AuditSeal.chain == PORTAL).order_by(AuditSeal.number.desc())
    return session.scalars(mine.offset(back).limit(1)).one()


def test_an_untouched_trail_holds(trail: Database) -> None:
    verdict = verify(trail)
    assert verdict.seals >= 5
    assert verdict.problem is None


@pytest.mark.parametrize("column", ["action", "actor_name", "subject_id", "after", "at", "organisation_key"])
def test_a_changed_event_is_named(trail: Database, column: str) -> None:
    with trail.transaction() as session:
        seal = last_seal(session, 2)
        value = {"after": {"n": 99}, "at": NOW.replace(year=2020)}.get(column, "forged")
        setattr(session.get_one(AuditEvent, seal.event_id), column, value)
    assert problem(trail) == f"row {seal.number} of portal has been changed (event {seal.event_id})"


def test_a_removed_event_is_named(trail: Database) -> None:
    with trail.transaction() as session:
        seal = last_seal(session, 2)
        number, event = seal.number, seal.event_id
        session.execute(sa.delete(AuditSeal).where(AuditSeal.event_id == event))
        session.execute(sa.delete(AuditEvent).where(AuditEvent.id == event))
    assert problem(trail) == f"row {number} of portal is missing"


def test_an_end_that_was_cut_off_is_named(trail: Database) -> None:
    with trail.transaction() as session:
        seal = last_seal(session)
        number, event = seal.number, seal.event_id
        session.execute(sa.delete(AuditSeal).where(AuditSeal.event_id == event))
        session.execute(sa.delete(AuditEvent).where(AuditEvent.id == event))
    assert problem(trail) == f"row {number} of portal is missing at the end"


def test_an_event_that_was_slipped_in_has_no_seal(trail: Database) -> None:
    with trail.transaction() as session:
        session.execute(
            sa.insert(AuditEvent).values(
                at=NOW, actor_name="Nobody", action="test.forged", subject_type="Thing", subject_id="1",
                before={}, after={},
            )
        )  # fmt: skip
        number = session.scalar(sa.select(sa.func.max(AuditEvent.id)))
    assert problem(trail) == f"event {number} has no seal"


def test_a_chain_made_anew_without_the_key_is_found(trail: Database) -> None:
    """Who can write to the database but does not have the key cannot seal a changed event."""
    with trail.transaction() as session:
        seal = last_seal(session)
        event = session.get_one(AuditEvent, seal.event_id)
        event.after = {"n": 99}
        session.flush()
        forged = rules.seal(
            b"another key",
            content_of(event),
            chain=PORTAL,
            number=seal.number,
            previous_hash=seal.previous_hash,
        )
        seal.hash = forged
        session.get_one(AuditChain, PORTAL).last_hash = forged
    assert problem(trail) == f"row {seal.number} of portal has been changed (event {seal.event_id})"


def test_an_end_cut_off_with_its_chain_is_found_at_the_checkpoint(trail: Database) -> None:
    """Who shortens a chain and moves its end back is found by the checkpoint that had seen more."""
    with trail.transaction() as session:
        checkpoint(session, NOW)
    with trail.transaction() as session:
        seal, before = last_seal(session), last_seal(session, 1)
        end = session.get_one(AuditChain, PORTAL)
        end.last_number, end.last_hash = before.number, before.hash
        event = seal.event_id
        session.execute(sa.delete(AuditSeal).where(AuditSeal.event_id == event))
        session.execute(sa.delete(AuditEvent).where(AuditEvent.id == event))
    assert problem(trail) == "portal is shorter than at the last checkpoint"


def test_an_event_moved_to_another_organisation_is_found_in_both_chains(trail: Database) -> None:
    with trail.transaction() as session:
        work_of(session).record(Tried.EVENT, ("Thing", 9), organisation="keusote")
    with trail.transaction() as session:
        seal = session.scalars(
            sa.select(AuditSeal)
            .where(AuditSeal.chain == "keusote")
            .order_by(AuditSeal.number.desc())
            .limit(1)
        ).one()
        end = session.get_one(AuditChain, PORTAL)
        seal.chain, seal.number, seal.previous_hash = PORTAL, end.last_number + 1, end.last_hash
        end.last_number, end.last_hash = seal.number, seal.hash
    assert problem(trail) is not None


def test_a_trail_made_anew_with_the_portals_own_key_is_found_by_what_was_shipped(trail: Database) -> None:
    with trail.transaction() as session:
        root = checkpoint(session, NOW)
        assert root is not None
        line = anchor_line(root)
    assert problem(trail, shipped=[line]) is None
    with trail.transaction() as session:
        for table in (AuditRoot, AuditSeal, AuditChain, AuditEvent):
            session.execute(sa.delete(table))
    with trail.transaction() as session:
        work_of(session).record(Tried.OTHER, ("Thing", 1))
    with trail.transaction() as session:
        checkpoint(session, NOW)
    assert problem(trail) is None
    assert problem(trail, shipped=[line]) == "checkpoint 1 is not as it was shipped outside"


def test_a_checkpoint_is_written_only_when_something_has_happened(trail: Database) -> None:
    with trail.transaction() as session:
        assert checkpoint(session, NOW) is not None
    with trail.transaction() as session:
        assert checkpoint(session, NOW) is None


def test_from_a_checkpoint_only_what_came_since_is_walked(trail: Database) -> None:
    with trail.transaction() as session:
        checkpoint(session, NOW)
    with trail.transaction() as session:
        work_of(session, now=NOW + timedelta(minutes=1)).record(Tried.EVENT, ("Thing", 7))
    assert verify(trail, whole=False) == TrailVerdict(1, None)
    assert verify(trail).seals > 5


def test_a_former_key_still_proves_what_it_sealed(database: Database) -> None:
    for keys in ((b"former" * 8,), (b"present" * 8, b"former" * 8)):
        rekeyed = Database(database.url.render_as_string(hide_password=False), info={"audit_keys": keys})
        with rekeyed.transaction() as session:
            work_of(session).record(Tried.EVENT, ("Thing", 1), organisation="soite")
        rekeyed.dispose()
    with_both = Database(
        database.url.render_as_string(hide_password=False),
        info={"audit_keys": (b"present" * 8, b"former" * 8, rules.DEVELOPMENT_KEY)},
    )
    assert problem(with_both) is None
    with_both.dispose()
    assert "a key that this portal does not have" in str(problem(database))


def test_what_a_savepoint_takes_back_is_not_sealed(database: Database) -> None:
    before = verify(database).seals
    with database.transaction() as session:
        work_of(session).record(Tried.EVENT, ("Thing", 1))
        inner = session.begin_nested()
        work_of(session).record(Tried.EVENT, ("Thing", 2))
        inner.rollback()
    assert verify(database) == TrailVerdict(before + 1, None)


def test_events_of_several_writers_at_once_make_whole_chains(database: Database) -> None:
    def write(own: str) -> None:
        for _ in range(10):
            with database.transaction() as session:
                for organisation in (own, "keusote", None):
                    work_of(session).record(Tried.EVENT, ("Thing", 1), organisation=organisation)  # fmt: skip

    before = verify(database).seals
    threads = [
        threading.Thread(target=write, args=(own,)) for own in ("soite", "siunsote", "keusote", "soite")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert verify(database) == TrailVerdict(before + 120, None)


@pytest.mark.parametrize("chains", [1, 2, 3, 5, 8])
def test_the_root_depends_on_every_end(chains: int) -> None:
    heads = {f"chain-{number}": [number, "a"] for number in range(chains)}
    roots = {rules.merkle_root(heads)}
    for name in heads:
        roots.add(rules.merkle_root({**heads, name: [99, "b"]}))
        roots.add(rules.merkle_root({key: value for key, value in heads.items() if key != name}))
    assert len(roots) == 1 + 2 * chains


def test_checkpoints_reach_a_file_and_a_system_log(tmp_path: Path) -> None:
    ship("one", f"file://{tmp_path / 'anchors'}")
    ship("two", f"file://{tmp_path / 'anchors'}")
    assert (tmp_path / "anchors").read_text() == "one\ntwo\n"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(5)
        ship("three", f"syslog://127.0.0.1:{receiver.getsockname()[1]}")
        assert receiver.recv(1000) == b"<37>palvelutori-audit: three"


def test_a_checkpoint_is_a_line_that_programs_read(trail: Database, tmp_path: Path) -> None:
    write_checkpoint(trail, f"file://{tmp_path / 'anchors'}", NOW)
    [line] = (tmp_path / "anchors").read_text().splitlines()
    assert {"number", "root", "at"} <= json.loads(line).keys()


def test_a_checkpoint_that_cannot_be_shipped_is_not_written(trail: Database, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_checkpoint(trail, f"file://{tmp_path / 'missing' / 'anchors'}", NOW)
    with trail.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(AuditRoot)) == 0


def test_the_serving_role_adds_to_the_trail_and_changes_nothing_in_it(trail: Database) -> None:
    role = f"serving_{os.getpid()}"
    if trail.url.get_backend_name() == "sqlite":
        with trail.transaction() as session, pytest.raises(Invalid, match="SQLite has no roles"):
            grant_runtime(session, role)
        return
    with trail.transaction() as session:
        session.execute(sa.text(f"CREATE ROLE {role}"))
        grant_runtime(session, role)
    try:
        with trail.transaction() as session:
            session.execute(sa.text(f"SET LOCAL ROLE {role}"))
            work_of(session).record(Tried.EVENT, ("Thing", 1))
        assert problem(trail) is None
        for statement in (
            "UPDATE audit_events SET action = 'forged'",
            "DELETE FROM audit_seals",
            "UPDATE audit_roots SET root = ''",
            "TRUNCATE audit_events CASCADE",
            "UPDATE alembic_version SET version_num = '0'",
        ):
            with trail.writing_session() as session:
                session.execute(sa.text(f"SET LOCAL ROLE {role}"))
                with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
                    session.execute(sa.text(statement))
    finally:
        with trail.transaction() as session:
            session.execute(sa.text(f"DROP OWNED BY {role}"))
            session.execute(sa.text(f"DROP ROLE {role}"))
