"""An approval can cover a part of the area applied for: heard, with grounds, and named in the decision."""

from __future__ import annotations

import io

import pytest
from pypdf import PdfReader
from sqlalchemy.orm import Session

from marketplace.applications.models import Application
from marketplace.applications.rules import Outcome
from marketplace.approvals.deciding import service as deciding
from marketplace.approvals.proposing import service
from marketplace.approvals.proposing.rules import LineProposal
from marketplace.decisions.service import Refused
from marketplace.errors import Invalid
from marketplace.files.store import FileStore
from marketplace.providers.queries import approvals_of
from tests.approvals.cast import Cast
from tests.factories import make_application, make_hearing
from tests.stored import path_of
from tests.work import work_of

AREA = ["186", "858"]
"""Järvenpää and Tuusula."""


@pytest.fixture
def application(session: Session, cast: Cast) -> Application:
    made = make_application(
        session,
        cast.provider,
        cast.applicant,
        services=("transport",),
        state="in_review",
        handler=cast.reviewer,
    )
    made.lines[0].municipalities = list(AREA)
    session.flush()
    return made


def propose(session: Session, application: Application, cast: Cast, outcome: Outcome, *left_out: str) -> None:
    proposal = LineProposal(
        application.lines[0].id, outcome, "Autoja on vain Järvenpäässä.", left_out=left_out
    )
    service.propose(work_of(session, cast.actor("reviewer")), application, [proposal])


def test_a_part_is_decided_after_a_hearing_and_only_it_is_approved(
    session: Session, cast: Cast, application: Application, store: FileStore
) -> None:
    with pytest.raises(Refused) as refusal:
        propose(session, application, cast, Outcome.APPROVED, "858")
    assert [field for field, _message in refusal.value.faults] == [f"left_out-{application.lines[0].id}"]
    session.add(make_hearing(application, cast.reviewer, ["transport"]))
    propose(session, application, cast, Outcome.APPROVED, "858", "091")
    assert application.lines[0].proposed_left_out == ["858"], "what was not applied for is not left out"
    decider = work_of(session, cast.actor("decider"))
    made = deciding.decide(decider, application, seen=deciding.seen_mark(application), store=store)
    [approval] = approvals_of(session, cast.provider.id)
    assert (approval.municipalities, application.lines[0].covered) == (["186"], ["186"])
    pages = PdfReader(io.BytesIO(path_of(store, made.file.sha256).read_bytes())).pages
    text = " ".join("".join(page.extract_text() for page in pages).split())
    for words in ("Järvenpää. Haettu mutta ei hyväksytty: Tuusula.", "Autoja on vain Järvenpäässä."):
        assert words in text


def test_a_rejection_leaves_nothing_out_and_the_mark_tells_of_the_part(
    session: Session, cast: Cast, application: Application
) -> None:
    session.add(make_hearing(application, cast.reviewer, ["transport"]))
    before = deciding.seen_mark(application)
    propose(session, application, cast, Outcome.REJECTED, "858")
    assert application.lines[0].proposed_left_out == []
    whole = deciding.seen_mark(application)
    application.lines[0].proposed_left_out = ["858"]
    assert len({before, whole, deciding.seen_mark(application)}) == 3


def test_a_part_that_was_not_heard_is_not_decided(
    session: Session, cast: Cast, application: Application, store: FileStore
) -> None:
    propose(session, application, cast, Outcome.APPROVED)
    application.lines[0].proposed_left_out = ["858"]
    with pytest.raises(Invalid, match="kuultu"):
        deciding.decide(
            work_of(session, cast.actor("decider")),
            application,
            seen=deciding.seen_mark(application),
            store=store,
        )
