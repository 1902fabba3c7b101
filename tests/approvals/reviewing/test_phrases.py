"""The library of grounds: both languages, outcomes that exist, and grounds put together in the provider's language."""

from __future__ import annotations

import io

import pytest
from pypdf import PdfReader
from sqlalchemy.orm import Session

from marketplace.applications.models import ApplicationLine
from marketplace.applications.rules import Outcome
from marketplace.approvals.deciding.document import decision_document
from marketplace.approvals.proposing import service
from marketplace.approvals.proposing.phrases import LIBRARY, grounds
from marketplace.approvals.proposing.rules import LineProposal
from marketplace.decisions.service import Refused
from marketplace.pilots.queries import kept_definition
from marketplace.pilots.vocabulary import SERVICES
from tests.approvals.cast import make_cast
from tests.factories import NOW, make_application
from tests.work import work_of


@pytest.mark.parametrize("key", list(LIBRARY.phrases))
def test_every_phrase_speaks_both_languages_and_names_things_that_exist(key: str) -> None:
    phrase = LIBRARY.phrases[key]
    assert phrase.text.fi.endswith(".")
    assert phrase.text.sv.endswith(".")
    assert phrase.outcome in set(Outcome)
    assert phrase.services <= set(SERVICES)


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_has_phrases_for_every_service(outcome: str) -> None:
    for service_key in SERVICES:
        assert [each for each in LIBRARY.for_service(service_key) if each.outcome == outcome]


def test_phrases_of_another_outcome_or_service_are_left_out() -> None:
    chosen = ("vehicles_suitable", "requirements_met", "evidence_missing")
    assert LIBRARY.fitting(chosen, "transport", "approved") == ("requirements_met", "vehicles_suitable")
    assert LIBRARY.fitting(chosen, "day_activity", "approved") == ("requirements_met",)
    assert LIBRARY.fitting(chosen, "day_activity", "rejected") == ("evidence_missing",)


def test_grounds_are_the_phrases_in_a_language_and_then_the_own_words() -> None:
    line = ApplicationLine(proposed_phrases=["staff_sufficient"], proposed_grounds="  Egna ord. ")
    swedish = LIBRARY.phrases["staff_sufficient"].text.sv
    assert grounds(line, "sv") == f"{swedish} Egna ord."
    assert grounds(ApplicationLine(proposed_phrases=[], proposed_grounds=None), "fi") == ""


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_a_phrase_is_enough_and_stands_in_the_decision_in_the_providers_language(
    session: Session, language: str
) -> None:
    cast = make_cast(session, language)
    application = make_application(
        session, cast.provider, cast.applicant, services=("transport",), state="in_review"
    )
    [line] = application.lines
    proposal = LineProposal(line.id, Outcome.APPROVED, "", phrases=("vehicles_suitable", "heard"))
    service.propose(work_of(session, cast.actor("reviewer")), application, [proposal])
    assert line.proposed_phrases == ["vehicles_suitable"]
    document = decision_document(
        application,
        kept_definition(session, application.definition_version_id),
        number="KEUSOTE-2026/1",
        decided_by=cast.decider,
        language=language,
        now=NOW,
    )
    text = " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(document)).pages).split())
    assert getattr(LIBRARY.phrases["vehicles_suitable"].text, language) in text


def test_a_phrase_of_another_outcome_is_no_ground(session: Session) -> None:
    cast = make_cast(session)
    application = make_application(
        session, cast.provider, cast.applicant, services=("transport",), state="in_review"
    )
    proposal = LineProposal(application.lines[0].id, Outcome.APPROVED, "", phrases=("evidence_missing",))
    with pytest.raises(Refused) as refusal:
        service.propose(work_of(session, cast.actor("reviewer")), application, [proposal])
    assert [field for field, _ in refusal.value.faults] == [f"grounds-{application.lines[0].id}"]
