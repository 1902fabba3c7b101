"""A clerical error is corrected with a new document; the old one stays byte for byte."""

from __future__ import annotations

import io
from typing import Any

import pytest
import sqlalchemy as sa
from pypdf import PdfReader
from sqlalchemy.orm import Session

from marketplace.applications import queries
from marketplace.applications.models import Application, Correction, Decision
from marketplace.approvals.correcting import service as correcting
from marketplace.approvals.deciding import service as deciding
from marketplace.errors import Invalid, NotAllowed, NotFound
from marketplace.files.store import FileStore
from marketplace.outbox import OutboxMessage
from tests.approvals.cast import Cast, make_cast
from tests.factories import make_application
from tests.work import work_of


def decided(session: Session, cast: Cast, store: FileStore) -> tuple[Application, Decision]:
    application = make_application(session, cast.provider, cast.applicant, state="proposed")
    seen = deciding.seen_mark(application)
    made = deciding.decide(work_of(session, cast.actor("decider")), application, seen=seen, store=store)
    return application, made


def correct(
    session: Session,
    case: tuple[Application, Decision],
    cast: Cast,
    store: FileStore,
    who: str,
    wrong: str,
    right: str,
) -> Correction:
    application, decision = case
    return correcting.correct(
        work_of(session, cast.actor(who)), application, decision, wrong=wrong, right=right, store=store
    )


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_a_correction_refers_to_the_decision_and_leaves_it_as_it_is(
    session: Session, store: FileStore, language: str
) -> None:
    cast = make_cast(session, language)
    case = decided(session, cast, store)
    before = store.read(case[1].file.sha256)
    first = correct(session, case, cast, store, "decider", "Tuusla", "Tuusula")
    second = correct(session, case, cast, store, "decider", "2025", "2026")
    assert [first.number, second.number] == ["KEUSOTE-2026/1-1", "KEUSOTE-2026/1-2"]
    assert store.read(case[1].file.sha256) == before
    reader = PdfReader(io.BytesIO(store.read(first.file.sha256)))
    text = " ".join(page.extract_text() for page in reader.pages)
    for words in ("KEUSOTE-2026/1-1", "Tuusla", "Tuusula", cast.decider.name):
        assert words in text
    root: Any = reader.trailer["/Root"]
    assert root["/Lang"].startswith(language)
    assert root["/MarkInfo"]["/Marked"]
    mails = session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id)).all()
    assert [mail.template for mail in mails] == ["decision_made", "decision_corrected", "decision_corrected"]
    assert queries.file_of(session, case[0], first.file_id).id == first.file_id


@pytest.mark.parametrize(
    ("wrong", "right", "field"),
    [("", "Tuusula", "wrong"), ("Tuusla", " ", "right"), ("Tuusula", "Tuusula", "right")],
)
def test_a_correction_that_corrects_nothing_is_refused(
    session: Session, cast: Cast, store: FileStore, wrong: str, right: str, field: str
) -> None:
    case = decided(session, cast, store)
    with pytest.raises(Invalid) as refusal:
        correct(session, case, cast, store, "decider", wrong, right)
    assert refusal.value.field == field
    assert session.scalars(sa.select(Correction)).all() == []


def test_only_a_decider_of_the_organisation_corrects(session: Session, cast: Cast, store: FileStore) -> None:
    case = decided(session, cast, store)
    for who in ("reviewer", "stranger", "applicant"):
        with pytest.raises(NotAllowed):
            correct(session, case, cast, store, who, "Tuusla", "Tuusula")
    with pytest.raises(NotFound):
        correcting.decision_of(case[0], case[1].id + 1)
