"""The decision as a document: the right language, accessible, with its grounds and the way to ask for a review."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from pypdf import PdfReader
from sqlalchemy.orm import Session

from marketplace.applications.models import Application, Decision
from marketplace.applications.prefill.queries import earlier_decisions
from marketplace.applications.rules import ApplicationState, Outcome
from marketplace.approvals.deciding.document import decision_document
from marketplace.i18n import LocalizedText
from marketplace.pilots.queries import kept_definition
from marketplace.providers.models import ServiceApproval
from marketplace.providers.rules import ApprovalState
from tests.approvals.cast import Cast, make_cast
from tests.factories import NOW, make_application, make_hearing
from tests.slips import unsaid

CONDITIONS: list[dict[str, Any]] = [
    {"text": "Villkor/ehto #1.", "due_on": "2026-12-31"},
    {"text": "Enintään kahdeksan klient.", "due_on": None},
]
WORDS = {
    "fi": ["Päätös", "Perustelut", "oikaisua", "14 päivän", "Päivätoiminta", "Keusote"],
    "sv": ["Beslut", "Motivering", "omprövning", "14 dagar", "Dagverksamhet", "Mellersta Nyland"],
}


def application_for(session: Session, language: str) -> Application:
    cast = make_cast(session, language)
    application = make_application(
        session,
        cast.provider,
        cast.applicant,
        state=ApplicationState.PROPOSED,
        handler=cast.decider,
        outcomes={"day_activity": Outcome.APPROVED_WITH_CONDITIONS, "transport": Outcome.REJECTED},
    )
    for line in application.lines:
        line.proposed_grounds = "Grund & motiv #1: 100\u00a0% <ok> $x$ *tähti*"
    application.lines[0].proposed_conditions = CONDITIONS
    return application


def document(session: Session, application: Application) -> bytes:
    assert application.handler is not None
    return decision_document(
        application,
        kept_definition(session, application.definition_version_id),
        number="KEUSOTE-2026/7",
        decided_by=application.handler,
        language=application.created_by.language,
        now=NOW,
    )


def text_of(content: bytes) -> str:
    reader = PdfReader(io.BytesIO(content))
    return " ".join(" ".join(page.extract_text().split()) for page in reader.pages)


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_a_decision_is_tagged_and_names_its_language(session: Session, language: str) -> None:
    reader = PdfReader(io.BytesIO(document(session, application_for(session, language))))
    root: Any = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"].startswith(language)
    assert b"pdfuaid:part" in root["/Metadata"].get_object().get_data()
    assert reader.metadata is not None
    assert reader.metadata.title


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_a_decision_carries_number_day_conditions_and_people(session: Session, language: str) -> None:
    text = text_of(document(session, application_for(session, language)))
    by = {"fi": "Täytettävä viimeistään", "sv": "Ska uppfyllas senast"}[language]
    dated = f"Villkor/ehto #1. {by} 31.12.2026."
    for words in ("KEUSOTE-2026/7", "22.11.2026", dated, "Enintään kahdeksan klient.", "Pentti Päättäjä"):
        assert words in text


@pytest.mark.parametrize("outcome", list(Outcome))
def test_a_decision_is_signed_before_the_instructions_and_never_on_a_page_of_its_own(
    session: Session, outcome: Outcome
) -> None:
    application = application_for(session, "fi")
    for line in application.lines:
        line.proposed_outcome, line.proposed_conditions = outcome, []
    signed, *instructions = [
        " ".join(page.extract_text().split())
        for page in PdfReader(io.BytesIO(document(session, application))).pages
    ]
    assert (
        signed.index("Päätöksen voimaantulo")
        < signed.index("Lisätietoja")
        < signed.index("Päätöksen antaja:")
    )
    assert instructions[0].startswith("Oikaisuvaatimusohje")


def test_no_area_is_named_where_nothing_is_approved(session: Session) -> None:
    application = application_for(session, "fi")
    assert text_of(document(session, application)).count("Toiminta-alue:") == 1
    for line in application.lines:
        line.proposed_outcome, line.proposed_conditions = Outcome.REJECTED, []
    assert "Toiminta-alue" not in text_of(document(session, application))


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_a_decision_speaks_the_providers_language_and_tells_how_to_ask_for_a_review(
    session: Session, language: str
) -> None:
    text = text_of(document(session, application_for(session, language)))
    assert [words for words in WORDS[language] if words not in text] == []


def test_what_a_person_writes_is_never_read_as_markup(session: Session) -> None:
    text = text_of(document(session, application_for(session, "fi")))
    assert "Grund & motiv #1: 100 % <ok> $x$ *tähti*" in text


def test_the_same_decision_at_the_same_moment_gives_the_same_bytes(session: Session) -> None:
    application = application_for(session, "fi")
    assert document(session, application) == document(session, application)


@pytest.mark.parametrize(("answer", "told"), [("Uusi vakuutus otetaan.", 0), (None, 1)])
@pytest.mark.parametrize("language", ["fi", "sv"])
def test_a_decision_tells_that_the_provider_was_heard_and_what_came_of_it(
    session: Session, cast: Cast, language: str, answer: str | None, told: int
) -> None:
    application = application_for(session, language)
    assert application.handler is not None
    ways = {
        "fi": (
            "Palveluntuottajaa on kuultu. Vastaus saatiin 22.11.2026.",
            "ei saatu määräaikaan 6.12.2026 mennessä.",
        ),
        "sv": (
            "Serviceproducenten har hörts. Svaret kom in 22.11.2026.",
            "Inget svar kom in inom tiden, som gick ut 6.12.2026.",
        ),
    }[language]
    text = text_of(
        decision_document(
            application,
            kept_definition(session, application.definition_version_id),
            number="KEUSOTE-2026/9",
            decided_by=application.handler,
            language=language,
            now=NOW,
            hearings=[make_hearing(application, cast.reviewer, ["transport"], answer=answer)],
        )
    )
    assert ways[told] in text
    assert ways[1 - told] not in text


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_a_decision_on_a_supplement_says_that_it_adds_to_the_earlier_approval(
    session: Session, language: str
) -> None:
    application = application_for(session, language)
    assert application.handler is not None
    adds, before, names = {
        "fi": (
            "koskee täydentävää hakemusta",
            "Aiemmin hyväksytty tähän palveluun: Hyvinkää",
            "Aiemmat päätökset ovat KEUSOTE-2025/1 (3.2.2025), KEUSOTE-2026/2 (1.5.2026).",
        ),
        "sv": (
            "gäller en kompletterande ansökan",
            "Tidigare godkänd för den här tjänsten: Hyvinge",
            "De tidigare besluten är KEUSOTE-2025/1 (3.2.2025), KEUSOTE-2026/2 (1.5.2026).",
        ),
    }[language]
    assert adds not in text_of(document(session, application))
    text = text_of(
        decision_document(
            application,
            kept_definition(session, application.definition_version_id),
            number="KEUSOTE-2026/8",
            decided_by=application.handler,
            language=language,
            now=NOW,
            before={"day_activity": ["106"]},
            earlier_decisions=[
                Decision(number="KEUSOTE-2025/1", decided_on=date(2025, 2, 3)),
                Decision(number="KEUSOTE-2026/2", decided_on=date(2026, 5, 1)),
            ],
        )
    )
    assert adds in text
    assert names in text
    assert unsaid(text) == []
    assert text.count(before) == 1, "the new service has no earlier area"


def test_the_earlier_decisions_are_those_that_approved_what_still_stands(session: Session) -> None:
    cast = make_cast(session)
    earlier = make_application(session, cast.provider, cast.applicant, state=ApplicationState.DECIDED)
    later = make_application(session, cast.provider, cast.applicant, state=ApplicationState.PROPOSED)
    session.flush()
    assert [each.application_id for each in earlier_decisions(session, later)] == [earlier.id]
    for approval in session.scalars(sa.select(ServiceApproval)):
        approval.state = ApprovalState.WITHDRAWN
    session.flush()
    assert earlier_decisions(session, later) == []


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fi", ["Pentti Päättäjä palvelupäällikkö", "tulee voimaan 22.11.2026", "Kirjaamo on avoinna"]),
        ("sv", ["Pentti Päättäjä servicechef", "träder i kraft 22.11.2026", "Registratorskontoret är öppet"]),
    ],
)
def test_a_decision_names_titles_a_person_to_ask_and_when_it_takes_effect(
    session: Session, language: str, words: list[str]
) -> None:
    application = application_for(session, language)
    assert application.handler is not None
    untitled = {"fi": "Pentti Päättäjä viranhaltija", "sv": "Pentti Päättäjä tjänsteinnehavare"}[language]
    assert untitled in text_of(document(session, application))
    application.handler.title = LocalizedText(fi="palvelupäällikkö", sv="servicechef")
    text = text_of(document(session, application)).replace("\xa0", " ")
    asked = f"Pentti Päättäjä, {application.handler.title[language]}"
    assert [each for each in [asked, *words] if each not in text] == []


def test_a_decision_of_a_project_is_that_of_the_authority_it_decides_through(session: Session) -> None:
    application = application_for(session, "fi")
    application.pilot.organisation_key = "metropolia"
    session.flush()
    session.expire(application.pilot)
    text = text_of(document(session, application))
    assert "Etelä-Karjalan hyvinvointialue" in text
    assert "Asian valmistelija: Henkilökohtainen budjetti -hanke (Metropolia)" in text
