"""A clerical error in a decision on an approval is corrected by two people, with a corrected copy."""

from __future__ import annotations

import io
import re

import pytest
import sqlalchemy as sa
from flask import Flask
from pypdf import PdfReader
from sqlalchemy.orm import Session

from marketplace.applications.models import Correction
from marketplace.approvals.correcting import service as correcting
from marketplace.approvals.correcting.queries import waiting
from marketplace.approvals.standing import deciding
from marketplace.approvals.standing.models import ApprovalMeasure
from marketplace.db import Database
from marketplace.decisions.rules import CorrectionState
from marketplace.errors import Conflict, Invalid, NotAllowed
from marketplace.files.store import FileStore
from marketplace.files.uploads import filestore
from marketplace.outbox import OutboxMessage
from marketplace.providers.models import ServiceApproval
from marketplace.providers.rules import ApprovalAction
from tests.approvals.cast import Cast
from tests.approvals.standing.conftest import SAFE, make_standing, open_measure
from tests.approvals.standing.test_pages import SignIn, browser
from tests.approvals.standing.test_pages import cast as committed_cast
from tests.forms import post_form
from tests.stored import path_of
from tests.work import work_of

WRONG, RIGHT = "Vakuutus päättyi 1.1.2026.", "Vakuutus päättyi 1.11.2026."


def decided(session: Session, cast: Cast, store: FileStore) -> ApprovalMeasure:
    approval = make_standing(session, cast)
    measure = open_measure(session, approval, cast, ApprovalAction.SUSPEND, grounds=WRONG, **SAFE)
    return deciding.decide(work_of(session, cast.actor("decider")), measure, store=store)


def test_two_people_correct_it_and_the_party_gets_the_copy(
    session: Session, cast: Cast, store: FileStore
) -> None:
    measure = decided(session, cast, store)
    reviewer, decider = (work_of(session, cast.actor(who)) for who in ("reviewer", "decider"))
    with pytest.raises(Invalid) as refusal:
        correcting.propose(reviewer, measure, wrong="Ei siellä.", right="x")
    assert refusal.value.field == "wrong"
    with pytest.raises(Invalid):
        correcting.propose(reviewer, measure, wrong=measure.number or "", right="KEUSOTE-2026/S9")
    proposed = correcting.propose(reviewer, measure, wrong=WRONG, right=RIGHT)
    session.flush()
    assert waiting(session, "keusote") == ([], [measure.approval_id])
    with pytest.raises(Conflict):
        correcting.propose(reviewer, measure, wrong=WRONG, right="Muu.")
    with pytest.raises(NotAllowed):
        correcting.make(reviewer, measure, proposed, store=store)
    made = correcting.make(decider, measure, proposed, store=store)
    assert (made.number, made.state) == (f"{measure.number}-1", CorrectionState.MADE)
    assert made.copy is not None
    pages = PdfReader(io.BytesIO(path_of(store, made.copy.sha256).read_bytes())).pages
    text = " ".join("".join(page.extract_text() for page in pages).split())
    assert (RIGHT in text, WRONG in text, measure.grounds) == (True, False, WRONG)
    [mail] = session.scalars(sa.select(OutboxMessage).where(OutboxMessage.template == "approval_corrected"))
    assert mail.recipient == cast.applicant.email
    assert waiting(session, "keusote") == ([], [])


on_pages = committed_cast


def test_the_pages_lead_from_the_approval_to_the_copy(
    app: Flask, database: Database, on_pages: Cast, sign_in: SignIn
) -> None:
    with app.test_request_context(), database.transaction() as session:
        measure = decided(session, on_pages, filestore())
        page = f"/fi/office/approvals/{measure.approval_id}"
        here = f"{page}/measures/{measure.id}"
    reviewer, decider = (browser(app, sign_in, who) for who in (on_pages.reviewer, on_pages.decider))
    assert f"{here}/correction" in reviewer.get(page).text
    said = {"wrong": WRONG, "right": RIGHT}
    assert post_form(reviewer, f"{here}/correction", {**said, "right": ""}).status_code == 422
    both = post_form(reviewer, f"{here}/correction", {"wrong": "Ei siellä.", "right": ""})
    assert ('href="#wrong"' in both.text, 'href="#right"' in both.text) == (True, True)
    assert post_form(reviewer, f"{here}/correction", said).location == page
    assert f'{here}/correction"' not in reviewer.get(page).text, "one that waits is not joined by another"
    assert reviewer.get(f"{here}/correction").location == page
    onward = re.search(rf'href="({here}/corrections/\d+)"', decider.get(page).text)
    assert onward is not None
    assert RIGHT in decider.get(onward[1]).text
    assert decider.get(f"{onward[1]}.pdf").data.startswith(b"%PDF")
    assert post_form(decider, onward[1], {}).location == page
    applicant = browser(app, sign_in, on_pages.applicant)
    own = f"/fi/provider/{on_pages.provider.id}/measures/{here.rpartition('/')[2]}"
    copy = re.search(rf'href="({own}/corrections/\d+/copy.pdf)"', applicant.get(own).text)
    assert copy is not None
    for client, address in ((applicant, copy[1]), (reviewer, f"{onward[1]}/correction.pdf")):
        with client.get(address) as answer:
            assert answer.data.startswith(b"%PDF")
    with database.read() as session:
        assert session.scalars(sa.select(Correction.state)).one() == CorrectionState.MADE
        assert session.scalars(sa.select(ServiceApproval)).one().state == "suspended"


def test_a_correction_that_was_dropped_leaves_the_decision_as_it_is(
    session: Session, cast: Cast, store: FileStore
) -> None:
    measure = decided(session, cast, store)
    proposed = correcting.propose(work_of(session, cast.actor("reviewer")), measure, wrong=WRONG, right=RIGHT)
    correcting.drop(work_of(session, cast.actor("decider")), measure, proposed)
    assert correcting.words_of(measure) == measure.content
