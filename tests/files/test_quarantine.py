"""Files in quarantine are not handed out and prove nothing until the scanner has let them through; the daily sweep."""

from __future__ import annotations

import io
import os
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.models import User
from marketplace.accounts.service import actor_of
from marketplace.audit.models import AuditEvent
from marketplace.db import Database
from marketplace.files.models import StoredFile
from marketplace.files.quarantine import scan_waiting, sweep
from marketplace.files.rules import FileState
from marketplace.files.service import keep_file
from marketplace.files.store import FileStore, ReceivedFile
from marketplace.i18n import helsinki_date
from marketplace.offers.models import Offer, OfferPhoto
from marketplace.offers.queries import standing_of
from marketplace.offers.rules import Hidden, reasons_hidden
from marketplace.outbox import OutboxMessage
from marketplace.providers.models import Evidence, Provider
from marketplace.search.models import CatalogueChange
from tests.factories import (
    NOW,
    PDF,
    make_approval,
    make_evidence,
    make_offer,
    make_provider,
    make_provider_admin,
    make_required_evidence,
)
from tests.forms import post_form
from tests.scanners import EICAR, Daemon, running
from tests.stored import path_of
from tests.work import work_of

NOBODY = "tcp://127.0.0.1:9"


class Scene:
    """A published offer all of whose proofs hold, and its company's admin."""

    provider: Provider
    admin: User
    offer: Offer


@pytest.fixture
def scene(database: Database) -> Scene:
    scene = Scene()
    with database.transaction() as session:
        scene.provider = make_provider(session)
        scene.admin = make_provider_admin(session, scene.provider)
        approval = make_approval(session, scene.provider)
        make_required_evidence(session, approval)
        scene.offer = make_offer(session, approval)
    return scene


def scanner(app: Flask, url: str) -> FileStore:
    """Scan at `url` from now on; the store that does."""
    app.extensions["settings"] = replace(app.extensions["settings"], clamd_url=url)
    return FileStore.of(app.extensions["settings"])


def received(store: FileStore, content: bytes) -> ReceivedFile:
    kept = store.put(content, media_type="application/pdf", name="todistus.pdf")
    return replace(kept, state=FileState.QUARANTINED)


def put_in_quarantine(database: Database, scene: Scene, store: FileStore, content: bytes) -> int:
    """Make the offer's every proof rest on a file in quarantine; the file's id."""
    with database.transaction() as session:
        file = keep_file(work_of(session, actor_of(scene.admin)), received(store, content))
        for proof in session.scalars(sa.select(Evidence)):
            proof.file = file
        return file.id


def hidden(database: Database, scene: Scene) -> tuple[Hidden, ...]:
    today = helsinki_date(NOW)
    with database.read() as session:
        offer = session.get_one(Offer, scene.offer.id)
        return reasons_hidden(standing_of(session, offer, today), today)


def state_of(database: Database, file_id: int) -> str:
    with database.read() as session:
        return session.get_one(StoredFile, file_id).state


def test_an_upload_while_the_scanner_is_down_waits_and_says_so(
    app: Flask, client: FlaskClient, sign_in: Any, database: Database, scene: Scene
) -> None:
    scanner(app, NOBODY)
    sign_in(client, scene.admin)
    path = f"/fi/provider/{scene.provider.id}/evidence"
    entries = {"document": (io.BytesIO(PDF), "todistus.pdf"), "issued_on": "1.11.2026"}
    assert post_form(client, f"{path}/add/tax", entries).status_code == 303
    with database.read() as session:
        file = session.scalars(sa.select(StoredFile)).one()
    assert file.state == FileState.QUARANTINED
    assert f"/files/{file.id}" not in client.get(path).text
    assert client.get(f"/fi/provider/{scene.provider.id}/files/{file.id}").status_code == 409


def test_an_infected_upload_is_refused_at_its_field(
    app: Flask, client: FlaskClient, sign_in: Any, database: Database, scene: Scene
) -> None:
    sign_in(client, scene.admin)
    path = f"/fi/provider/{scene.provider.id}/evidence/add/tax"
    entries = {"document": (io.BytesIO(PDF + EICAR), "todistus.pdf"), "issued_on": "1.11.2026"}
    with running(Daemon()) as daemon:
        scanner(app, daemon.url)
        answer = post_form(client, path, entries)
    assert answer.status_code == 422
    assert 'href="#document"' in answer.text
    assert 'value="1.11.2026"' in answer.text
    with database.read() as session:
        assert session.scalars(sa.select(StoredFile)).all() == []


def test_a_proof_in_quarantine_does_not_count_until_the_worker_has_scanned_it(
    app: Flask, database: Database, scene: Scene
) -> None:
    assert hidden(database, scene) == ()
    file_id = put_in_quarantine(database, scene, scanner(app, NOBODY), PDF)
    assert hidden(database, scene) == (Hidden.EVIDENCE_EXPIRED,)
    assert scan_waiting(database, scanner(app, NOBODY), now=NOW) == 0
    assert scan_waiting(database, scanner(app, ""), now=NOW) == 0
    assert state_of(database, file_id) == "quarantined"
    with database.transaction() as session:
        session.execute(sa.delete(CatalogueChange))
    with running(Daemon()) as daemon:
        assert scan_waiting(database, scanner(app, daemon.url), now=NOW) == 1
    assert (state_of(database, file_id), hidden(database, scene)) == ("clean", ())
    with database.read() as session:
        assert scene.offer.id in session.scalars(sa.select(CatalogueChange.offer_id)).all()
        scans = sa.select(AuditEvent.organisation_key).where(AuditEvent.action == "file.scan")
        assert session.scalars(scans).all() == ["keusote"], "its office's auditor sees it"


def test_a_file_found_harmful_later_is_removed_and_its_sender_told(
    app: Flask, client: FlaskClient, sign_in: Any, database: Database, scene: Scene
) -> None:
    store = scanner(app, NOBODY)
    file_id = put_in_quarantine(database, scene, store, PDF + EICAR)
    with running(Daemon()) as daemon, app.app_context():
        assert scan_waiting(database, scanner(app, daemon.url), now=NOW) == 1
    assert (state_of(database, file_id), hidden(database, scene)) == ("infected", (Hidden.EVIDENCE_EXPIRED,))
    with database.read() as session:
        mail = session.scalars(sa.select(OutboxMessage)).one()
        assert (mail.recipient, "todistus.pdf" in mail.body) == (scene.admin.email, True)
        assert not path_of(store, session.get_one(StoredFile, file_id).sha256).exists()
    sign_in(client, scene.admin)
    assert client.get(f"/fi/provider/{scene.provider.id}/files/{file_id}").status_code == 404


def test_the_sweep_removes_old_contents_that_nobody_refers_to(
    app: Flask, database: Database, scene: Scene
) -> None:
    store = scanner(app, "")
    wanted, photo, lost, young = (
        store.put(content, media_type="application/pdf", name="x.pdf")
        for content in (b"%PDF-1", b"%PDF-2", b"%PDF-3", b"%PDF-4")
    )
    with database.transaction() as session:
        file = keep_file(work_of(session, actor_of(scene.admin)), wanted)
        make_evidence(session, scene.provider, file=file)
        renditions = [{"width": 1, "height": 1, "size": 1, "sha256": photo.sha256}]
        session.add(
            OfferPhoto(
                offer_id=scene.offer.id,
                position=1,
                alt=scene.provider.description,
                renditions=renditions,
                created_at=NOW,
            )
        )
    day_old = (NOW - timedelta(days=2)).timestamp()
    for kept in (wanted, photo, lost):
        os.utime(path_of(store, kept.sha256), (day_old, day_old))
    os.utime(path_of(store, young.sha256), (NOW.timestamp(), NOW.timestamp()))
    assert sweep(database, store, now=NOW) == 1
    assert not path_of(store, lost.sha256).exists()
    for kept in (wanted, photo, young):
        assert path_of(store, kept.sha256).exists()


class Unread(io.RawIOBase):
    """A body that must not be read."""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        raise AssertionError("the body was read")


@pytest.mark.parametrize(("language", "words"), [("fi", "10 Mt"), ("sv", "10 MB")])
def test_an_upload_over_the_limit_is_refused_before_it_is_read(
    client: FlaskClient, sign_in: Any, scene: Scene, language: str, words: str
) -> None:
    sign_in(client, scene.admin)
    answer = client.post(
        f"/{language}/provider/{scene.provider.id}/evidence/add/tax",
        content_type="multipart/form-data; boundary=x",
        environ_overrides={"wsgi.input": Unread(), "CONTENT_LENGTH": str(37 * 1024 * 1024)},
    )
    assert answer.status_code == 413
    assert words in answer.text.replace("\N{NO-BREAK SPACE}", " ")
