"""Addresses of one content for a minute, followed at a real store where there is one."""

from __future__ import annotations

import hashlib
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

import pytest
from flask import Flask

from marketplace.backends import S3Access
from marketplace.files import uploads
from marketplace.files.models import StoredFile
from marketplace.files.rules import FileState
from marketplace.files.signed_addresses import LASTS, Download, signed_address
from marketplace.files.store import FileStore
from tests.files.places import KINDS, SERVER, bucket

PDF = b"%PDF-1.7 a decision"
DIGEST = hashlib.sha256(PDF).hexdigest()
ACCESS = S3Access("", "us-east-1", "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")


def test_an_address_names_the_file_and_holds_for_a_minute() -> None:
    download = Download("päätös 1.pdf", "application/pdf", datetime(2026, 11, 29, 12, 0, tzinfo=UTC))
    address = urlsplit(signed_address("https://files.county.fi", "files", "ab/abc", ACCESS, download))
    query = parse_qs(address.query)
    assert (address.scheme, address.netloc, address.path) == ("https", "files.county.fi", "/files/ab/abc")
    assert query["X-Amz-Expires"] == [str(int(LASTS.total_seconds()))] == ["60"]
    assert query["X-Amz-Date"] == ["20261129T120000Z"]
    assert query["response-content-disposition"] == [
        "attachment; filename*=UTF-8''p%C3%A4%C3%A4t%C3%B6s%201.pdf"
    ]
    assert ACCESS.secret not in address.geturl()


@pytest.mark.skipif("bucket" not in KINDS, reason="no S3 server: make test-cluster starts one")
def test_a_store_gives_what_is_signed_and_nothing_else() -> None:
    place = bucket(public=SERVER)
    place.put(DIGEST, io.BytesIO(PDF))
    now = datetime.now(UTC)
    address = place.address(DIGEST, Download("päätös.pdf", "application/pdf", now))
    assert address is not None
    with urlopen(address) as answer:
        assert answer.read() == PDF
        assert answer.headers["Content-Type"] == "application/pdf"
        assert "p%C3%A4%C3%A4t%C3%B6s.pdf" in answer.headers["Content-Disposition"]
    late = place.address(DIGEST, Download("a.pdf", "application/pdf", now - LASTS - timedelta(minutes=1)))
    for wrong in (address.replace("p%25C3", "q%25C3"), address[:-1], late):
        with pytest.raises(HTTPError) as refused:
            urlopen(wrong)  # type: ignore[arg-type]
        refused.value.close()
        assert refused.value.code in {400, 403}


@pytest.mark.skipif("bucket" not in KINDS, reason="no S3 server: make test-cluster starts one")
def test_a_download_leads_to_the_store_when_browsers_reach_it(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = FileStore(bucket(public=SERVER), secret="s", limit=1000, incoming=tmp_path)
    received = store.put(PDF, media_type="application/pdf", name="päätös.pdf")
    row = StoredFile(
        sha256=received.sha256, media_type="application/pdf", name="päätös.pdf", state=FileState.CLEAN
    )
    monkeypatch.setattr(uploads, "filestore", lambda: store)
    with app.test_request_context("/"):
        response = uploads.hand_out(row)
    assert response.status_code == 302
    assert response.headers["Cache-Control"] == "private, no-store"
    with urlopen(response.headers["Location"]) as answer:
        assert answer.read() == PDF
