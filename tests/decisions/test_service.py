"""Numbers without gaps or doubles, documents kept as they were made, words that have to be there."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from marketplace.applications.models import Decision
from marketplace.approvals.standing.models import ApprovalMeasure
from marketplace.decisions.rules import MAX_TEXT, MEASURES
from marketplace.decisions.service import archive, demand_other_person, demand_words, next_number
from marketplace.errors import Invalid, NotAllowed
from marketplace.files.models import StoredFile
from marketplace.files.store import FileStore
from marketplace.permissions import Actor
from tests.approvals.cast import make_cast
from tests.factories import NOW, make_application, make_user
from tests.work import work_of

TODAY = NOW.date()


def actor(user_id: int) -> Actor:
    return Actor(user_id, "p@example.fi", "Pentti Päättäjä")


def decide(session: Session, number: str) -> None:
    cast = make_cast(session)
    application = make_application(session, cast.provider, cast.applicant, state="decided")
    session.add(
        Decision(
            number=number,
            application=application,
            language="fi",
            decided_on=TODAY,
            proposed_by=cast.reviewer,
            decided_by=cast.decider,
            file=StoredFile(
                sha256="0" * 64,
                media_type="application/pdf",
                size=1,
                name="d.pdf",
                created_at=NOW,
                state="clean",
            ),
        )
    )
    session.flush()


def test_the_number_after_nine_is_ten(session: Session) -> None:
    decide(session, f"KEUSOTE-{TODAY.year}/9")
    assert next_number(session, Decision.number, "keusote", TODAY) == f"KEUSOTE-{TODAY.year}/10"


def test_a_new_year_another_organisation_and_another_series_begin_at_one(session: Session) -> None:
    decide(session, f"KEUSOTE-{TODAY.year}/9")
    later = TODAY + timedelta(days=366)
    assert next_number(session, Decision.number, "keusote", later) == f"KEUSOTE-{later.year}/1"
    assert next_number(session, Decision.number, "soite", TODAY) == f"SOITE-{TODAY.year}/1"
    number = next_number(session, ApprovalMeasure.number, "keusote", date(TODAY.year, 1, 1), MEASURES)
    assert number == f"KEUSOTE-{TODAY.year}/S1"


def test_a_document_is_kept_under_its_checksum_and_mailed_as_the_same_bytes(
    session: Session, tmp_path: Path
) -> None:
    store = FileStore(tmp_path, secret="s", limit=1000)
    person = actor(make_user(session).id)
    kept = archive(work_of(session, person), b"%PDF-1.7 decision", "KEUSOTE-2026/12", store=store)
    assert kept.attachment == ("keusote-2026-12.pdf", "application/pdf", b"%PDF-1.7 decision")
    assert kept.sha256 == hashlib.sha256(b"%PDF-1.7 decision").hexdigest()
    assert store.read(kept.sha256) == kept.attachment[2]
    assert (kept.file.name, kept.file.uploaded_by_id) == ("keusote-2026-12.pdf", person.user_id)


def test_who_proposed_does_not_decide() -> None:
    demand_other_person(actor(1), [2])
    with pytest.raises(NotAllowed):
        demand_other_person(actor(1), [2, 1])


@pytest.mark.parametrize("text", ["", " \n ", "x" * (MAX_TEXT + 1)])
def test_words_are_neither_missing_nor_endless(text: str) -> None:
    with pytest.raises(Invalid) as refusal:
        demand_words(text, "Write.", field="answer")
    assert refusal.value.field == "answer"


def test_words_lose_the_blanks_around_them() -> None:
    assert demand_words("  own words \n", "Write.", field="answer") == "own words"
