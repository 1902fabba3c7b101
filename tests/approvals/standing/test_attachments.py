"""Files that go with an answer to a hearing and with an explanation: added, taken out, sent, opened by both sides."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.models import User
from marketplace.applications.models import AnswerAttachment
from marketplace.approvals.hearing.service import hear
from marketplace.db import Database
from marketplace.files.models import StoredFile
from marketplace.providers.rules import ApprovalAction
from tests.approvals.cast import Cast, make_cast
from tests.approvals.standing.conftest import TODAY, make_standing, open_measure
from tests.factories import PDF, make_application
from tests.forms import post_form
from tests.work import work_of

SignIn = Callable[[FlaskClient, User], None]
ANSWER = "Vakuutus on uusittu, ja todistus on liitteenä."


@pytest.fixture
def cast(app: Flask, database: Database) -> Cast:
    with app.app_context(), database.transaction() as session:
        return make_cast(session)


def pdf(name: str) -> tuple[io.BytesIO, str]:
    return io.BytesIO(PDF + name.encode()), name


def tokens(page: str) -> list[str]:
    return [unescape(each) for each in re.findall(r'name="attachments-token" value="([^"]+)"', page)]


def attach(client: FlaskClient, page: str) -> list[str]:
    """Two files, added one after the other; what stands for them on the page."""
    entries: dict[str, Any] = {"answer": ANSWER, "attach": "1", "attachments": pdf("lasku.pdf")}
    first = post_form(client, page, entries)
    assert (first.status_code, ANSWER in first.text, "lasku.pdf" in first.text) == (200, True, True)
    entries |= {"attachments": pdf("kuva.pdf"), "attachments-token": tokens(first.text)}
    second = post_form(client, page, entries)
    assert len(tokens(second.text)) == 2
    return tokens(second.text)


def test_an_explanation_brings_its_files(app: Flask, database: Database, cast: Cast, sign_in: SignIn) -> None:
    with app.app_context(), database.transaction() as session:
        approval = make_standing(session, cast)
        measure = open_measure(session, approval, cast, ApprovalAction.SUSPEND)
        page = f"/fi/provider/{cast.provider.id}/measures/{measure.id}"
        office = f"/fi/office/approvals/{approval.id}"
        opened = f"{office}/measures/{measure.id}/attachments"
    provider, reviewer = app.test_client(), app.test_client()
    sign_in(provider, cast.applicant)
    sign_in(reviewer, cast.reviewer)
    taken = attach(provider, page)
    with database.read() as session:
        assert session.scalar(sa.select(sa.func.count(AnswerAttachment.id))) == 0
    shown = post_form(provider, page, {"answer": "", "attachments-token": taken})
    assert shown.status_code == 422
    digests = re.findall(r'name="attachments-remove" value="([^"]+)"', shown.text)
    entries = {"answer": ANSWER, "attachments-token": taken, "attachments-remove": digests[:1]}
    assert post_form(provider, page, entries).status_code == 303
    with database.read() as session:
        file = session.scalars(sa.select(StoredFile).join(AnswerAttachment)).one()
    assert file.name == "kuva.pdf"
    assert "kuva.pdf" in provider.get(page).text
    assert f"{opened}/{file.id}" in reviewer.get(office).text
    for client, address in ((provider, f"{page}/attachments"), (reviewer, opened)):
        with client.get(f"{address}/{file.id}") as answer:
            assert answer.data == PDF + b"kuva.pdf"
        assert client.get(f"{address}/{file.id + 1}").status_code == 404


def test_an_answer_to_a_hearing_brings_its_files(
    app: Flask, database: Database, cast: Cast, sign_in: SignIn
) -> None:
    with app.app_context(), database.transaction() as session:
        application = make_application(
            session, cast.provider, cast.applicant, services=("day_activity",), state="in_review"
        )
        work = work_of(session, cast.actor("reviewer"))
        due_on = TODAY.replace(year=TODAY.year + 1)
        hear(work, application, ["day_activity"], "Tilat ovat ahtaat.", due_on=due_on)
        number = application.id
    provider, reviewer = app.test_client(), app.test_client()
    sign_in(provider, cast.applicant)
    sign_in(reviewer, cast.reviewer)
    page = f"/fi/provider/{cast.provider.id}/applications/{number}/hearing"
    taken = attach(provider, page)
    assert post_form(provider, page, {"answer": ANSWER, "attachments-token": taken}).status_code == 303
    review = reviewer.get(f"/fi/office/applications/{number}").text
    with database.read() as session:
        files = session.scalars(sa.select(StoredFile).join(AnswerAttachment)).all()
    assert [each.name for each in files] == ["lasku.pdf", "kuva.pdf"]
    for each in files:
        assert each.name in review
        with reviewer.get(f"/fi/office/applications/{number}/files/{each.id}") as answer:
            assert answer.data.startswith(PDF)


def test_what_is_no_document_is_told_and_the_text_stays(
    app: Flask, database: Database, cast: Cast, sign_in: SignIn
) -> None:
    with app.app_context(), database.transaction() as session:
        measure = open_measure(session, make_standing(session, cast), cast, ApprovalAction.SUSPEND)
        page = f"/fi/provider/{cast.provider.id}/measures/{measure.id}"
    provider = app.test_client()
    sign_in(provider, cast.applicant)
    entries: dict[str, Any] = {
        "answer": ANSWER,
        "attach": "1",
        "attachments": (io.BytesIO(b"MZ"), "ohjelma.exe"),
    }
    shown = post_form(provider, page, entries)
    assert ANSWER in shown.text
    assert 'id="attachments-error"' in shown.text
    assert tokens(shown.text) == []
