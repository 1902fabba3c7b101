"""The proofs in a browser without JavaScript: every file that is not taken gets its own words, nothing is lost."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from marketplace.db import Database
from marketplace.files.models import StoredFile
from marketplace.providers.models import Evidence
from marketplace.web import limits
from tests.factories import (
    PDF,
)
from tests.forms import post_form, token_on
from tests.providers.home import Home, problems


def add_proof(
    client: FlaskClient, home: Home, content: bytes | None = PDF, name: str = "todistus.pdf", **changes: str
) -> TestResponse:
    entries: dict[str, Any] = {"issued_on": "1.11.2026"} | changes
    if content is not None:
        entries["document"] = (io.BytesIO(content), name)
    return post_form(client, f"{home.path}/evidence/add/tax", entries)


def test_a_proof_is_added_listed_and_fetched_back_safely(
    client: FlaskClient, database: Database, home: Home
) -> None:
    assert add_proof(client, home).status_code == 303
    assert "todistus.pdf" in client.get(f"{home.path}/evidence").text
    with database.read() as session:
        stored = session.scalars(sa.select(StoredFile)).one()
    answer = client.get(f"{home.path}/files/{stored.id}")
    assert answer.data == PDF
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"] == "attachment; filename=todistus.pdf"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "private, no-store"
    answer.close()


def test_unfinished_uploads_are_counted_in_bytes_and_finished_ones_are_not(
    client: FlaskClient, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = tuple(replace(each, times=3 * 400_000) for each in limits.UNFINISHED_BYTES)
    monkeypatch.setattr(limits, "UNFINISHED_BYTES", small)
    large = PDF + b"%" * 300_000
    finished = [add_proof(client, home, large).status_code for _number in range(5)]
    unfinished = [add_proof(client, home, large, issued_on="no day").status_code for _number in range(5)]
    assert finished == [303] * 5
    assert unfinished == [422, 422, 422, 429, 429]
    assert add_proof(client, home, PDF, issued_on="no day").status_code == 422, "a small form is not counted"


def test_an_address_and_a_person_have_limits_of_their_own(
    client: FlaskClient, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_person, of_address = limits.UNFINISHED_BYTES
    monkeypatch.setattr(limits, "UNFINISHED_BYTES", (of_person, replace(of_address, times=500_000)))
    large = PDF + b"%" * 300_000
    wrong = {"issued_on": "no day"}
    assert [add_proof(client, home, large, **wrong).status_code for _number in range(2)] == [422, 429]
    elsewhere = client.post(
        f"{home.path}/evidence/add/tax",
        data={"csrf_token": token_on(client.get(f"{home.path}/evidence/add/tax").text), **wrong}
        | {"document": (io.BytesIO(large), "a.pdf")},
        environ_base={"REMOTE_ADDR": "192.0.2.9"},
    )
    assert elsewhere.status_code == 422


def refusal_of(client: FlaskClient, home: Home, content: bytes | None, name: str) -> str:
    answer = add_proof(client, home, content, name)
    assert answer.status_code == 422
    assert 'href="#document"' in answer.text
    assert 'value="1.11.2026"' in answer.text
    return problems(answer)


def test_each_file_that_is_not_taken_has_its_own_words(app: Flask, client: FlaskClient, home: Home) -> None:
    app.extensions["settings"] = replace(app.extensions["settings"], max_upload_bytes=1000)
    refusals = {
        refusal_of(client, home, None, ""),
        refusal_of(client, home, b"", "tyhja.pdf"),
        refusal_of(client, home, b"MZ\x90\x00" + bytes(300), "todistus.pdf"),
        refusal_of(client, home, PDF, "todistus.exe"),
        refusal_of(client, home, PDF.ljust(1001, b"\0"), "iso.pdf"),
    }
    assert len(refusals) == 5


def test_fifty_megabytes_are_refused_before_they_are_read(
    client: FlaskClient, database: Database, home: Home
) -> None:
    answer = client.post(
        f"{home.path}/evidence/add/tax",
        content_type="multipart/form-data; boundary=x",
        environ_overrides={"CONTENT_LENGTH": str(50 * 1024 * 1024)},
    )
    assert answer.status_code == 413
    assert "<h1" in answer.text
    with database.read() as session:
        assert session.scalars(sa.select(Evidence)).all() == []


def test_a_file_that_was_fine_is_not_lost_when_a_date_is_wrong(
    client: FlaskClient, database: Database, home: Home
) -> None:
    answer = add_proof(client, home, issued_on="31.2.2026")
    assert answer.status_code == 422
    assert 'value="31.2.2026"' in answer.text
    assert "todistus.pdf" in answer.text
    token = re.search(r'name="document-token" value="([^"]+)"', answer.text)
    assert token is not None
    again = add_proof(client, home, None, **{"document-token": unescape(token[1])})
    assert again.status_code == 303
    with database.read() as session:
        proof = session.scalars(sa.select(Evidence)).one()
        assert proof.file is not None
        assert (proof.file.name, proof.file.size) == ("todistus.pdf", len(PDF))


def test_a_criminal_record_extract_has_no_file_field_and_the_page_says_why(
    client: FlaskClient, home: Home
) -> None:
    path = f"{home.path}/evidence/add/criminal_record"
    page = client.get(path).text
    assert 'type="file"' not in page
    answer = post_form(client, path, {"issued_on": "1.11.2026", "document": (io.BytesIO(PDF), "ote.pdf")})
    assert answer.status_code == 303
    shown = client.get(f"{home.path}/evidence").text
    assert "ote.pdf" not in shown
    assert "Näytetty 1.11.2026" in shown
    assert "Päivä on kirjattu" in shown
    assert "Ei viimeistä päivää" not in shown
