"""No raw key shows in a history: every action, and every state and choice that an event can hold, has words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.applications.audit_actions import ApplicationAudit
from marketplace.applications.messages.rules import Side
from marketplace.applications.rules import ApplicationState, Outcome
from marketplace.approvals.contesting.rules import REVIEW, ReviewState
from marketplace.approvals.reviewing.rules import Mark
from marketplace.approvals.serving.rules import Served
from marketplace.approvals.standing.rules import MEASURE, ConditionState
from marketplace.audit.fields import NamedKeys, every_field
from marketplace.audit.labels import SUBJECTS, action_name, every_action
from marketplace.audit.models import AuditEvent
from marketplace.audit.service import append
from marketplace.files.rules import FileState
from marketplace.i18n import in_language
from marketplace.offers.rules import Availability, OfferState, VersionState
from marketplace.providers.audit_actions import ApprovalAudit
from marketplace.providers.authority.rules import RightState
from marketplace.providers.company.rules import AccessRequestState, AccountChangeState, PersonInvitationState
from marketplace.providers.evidence.rules import LookState
from marketplace.providers.rules import ApprovalState, ProviderState
from marketplace.providers.units.rules import UnitState
from tests.accounts.test_rooms_bar import SignIn
from tests.approvals.cast import make_cast
from tests.approvals.standing.conftest import make_standing
from tests.factories import make_application
from tests.work import work_of

KEPT: dict[str, Iterable[str]] = {
    "application.state": ApplicationState,
    "application.outcomes": Outcome,
    "application.proposals": Outcome,
    "application.side": Side,
    "application.letter": Served,
    "application.marks": Mark,
    "application.review": set(ReviewState) - {REVIEW.initial},
    "approval.state": [*ApprovalState, *ConditionState],
    "approval.kind": list(MEASURE.kinds),
    "approval.letter": Served,
    "approval.review": set(ReviewState) - {REVIEW.initial},
    "account_change.state": AccountChangeState,
    "access.state": AccessRequestState,
    "person.state": PersonInvitationState,
    "participation.state": ProviderState,
    "unit.state": UnitState,
    "file.state": FileState,
    "provider.right": RightState,
    "evidence.look": LookState,
    "offer.state": [*OfferState, *VersionState, *Availability],
}
"""Field of the histories of applications, approvals and companies → the keys that an event can hold there."""

ROOMS = {name.partition(".")[0] for name in KEPT}
RAW = re.compile(r"\b[a-z]+(?:_[a-z]+)*\.[a-z]+(?:_[a-z]+)*\b|\b[a-z]+_[a-z_]+\b")
"""A key as code writes it: `approval.leave`, `set_aside`."""


@pytest.fixture(params=["fi", "sv"])
def language(app: Flask, request: pytest.FixtureRequest) -> Iterator[str]:
    """A request in each language, in which words are asked for."""
    with app.test_request_context(f"/{request.param}/office/audit"):
        app.preprocess_request()
        yield request.param


def test_the_guard_finds_what_is_raw() -> None:
    assert RAW.search("approval.leave")
    assert RAW.search("set_aside")
    assert not RAW.search("Päätös KEUSOTE-2026/12 kumottiin 1.2.2027.")
    assert NamedKeys({"a": "A"}).lacking(["a", "b"]) == ["b"]
    with pytest.raises(AssertionError, match="vanished"):
        AuditEvent(
            action=ApprovalAudit.DECIDE.value,
            subject_type="ServiceApproval",
            subject_id="1",
            before={},
            after={"state": "vanished"},
        )


@pytest.mark.parametrize("field", sorted(KEPT))
def test_every_key_that_a_history_can_hold_has_words(field: str) -> None:
    text = every_field()[field].text
    assert isinstance(text, NamedKeys)
    assert text.lacking(list(KEPT[field])) == []


def test_no_choice_of_the_histories_is_left_out() -> None:
    own = {"offer.kinds"}  # the page of changes tries these, in tests/offers
    chosen = {
        name
        for name, field in every_field().items()
        if isinstance(field.text, NamedKeys) and name.partition(".")[0] in ROOMS
    }
    assert chosen - own == set(KEPT)


def test_the_words_of_keys_actions_and_subjects_are_in_the_language_of_the_reader(
    language: str,
) -> None:
    for name in every_action():
        assert not RAW.search(action_name(name)), name
        with in_language("sv" if language == "fi" else "fi"):
            other = action_name(name)
        assert action_name(name) != other, f"{name} has no words in {language}"
    for kind, words in SUBJECTS.items():
        assert not RAW.search(str(words)), kind
    for field, keys in KEPT.items():
        text: Any = every_field()[field].text
        for key in keys:
            assert not RAW.search(text(str(key), None)), (field, key)


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_no_page_of_a_history_shows_a_raw_key(
    app: Flask, client: FlaskClient, sign_in: SignIn, language: str
) -> None:
    with app.app_context(), app.extensions["database"].transaction() as session:
        cast = make_cast(session)
        application = make_application(session, cast.provider, cast.applicant, state="in_review")
        approval = make_standing(session, cast)
        work = work_of(session, cast.actor("reviewer"))
        for actions, subject in ((ApplicationAudit, application), (ApprovalAudit, approval)):
            for action in actions:
                append(work, action, subject, organisation="keusote", after={"reason": "Syy."})
        pages = {
            f"/{language}/office/applications/{application.id}": len(ApplicationAudit) - 3,
            f"/{language}/office/approvals/{approval.id}": len(ApprovalAudit) - 1,
        }
    sign_in(client, cast.reviewer)
    for page, least in pages.items():
        answer = client.get(page)
        assert answer.status_code == 200
        history = answer.text.partition('id="history"')[2].partition("</section>")[0]
        rows = re.findall(r'<th scope="row"[^>]*>(.*?)</th>', history, re.DOTALL)
        assert len(rows) >= least, page
        assert [row for row in rows if RAW.search(row)] == []
