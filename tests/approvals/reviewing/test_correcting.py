"""A clerical error is corrected by two people, with a new document and a corrected copy; the old one stays as it is."""

from __future__ import annotations

import io

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy.orm import Session

from marketplace.applications import queries
from marketplace.applications.models import Application, Correction, Decision
from marketplace.approvals.correcting import service as correcting
from marketplace.approvals.deciding import service as deciding
from marketplace.decisions.rules import CORRECTION, CorrectionAction, CorrectionState
from marketplace.errors import Conflict, Invalid, NotAllowed, NotFound
from marketplace.files.store import FileStore
from marketplace.outbox import OutboxMessage
from tests.accounts.test_rooms_bar import SignIn
from tests.approvals.cast import Cast, make_cast
from tests.factories import make_application, make_user
from tests.forms import post_form
from tests.work import work_of

Case = tuple[Application, Decision]


def decided(session: Session, cast: Cast, store: FileStore) -> Case:
    application = make_application(session, cast.provider, cast.applicant, state="proposed")
    for line in application.lines:
        line.proposed_grounds = "Vastuuhenkilö on Maija Merinen. Toiminta on asianmukaista."
    seen = deciding.seen_mark(application)
    made = deciding.decide(work_of(session, cast.actor("decider")), application, seen=seen, store=store)
    return application, made


def propose(
    session: Session, case: Case, cast: Cast, wrong: str, right: str, who: str = "reviewer"
) -> Correction:
    return correcting.propose(work_of(session, cast.actor(who)), case[1], wrong=wrong, right=right)


def make(
    session: Session, case: Case, cast: Cast, store: FileStore, correction: Correction, who: str = "decider"
) -> Correction:
    return correcting.make(work_of(session, cast.actor(who)), case[1], correction, store=store)


def text_of(content: bytes) -> str:
    pages = PdfReader(io.BytesIO(content)).pages
    return " ".join(" ".join(page.extract_text().split()) for page in pages)


def read(store: FileStore, file: object) -> str:
    return text_of(store.read(file.sha256))  # type: ignore[attr-defined]


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_a_correction_comes_with_a_corrected_copy_and_leaves_the_decision_as_it_is(
    session: Session, store: FileStore, language: str
) -> None:
    cast = make_cast(session, language)
    case = decided(session, cast, store)
    before = store.read(case[1].file.sha256)
    first = make(session, case, cast, store, propose(session, case, cast, "Merinen", "Meriläinen"))
    second = make(
        session, case, cast, store, propose(session, case, cast, "Maija Meriläinen", "M. Meriläinen")
    )
    assert [first.number, second.number] == ["KEUSOTE-2026/1-1", "KEUSOTE-2026/1-2"]
    assert store.read(case[1].file.sha256) == before
    told = read(store, first.file)
    assert f"{'Lisätietoja' if language == 'fi' else 'Mer information'} {cast.reviewer.name}" in told
    assert [
        each for each in ("KEUSOTE-2026/1-1", "Merinen", "Meriläinen", cast.decider.name) if each not in told
    ] == []
    copy = read(store, second.copy)
    assert "M. Meriläinen" in copy
    assert "Merinen" not in copy, "both corrections stand in the second copy"
    assert "KEUSOTE-2026/1-1" in copy
    assert "KEUSOTE-2026/1-2" in copy
    mails = session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id)).all()
    assert [mail.template for mail in mails] == ["decision_made", "decision_corrected", "decision_corrected"]
    for file_id in (first.file_id, first.copy_id):
        assert queries.file_of(session, case[0], file_id or 0).id == file_id


@pytest.mark.parametrize(
    ("wrong", "right", "field"),
    [
        ("", "Tuusula", "wrong"),
        ("Merinen", " ", "right"),
        ("Merinen", "Merinen", "right"),
        ("Lokalen är för trång", "Dagverksamhet: Godkänd", "wrong"),
        ("Meri", "Vesi", "wrong"),
    ],
)
def test_a_correction_that_corrects_nothing_is_refused(
    session: Session, cast: Cast, store: FileStore, wrong: str, right: str, field: str
) -> None:
    case = decided(session, cast, store)
    with pytest.raises(Invalid) as refusal:
        propose(session, case, cast, wrong, right)
    assert refusal.value.field == field
    assert session.scalars(sa.select(Correction)).all() == []


@pytest.mark.parametrize(
    "wrong", ["hyväksytään", "Järvenpää", "Päivätoiminta", "KEUSOTE-2026/1", "14 päivän"]
)
def test_what_was_decided_is_no_clerical_error(
    session: Session, cast: Cast, store: FileStore, wrong: str
) -> None:
    case = decided(session, cast, store)
    with pytest.raises(Invalid) as refusal:
        propose(session, case, cast, wrong, "Muu")
    assert "uudella päätöksellä" in str(refusal.value) or "new decision" in str(refusal.value)


def test_two_people_stand_behind_a_correction(session: Session, cast: Cast, store: FileStore) -> None:
    case = decided(session, cast, store)
    for who in ("stranger", "applicant", "decider"):
        with pytest.raises(NotAllowed):
            propose(session, case, cast, "Merinen", "Meriläinen", who)
    correction = propose(session, case, cast, "Merinen", "Meriläinen")
    with pytest.raises(NotAllowed):
        make(session, case, cast, store, correction, "reviewer")
    correction.proposed_by = cast.decider
    session.flush()
    with pytest.raises(NotAllowed):
        make(session, case, cast, store, correction)
    with pytest.raises(NotFound):
        correcting.decision_of(case[0], case[1].id + 1)


@pytest.mark.parametrize("action", list(CorrectionAction))
@pytest.mark.parametrize("state", list(CorrectionState))
def test_every_state_and_action_of_a_correction(state: CorrectionState, action: CorrectionAction) -> None:
    allowed = {
        (CorrectionState.NEW, CorrectionAction.PROPOSE),
        (CorrectionState.PROPOSED, CorrectionAction.MAKE),
        (CorrectionState.PROPOSED, CorrectionAction.DROP),
    }
    assert CORRECTION.allows(state, action) == ((state, action) in allowed)


def test_a_correction_waits_alone_and_is_made_or_dropped_once(
    session: Session, cast: Cast, store: FileStore
) -> None:
    case = decided(session, cast, store)
    first = propose(session, case, cast, "Merinen", "Meriläinen")
    session.flush()
    session.refresh(case[1])
    with pytest.raises(Conflict):
        propose(session, case, cast, "Maija", "Kaija")
    correcting.drop(work_of(session, cast.actor("decider")), case[1], first)
    with pytest.raises(Conflict):
        make(session, case, cast, store, first)
    assert first.number is None
    second = propose(session, case, cast, "Maija", "Kaija")
    assert make(session, case, cast, store, second).number == "KEUSOTE-2026/1-1"


def test_a_decision_without_kept_words_says_that_no_copy_can_be_made(
    session: Session, cast: Cast, store: FileStore
) -> None:
    case = decided(session, cast, store)
    case[1].content = None
    with pytest.raises(Conflict):
        propose(session, case, cast, "Merinen", "Meriläinen")


def test_nobody_writes_a_correction_that_cannot_be_made(
    app: Flask, client: FlaskClient, sign_in: SignIn
) -> None:
    with app.app_context(), app.extensions["database"].transaction() as session:
        cast = make_cast(session)
        application, decision = decided(session, cast, FileStore.of(app.extensions["settings"]))
        decision.content = None
        page = f"/fi/office/applications/{application.id}"
    sign_in(client, cast.reviewer)
    assert client.get(f"{page}/decisions/{decision.id}/correction").location == page
    assert "Tee korjaus erillisenä asiakirjana." in client.get(page).text


def test_the_pages_lead_from_the_proposal_over_the_preview_to_the_party(
    app: Flask, client: FlaskClient, sign_in: SignIn
) -> None:
    with app.app_context(), app.extensions["database"].transaction() as session:
        cast = make_cast(session)
        application, decision = decided(session, cast, FileStore.of(app.extensions["settings"]))
        page = f"/fi/office/applications/{application.id}"
    sign_in(client, cast.reviewer)
    propose_page = f"{page}/decisions/{decision.id}/correction"
    refused = post_form(client, propose_page, {"wrong": "Hakemus hyväksytään.", "right": "Hakemus hylätään."})
    assert refused.status_code == 422
    assert "Hakemus hylätään." in refused.text, "nothing typed is lost"
    assert post_form(client, propose_page, {"wrong": "Merinen", "right": "Meriläinen"}).status_code == 303
    assert "Meriläinen" not in client.get(page).text
    assert propose_page not in client.get(page).text, "one that waits is not joined by another"
    assert client.get(propose_page).location == page
    other = app.test_client()
    sign_in(other, cast.decider)
    assert "Päätösten korjaukset, jotka odottavat tekemistä" in other.get("/fi/office").text
    [address] = {
        part.split('"')[0]
        for part in other.get(page).text.split('href="')
        if "/corrections/" in part.split('"')[0]
    }
    shown = other.get(address).text
    assert "Vastuuhenkilö on Maija Meriläinen." in shown
    preview = other.get(f"{address}.pdf")
    assert "Meriläinen" in text_of(preview.data)
    assert post_form(other, address, {}).status_code == 303
    sign_in(client, cast.applicant)
    own = client.get(f"/fi/provider/{cast.provider.id}/applications/{application.id}").text
    assert own.count("/files/") >= 3, "the corrected copy, the decision as it was, the correction"
    with app.extensions["database"].transaction() as session:
        stranger = make_user(session, cast.decider.grants[0].role, organisation="soite")
    sign_in(client, stranger)
    assert client.get(address).status_code == 404
