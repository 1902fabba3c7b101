"""The mail about a decision says the outcome in its first sentence, and that of each service where they differ."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from marketplace.applications.rules import Outcome
from marketplace.approvals import mails
from tests.approvals.cast import make_cast
from tests.factories import make_application
from tests.work import work_of

CASES = [
    ("fi", [Outcome.APPROVED], "Hakemus on hyväksytty ("),
    ("fi", [Outcome.APPROVED_WITH_CONDITIONS], "Hakemus on hyväksytty ehdoin ("),
    ("fi", [Outcome.REJECTED], "Hakemus on hylätty ("),
    ("fi", [Outcome.APPROVED, Outcome.REJECTED], "Hakemus on ratkaistu palveluittain ("),
    ("sv", [Outcome.APPROVED], "Ansökan har godkänts ("),
    ("sv", [Outcome.APPROVED_WITH_CONDITIONS], "Ansökan har godkänts med villkor ("),
    ("sv", [Outcome.REJECTED], "Ansökan har avslagits ("),
    ("sv", [Outcome.REJECTED, Outcome.APPROVED], "Ansökan har avgjorts tjänst för tjänst ("),
]


@pytest.mark.parametrize(("language", "outcomes", "first"), CASES)
def test_the_mail_of_a_decision_says_the_outcome_first(
    session: Session, language: str, outcomes: list[Outcome], first: str
) -> None:
    cast = make_cast(session, language)
    application = make_application(session, cast.provider, cast.applicant, state="proposed")
    lines = sorted(application.lines, key=lambda line: line.id)
    assert len(lines) == 2
    for line, outcome in zip(lines, outcomes * (3 - len(outcomes)), strict=True):
        line.outcome = outcome
    with session.no_autoflush:
        mail = mails.decision_made(
            work_of(session), cast.applicant, application, "TEST-2026/1", ("a.pdf", "application/pdf", b"")
        )
    parts = mail.body.split("\n\n")
    assert parts[1].startswith(first)
    assert "TEST-2026/1" in parts[len(outcomes) + 1]
    listed = [line for line in mail.body.splitlines() if line.startswith("- ")]
    assert len(listed) == (2 if len(outcomes) == 2 else 0)
    session.rollback()
