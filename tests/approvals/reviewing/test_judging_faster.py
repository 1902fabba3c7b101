"""What spares the office time: ready phrases, the checklist carried on, what is new on top, a document read before."""

from __future__ import annotations

import io
from collections.abc import Callable
from html import unescape

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.applications.models import Application, CompletionRequest, Decision
from marketplace.applications.rules import Outcome
from marketplace.approvals.completion.phrases import chosen_by, fitting, phrases
from marketplace.approvals.reviewing.models import ChecklistMark
from marketplace.approvals.reviewing.rules import Mark
from marketplace.outbox import OutboxMessage
from marketplace.pilots.content import DEFINITIONS
from marketplace.pilots.loading import read_definition
from marketplace.pilots.vocabulary import SERVICES
from tests.approvals.cast import Cast, make_cast
from tests.factories import NOW, make_application, make_hearing
from tests.forms import post_form

SignIn = Callable[[FlaskClient, User], None]
PILOTS = [read_definition(path) for path in sorted(DEFINITIONS.glob("*.yaml"))]


@pytest.mark.parametrize("key", list(phrases()))
def test_every_phrase_speaks_both_languages_and_names_things_that_exist(key: str) -> None:
    phrase = phrases()[key]
    assert phrase.text.fi.endswith(".")
    assert phrase.text.sv.endswith(".")
    assert phrase.services <= set(SERVICES)
    assert phrase.checklist <= {item.key for pilot in PILOTS for item in pilot.checklist}
    sections = {section.key for pilot in PILOTS for section in pilot.sections_for(pilot.service_keys)}
    assert phrase.section in sections | {"company", "services", "evidence", "rulebook"}


def test_every_point_of_a_checklist_has_its_phrase() -> None:
    asked = {key for each in phrases().values() for key in each.checklist}
    assert {item.key for pilot in PILOTS for item in pilot.checklist} <= asked


def test_phrases_of_other_services_and_sections_are_left_out() -> None:
    ready = fitting(["evidence"], ["day_activity"])
    assert {each.section for each in ready} == {"evidence"}
    assert "traffic_licence" not in {each.key for each in ready}
    assert chosen_by(["insurance"], ready) == ["insurance_covers"]


# --- pages -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def cast(app: Flask) -> Cast:
    with app.extensions["database"].transaction() as session:
        return make_cast(session, language="sv")


@pytest.fixture
def reviewer(client: FlaskClient, sign_in: SignIn, cast: Cast) -> FlaskClient:
    sign_in(client, cast.reviewer)
    return client


def place(
    app: Flask, cast: Cast, state: str, change: Callable[[Session, Application], object] | None = None
) -> int:
    with app.extensions["database"].transaction() as session:
        made = make_application(
            session,
            session.merge(cast.provider),
            session.merge(cast.applicant),
            state=state,
            handler=session.merge(cast.reviewer),
        )
        if change is not None:
            change(session, made)
        return made.id


def words(client: FlaskClient, address: str) -> str:
    return unescape(client.get(address).get_data(as_text=True))


def test_a_point_marked_as_missing_is_asked_in_the_providers_language(
    app: Flask, reviewer: FlaskClient, cast: Cast
) -> None:
    def mark(session: Session, application: Application) -> None:
        session.add(
            ChecklistMark(
                application_id=application.id,
                item_key="insurance",
                mark=Mark.MISSING,
                marked_by_id=cast.reviewer.id,
                marked_at=NOW,
            )
        )

    number = place(app, cast, "in_review", mark)
    page = f"/fi/office/applications/{number}/completion"
    shown = reviewer.get(page).get_data(as_text=True)
    box = next(part for part in shown.split("<input")[1:] if 'value="insurance_covers"' in part)
    assert " checked" in box.partition(">")[0]
    answer = post_form(
        reviewer,
        page,
        {"ready": "insurance_covers", "text-evidence": "Tack!", "due_on": "15.12.2026"},
    )
    assert answer.status_code == 303
    with app.extensions["database"].read() as session:
        [asked] = session.scalars(sa.select(CompletionRequest)).one().items
    assert asked["section"] == "evidence"
    assert asked["text"] == f"{phrases()['insurance_covers'].text.sv}\n\nTack!"


def test_a_completion_that_changes_nothing_says_so_to_both(
    app: Flask, reviewer: FlaskClient, cast: Cast, sign_in: SignIn
) -> None:
    number = place(app, cast, "in_review")
    office = f"/fi/office/applications/{number}"
    post_form(reviewer, f"{office}/completion", {"text-staff": "Kerro.", "due_on": "15.12.2026"})
    provider = app.test_client()
    sign_in(provider, cast.applicant)
    own = f"/sv/provider/{cast.provider.id}/applications/{number}"
    assert "Du har inte ändrat det som byrån bad om" in words(provider, f"{own}/check")
    post_form(provider, f"{own}/check", {})
    assert "ne ovat ennallaan" in words(reviewer, office)
    with app.extensions["database"].read() as session:
        letters = session.scalars(
            sa.select(OutboxMessage.body).where(OutboxMessage.recipient == cast.reviewer.email)
        ).all()
    assert any("ne ovat ennallaan" in body for body in letters if body)


def test_an_answer_to_a_hearing_is_new_and_stands_before_the_checks(
    app: Flask, reviewer: FlaskClient, cast: Cast
) -> None:
    def hear(session: Session, application: Application) -> None:
        hearing = make_hearing(application, session.merge(cast.reviewer), ["transport"])
        hearing.answer, hearing.answered_by, hearing.closed_at = (
            "Vi har avtalat om en plan.",
            session.merge(cast.applicant),
            NOW,
        )
        session.add(hearing)

    shown = words(reviewer, f"/fi/office/applications/{place(app, cast, 'in_review', hear)}")
    assert 'href="#current-hearing"' in shown
    assert shown.index("Vi har avtalat om en plan.") < shown.index('id="findings"')


def test_the_short_form_leaves_out_answers_and_history(app: Flask, reviewer: FlaskClient, cast: Cast) -> None:
    page = f"/fi/office/applications/{place(app, cast, 'in_review')}"
    whole, short = words(reviewer, page), words(reviewer, f"{page}?short=1")
    for part in ("section-staff", "history", "messages"):
        assert f'id="{part}"' in whole
        assert f'id="{part}"' not in short
    assert 'id="checklist"' in short


def test_the_document_is_read_before_it_is_decided(
    app: Flask, reviewer: FlaskClient, cast: Cast, sign_in: SignIn
) -> None:
    page = f"/fi/office/applications/{place(app, cast, 'proposed')}/decision"
    decider = app.test_client()
    sign_in(decider, cast.decider)
    assert f"{page}/preview.pdf" in words(decider, page)
    answer = decider.get(f"{page}/preview.pdf")
    assert answer.mimetype == "application/pdf"
    text = " ".join(each.extract_text() for each in PdfReader(io.BytesIO(answer.data)).pages)
    assert "Utkast, inte beslutat" in text
    with app.extensions["database"].read() as session:
        assert session.scalar(sa.select(sa.func.count(Decision.id))) == 0
    assert reviewer.get(f"{page}/preview.pdf").status_code == 403


def test_phrases_are_grouped_by_the_outcome_that_they_found(
    app: Flask, reviewer: FlaskClient, cast: Cast
) -> None:
    shown = words(reviewer, f"/fi/office/applications/{place(app, cast, 'in_review')}/proposal")
    for outcome in Outcome:
        assert f'data-outcome="{outcome}"' in shown
