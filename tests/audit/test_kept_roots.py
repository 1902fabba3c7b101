"""Checkpoints in a bucket: each is there once, and a trail that was cut off, rebuilt or restored is found."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from flask import Flask
from obstore.store import MemoryStore

from marketplace.audit import commands, kept_roots
from marketplace.audit.kept_roots import KeptRoot, RootBucket, bucket_of, keep, strangers
from marketplace.audit.models import AuditRoot
from marketplace.audit.proof import anchor, checkpoint
from marketplace.backends import S3Access
from marketplace.buckets import StoreAway
from marketplace.db import Database
from marketplace.i18n import HELSINKI
from tests.conftest import settings_for
from tests.factories import NOW
from tests.files.places import ACCESS, BUCKET, SERVER
from tests.trail import Tried
from tests.work import work_of


@pytest.fixture(params=["memory", *(["server"] if SERVER else [])])
def bucket(request: pytest.FixtureRequest) -> RootBucket:
    """An empty folder of checkpoints: in memory, and on a real server where TEST_S3_URL names one."""
    found = RootBucket(BUCKET, uuid.uuid4().hex, ACCESS)
    if request.param == "memory":
        vars(found)["_store"] = MemoryStore()
    return found


def hour(database: Database, number: int) -> AuditRoot:
    """Something happens, and an hour later it is in a checkpoint."""
    with database.transaction() as session:
        work_of(session).record(Tried.EVENT, ("Thing", number))
    with database.transaction() as session:
        root = checkpoint(session, NOW + timedelta(hours=number))
        assert root is not None
        return root


def named(database: Database, bucket: RootBucket) -> list[int]:
    with database.read() as session:
        return [each.number for each in strangers(session, bucket)]


def test_each_checkpoint_is_brought_once_and_says_what_was_shipped(
    database: Database, bucket: RootBucket
) -> None:
    roots = [hour(database, number) for number in (1, 2, 3)]
    assert keep(database, bucket) == 3
    assert keep(database, bucket) == 0
    roots.append(hour(database, 4))
    assert keep(database, bucket) == 1
    assert sorted(bucket.listed(), key=lambda each: each.number) == [
        KeptRoot(root.number, root.hash) for root in roots
    ]
    assert all(bucket.at(KeptRoot(root.number, root.hash)) == root.at for root in roots)
    assert named(database, bucket) == []


def test_what_is_in_the_bucket_is_not_written_over(database: Database, bucket: RootBucket) -> None:
    root = hour(database, 1)
    keep(database, bucket)
    root.at += timedelta(days=1)
    bucket.put(root)
    assert bucket.at(KeptRoot(root.number, root.hash)) == NOW + timedelta(hours=1)


@pytest.mark.parametrize("rebuilt", [False, True])
def test_a_trail_that_was_cut_off_or_rebuilt_is_found(
    database: Database, bucket: RootBucket, rebuilt: bool
) -> None:
    for number in (1, 2):
        hour(database, number)
    keep(database, bucket)
    with database.transaction() as session:
        last = session.scalar(sa.select(sa.func.max(AuditRoot.number)))
        session.execute(sa.delete(AuditRoot).where(AuditRoot.number == last))
    if rebuilt:
        hour(database, 7)
        assert keep(database, bucket) == 1
    assert named(database, bucket) == [last]


def test_the_check_tells_when_checkpoints_stop_coming(database: Database, bucket: RootBucket) -> None:
    root = hour(database, 1)
    with database.read() as session:
        soon, later = (
            kept_roots.problem(session, bucket, now=root.at + wait)
            for wait in (timedelta(hours=1), timedelta(hours=3))
        )
        assert soon is None
        assert later is not None
        assert f"checkpoint {root.number}" in later
        bucket.put(root)
        assert kept_roots.problem(session, bucket, now=root.at + timedelta(hours=3)) is None


def test_a_store_that_is_away_stops_nothing_but_the_bringing(database: Database) -> None:
    hour(database, 1)
    away = RootBucket("files", "", S3Access("http://127.0.0.1:1", "us-east-1", "portal", "secret"))
    with pytest.raises(StoreAway):
        keep(database, away)
    assert keep(database, None) == 0


def test_they_lie_with_the_decisions_or_else_with_the_other_files(tmp_path: Path) -> None:
    places = (
        ("s3://files/portal", "s3://locked/decisions", "locked", "decisions/audit-roots"),
        ("s3://files/portal", "", "files", "portal/audit-roots"),
        ("s3://files", "file:///archive", "files", "audit-roots"),
    )
    plain = settings_for("sqlite://", tmp_path)
    assert bucket_of(plain) is None
    for files, archive, name, folder in places:
        found = bucket_of(replace(plain, files_place=files, files_archive_url=archive, s3=ACCESS))
        assert found is not None
        assert (found.bucket, found.folder) == (name, folder)


def test_the_command_refuses_a_strange_checkpoint_unless_it_was_lost_in_a_restore(
    app: Flask, database: Database, bucket: RootBucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_roots, "bucket_of", lambda _settings: bucket)
    root = hour(database, 1)
    keep(database, bucket)

    def verify(*words: str) -> tuple[int, str]:
        with app.app_context():
            done = CliRunner().invoke(commands.group, ["verify", *words])
        return done.exit_code, done.output

    assert verify()[0] == 0
    with database.transaction() as session:
        session.execute(sa.delete(AuditRoot).where(AuditRoot.number == root.number))
    code, told = verify()
    assert (code, f"checkpoint {root.number} of the bucket" in told) == (1, True)
    before, after = (
        (root.at + wait).astimezone(HELSINKI) for wait in (-timedelta(hours=1), timedelta(hours=1))
    )
    assert verify("--restored-to", after.strftime("%Y-%m-%dT%H:%M"))[0] == 1
    code, told = verify("--restored-to", before.strftime("%Y-%m-%dT%H:%M"))
    assert code == 0
    assert "1 checkpoints of the bucket were lost" in told


def test_an_object_is_the_line_that_is_shipped(database: Database) -> None:
    kept = RootBucket("files", "", ACCESS)
    store = vars(kept)["_store"] = MemoryStore()
    root = hour(database, 1)
    kept.put(root)
    line = bytes(store.get(f"audit-roots/{KeptRoot(root.number, root.hash).name}").bytes())
    assert json.loads(line) == anchor(root)
    assert datetime.fromisoformat(json.loads(line)["at"]).tzinfo == UTC
